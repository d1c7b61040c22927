// SPDX-License-Identifier: Apache-2.0
// Every reader of files either takes a damaged file or refuses it with its own exception. With the
// asan preset this also finds reads out of bounds. ATHENA_FUZZ=N goes through N seeds.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "mutator.h"
#include "platform/board_file.h"
#include "platform/device_tree.h"
#include "sim/boot_plan.h"
#include "sim/cosim/replay.h"
#include "sim/decompile.h"
#include "sim/input_file.h"
#include "sim/record_file.h"
#include "sim/regress/suite.h"
#include "sim/usage_error.h"
#include "tests/elf_builder.h"
#include "tests/temporary_folder.h"

using namespace athena;
using test::first_seed;
using test::Mutator;

namespace {

std::string text_of(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

std::string characters(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// Gives `read` damaged copies of `valid`; it may throw `Refusal`, which has to be one line.
template <typename Refusal, typename Read>
void fuzz(const std::string& name, const std::string& valid, std::uint32_t count, Read read) {
    REQUIRE_NOTHROW(read(valid));
    std::uint32_t refused = 0;
    const std::uint32_t first = first_seed();
    const std::uint32_t seeds = test::iterations(count);
    for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_parsers '" << name << "*'");
        const std::string damaged = Mutator(seed).damage(valid);
        try {
            read(damaged);
        } catch (const Refusal& refusal) {
            ++refused;
            const std::string line = refusal.what();
            CHECK((!line.empty() && line.find('\n') == std::string::npos));
        } catch (const std::exception& error) {
            FAIL("another exception: " << error.what());
        }
    }
    CHECK((seeds < 100 || refused > seeds / 10));
}

}  // namespace

TEST_CASE("elf files") {
    test::ElfBuilder builder;
    builder.symbols = {
        {"tohost", 0x8000'0040}, {"begin_signature", 0x8000'0080}, {"end_signature", 0x8000'0090}};
    fuzz<sim::UsageError>(
        "elf files", characters(builder.build()), 20'000,
        [](const std::string& text) { (void)sim::parse_elf("f.elf", bytes_of(text)); });
}

TEST_CASE("programs as they are placed") {
    const test::TemporaryFolder folder;
    const auto board = platform::load_board_file(ATHENA_BOARDS "/athena-mini.toml", {});
    test::ElfBuilder builder;
    builder.symbols = {{"tohost", 0x8000'0040}};
    fuzz<sim::UsageError>("programs as they are placed", characters(builder.build()), 500,
                          [&](const std::string& text) {
                              sim::RunOptions options;
                              options.firmware = folder.write("f.elf", text);
                              (void)sim::plan_boot(options, board);
                          });
}

TEST_CASE("board files") {
    fuzz<platform::BoardFileError>(
        "board files", text_of(ATHENA_BOARDS "/athena-mini.toml"), 4'000,
        [](const std::string& text) { (void)platform::parse_board(text, "b.toml", {}); });
}

TEST_CASE("records") {
    const test::TemporaryFolder folder;
    const sim::RecordHeader header{"1.2.3", "board", 0xAB, true};
    const std::string valid =
        "athena-record 1\nversion 1.2.3\nboard board\ninputs ab\n"
        "100 console 76657273696f6e0d\n2000 console 0d\n30000 interrupt\n400000 end 130 5000\n";
    fuzz<sim::UsageError>("records", valid, 1'500, [&](const std::string& text) {
        (void)sim::read_record(folder.write("r", text), header);
    });
}

TEST_CASE("replays") {
    const test::TemporaryFolder folder;
    const std::string valid =
        "athena-cosim-replay 4\ntile 16 16 1048576 8\nkind stall\nstall 0 10 50 90 0 10 seed 77\n"
        "l1 64 00112233445566778899aabbccddeeff\nflip 66 04\nread 5 70 1 1 9\n"
        "write 7 4093 0 1 112233 010001\nread 9 8388608 3 1 8\nend 9\n";
    fuzz<sim::UsageError>("replays", valid, 1'000, [&](const std::string& text) {
        std::string error;
        if (!cosim::read_replay(folder.write("c", text), error)) {
            throw sim::UsageError(error);
        }
    });
}

TEST_CASE("suites") {
    const test::TemporaryFolder folder;
    fuzz<regress::SuiteError>(
        "suites", text_of(ATHENA_SUITES "/smoke.toml"), 800,
        [&](const std::string& text) { (void)regress::load_suite(folder.write("s.toml", text)); });
}

TEST_CASE("device trees") {
    const auto board = platform::load_board_file(ATHENA_BOARDS "/athena-mini.toml", {});
    const auto tree = platform::make_device_tree(board, {"a=1", {{"f", 0x8000'0000, 5}}, {}, 1});
    fuzz<std::runtime_error>("device trees", characters(tree), 3'000, [](const std::string& text) {
        std::ostringstream out;
        sim::decompile(bytes_of(text), out);
    });
}
