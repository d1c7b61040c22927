// SPDX-License-Identifier: Apache-2.0
#include "base/clock_domain.h"

#include <catch2/catch.hpp>

using athena::base::ClockDomain;
using athena::base::Cycles;
using athena::base::Picoseconds;

TEST_CASE("clock: times are rounded down from the exact quotient, not summed periods") {
    const ClockDomain clock(1'500'000'000);
    // 10^12 / 1.5e9 = 666.66…; three cycles are 2000 ps exactly, three rounded periods were 1998.
    CHECK(clock.at(Cycles{1}).value == 666);
    CHECK(clock.at(Cycles{2}).value == 1333);
    CHECK(clock.at(Cycles{3}).value == 2000);
    // A day: 86400 s · 1.5e9 cycles.
    CHECK(clock.at(Cycles{129'600'000'000'000}).value == 86'400'000'000'000'000);
}

TEST_CASE("clock: elapsed is the last edge at or before a time") {
    const ClockDomain clock(1'500'000'000);
    CHECK(clock.elapsed(Picoseconds{0}).value == 0);
    CHECK(clock.elapsed(Picoseconds{665}).value == 0);
    CHECK(clock.elapsed(Picoseconds{666}).value == 1);
    CHECK(clock.elapsed(Picoseconds{1332}).value == 1);
    CHECK(clock.elapsed(Picoseconds{1333}).value == 2);
    CHECK(clock.next_edge(Picoseconds{666}).value == 1);
    CHECK(clock.next_edge(Picoseconds{667}).value == 2);
}

TEST_CASE("clock: elapsed inverts at for clocks that do not divide a picosecond") {
    for (const std::uint64_t hertz : {1ull, 3ull, 10'000'000ull, 200'000'000ull, 333'333'333ull,
                                      1'234'567'891ull, 999'999'999'999ull}) {
        const ClockDomain clock(hertz);
        for (std::uint64_t cycles = 0; cycles < 1000; ++cycles) {
            REQUIRE(clock.elapsed(clock.at(Cycles{cycles})).value == cycles);
            if (cycles != 0) {
                REQUIRE(clock.elapsed(clock.at(Cycles{cycles}) - Picoseconds{1}).value ==
                        cycles - 1);
            }
        }
    }
}
