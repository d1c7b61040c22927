// SPDX-License-Identifier: Apache-2.0
#include "platform/board_file.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "platform/board_fields.h"
#include "platform/memory_map.h"

namespace {

using athena::platform::BoardConfig;
using athena::platform::BoardFileError;
using athena::platform::parse_board;
using athena::platform::parse_number;

std::string mini() {
    std::ifstream file(ATHENA_BOARDS "/athena-mini.toml");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// athena-mini with one text replaced by another.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = mini();
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
        (void)parse_board(text, "b.toml", overrides);
    } catch (const BoardFileError& error) {
        return error.what();
    }
    return "no error";
}

/// Number of the line that holds `what`.
std::string line_of(const std::string& text, const std::string& what) {
    const std::string before = text.substr(0, text.find(what));
    return std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
}

TEST_CASE("board file: athena-mini reads as written") {
    const BoardConfig config = parse_board(mini(), "b.toml", {});
    CHECK(config.name == "athena-mini");
    CHECK(config.harts.count == 1);
    CHECK(config.harts.clock_hz == 200'000'000);
    CHECK(config.ram.base == 0x8000'0000);
    CHECK(config.ram.size == 256u << 20);
    CHECK(config.hbm.base == 0x80'0000'0000);
    CHECK(config.hbm.size == 1u << 30);
    CHECK(config.cluster.count == 1);
    CHECK(config.tile.count == 1);
    CHECK(config.tile.rows == 16);
    CHECK(config.dma.channels == 1);
}

TEST_CASE("board file: an unknown key names file, line and the known keys") {
    const std::string text = changed("latency_ns = 60", "latncy_ns = 60");
    CHECK(error_of(text) == "b.toml:" + line_of(text, "latncy") +
                                ": unknown key 'ram.latncy_ns', expected one of: base, size, "
                                "latency_ns");
}

TEST_CASE("board file: an unknown section names the known ones") {
    const std::string text = changed("[dma]", "[dna]");
    const std::string error = error_of(text);
    CHECK(error.starts_with("b.toml:" + line_of(text, "[dna]") + ": unknown 'dna', expected"));
    CHECK(error.find("[dma]") != std::string::npos);
}

TEST_CASE("board file: a wrong type names file, line and what was expected") {
    const std::string text = changed("rows = 16", "rows = \"16\"");
    CHECK(error_of(text) == "b.toml:" + line_of(text, "rows =") +
                                ": 'tile.rows' is text, expected a power of two from 1 to 128");
    CHECK(error_of(changed("name = \"athena-mini\"", "name = 3")).find("expected text") !=
          std::string::npos);
    CHECK(error_of(changed("clock_hz = 200_000_000", "clock_hz = 2.0e8"))
              .find("is a number with a fraction") != std::string::npos);
}

TEST_CASE("board file: names and descriptions with control characters are refused") {
    for (const std::string escape : {"\\u001B[31m", "\\u009B31m", "\\n", "\\u007F"}) {
        const std::string text = changed("name = \"athena-mini\"", "name = \"a" + escape + "\"");
        CHECK(error_of(text) == "b.toml:" + line_of(text, "name =") +
                                    ": 'board.name' holds a control character, expected one line "
                                    "of text");
        CHECK(error_of(changed("description = \"", "description = \"" + escape))
                  .find("'board.description' holds a control character") != std::string::npos);
    }
    CHECK(
        parse_board(changed("name = \"athena-mini\"", "name = \"b\u00F6rd \u00B5\""), "b.toml", {})
            .name == "b\u00F6rd \u00B5");
}

TEST_CASE("board file: a value out of range says the range") {
    CHECK(error_of(changed("rows = 16", "rows = 12")).find("power of two from 1 to 128") !=
          std::string::npos);
    CHECK(error_of(changed("channels = 1", "channels = 17")).find("from 1 to 16") !=
          std::string::npos);
    CHECK(error_of(changed("channels = 1", "channels = -1")).find("is -1") != std::string::npos);
    CHECK(error_of(changed("size = 0x4000_0000", "size = 0x4000_0001")).find("multiple of 4096") !=
          std::string::npos);
}

TEST_CASE("board file: a missing key names the section's line") {
    const std::string text = changed("queue_depth = 8\n\n[sram]", "\n[sram]");
    CHECK(error_of(text) == "b.toml:" + line_of(text, "[tile]") +
                                ": missing 'tile.queue_depth', expected a whole number from 1 to "
                                "64");
    CHECK(error_of("").find("missing 'format'") != std::string::npos);
    CHECK(error_of("format = 2").find("expected format = 1") != std::string::npos);
}

TEST_CASE("board file: overlapping ranges name both and the line of the one that can move") {
    const std::string text = changed("base = 0x80_0000_0000", "base = 0x8800_0000");
    CHECK(error_of(text) == "b.toml:" + line_of(text, "base = 0x8800") +
                                ": hbm at 0x88000000 to 0xc7ffffff overlaps ram at 0x80000000 to "
                                "0x8fffffff, expected ranges of their own");
    CHECK(error_of(changed("base = 0x8000_0000", "base = 0xC00_0000")).find("overlaps plic") !=
          std::string::npos);
}

TEST_CASE("board file: a mesh that does not hold its nodes is refused with its line") {
    const std::string text = changed("hbm = [2, 3]", "hbm = [2, 4]");
    CHECK(error_of(text) == "b.toml:" + line_of(text, "hbm = [2") +
                                ": 'mesh.hbm' names node 4, expected less than 4, as the mesh has "
                                "2 x 2");
    CHECK(error_of(changed("control = 0", "control = 7")).find("'mesh.control' names node 7") !=
          std::string::npos);
    CHECK(error_of(changed("clusters = [1]", "clusters = [4]")).find("'mesh.clusters' names") !=
          std::string::npos);
    // 8 channels.
    CHECK(error_of(changed("hbm = [2, 3]", "hbm = [1, 2, 3]"))
              .find("'mesh.hbm' has 3 nodes, expected a divisor of the 8 channels") !=
          std::string::npos);
    for (const char* wrong : {"[]", "7", "[1.5]", "[-1]", "[1, \"2\"]", "[4096]", "[[1]]"}) {
        CAPTURE(wrong);
        const std::string bad = changed("clusters = [1]", std::string("clusters = ") + wrong);
        CHECK(error_of(bad) == "b.toml:" + line_of(bad, "clusters = ") +
                                   ": 'mesh.clusters': expected a list of whole numbers from 0 to "
                                   "4095");
    }
    CHECK(error_of(changed("flit_bytes = 128", "flit_bytes = 0")).find("power of two") !=
          std::string::npos);
    CHECK(error_of(mini(), {"mesh.clusters=1,x"})
              .starts_with("--set mesh.clusters=1,x: expected a list"));
    CHECK(error_of(mini(), {"mesh.width=1"}).starts_with("b.toml:"));
    CHECK(parse_board(mini(), "b.toml", std::vector<std::string>{"mesh.hbm=0,1,2,3"})
              .mesh.hbm.size() == 4);
}

TEST_CASE("board file: timing that cannot be is refused with its line and reason") {
    const std::string preset = "preset = \"hbm2e-board\"";
    const auto with = [&](const std::string& line) {
        return changed(preset, preset + "\n" + line + "\n#");
    };
    const std::string text = with("faw = 2");
    CHECK(error_of(text) == "b.toml:" + line_of(text, "faw = 2") +
                                ": hbm_timing: faw is 2, less than rrd_s, which is 7");
    CHECK(error_of(with("cl = 0")).find("hbm_timing: cl is 0") != std::string::npos);
    CHECK(error_of(with("bus_bits = 0")).find("bus_bits is 0") != std::string::npos);
    CHECK(error_of(with("clx = 3")).find("unknown HBM parameter 'clx'") != std::string::npos);
    CHECK(error_of(with("cl = \"x\"")).find("cl is 'x', not a number") != std::string::npos);
    CHECK(error_of(with("cl = 1.5")).find("is a number with a fraction") != std::string::npos);
    CHECK(error_of(with("mapping = \"roba\"")).find("hbm_timing: ") != std::string::npos);
    CHECK(error_of(changed(preset, "preset = \"hbm9\""))
              .find("preset is 'hbm9', not one of hbm2-8gb-legacy") != std::string::npos);
    CHECK(error_of(changed(preset, "")).find("missing 'hbm_timing.preset'") != std::string::npos);
    CHECK(error_of(mini(), {"hbm_timing.rows=1024", "hbm.size=1G"})
              .find("hbm.size is 1073741824, more than the channels of hbm_timing hold") !=
          std::string::npos);
    CHECK(error_of(mini(), {"hbm_timing.faw=1"}).starts_with("--set hbm_timing.faw=1: "));
}

TEST_CASE("board file: text that is no TOML names the line") {
    CHECK(error_of("format = 1\n[board\n").starts_with("b.toml:2: "));
}

TEST_CASE("board file: overrides are checked as the file is and come last") {
    const BoardConfig config = parse_board(
        mini(), "b.toml",
        std::vector<std::string>{"ram.latency_ns=1", "ram.size=64M", "ram.latency_ns=0x20"});
    CHECK(config.ram.latency_ns == 32);
    CHECK(config.ram.size == 64u << 20);
    CHECK(error_of(mini(), {"ram.sise=1"}).starts_with("--set ram.sise=1: unknown path"));
    CHECK(error_of(mini(), {"tile.rows=12"}) ==
          "--set tile.rows=12: expected a power of two from 1 to 128");
    CHECK(error_of(mini(), {"ram.size"}).find("expected path=value") != std::string::npos);
    CHECK(error_of(mini(), {"hbm.base=0x80001000"})
              .starts_with("--set hbm.base=0x80001000: hbm at 0x80001000"));
}

TEST_CASE("numbers: decimal, hexadecimal, digit separators, binary suffixes") {
    CHECK(parse_number("0") == 0u);
    CHECK(parse_number("1_000") == 1000u);
    CHECK(parse_number("0x8000_0000") == 0x8000'0000u);
    CHECK(parse_number("0x1B") == 0x1Bu);
    CHECK(parse_number("4K") == 4096u);
    CHECK(parse_number("2MiB") == 2u << 20);
    CHECK(parse_number("1 GiB") == 1u << 30);
    CHECK(parse_number("18446744073709551615") == ~0ull);
    for (const char* text :
         {"", "x", "-1", "1.5", "0x", "18446744073709551616", "99999999999T", "K", "1Q", "12 34"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_number(text).has_value());
    }
}

TEST_CASE("board fields: every path is found by its name and its default board accepts it") {
    BoardConfig config = parse_board(mini(), "b.toml", {});
    for (const auto& field : athena::platform::board_fields()) {
        CAPTURE(field.path());
        CHECK(athena::platform::find_board_field(field.path()) == &field);
        CHECK(field.accepts(field.in(config)));
    }
}

TEST_CASE("board file: vector cores need shared SRAM") {
    CHECK(error_of(mini(), {"sram.size=0"}).find(": vector cores work on shared SRAM") !=
          std::string::npos);
    CHECK_NOTHROW(
        parse_board(mini(), "b.toml", std::vector<std::string>{"sram.size=0", "vector.count=0"}));
}

TEST_CASE("memory map: ascending, and a cluster's parts stay in its window") {
    const BoardConfig config =
        parse_board(mini(), "b.toml",
                    std::vector<std::string>{"cluster.count=3", "tile.count=8", "tile.l1_bytes=8M",
                                             "sram.size=64M", "vector.count=8"});
    const auto map = athena::platform::memory_map(config);
    for (std::size_t i = 1; i < map.size(); ++i) {
        CHECK(map[i - 1].last() < map[i].base);
    }
    for (std::uint64_t cluster = 0; cluster < 3; ++cluster) {
        const auto parts = athena::platform::cluster_map(config, cluster);
        REQUIRE(parts.size() == 3 + 8 + 1 + 3 * 8);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            CHECK(parts[i].base >= athena::platform::cluster_base(cluster));
            CHECK(parts[i].last() < athena::platform::cluster_base(cluster + 1));
            CHECK((i == 0 || parts[i - 1].last() < parts[i].base));
        }
    }
}

}  // namespace
