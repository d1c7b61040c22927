// SPDX-License-Identifier: Apache-2.0
// That the comparison of data alone, for RTL with other cycles, sees a difference.
#include <catch2/catch.hpp>
#include <cstring>

#include "lockstep_bench.h"
#include "tile/cycles.h"
#include "tile/lockstep_data_tile.h"

using namespace athena;
using test::matmul_line;
using Bench = test::LockstepBench<tile::LockstepDataTile>;
using test::kFields;

TEST_CASE("lockstep-data: equal tiles run on, and cycles are counted") {
    Bench bench;
    bench.push(0, kFields);
    auto bad = kFields;
    bad.mode = test::kTransposeA | test::kSaturate;
    bench.push(10, bad);
    bench.run();
    CHECK(bench.tile.failure().empty());
    CHECK(bench.outputs == 2);
    CHECK(bench.tile.reference().cycle_count().commands == 2);
    CHECK(bench.tile.reference().cycle_count().equal == 2);
}

TEST_CASE("lockstep-data: a wrong result, a byte beside it, other read data") {
    {
        Bench bench;
        bench.push(0, kFields);
        bench.spoil(2 * 32 + 5 * 2);
        bench.run();
        CHECK(bench.tile.failure().starts_with(
            "command with tag 21: C[2][0] is 0x41804000 in the RTL, 0x41800000 in the model"));
    }
    {
        Bench bench;
        bench.push(0, kFields);
        bench.spoil(0xF'FFFF);
        bench.run();
        CHECK(bench.tile.failure() == "L1 byte 0x0fffff is 0x04 in the RTL, 0x00 in the model");
    }
    Bench bench;
    bench.spoil(0x3'0001);
    std::array<std::byte, 4> data{};
    bench.tile.access(0, {0x3'0000, false, data});
    CHECK(bench.tile.failure() == "read of L1 byte 0x030001 is 0x04 in the RTL, 0x00 in the model");
}

TEST_CASE("lockstep-data: a record that the reference does not expect") {
    tile::Reference reference(tile::VerilatedTile::config());
    CHECK(reference.complete({.cycle = 5, .completion = {3, tile::Status::Ok}}, {})
              .text.starts_with("command with tag 3: completed in the RTL"));
    CHECK(reference.timed().push(10, matmul_line(kFields)));
    CHECK(reference.complete({.cycle = 50, .completion = {22, tile::Status::Ok}}, {}).text ==
          "command with tag 21: tag of the record is 0x00000016 in the RTL, 0x00000015 in the "
          "model, cycle 50");
    CHECK(reference.timed().push(60, matmul_line(kFields)));
    CHECK(reference.complete({.cycle = 90, .completion = {21, tile::Status::Overlap}}, {}).text ==
          "command with tag 21: status is 0x07 in the RTL, 0x00 in the model, cycle 90");
}
