// SPDX-License-Identifier: Apache-2.0
// OCP OFP8 (Open Compute Project, 8-bit Floating Point Specification 1.0): E4M3 and E5M2, from and
// to FP32, by the numerics contract (docs/numerics.md).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "numerics/bf16.h"
#include "numerics/minifloat.h"

namespace athena::numerics {

inline constexpr Minifloat kE4m3{.exponent_bits = 4, .fraction_bits = 3, .bias = 7};
inline constexpr Minifloat kE5m2{.exponent_bits = 5, .fraction_bits = 2, .bias = 15};

inline constexpr std::uint8_t kCanonicalNanFp8 = 0x7F;  // of both formats
inline constexpr std::uint8_t kLargestE4m3 = 0x7E;      // 448
inline constexpr std::uint8_t kLargestE5m2 = 0x7B;      // 57344
inline constexpr std::uint8_t kInfinityE5m2 = 0x7C;

// No infinities; the encodings of all ones are NaN, those next to them the largest numbers.
[[nodiscard]] constexpr float fp32_from_e4m3(std::uint8_t bits) {
    return (bits & 0x7F) == 0x7F ? std::bit_cast<float>(kCanonicalNanFp32)
                                 : fp32_from_minifloat(kE4m3, bits);
}

// Infinities and NaNs as IEEE 754 has them.
[[nodiscard]] constexpr float fp32_from_e5m2(std::uint8_t bits) {
    const std::uint32_t sign = std::uint32_t{bits & 0x80U} << 24;
    switch (bits & 0x7F) {
        case 0x7C:
            return std::bit_cast<float>(sign | 0x7F80'0000);
        case 0x7D:
        case 0x7E:
        case 0x7F:
            return std::bit_cast<float>(kCanonicalNanFp32);
        default:
            return fp32_from_minifloat(kE5m2, bits);
    }
}

// One rounding to nearest, ties to even; overflow is judged after it. Subnormals and the sign of
// zero are kept.

// Overflow and infinity: ±448 with `saturate`, else NaN.
[[nodiscard]] constexpr std::uint8_t e4m3_from_fp32(float value, bool saturate) {
    if (is_nan(value)) {
        return kCanonicalNanFp8;
    }
    const Rounded rounded = round_to_minifloat(kE4m3, value);
    if (rounded.magnitude > kLargestE4m3 && !saturate) {
        return kCanonicalNanFp8;
    }
    return static_cast<std::uint8_t>(rounded.sign << 7 |
                                     std::min<std::uint32_t>(rounded.magnitude, kLargestE4m3));
}

// Overflow and infinity: ±57344 with `saturate`, else infinity.
[[nodiscard]] constexpr std::uint8_t e5m2_from_fp32(float value, bool saturate) {
    if (is_nan(value)) {
        return kCanonicalNanFp8;
    }
    const Rounded rounded = round_to_minifloat(kE5m2, value);
    const std::uint32_t largest = saturate ? kLargestE5m2 : kInfinityE5m2;
    return static_cast<std::uint8_t>(rounded.sign << 7 | std::min(rounded.magnitude, largest));
}

}  // namespace athena::numerics
