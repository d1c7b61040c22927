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

TEST_CASE("clock: late times are as exact as early ones") {
    // 10^19 ps are 116 days, 2^64 - 1 is the last time there is; expected values by hand:
    // floor(((t + 1) f - 1) / 10^12) and floor(c 10^12 / f).
    const ClockDomain thirds(1'500'000'000);  // a period of 2000 / 3 ps
    CHECK(thirds.elapsed({10'000'000'000'000'000'000u}).value == 15'000'000'000'000'000u);
    CHECK(thirds.elapsed({~0ull}).value == 27'670'116'110'564'327u);
    CHECK(thirds.at(Cycles{27'670'116'110'564'327u}).value == 18'446'744'073'709'551'333u);
    const ClockDomain odd(999'999'999'999);  // a period of 10^12 / 999999999999 ps
    CHECK(odd.elapsed({10'000'000'000'000'000'000u}).value == 9'999'999'999'990'000'000u);
    CHECK(odd.at(Cycles{9'999'999'999'990'000'000u}).value == 10'000'000'000'000'000'000u);
    for (const std::uint64_t cycles : {18'446'744ull, 18'446'745ull, 9'223'372'036'854'775ull,
                                       9'223'372'036'854'776ull, 18'446'744'073'709ull}) {
        REQUIRE(odd.elapsed(odd.at(Cycles{cycles})).value == cycles);
        REQUIRE(thirds.elapsed(thirds.at(Cycles{cycles})).value == cycles);
    }
}
