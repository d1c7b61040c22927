// SPDX-License-Identifier: Apache-2.0
// fma() in FP32 by the compiler's software floating point (quadruple precision of libgcc), and how
// the exact sum lies between the two results that it may be rounded to.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace athena::rtl {

__extension__ typedef __float128 Quad;
__extension__ typedef unsigned __int128 QuadBits;

enum class Rounding { Exact, BelowHalf, TieKeeps, TieMoves, AboveHalf };
inline constexpr unsigned kRoundings = 5;

struct SoftSum {
    std::uint32_t bits = 0;
    Rounding rounding = Rounding::Exact;
    int exponent = 0;     // of the exact sum; 0 if there is none
    bool finite = false;  // and not 0: `rounding` and `exponent` count
};

inline constexpr std::uint32_t kSoftNan = 0x7FC0'0000;

namespace soft {

inline constexpr int kQuadFraction = 112;
inline constexpr int kQuadBias = 16383;

// The sum rounded to odd (Boldo and Melquiond, 2008): rounded once more to fewer bits, it is the
// exact sum rounded once.
inline Quad odd_sum(Quad p, Quad c) {
    const Quad sum = p + c;
    const Quad other = sum - p;
    const Quad error = (p - (sum - other)) + (c - other);
    auto bits = std::bit_cast<QuadBits>(sum);
    if (error != 0 && (bits & 1) == 0) {
        bits += (error > 0) == (sum > 0) ? QuadBits{1} : ~QuadBits{0};
    }
    return std::bit_cast<Quad>(bits);
}

inline Rounding rounding_of(QuadBits bits, int exponent) {
    const int lowest = std::max(exponent - 23, -149);
    const int dropped = lowest - (exponent - kQuadFraction);
    if (dropped > kQuadFraction + 1) {
        return Rounding::BelowHalf;
    }
    const QuadBits one = 1;
    const QuadBits significand = (bits & ((one << kQuadFraction) - 1)) | one << kQuadFraction;
    const QuadBits rest = significand & ((one << dropped) - 1);
    const QuadBits half = one << (dropped - 1);
    if (rest == half) {
        return (significand >> dropped & 1) != 0 ? Rounding::TieMoves : Rounding::TieKeeps;
    }
    return rest == 0 ? Rounding::Exact : rest < half ? Rounding::BelowHalf : Rounding::AboveHalf;
}

}  // namespace soft

/// a and b have at most 24 significant bits together, so that their product is exact.
inline SoftSum soft_fma(float a, float b, float c) {
    const Quad product = static_cast<Quad>(a) * static_cast<Quad>(b);
    const auto addend = static_cast<Quad>(c);
    SoftSum result;
    if (std::isfinite(a) && std::isfinite(b) && std::isfinite(c)) {
        const Quad sum = soft::odd_sum(product, addend);
        result.bits = std::bit_cast<std::uint32_t>(static_cast<float>(sum));
        result.finite = sum != 0;
        if (result.finite) {
            const auto bits = std::bit_cast<QuadBits>(sum);
            result.exponent =
                static_cast<int>(bits >> soft::kQuadFraction & 0x7FFF) - soft::kQuadBias;
            result.rounding = soft::rounding_of(bits, result.exponent);
        }
        return result;
    }
    const auto sum = static_cast<float>(product + addend);
    result.bits = std::isnan(sum) ? kSoftNan : std::bit_cast<std::uint32_t>(sum);
    return result;
}

}  // namespace athena::rtl
