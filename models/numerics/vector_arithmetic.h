// SPDX-License-Identifier: Apache-2.0
// The scalar operations of the vector core's contract (docs/vector-numerics.md) that IEEE 754 and
// C++ do not give in one step. In the environment of Fp32Environment.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "numerics/bf16.h"

namespace athena::numerics {

/// NaN if either is; -0 is less than +0.
[[nodiscard]] inline float maximum(float a, float b) {
    if (a == b) {  // zeros of both signs: the sign of + wins
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(a) &
                                    std::bit_cast<std::uint32_t>(b));
    }
    return is_nan(a) || is_nan(b) ? std::bit_cast<float>(kCanonicalNanFp32) : a > b ? a : b;
}
[[nodiscard]] inline float minimum(float a, float b) {
    if (a == b) {
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(a) |
                                    std::bit_cast<std::uint32_t>(b));
    }
    return is_nan(a) || is_nan(b) ? std::bit_cast<float>(kCanonicalNanFp32) : a < b ? a : b;
}

/// The nearest integer, ties to even, clamped to the range of the type; 0 of a NaN.
[[nodiscard]] inline std::int32_t nearest_integer(float value) {
    constexpr float kBeyond = 2147483648.0F;
    if (is_nan(value)) {
        return 0;
    }
    if (value >= kBeyond) {
        return std::numeric_limits<std::int32_t>::max();
    }
    return value < -kBeyond ? std::numeric_limits<std::int32_t>::min()
                            : static_cast<std::int32_t>(std::nearbyint(value));
}

/// The order of every reduction along a row: element i goes to partial i mod 16 in ascending i; a
/// partial starts with its first element; then partials p and p + 8 come together, p and p + 4, p
/// and p + 2, p and p + 1. Partials without an element take no part.
inline constexpr std::size_t kPartials = 16;

/// -0 is what a sum starts with: it changes no number that is added, the sign of zero included.
class RowSum {
  public:
    RowSum() { partials_.fill(-0.0F); }
    void add(float value) { next() += value; }
    /// Fused: partial = a * b + partial.
    void add_product(float a, float b) {
        float& partial = next();
        partial = fused_multiply_add(a, b, partial);
    }
    /// +0 of nothing.
    [[nodiscard]] float result() const {
        if (count_ == 0) {
            return 0.0F;
        }
        auto partials = partials_;
        for (std::size_t half = kPartials / 2; half != 0; half /= 2) {
            for (std::size_t p = 0; p < half; ++p) {
                partials[p] += partials[p + half];
            }
        }
        return canonical(partials[0]);
    }

  private:
    [[nodiscard]] float& next() { return partials_[count_++ % kPartials]; }

    std::array<float, kPartials> partials_;
    std::size_t count_ = 0;
};

}  // namespace athena::numerics
