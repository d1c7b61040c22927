// SPDX-License-Identifier: Apache-2.0
// The scalar operations of the numerics contract (docs/numerics.md): BF16 in and out of FP32, the
// fused multiply-add, and the one NaN that results may hold. Floats here are IEEE 754 binary32.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace athena::numerics {

inline constexpr std::uint32_t kCanonicalNanFp32 = 0x7FC0'0000;
inline constexpr std::uint16_t kCanonicalNanBf16 = 0x7FC0;

// BF16 is the upper half of binary32, so each of its values is exact in FP32: subnormals,
// infinities and NaN payloads included.
[[nodiscard]] constexpr float fp32_from_bf16(std::uint16_t bits) {
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

[[nodiscard]] constexpr bool is_nan(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0x7FFF'FFFF) > 0x7F80'0000;
}

// Every NaN that leaves an arithmetic operation is this one: sign, quiet bit and payload of a NaN
// differ between hosts, and between orders of operands on one host.
[[nodiscard]] constexpr float canonical(float value) {
    return is_nan(value) ? std::bit_cast<float>(kCanonicalNanFp32) : value;
}

// One rounding to nearest, ties to even. Subnormals and the sign of zero are kept; a magnitude that
// rounds to 2^128 or more becomes infinity, by the carry that runs into the exponent.
[[nodiscard]] constexpr std::uint16_t bf16_from_fp32(float value) {
    if (is_nan(value)) {
        return kCanonicalNanBf16;
    }
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t half_minus_one = 0x7FFF;
    const std::uint32_t is_odd = (bits >> 16) & 1;
    return static_cast<std::uint16_t>((bits + half_minus_one + is_odd) >> 16);
}

// a * b + acc, exact and then rounded once. Rounds as the floating-point environment says: nearest
// even with subnormals, unless the caller has changed it (see Fp32Environment).
[[nodiscard]] inline float fused_multiply_add(float a, float b, float acc) {
    return std::fma(a, b, acc);
}

}  // namespace athena::numerics
