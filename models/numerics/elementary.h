// SPDX-License-Identifier: Apache-2.0
// The elementary functions of the numerics contract (docs/vector-numerics.md): each is a written
// sequence of IEEE binary32 operations rounded to nearest even, with subnormals, and of operations
// on bits. This is the specification; elementary-inl.h has the same sequences on vectors. Call with
// an Fp32Environment alive.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "numerics/bf16.h"
#include "numerics/minifloat.h"

namespace athena::numerics {

// Coefficients from the constant term up, printed by minimax.py: the largest error of the
// polynomial is 2^-28.2 (exp), 2^-29.9 (log) and 2^-27.7 (tanh) of the function's value.
inline constexpr std::array kExpTail{0x1.fffffcp-2F, 0x1.55548cp-3F, 0x1.555858p-5F, 0x1.123dep-7F,
                                     0x1.6ac74cp-10F};
inline constexpr std::array kLogTail{
    -0x1.p-1F,      0x1.555544p-2F,  -0x1.ffffep-3F, 0x1.99a626p-3F,  -0x1.55664cp-3F,
    0x1.2327c2p-3F, -0x1.fadcd2p-4F, 0x1.e67248p-4F, -0x1.e49332p-4F, 0x1.1c901cp-4F};
inline constexpr std::array kTanhTail{-0x1.555532p-2F, 0x1.1106f6p-3F, -0x1.b835a4p-5F,
                                      0x1.51f8cep-6F, -0x1.750ce4p-8F};

inline constexpr float kLog2E = 0x1.715476p0F;
// The upper part of ln 2 has 15 bits: its product with an integer of up to 9 bits is exact.
inline constexpr float kLn2High = 0x1.62e4p-1F;
inline constexpr float kLn2Low = 0x1.7f7d1cp-20F;
// Added to a number below 2^22, rounds it to an integer in the lowest bits of the sum.
inline constexpr float kRoundingShift = 0x1.8p23F;
inline constexpr float kLeastNormal = 0x1p-126F;
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::bit_cast<float>(kCanonicalNanFp32);

// Beyond these exp is +0 or infinity; tanh is 1; gelu is -0 or x; its derivative is -0 or 1.
inline constexpr float kExpLowest = -104.0F;
inline constexpr float kExpHighest = 89.0F;
inline constexpr float kTanhHighest = 10.0F;
inline constexpr float kGeluLowest = -11.5F;
inline constexpr float kGeluHighest = 5.5F;

// Below this magnitude tanh is its polynomial.
inline constexpr float kTanhSplit = 0.625F;
// The least bits of m in [sqrt(1/2), sqrt(2)) for x = m 2^k in log.
inline constexpr std::uint32_t kSqrtHalfBits = 0x3F35'04F3;

// -2 sqrt(2/pi) and that times 0.044715, each as a sum of two.
inline constexpr float kGeluLinearHigh = -0x1.988454p0F;
inline constexpr float kGeluLinearLow = 0x1.857936p-25F;
inline constexpr float kGeluCubicHigh = -0x1.2444f2p-4F;
inline constexpr float kGeluCubicLow = -0x1.49b16ap-29F;
// Powers of two up to this go into the denominator of gelu, what is beyond scales the quotient.
inline constexpr std::int32_t kGeluLargestPower = 100;

template <std::size_t kCount>
[[nodiscard]] inline float polynomial(float x, const std::array<float, kCount>& coefficients) {
    float sum = coefficients[kCount - 1];
    for (std::size_t i = kCount - 1; i-- > 0;) {
        sum = std::fma(sum, x, coefficients[i]);
    }
    return sum;
}

// NaN stays.
[[nodiscard]] inline float at_least(float low, float x) {
    return x < low ? low : x;
}
[[nodiscard]] inline float at_most(float high, float x) {
    return x > high ? high : x;
}

// e^x as (high + low) 2^n, high from 0.65 to 1.35.
struct ReducedExp {
    float high;
    float low;
    std::int32_t n;
};

// For x = high + low, |high| < 128, low next to nothing.
[[nodiscard]] inline ReducedExp reduced_exp(float high, float low) {
    const float shifted = std::fma(high, kLog2E, kRoundingShift);
    const float count = shifted - kRoundingShift;
    const std::uint32_t n =
        std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRoundingShift);
    const float r = std::fma(count, -kLn2High, high);  // exact
    const float r_low = std::fma(count, -kLn2Low, low);
    const float both = r + r_low;
    const float sum = 1.0F + r;
    const float sum_low = (r - (sum - 1.0F)) + r_low;
    const float tail = std::fma(both * both, polynomial(both, kExpTail), sum_low);
    return {sum, tail, static_cast<std::int32_t>(n)};
}

// Two factors, of which the first is exact: one rounding where the result is subnormal.
[[nodiscard]] inline float exp_fp32(float x) {
    const float y = at_most(kExpHighest, at_least(kExpLowest, x));
    const ReducedExp e = reduced_exp(y, 0.0F);
    const std::int32_t half = e.n >> 1;
    return canonical((e.high + e.low) * power_of_two(half) * power_of_two(e.n - half));
}

// x = m 2^k: k ln 2 + f + f^2 Q(f), f = m - 1. The sum of the two large terms keeps its error.
[[nodiscard]] inline float log_fp32(float x) {
    const bool is_subnormal = x < kLeastNormal;
    const float y = is_subnormal ? x * 0x1p23F : x;
    const auto bits = std::bit_cast<std::uint32_t>(y);
    const std::int32_t k = static_cast<std::int32_t>(bits - kSqrtHalfBits) >> 23;
    const float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(k) << 23)) - 1.0F;
    const auto count = static_cast<float>(is_subnormal ? k - 23 : k);
    const float high = count * kLn2High;
    const float sum = high + f;
    const float low = std::fma(count, kLn2Low, f - (sum - high));
    const float finite = sum + std::fma(f * f, polynomial(f, kLogTail), low);
    const float positive = x < kInfinity ? finite : x;
    const float number = x == 0.0F ? -kInfinity : positive;
    return x >= 0.0F ? number : kNan;
}

[[nodiscard]] inline float tanh_fp32(float x) {
    const float square = x * x;
    const float small = std::fma(x * square, polynomial(square, kTanhTail), x);
    const float y = at_most(kTanhHighest, std::fabs(x));
    const ReducedExp e = reduced_exp(y + y, 0.0F);
    const float power = (e.high + e.low) * power_of_two(e.n);
    const float large = 1.0F - 2.0F / (power + 1.0F);
    return canonical(std::copysign(std::fabs(x) < kTanhSplit ? small : large, x));
}

// A number as the sum of two, high its rounding.
struct TwoFloats {
    float high;
    float low;
};

[[nodiscard]] inline TwoFloats exact_sum(float a, float b) {
    const float sum = a + b;
    const float added = sum - a;
    return {sum, (a - (sum - added)) + (b - added)};
}

// v = -2 sqrt(2/pi) (x + 0.044715 x^3) as x (linear + cubic), and that cubic.
struct GeluExponent {
    TwoFloats v;
    TwoFloats cubic;
};

// For x in [kGeluLowest, kGeluHighest].
[[nodiscard]] inline GeluExponent gelu_exponent(float x) {
    const float square = x * x;
    const float square_low = std::fma(x, x, -square);
    const float cubic = square * kGeluCubicHigh;
    float cubic_low = std::fma(square, kGeluCubicHigh, -cubic);
    cubic_low = std::fma(square_low, kGeluCubicHigh, cubic_low);
    cubic_low = std::fma(square, kGeluCubicLow, cubic_low);
    const TwoFloats factor = exact_sum(kGeluLinearHigh, cubic);
    const float factor_low = factor.low + (cubic_low + kGeluLinearLow);
    const float v = x * factor.high;
    const float v_low = std::fma(x, factor_low, std::fma(x, factor.high, -v));
    return {{v, v_low}, {cubic, cubic_low}};
}

// The parts of 1 / (1 + e^v): with e^v = power 2^excess, denominator is 1 + power and inverse the
// quotient of 1 and denominator.high. Excess is above 0 where the 1 does not matter.
struct GeluSigmoid {
    float power;
    TwoFloats denominator;
    float inverse;
    std::int32_t excess;
};

[[nodiscard]] inline GeluSigmoid gelu_sigmoid(TwoFloats v) {
    const ReducedExp e = reduced_exp(v.high, v.low);
    const std::int32_t n = e.n < kGeluLargestPower ? e.n : kGeluLargestPower;
    const float scale = power_of_two(n);
    const float rounded = e.high + e.low;
    const float power = rounded * scale;
    const float power_low = (e.low - (rounded - e.high)) * scale;
    const TwoFloats sum = exact_sum(power, 1.0F);
    return {power, {sum.high, sum.low + power_low}, 1.0F / sum.high, e.n - n};
}

// x / (1 + e^v): the quotient is corrected by its remainder.
[[nodiscard]] inline float corrected_quotient(float x, const GeluSigmoid& s) {
    const float quotient = x * s.inverse;
    float remainder = std::fma(-quotient, s.denominator.high, x);
    remainder = std::fma(-quotient, s.denominator.low, remainder);
    return std::fma(remainder, s.inverse, quotient);
}

[[nodiscard]] inline float gelu_fp32(float x) {
    const float y = at_most(kGeluHighest, at_least(kGeluLowest, x));
    const GeluSigmoid s = gelu_sigmoid(gelu_exponent(y).v);
    const float result = corrected_quotient(y, s) * power_of_two(-s.excess);
    return canonical(x > kGeluHighest ? x : std::copysign(result, x));
}

// s (1 - x v' (1 - s)) with s = 1 / (1 + e^v) and x v' = v + 2 x cubic.
[[nodiscard]] inline float gelu_derivative_fp32(float x) {
    const float y = at_most(kGeluHighest, at_least(kGeluLowest, x));
    const GeluExponent exponent = gelu_exponent(y);
    const GeluSigmoid s = gelu_sigmoid(exponent.v);
    const float sigmoid = corrected_quotient(1.0F, s);
    const float complement = s.power > 1.0F ? 1.0F - sigmoid : s.power * sigmoid;
    const float twice = y + y;
    const float growth = twice * exponent.cubic.high;
    const float growth_low =
        std::fma(twice, exponent.cubic.low, std::fma(twice, exponent.cubic.high, -growth));
    const TwoFloats slope = exact_sum(exponent.v.high, growth);
    const float slope_low = slope.low + (exponent.v.low + growth_low);
    const float sum = std::fma(-slope.high, complement, std::fma(-slope_low, complement, 1.0F));
    return canonical(x > kGeluHighest ? 1.0F : sigmoid * sum * power_of_two(-s.excess));
}

// A quotient and one step of Newton's method, whose residue 1 - x y^2 is nearly exact.
[[nodiscard]] inline float rsqrt_fp32(float x) {
    const float y = 1.0F / std::sqrt(x);
    const float product = x * y;
    const float product_low = std::fma(x, y, -product);
    const float residue = std::fma(-product_low, y, std::fma(-product, y, 1.0F));
    const float corrected = std::fma(0.5F * y, residue, y);
    return canonical(x > 0.0F && x < kInfinity ? corrected : y);
}

[[nodiscard]] inline float reciprocal_fp32(float x) {
    return canonical(1.0F / x);
}

}  // namespace athena::numerics
