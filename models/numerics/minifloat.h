// SPDX-License-Identifier: Apache-2.0
// What the small floating-point formats have in common: sign, exponent with a bias, fraction,
// subnormals. Infinities and NaNs differ and are left to the formats (ofp8.h, mx.h).
#pragma once

#include <bit>
#include <cstdint>

namespace athena::numerics {

// At most 8 bits with the sign, and an exponent range inside that of FP32.
struct Minifloat {
    int exponent_bits;
    int fraction_bits;
    int bias;
};

// 2^exponent, from -126 to 127.
[[nodiscard]] constexpr float power_of_two(int exponent) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
}

// The number with these bits, as if the format had neither infinities nor NaNs. Exact.
[[nodiscard]] constexpr float fp32_from_minifloat(const Minifloat& format, std::uint32_t bits) {
    const std::uint32_t hidden = 1U << format.fraction_bits;
    const std::uint32_t fraction = bits & (hidden - 1);
    const std::uint32_t field = bits >> format.fraction_bits & ((1U << format.exponent_bits) - 1);
    const bool negative = (bits >> (format.exponent_bits + format.fraction_bits) & 1) != 0;
    const std::uint32_t significand = field == 0 ? fraction : hidden | fraction;
    const int exponent = (field == 0 ? 1 : static_cast<int>(field)) - format.bias;
    const float magnitude =
        static_cast<float>(significand) * power_of_two(exponent - format.fraction_bits);
    return negative ? -magnitude : magnitude;
}

// The encoding of a rounded magnitude, as if the exponent field had no upper end: overflow shows as
// a magnitude above the format's largest.
struct Rounded {
    std::uint32_t sign;  // 1: negative
    std::uint32_t magnitude;
};

// One rounding to nearest, ties to even; not for NaN. Infinity counts as 2^128.
[[nodiscard]] constexpr Rounded round_to_minifloat(const Minifloat& format, float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 31;
    const int field = static_cast<int>(bits >> 23 & 0xFF);
    const std::uint32_t fraction = bits & 0x007F'FFFF;
    // The magnitude is significand · 2^(exponent - 23).
    const std::uint32_t significand = field == 0 ? fraction : fraction | 0x0080'0000;
    const int exponent = (field == 0 ? 1 : field) - 127;
    // Below the least normal number the last place no longer moves with the exponent.
    const int least = 1 - format.bias;
    const int kept = exponent > least ? exponent : least;
    const int dropped = 23 - format.fraction_bits + (kept - exponent);
    if (dropped > 25) {
        return {sign, 0};  // less than half of the least subnormal number
    }
    const std::uint32_t half_minus_one = (1U << (dropped - 1)) - 1;
    const std::uint32_t is_odd = significand >> dropped & 1;
    const std::uint32_t rounded = (significand + half_minus_one + is_odd) >> dropped;
    // The significand brings the hidden bit, which counts as one in the exponent field; so does a
    // carry out of it.
    const auto below = static_cast<std::uint32_t>(kept - least);
    return {sign, (below << format.fraction_bits) + rounded};
}

}  // namespace athena::numerics
