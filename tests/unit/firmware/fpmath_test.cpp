// SPDX-License-Identifier: Apache-2.0
#include "fpmath.h"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "numerics/bf16.h"

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kNan = 0x7FC00000;

// Distance of `value` from `exact` in units of the last place that an FP32 of exact's size has.
long double error_in_ulp(float value, long double exact) {
    if (std::isinf(value)) {
        return exact > 0x1.ffffffp127L ? 0.0L : std::numeric_limits<long double>::infinity();
    }
    const int exponent = std::max(std::ilogb(exact), -126);
    return std::abs(static_cast<long double>(value) - exact) / std::ldexp(1.0L, exponent - 23);
}

// Every `stride`-th FP32 from `first` bits to `last` bits.
template <typename Approximation, typename Exact>
long double worst_error(std::uint32_t first, std::uint32_t last, std::uint32_t stride,
                        Approximation approximation, Exact exact) {
    long double worst = 0.0L;
    for (std::uint64_t bits = first; bits <= last; bits += stride) {
        const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        worst = std::max(worst, error_in_ulp(approximation(x), exact(static_cast<long double>(x))));
    }
    return worst;
}

}  // namespace

// Strides are odd, so that all low bits occur; glibc's long double functions are the exact values.
// The bounds were found by a run over all FP32: 1.0955 at 0x40a65d1a for exp, 0.8266 at 0x3fb4f239
// for log.
TEST_CASE("fpmath: exp is within 1.1 units of the last place", "[firmware]") {
    const auto exact = [](long double x) { return std::exp(x); };
    constexpr std::uint32_t kStride = 1009;
    const std::uint32_t top = std::bit_cast<std::uint32_t>(0x1.62e42ep6f);
    const std::uint32_t bottom = std::bit_cast<std::uint32_t>(-0x1.9fe368p6f);
    const long double up = worst_error(0, top, kStride, fp_exp, exact);
    const long double down = worst_error(0x80000000, bottom, kStride, fp_exp, exact);
    INFO("worst errors " << static_cast<double>(up) << " and " << static_cast<double>(down));
    CHECK(up < 1.1L);
    CHECK(down < 1.1L);
}

TEST_CASE("fpmath: log is within 0.83 units of the last place, subnormals included", "[firmware]") {
    const auto exact = [](long double x) { return std::log(x); };
    const long double all = worst_error(1, 0x7F7FFFFF, 1009, fp_log, exact);
    const long double near_one = worst_error(0x3F000000, 0x40000000, 101, fp_log, exact);
    INFO("worst errors " << static_cast<double>(all) << " and " << static_cast<double>(near_one));
    CHECK(all < 0.83L);
    CHECK(near_one < 0.83L);
    const float hardest = std::bit_cast<float>(0x3FB4F239u);
    CHECK(error_in_ulp(fp_log(hardest), std::log(static_cast<long double>(hardest))) > 0.82L);
}

TEST_CASE("fpmath: cospi is within 1e-7, and exact at its ends and its zero", "[firmware]") {
    long double worst = 0.0L;
    for (std::uint32_t i = 0; i <= 1'000'000; ++i) {
        const float x = static_cast<float>(i) / 1'000'000.0f;
        const long double exact = std::cos(3.14159265358979323846L * static_cast<long double>(x));
        worst = std::max(worst, std::abs(static_cast<long double>(fp_cospi(x)) - exact));
    }
    INFO("worst error " << static_cast<double>(worst));
    CHECK(worst < 1e-7L);
    CHECK(fp_cospi(0.0f) == 1.0f);
    CHECK(fp_cospi(0.5f) == 0.0f);
    CHECK(fp_cospi(1.0f) == -1.0f);
}

TEST_CASE("fpmath: exp at its limits and for infinities and NaN", "[firmware]") {
    CHECK(fp_exp(0.0f) == 1.0f);
    CHECK(fp_exp(-0.0f) == 1.0f);
    CHECK(std::isfinite(fp_exp(88.72283f)));
    CHECK(fp_exp(88.72284f) == kInfinity);
    CHECK(fp_exp(kInfinity) == kInfinity);
    CHECK(fp_exp(-103.97208f) == 0x1p-149f);
    CHECK(std::bit_cast<std::uint32_t>(fp_exp(-103.98f)) == 0);
    CHECK(std::bit_cast<std::uint32_t>(fp_exp(-kInfinity)) == 0);
    CHECK(std::bit_cast<std::uint32_t>(fp_exp(-std::numeric_limits<float>::quiet_NaN())) == kNan);
}

TEST_CASE("fpmath: log of zero, of negative numbers, of infinity and NaN", "[firmware]") {
    CHECK(std::bit_cast<std::uint32_t>(fp_log(1.0f)) == 0);
    CHECK(fp_log(0.0f) == -kInfinity);
    CHECK(fp_log(-0.0f) == -kInfinity);
    CHECK(fp_log(kInfinity) == kInfinity);
    CHECK(std::bit_cast<std::uint32_t>(fp_log(-1.0f)) == kNan);
    CHECK(std::bit_cast<std::uint32_t>(fp_log(-kInfinity)) == kNan);
    CHECK(std::bit_cast<std::uint32_t>(fp_log(std::numeric_limits<float>::quiet_NaN())) == kNan);
}

TEST_CASE("fpmath: a row of exp is exp of each, summed in ascending order", "[firmware]") {
    const std::array<float, 5> in{3.0f, -1.5f, 0.25f, 8.0f, -30.0f};
    std::array<float, 5> out{};
    const float sum = fp_exp_row(in.data(), 8.0f, out.data(), in.size());
    float expected = fp_exp(in[0] - 8.0f);
    for (std::size_t i = 0; i < in.size(); ++i) {
        CHECK(out[i] == fp_exp(in[i] - 8.0f));
        expected = i == 0 ? out[0] : expected + out[i];
    }
    CHECK(sum == expected);
}

// bf16.h is checked against exact arithmetic by unit_numerics.
TEST_CASE("fpmath: BF16 rounding equals the numerics contract's", "[firmware]") {
    std::uint32_t differences = 0;
    for (std::uint64_t bits = 0; bits <= 0xFFFFFFFF; bits += 997) {
        const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        differences += fp_bf16(x) != athena::numerics::bf16_from_fp32(x) ? 1u : 0u;
    }
    CHECK(differences == 0);
}
