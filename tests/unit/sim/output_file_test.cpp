// SPDX-License-Identifier: Apache-2.0
#include "sim/output_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "platform/board_file.h"
#include "sim/statistics_json.h"
#include "sim/usage_error.h"
#include "tests/temporary_folder.h"

using namespace athena::sim;
using athena::test::TemporaryFolder;

namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

std::string save_error(std::uint64_t address, std::uint64_t length) {
    const auto board = athena::platform::load_board_file(ATHENA_BOARDS "/athena-mini.toml", {});
    try {
        check_saves({{"f", address, length}}, board);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

struct TwoHarts final : athena::base::StatisticsSource {
    void report(athena::base::StatisticsVisitor& visitor) const override {
        visitor.counter("time_ps", 18'446'744'073'709'551'615u);
        visitor.enter("harts");
        for (const char* id : {"0", "1"}) {
            visitor.enter(id);
            visitor.counter("instructions", 5);
            visitor.leave();
        }
        visitor.leave();
        visitor.enter("ram");
        visitor.leave();
    }
};

}  // namespace

TEST_CASE("output: a file is there from the start, and is what it was until the new is whole") {
    const TemporaryFolder folder;
    (void)folder.write("f", "old");
    OutputFile file(folder.path / "f");
    OutputFile other(folder.path / "g");
    CHECK(file.had_content());
    CHECK_FALSE(other.had_content());
    CHECK(text_of(folder.path / "f") == "old");
    CHECK(std::filesystem::exists(folder.path / "g"));
    file.write("abc");
    CHECK(text_of(folder.path / "f") == "abc");
    file.write("d");
    CHECK(text_of(folder.path / "f") == "d");
    const auto entries = std::filesystem::directory_iterator(folder.path);
    CHECK(std::distance(begin(entries), end(entries)) == 2);
}

TEST_CASE("output: a file keeps its permissions, and a link goes on to name it") {
    const TemporaryFolder folder;
    (void)folder.write("f", "old");
    std::filesystem::permissions(folder.path / "f", std::filesystem::perms{0600});
    std::filesystem::create_symlink("f", folder.path / "link");
    OutputFile(folder.path / "link").write("new");
    CHECK(std::filesystem::is_symlink(folder.path / "link"));
    CHECK(text_of(folder.path / "f") == "new");
    CHECK(std::filesystem::status(folder.path / "f").permissions() == std::filesystem::perms{0600});
}

TEST_CASE("output: a file whose folder takes none beside it is written in its place") {
    const TemporaryFolder folder;
    const std::string name(252, 'f');  // the longest that Linux has are of 255
    (void)folder.write(name, "old and long");
    OutputFile file(folder.path / name);
    file.write("new and longer");
    file.write("new");
    CHECK(text_of(folder.path / name) == "new");
}

TEST_CASE("output: what is written to the descriptor follows upon nothing") {
    const TemporaryFolder folder;
    (void)folder.write("f", "old and long");
    OutputFile file(folder.path / "f");
    CHECK(write(file.begin(), "new", 3) == 3);
    CHECK(text_of(folder.path / "f") == "new");
}

TEST_CASE("output: only --save may write what the run reads") {
    const TemporaryFolder folder;
    RunOptions options;
    options.loads = {{folder.write("data", "x").string(), {}}};
    options.saves = {{options.loads[0].file, 0x8000'0000, 4}};
    CHECK_NOTHROW(check_output_names(options));
    options.saves.clear();
    options.stats = (folder.path / "." / "data").string();
    CHECK_THROWS_WITH(check_output_names(options),
                      *options.stats +
                          ": --stats would write what --load reads; give it its own "
                          "file");
    options.loads.clear();
    options.replay = *options.stats;
    CHECK_THROWS_WITH(check_output_names(options),
                      *options.stats +
                          ": --stats would write what --replay reads; give it its "
                          "own file");
}

TEST_CASE("output: a file that cannot be written is named with the reason") {
    CHECK_THROWS_WITH(OutputFile("/nonexistent/f"),
                      "/nonexistent/f: cannot be written: No such file or directory");
    OutputFile full("/dev/full");
    CHECK_THROWS_WITH(full.write("x"), "/dev/full: cannot be written: No space left on device");
    CHECK_THROWS_WITH(StatisticsFile("/nonexistent/f"),
                      "/nonexistent/f: cannot be written: No such file or directory");
    CHECK_THROWS_WITH(StatisticsFile("/dev/full").write(TwoHarts(), {}),
                      "/dev/full: cannot be written: No space left on device");
}

TEST_CASE("output: --save takes ranges within one memory") {
    CHECK(save_error(0x8000'0000, 0x1000'0000) == "no error");
    CHECK(save_error(0x80'0000'0000, 1) == "no error");
    CHECK(save_error(0x40'0800'0000, 1 << 20) == "no error");
    const std::string end =
        " are not within ram, hbm or the L1 of a tile (athena describe prints the memory map)";
    CHECK(save_error(0x8000'0000, 0x1000'0001) == "--save f: 268435457 bytes at 0x80000000" + end);
    CHECK(save_error(0x40'0800'0000, (1 << 20) + 1) ==
          "--save f: 1048577 bytes at 0x4008000000" + end);
    CHECK(save_error(0x1000'0000, 4) == "--save f: 4 bytes at 0x10000000" + end);
    CHECK(save_error(0xFFFF'FFFF'FFFF'FFFF, 2) == "--save f: 2 bytes at 0xffffffffffffffff" + end);
}

// riscv-arch-test compares lines of eight digits, the word's value, lowest address first.
TEST_CASE("output: a signature is a word a line") {
    const std::vector<std::byte> bytes = {std::byte{0x78}, std::byte{0x56}, std::byte{0x34},
                                          std::byte{0x12}, std::byte{0xEF}, std::byte{0xBE},
                                          std::byte{0xAD}, std::byte{0x0D}};
    CHECK(signature_text(bytes) == "12345678\n0dadbeef\n");
    CHECK(signature_text({}).empty());
}

TEST_CASE("output: statistics are a tree, numbered blocks an array, integers exact") {
    const TemporaryFolder folder;
    StatisticsFile(folder.path / "s.json").write(TwoHarts(), {2.0, 10'000'000, {"athena", "\xFF"}});
    const auto json = nlohmann::json::parse(text_of(folder.path / "s.json"));
    CHECK(json["machine"]["time_ps"] == 18'446'744'073'709'551'615u);
    REQUIRE(json["machine"]["harts"].size() == 2);
    CHECK(json["machine"]["harts"][1]["instructions"] == 5);
    CHECK(json["run"]["wall_seconds"] == 2.0);
    CHECK(json["run"]["mips"] == 5.0);
    CHECK(json["run"]["command_line"][0] == "athena");
    CHECK(json["run"].size() == 4);
    StatisticsFile(folder.path / "s.json")
        .write(TwoHarts(), {.work_unit = "tokens", .work_per_second = 12.5});
    CHECK(nlohmann::json::parse(text_of(folder.path / "s.json"))["run"]["tokens_per_second"] ==
          12.5);
}
