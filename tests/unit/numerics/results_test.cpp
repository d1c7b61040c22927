// SPDX-License-Identifier: Apache-2.0
// Result formats around every rounding and overflow boundary, against a search for the nearest
// number.
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "numerics/ofp8.h"
#include "rational.h"
#include "side.h"

namespace {

using namespace athena::test;

constexpr unsigned kBf16 = 1;
constexpr unsigned kE4m3 = 2;
constexpr unsigned kE5m2 = 3;

std::uint32_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

double magnitude_of(const Rational& number) {
    return std::ldexp(static_cast<double>(number.significand), number.exponent);
}

// Magnitudes: each number of the format, the tie of it and the next, also beyond the largest, and
// the FP32 numbers next to these; infinity, NaNs, and the ends of FP32.
std::vector<std::uint32_t> fp8_boundaries(unsigned format) {
    const unsigned element = format - 1;  // E4M3, E5M2 as an operand
    std::vector<double> numbers;
    for (std::uint32_t code = 0; code < 128; ++code) {
        const Rational number = rational_element(element, code);
        if (number.kind == Rational::Kind::Finite) {
            numbers.push_back(magnitude_of(number));
        }
    }
    numbers.push_back(2 * numbers.back() - numbers[numbers.size() - 2]);
    const std::size_t exact = numbers.size();
    for (std::size_t i = 1; i < exact; ++i) {
        numbers.push_back((numbers[i - 1] + numbers[i]) / 2);
    }
    std::vector<std::uint32_t> encodings{0x7F80'0000, 0x7F7F'FFFF, 0x7FC0'0000, 0x7F80'0001,
                                         0x0000'0001, 0x007F'FFFF, 0x0080'0000};
    for (const double number : numbers) {
        const auto value = static_cast<float>(number);
        REQUIRE(static_cast<double>(value) == number);
        for (const std::uint32_t near : {bits_of(value) - 1, bits_of(value), bits_of(value) + 1}) {
            encodings.push_back(near);
        }
    }
    return encodings;
}

// Three BF16 terms whose sum is exactly the FP32 number: eight bits of it each.
std::array<std::uint16_t, 3> terms_of(std::uint32_t fp32) {
    std::array<std::uint16_t, 3> terms{};
    auto value = std::bit_cast<float>(fp32);
    for (std::uint16_t& term : terms) {
        term = static_cast<std::uint16_t>(bits_of(value) >> 16);
        value = std::isfinite(value) ? value - std::bit_cast<float>(std::uint32_t{term} << 16) : 0;
    }
    return terms;
}

// The reference and every kernel on a column of sums; NaNs and infinities are sums too.
void check_sums(const std::vector<std::uint32_t>& sums, const Modes& modes) {
    Side a(0, true, sums.size(), 3);
    Side ones(0, false, 1, 3);
    for (std::size_t k = 0; k < 3; ++k) {
        ones.put(0, k, 0x3F80);
    }
    for (std::size_t m = 0; m < sums.size(); ++m) {
        const auto terms = terms_of(sums[m]);
        for (std::size_t k = 0; k < 3; ++k) {
            a.put(m, k, terms[k]);
        }
    }
    CAPTURE(modes.result, modes.saturate);
    std::mt19937 random(1);
    check_product(a, ones, modes, random);
}

}  // namespace

TEST_CASE("formats: the nearest FP8 by hand") {
    // The largest, its tie with the next step, and the FP32 numbers around the tie.
    CHECK(nearest_fp8(kE4m3, bits_of(448.0F), false) == 0x7E);
    CHECK(nearest_fp8(kE4m3, bits_of(464.0F), false) == 0x7E);
    CHECK(nearest_fp8(kE4m3, bits_of(464.0F) + 1, false) == 0x7F);
    CHECK(nearest_fp8(kE4m3, bits_of(-464.0F) + 1, false) == 0x7F);
    CHECK(nearest_fp8(kE4m3, bits_of(-464.0F) + 1, true) == 0xFE);
    CHECK(nearest_fp8(kE4m3, 0x7F80'0000, false) == 0x7F);
    CHECK(nearest_fp8(kE4m3, 0xFF80'0000, true) == 0xFE);
    CHECK(nearest_fp8(kE5m2, bits_of(61440.0F) - 1, false) == 0x7B);
    CHECK(nearest_fp8(kE5m2, bits_of(61440.0F), false) == 0x7C);
    CHECK(nearest_fp8(kE5m2, bits_of(-61440.0F), true) == 0xFB);
    CHECK(nearest_fp8(kE5m2, 0xFF80'0000, false) == 0xFC);
    CHECK(nearest_fp8(kE5m2, 0xFF80'0000, true) == 0xFB);
    CHECK(nearest_fp8(kE5m2, 0xFF80'0001, true) == 0x7F);
    // Half of the least number, 2^-9 and 2^-16, ties to zero, whose sign stays; one more goes up.
    CHECK(nearest_fp8(kE4m3, bits_of(0x1p-10F), false) == 0x00);
    CHECK(nearest_fp8(kE4m3, bits_of(-0x1p-10F), false) == 0x80);
    CHECK(nearest_fp8(kE4m3, bits_of(0x1p-10F) + 1, false) == 0x01);
    CHECK(nearest_fp8(kE5m2, bits_of(-0x1p-17F) + 1, false) == 0x81);
    // 17/16 ties between 1 (even) and 9/8, 19/16 between 9/8 and 5/4 (even).
    CHECK(nearest_fp8(kE4m3, bits_of(17.0F / 16), false) == 0x38);
    CHECK(nearest_fp8(kE4m3, bits_of(19.0F / 16), false) == 0x3A);
}

TEST_CASE("formats: FP8 is rounded once, to nearest even, with overflow judged after it") {
    namespace numerics = athena::numerics;
    for (const unsigned format : {kE4m3, kE5m2}) {
        for (const std::uint32_t magnitude : fp8_boundaries(format)) {
            for (const std::uint32_t sign : {0U, 0x8000'0000U}) {
                for (const bool saturate : {false, true}) {
                    const std::uint32_t bits = magnitude ^ sign;
                    const auto value = std::bit_cast<float>(bits);
                    CAPTURE(format, bits, saturate);
                    const std::uint8_t found = format == kE4m3
                                                   ? numerics::e4m3_from_fp32(value, saturate)
                                                   : numerics::e5m2_from_fp32(value, saturate);
                    REQUIRE(found == nearest_fp8(format, bits, saturate));
                }
            }
        }
    }
}

TEST_CASE("formats: reference and kernels convert sums around every boundary of FP8") {
    for (const unsigned format : {kE4m3, kE5m2}) {
        auto sums = fp8_boundaries(format);
        const std::size_t magnitudes = sums.size();
        for (std::size_t i = 0; i < magnitudes; ++i) {
            sums.push_back(sums[i] ^ 0x8000'0000);
        }
        check_sums(sums, {.result = format, .saturate = false});
        check_sums(sums, {.result = format, .saturate = true});
    }
}

TEST_CASE("formats: reference and kernels convert sums around every boundary of BF16") {
    std::vector<std::uint32_t> sums;
    for (std::uint32_t upper = 0; upper <= 0xFFFF; ++upper) {
        for (const std::uint32_t lower : {0x0000U, 0x0001U, 0x7FFFU, 0x8000U, 0x8001U, 0xFFFFU}) {
            sums.push_back(upper << 16 | lower);
        }
    }
    check_sums(sums, {.result = kBf16});
}

TEST_CASE("formats: reference and kernels convert sums all over FP32 to FP8") {
    std::vector<std::uint32_t> sums;
    for (std::uint64_t sum = 0; sum <= 0xFFFF'FFFF; sum += 65521) {  // a prime
        sums.push_back(static_cast<std::uint32_t>(sum));
    }
    for (const unsigned format : {kE4m3, kE5m2}) {
        check_sums(sums, {.result = format, .saturate = false});
        check_sums(sums, {.result = format, .saturate = true});
    }
}
