// SPDX-License-Identifier: Apache-2.0
// OCP MX (Open Compute Project, Microscaling Formats Specification 1.0): elements in blocks of 32,
// each block with one E8M0 scale. Elements of MXFP8 are those of ofp8.h.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "numerics/bf16.h"
#include "numerics/minifloat.h"

namespace athena::numerics {

inline constexpr std::size_t kMxBlock = 32;  // elements that share a scale

inline constexpr Minifloat kE3m2{.exponent_bits = 3, .fraction_bits = 2, .bias = 3};
inline constexpr Minifloat kE2m3{.exponent_bits = 2, .fraction_bits = 3, .bias = 1};
inline constexpr Minifloat kE2m1{.exponent_bits = 2, .fraction_bits = 1, .bias = 1};

// Neither infinities nor NaNs; bits above the format's are not looked at.
[[nodiscard]] constexpr float fp32_from_e3m2(std::uint8_t bits) {
    return fp32_from_minifloat(kE3m2, bits);
}
[[nodiscard]] constexpr float fp32_from_e2m3(std::uint8_t bits) {
    return fp32_from_minifloat(kE2m3, bits);
}
[[nodiscard]] constexpr float fp32_from_e2m1(std::uint8_t bits) {
    return fp32_from_minifloat(kE2m1, bits);
}

// Two's complement in 64ths; 0x80 is -2.
[[nodiscard]] constexpr float fp32_from_mxint8(std::uint8_t bits) {
    return static_cast<float>(static_cast<std::int8_t>(bits)) / 64;
}

// 2^(bits - 127), of which 2^-127 is subnormal in FP32; 0xFF is NaN.
[[nodiscard]] constexpr float fp32_from_e8m0(std::uint8_t bits) {
    if (bits == 0xFF) {
        return std::bit_cast<float>(kCanonicalNanFp32);
    }
    return std::bit_cast<float>(bits == 0 ? 0x0040'0000U : std::uint32_t{bits} << 23);
}

// An element times its scale. Exact, as no product has a bit below 2^-149, but for a magnitude of
// 2^128 or more, which becomes infinity. In the environment of fused_multiply_add().
[[nodiscard]] constexpr float scaled(float element, float scale) {
    return canonical(element * scale);
}

}  // namespace athena::numerics
