// SPDX-License-Identifier: Apache-2.0
// The number formats and the fields of a command, written down a second time for the testbench.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

inline constexpr std::uint32_t kCanonicalNan = 0x7FC0'0000;
inline constexpr unsigned kLine = 64;

inline std::uint32_t bits_of(float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

// The formats, by their numbers in a command (rtl/README.md).
struct Format {
    const char* name;
    unsigned bits, exponent, fraction;
    int bias;
    bool scaled;
};
inline constexpr std::array<Format, 9> kFormats{{{"BF16", 16, 8, 7, 127, false},
                                                 {"E4M3", 8, 4, 3, 7, false},
                                                 {"E5M2", 8, 5, 2, 15, false},
                                                 {"MXFP8 E4M3", 8, 4, 3, 7, true},
                                                 {"MXFP8 E5M2", 8, 5, 2, 15, true},
                                                 {"MXFP6 E3M2", 6, 3, 2, 3, true},
                                                 {"MXFP6 E2M3", 6, 2, 3, 1, true},
                                                 {"MXFP4", 4, 2, 1, 1, true},
                                                 {"MXINT8", 8, 0, 0, 0, true}}};
inline constexpr std::array<unsigned, 4> kResultBytes{4, 2, 1, 1};  // FP32, BF16, E4M3, E5M2

inline float decode(unsigned number, std::uint32_t code) {
    const Format& format = kFormats[number];
    if (number == 8) {
        return static_cast<float>(static_cast<std::int8_t>(code)) / 64;
    }
    const unsigned all = (1U << format.exponent) - 1;
    const unsigned exponent = code >> format.fraction & all;
    const unsigned fraction = code & ((1U << format.fraction) - 1);
    const float sign = (code >> (format.bits - 1) & 1) != 0 ? -1.0F : 1.0F;
    if (exponent == all && format.exponent == 4 && fraction == 7) {
        return std::numeric_limits<float>::quiet_NaN();
    }
    if (exponent == all && format.exponent >= 5) {
        return fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                             : sign * std::numeric_limits<float>::infinity();
    }
    const unsigned significand = exponent == 0 ? fraction : fraction | 1U << format.fraction;
    const int power = static_cast<int>(exponent == 0 ? 1 : exponent) - format.bias;
    return sign *
           std::ldexp(static_cast<float>(significand), power - static_cast<int>(format.fraction));
}

// The nearest FP8 number, ties to even, found among all of them.
inline std::uint8_t round_fp8(unsigned result, float value, bool saturate) {
    const unsigned format = result == 2 ? 1 : 2;
    const std::uint8_t largest = result == 2 ? 0x7E : 0x7B;
    if (std::isnan(value)) {
        return 0x7F;
    }
    const std::uint8_t sign = std::signbit(value) ? 0x80 : 0;
    const double magnitude = std::fabs(static_cast<double>(value));
    const double last = decode(format, largest);
    const double step = last - static_cast<double>(decode(format, largest - 1U));
    // The tie goes to even: to the number above the largest one where that one is odd.
    if (magnitude > last + step / 2 || (magnitude == last + step / 2 && (largest & 1) != 0)) {
        const std::uint8_t infinite = result == 2 ? 0x7F : static_cast<std::uint8_t>(sign | 0x7C);
        return saturate ? static_cast<std::uint8_t>(sign | largest) : infinite;
    }
    std::uint8_t best = 0;
    for (std::uint8_t code = 1; code <= largest; ++code) {
        const double here = std::fabs(static_cast<double>(decode(format, code)) - magnitude);
        const double there = std::fabs(static_cast<double>(decode(format, best)) - magnitude);
        best = here < there || (here == there && code % 2 == 0) ? code : best;
    }
    return static_cast<std::uint8_t>(sign | best);
}

inline std::uint32_t convert(unsigned result, float value, bool saturate) {
    const std::uint32_t bits = std::isnan(value) ? kCanonicalNan : bits_of(value);
    switch (result) {
        case 0:
            return bits;
        case 1:
            return std::isnan(value) ? kCanonicalNan >> 16
                                     : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
        default:
            return round_fp8(result, value, saturate);
    }
}

struct Command {
    std::uint32_t tag = 0, a_format = 0, b_format = 0, c_format = 0;
    bool accumulate = false, transpose_a = false, transpose_b = false, saturate = false;
    std::uint32_t m = 0, n = 0, k = 0;
    std::uint32_t a = 0, b = 0, c = 0, a_scale = 0, b_scale = 0;                 // addresses
    std::uint32_t a_ld = 0, b_ld = 0, c_ld = 0, a_scale_ld = 0, b_scale_ld = 0;  // in 32 bytes

    [[nodiscard]] std::array<std::uint8_t, kLine> line() const {
        std::array<std::uint8_t, kLine> bytes{};
        const auto put = [&](unsigned at, std::uint32_t value, unsigned size) {
            std::memcpy(&bytes[at], &value, size);
        };
        bytes[0] = 1;  // MATMUL
        put(0x04, tag, 4);
        put(0x12,
            a_format | b_format << 4 | c_format << 8 | (accumulate ? 1U : 0U) << 10 |
                (transpose_a ? 1U : 0U) << 11 | (transpose_b ? 1U : 0U) << 12 |
                (saturate ? 1U : 0U) << 13,
            2);
        put(0x14, a, 4);
        put(0x18, b, 4);
        put(0x1C, c, 4);
        put(0x20, m, 4);
        put(0x24, n, 4);
        put(0x28, k, 4);
        put(0x2C, a_ld, 2);
        put(0x2E, b_ld, 2);
        put(0x30, c_ld, 2);
        put(0x32, a_scale_ld, 2);
        put(0x34, a_scale, 4);
        put(0x38, b_scale, 4);
        put(0x3C, b_scale_ld, 2);
        return bytes;
    }
};
