// SPDX-License-Identifier: Apache-2.0
#include "sim/describe.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "sim/usage_error.h"

using namespace athena::sim;

namespace {

const std::string kBoard = ATHENA_BOARDS "/athena-mini.toml";

std::string described(const BoardOptions& options) {
    std::ostringstream out;
    describe({options}, out);
    return out.str();
}

std::string error_of(const BoardOptions& options) {
    try {
        (void)described(options);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("describe: shows blocks with rates, sizes, fidelities, and the memory map") {
    const std::string text = described({kBoard, {}, {}, {}, {"cluster0.tile0=rtl"}});
    CHECK(text.find("RV64GC, M/S/U, Sv39, Sv48, 200 MHz") != std::string::npos);
    CHECK(text.find("16x16 array, L1 1 MiB") != std::string::npos);
    CHECK(text.find("functional|timed|[rtl]|lockstep") != std::string::npos);
    CHECK(text.find("0x0080000000 to 0x008fffffff   256 MiB  ram") != std::string::npos);
    CHECK(text.find("0x4008000000 to 0x40080fffff     1 MiB  cluster0.tile0.l1") !=
          std::string::npos);
    CHECK(text.find("   └─ cluster0 ") != std::string::npos);
    CHECK(text.find("      ├─ cluster0.dma ") != std::string::npos);
    CHECK(text.find("      └─ cluster0.tile0 ") != std::string::npos);
}

TEST_CASE("describe: shows peaks, capacities and the ridge") {
    // 16 clusters of 4 tiles of 16 x 16, 2 operations a cycle, 1.5 GHz: 49.152 TFLOP/s.
    const std::string one = described({ATHENA_BOARDS "/athena-1.toml", {}, {}, {}, {}});
    CHECK(one.find("49.2 TFLOP/s  64 tiles") != std::string::npos);
    CHECK(one.find("HBM         1.8 TB/s     64 GiB") != std::string::npos);
    CHECK(one.find("27.3 FLOP for each byte") != std::string::npos);
    // 64 clusters of 4 tiles of 32 x 32: 786 TFLOP/s; 256 MiB of L1 and as much SRAM.
    const std::string two = described({ATHENA_BOARDS "/athena-2.toml", {}, {}, {}, {}});
    CHECK(two.find("786 TFLOP/s  256 tiles") != std::string::npos);
    CHECK(two.find("256 MiB         of tiles") != std::string::npos);
    CHECK(two.find("256 MiB         of clusters") != std::string::npos);
    CHECK(two.find("437 FLOP for each byte") != std::string::npos);
}

TEST_CASE("describe: --memory, --harts and --set change what is shown") {
    const std::string text = described({kBoard, "1G", "2", {"tile.rows=32"}, {}});
    CHECK(text.find("1 GiB  ram") != std::string::npos);
    CHECK(text.find("hart1") != std::string::npos);
    CHECK(text.find("32x16 array") != std::string::npos);
}

TEST_CASE("describe: what is not there is named with what there is") {
    CHECK(error_of({"nothing", {}, {}, {}, {}})
              .starts_with("no board 'nothing': neither a file nor a shipped one ("));
    CHECK(error_of({kBoard, "lots", {}, {}, {}})
              .starts_with("--memory lots: expected a multiple of 4096 from "));
    CHECK(error_of({kBoard, {}, "9", {}, {}}) == "--harts 9: expected a whole number from 1 to 8");
    CHECK(error_of({kBoard, {}, {}, {"tile.colour=1"}, {}}).find("tile.colour") !=
          std::string::npos);
    CHECK(error_of({kBoard, {}, {}, {}, {"cluster0.tile7=rtl"}}).find("cluster0.tile7") !=
          std::string::npos);
    CHECK(error_of({kBoard, {}, {}, {}, {"quantum"}}).find("quantum") != std::string::npos);
}

TEST_CASE("sizes are written in the largest unit that divides them") {
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(1023) == "1023 B");
    CHECK(size_text(1024) == "1 KiB");
    CHECK(size_text(3 * 1024) == "3 KiB");
    CHECK(size_text(1U << 20) == "1 MiB");
    CHECK(size_text((1ULL << 30) + (1U << 20)) == "1025 MiB");
}
