// SPDX-License-Identifier: Apache-2.0
// That lockstep sees a difference: the RTL is made wrong behind the model's back.
#include <catch2/catch.hpp>
#include <cstring>

#include "lockstep_bench.h"
#include "tile/cycles.h"
#include "tile/lockstep_tile.h"

using namespace athena;
using test::matmul_line;
using Bench = test::LockstepBench<tile::LockstepTile>;
using test::kFields;

TEST_CASE("lockstep: equal tiles run on, and their cycles are the formula's") {
    Bench bench;
    bench.push(0, kFields);
    auto bad = kFields;
    bad.mode = test::kTransposeA;
    bench.push(10, bad);
    bench.run();
    CHECK(bench.tile.failure().empty());
    CHECK(bench.outputs == 2);
    CHECK(bench.tile.cycle_count().commands == 2);
    CHECK(bench.tile.cycle_count().equal == 2);
}

TEST_CASE("lockstep: a wrong result is named by command, element, both values and cycle") {
    Bench bench;
    bench.push(0, kFields);
    // A[2][5] = 1 becomes 1.03125: sums of row 2 are 16.03125 instead of 16.
    bench.spoil(2 * 32 + 5 * 2);
    bench.run();
    const auto decoded = tile::decode_matmul(matmul_line(kFields), 1 << 20);
    const std::uint64_t cycle = tile::kPopCycles + tile::command_cycles(decoded.matmul, {});
    CHECK(bench.tile.failure() ==
          "command with tag 21: C[2][0] is 0x41804000 in the RTL, 0x41800000 in the model, cycle " +
              std::to_string(cycle));
    const tile::Difference& difference = bench.tile.difference();
    CHECK(*difference == bench.tile.failure());
    CHECK(difference.tag == 21u);
    CHECK(difference.cycle == cycle);
    REQUIRE((difference.element && difference.values));
    CHECK(difference.element->row == 2);
    CHECK(difference.element->column == 0);
    CHECK(difference.values->address == 0x2'0000 + 2 * 64);
    CHECK(difference.values->bytes == 4);
    CHECK(difference.values->rtl == 0x4180'4000);
    CHECK(difference.values->model == 0x4180'0000);
}

TEST_CASE("lockstep: a byte between rows of C, and one that no command has to do with") {
    {
        Bench bench;
        bench.push(0, kFields);
        bench.spoil(0x2'0000 + 40);
        bench.run();
        CHECK(bench.tile.failure().find("L1 byte 0x020028 between rows of C is 0x04 in the RTL, "
                                        "0x00 in the model") != std::string::npos);
    }
    Bench bench;
    bench.push(0, kFields);
    bench.spoil(0xF'FFFF);
    bench.run();
    CHECK(bench.tile.failure() == "L1 byte 0x0fffff is 0x04 in the RTL, 0x00 in the model");
}

TEST_CASE("lockstep: a read of L1 that gives other data") {
    Bench bench;
    bench.spoil(0x3'0001);
    std::array<std::byte, 4> data{};
    bench.tile.access(0, {0x3'0000, false, data});
    CHECK(bench.tile.failure() == "read of L1 byte 0x030001 is 0x04 in the RTL, 0x00 in the model");
}
