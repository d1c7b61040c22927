// SPDX-License-Identifier: Apache-2.0
// Numbers as firmware prints them against printf's.
#include "decimal.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace {

std::string ours(float value) {
    char text[DECIMAL_BYTES];
    return decimal_text(text, value);
}

std::string theirs(float value) {
    char text[64];
    (void)std::snprintf(text, sizeof text, "%.4f", static_cast<double>(value));
    return text;
}

}  // namespace

TEST_CASE("decimal: four decimals, as printf rounds them", "[firmware]") {
    for (const float value :
         {0.0F, -0.0F, 1.0F, 4.34375F, 0.03125F, 0.09375F, 0.99995F, 0.99994F, 123456.78F,
          16777216.0F, 1e20F, 3.4028235e38F, -3.4028235e38F, 1e-45F, -0.00005F}) {
        CAPTURE(value);
        CHECK(ours(value) == theirs(value));
    }
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same numbers in every run
    for (int i = 0; i < 100000; ++i) {
        auto bits = static_cast<std::uint32_t>(random());
        if (i % 2 == 0) {  // of the size of losses
            bits = (bits & 0x83FF'FFFF) | 0x3C00'0000;
        }
        const auto value = std::bit_cast<float>(bits);
        if (value - value == 0) {
            CAPTURE(bits);
            REQUIRE(ours(value) == theirs(value));
        }
    }
}

TEST_CASE("decimal: what is no number is told so", "[firmware]") {
    CHECK(ours(std::numeric_limits<float>::quiet_NaN()) == "nan");
    CHECK(ours(-std::numeric_limits<float>::quiet_NaN()) == "nan");
    CHECK(ours(std::numeric_limits<float>::infinity()) == "inf");
    CHECK(ours(-std::numeric_limits<float>::infinity()) == "-inf");
}
