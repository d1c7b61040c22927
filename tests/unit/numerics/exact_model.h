// SPDX-License-Identifier: Apache-2.0
// A second opinion on BF16 x BF16 + FP32 -> FP32 that uses integers only: the exact sum as a number
// of 640 bits, then one rounding to nearest even. It works on encodings and shares no code with
// models/numerics.
#pragma once

#include <cstdint>

namespace athena::test {

// The encoding of round(a * b + acc). Every NaN is 0x7FC00000.
[[nodiscard]] std::uint32_t exact_fma(std::uint16_t a, std::uint16_t b, std::uint32_t acc);

// The BF16 nearest to the FP32 value, by search among its two neighbours.
[[nodiscard]] std::uint16_t exact_bf16(std::uint32_t fp32);

}  // namespace athena::test
