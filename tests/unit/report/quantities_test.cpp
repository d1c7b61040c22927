// SPDX-License-Identifier: Apache-2.0
#include "sim/report/quantities.h"

#include <catch2/catch.hpp>

using namespace athena::sim;

TEST_CASE("quantities: four digits, rounded down, with a prefix") {
    CHECK(time_text(0) == "0 ps");
    CHECK(time_text(999) == "999 ps");
    CHECK(time_text(1000) == "1.000 ns");
    CHECK(time_text(12'345'678) == "12.34 us");
    CHECK(time_text(999'999'999'999) == "999.9 ms");
    CHECK(time_text(1'234'567'000'000'000) == "1234 s");
    CHECK(bytes_text(1024) == "1.024 kB");
    CHECK(energy_text(5'000'012) == "5.000 nJ");
    CHECK(count_text(384'000'000'000) == "384.0 G");
    CHECK(count_text(7) == "7");
}

TEST_CASE("quantities: parts and factors are rounded") {
    CHECK(percent(1, 3) == "33.3 %");
    CHECK(percent(2, 3) == "66.7 %");
    CHECK(percent(1ULL << 63, 1ULL << 63) == "100.0 %");
    CHECK(percent(1, 0) == "-");
    CHECK(factor_text(1234) == "1.23x");
    CHECK(factor_text(1235) == "1.24x");
    CHECK(factor_text(85) == "0.09x");
}
