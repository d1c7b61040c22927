// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>
#include <sstream>

#include "platform/board_file.h"
#include "platform/device_tree.h"
#include "sim/decompile.h"
#include "tests/temporary_folder.h"

using namespace athena;

namespace {

std::vector<std::byte> tree() {
    const auto board = platform::load_board_file(ATHENA_BOARDS "/athena-mini.toml", {});
    return platform::make_device_tree(
        board, {"a=1 b=\"2\\\"", {{"text", 0x8FDF'F000, 5}}, {{0x8820'0000, 0x8820'0014}}, 7});
}

std::string source_of(const std::vector<std::byte>& blob) {
    std::ostringstream out;
    sim::decompile(blob, out);
    return out.str();
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    REQUIRE(pipe);
    std::string text;
    std::array<char, 4096> buffer;
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
        text.append(buffer.data(), got);
    }
    return text;
}

}  // namespace

TEST_CASE("dts: dtc makes the same tree from the text") {
    // -f: dtc dislikes the blob's own `name`, which docs/firmware.md defines.
    const std::string kQuiet = " 2>/dev/null";
    const test::TemporaryFolder folder;
    const std::vector<std::byte> blob = tree();
    const std::string dtb =
        folder.write("t.dtb", {reinterpret_cast<const char*>(blob.data()), blob.size()});
    const std::string dts = folder.write("t.dts", source_of(blob));
    const std::string expected = output_of("dtc -f -q -s -I dtb -O dts " + dtb + kQuiet);
    REQUIRE(expected.find("athena,accel-1") != std::string::npos);
    CHECK(output_of("dtc -f -q -I dts -O dtb " + dts + kQuiet + " | dtc -f -q -s -I dtb -O dts" +
                    kQuiet) == expected);
}

TEST_CASE("dts: text, cells and bytes are told apart") {
    const std::string text = source_of(tree());
    CHECK(text.starts_with("/dts-v1/;\n\n/ {\n"));
    CHECK(text.find("compatible = \"athena,tile-1\";") != std::string::npos);
    CHECK(text.find("bootargs = \"a=1 b=\\\"2\\\\\\\"\";") != std::string::npos);
    CHECK(text.find("interrupts = <0x20>;") != std::string::npos);
    CHECK(text.find("    ranges;\n") != std::string::npos);
}

TEST_CASE("dts: a damaged tree is refused") {
    std::vector<std::byte> blob = tree();
    blob.resize(blob.size() / 2);
    CHECK_THROWS_WITH(source_of(blob), "the device tree is damaged");
    CHECK_THROWS_WITH(source_of({}), "the device tree is damaged");
}
