// SPDX-License-Identifier: Apache-2.0
#include "elementary_wide.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "numerics/elementary.h"

namespace athena::test {
namespace {

using numerics::Elementwise;

// e^v of 1 / (1 + e^v) = (1 + tanh(u)) / 2, v = -2 u.
double gelu_exponent(double x) {
    const double factor = 2 * std::sqrt(2 / std::numbers::pi);
    return -factor * (x + 0.044715 * x * x * x);
}

double wide_gelu(double x) {
    // Towards minus infinity it rises to 0.
    return std::isinf(x) ? std::max(x, -0.0) : x / (1 + std::exp(gelu_exponent(x)));
}

double wide_gelu_derivative(double x) {
    if (std::abs(x) > 100) {
        return x > 0 ? 1.0 : -0.0;
    }
    const double v = gelu_exponent(x);
    const double factor = 2 * std::sqrt(2 / std::numbers::pi);
    const double growth = factor * (x + 3 * 0.044715 * x * x * x);
    return (1 + growth / (1 + std::exp(-v))) / (1 + std::exp(v));
}

constexpr Promise kPromises[] = {
    {Elementwise::Exp, "exp", numerics::exp_fp32, [](double x) { return std::exp(x); }, 0.78},
    {Elementwise::Log, "log", numerics::log_fp32, [](double x) { return std::log(x); }, 0.85},
    {Elementwise::Tanh, "tanh", numerics::tanh_fp32, [](double x) { return std::tanh(x); }, 1.35},
    {Elementwise::Gelu, "gelu", numerics::gelu_fp32, wide_gelu, 0.83},
    {Elementwise::GeluBackward, "gelu derivative", numerics::gelu_derivative_fp32,
     wide_gelu_derivative, 3.68, -1, -0.5, 0x1p-24},
    {Elementwise::ReciprocalSquareRoot, "rsqrt", numerics::rsqrt_fp32,
     [](double x) { return 1 / std::sqrt(x); }, 0.501},
    {Elementwise::Reciprocal, "reciprocal", numerics::reciprocal_fp32,
     [](double x) { return 1 / x; }, 0.5},
};

// The unit in the last place of FP32 numbers of this magnitude. (std::ilogb and std::ldexp would
// take longer than the functions under test.)
double unit_of(double exact) {
    const auto field = std::bit_cast<std::uint64_t>(exact) >> 52 & 0x7FF;
    const int exponent = std::clamp(static_cast<int>(field) - 1023 - 23, -149, 104);
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

// An infinity counts as 2^128, the number that overflows into it.
double finite(double value) {
    return std::clamp(value, -0x1p128, 0x1p128);
}

bool is_same_kind(double exact, float result) {
    const bool is_canonical = std::bit_cast<std::uint32_t>(result) == 0x7FC0'0000;
    if (std::isnan(exact) || std::isnan(result)) {
        return std::isnan(exact) && is_canonical;
    }
    return result != 0 || std::signbit(exact) == std::signbit(result);
}

}  // namespace

std::span<const Promise> promises() {
    return kPromises;
}

void Errors::add(const Promise& promise, float x, float result) {
    const double exact = promise.wide(x);
    if (!is_same_kind(exact, result)) {
        ++wrong_kind;
        wrong_kind_at = x;
        return;
    }
    if (std::isnan(exact)) {
        return;
    }
    const double error = std::abs(finite(result) - finite(exact));
    if (x > promise.zone_low && x < promise.zone_high) {
        if (error > zone_error) {
            zone_error = error;
            zone_error_at = x;
        }
    } else if (const double in_units = error / unit_of(exact); in_units > ulps) {
        ulps = in_units;
        ulps_at = x;
    }
}

void Errors::add(const Errors& other) {
    if (other.ulps > ulps) {
        ulps = other.ulps;
        ulps_at = other.ulps_at;
    }
    if (other.zone_error > zone_error) {
        zone_error = other.zone_error;
        zone_error_at = other.zone_error_at;
    }
    if (other.wrong_kind > 0) {
        wrong_kind += other.wrong_kind;
        wrong_kind_at = other.wrong_kind_at;
    }
}

bool Errors::keeps(const Promise& promise) const {
    return ulps <= promise.ulps && zone_error <= promise.zone_error && wrong_kind == 0;
}

std::size_t fill_encodings(std::span<float> numbers, std::uint64_t first, std::uint64_t stride,
                           std::uint64_t end) {
    std::size_t count = 0;
    for (std::uint64_t encoding = first; encoding < end && count < numbers.size();
         encoding += stride) {
        numbers[count++] = std::bit_cast<float>(static_cast<std::uint32_t>(encoding));
    }
    return count;
}

}  // namespace athena::test
