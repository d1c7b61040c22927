// SPDX-License-Identifier: Apache-2.0
#include "numerics/elementary.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "elementary_arrays.h"
#include "elementary_wide.h"
#include "kernels.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

constexpr std::uint64_t kEncodings = std::uint64_t{1} << 32;
constexpr std::uint64_t kStride = 1009;  // a prime: all signs, exponents and ends of fractions

std::uint32_t bits(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

float from_bits(std::uint32_t encoding) {
    return std::bit_cast<float>(encoding);
}

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
    std::vector<std::uint32_t> encodings;
    for (const float value : values) {
        encodings.push_back(bits(value));
    }
    return encodings;
}

std::vector<float> by_reference(Elementwise function, const std::vector<float>& from) {
    std::vector<float> to(from.size());
    apply_elementary_reference(function, from, to);
    return to;
}

// Zeros, infinities, NaNs, the ends of subnormal and normal numbers, 1 and 2, and each bound that
// a sequence compares with or where its result changes kind; with 50 neighbours on both sides.
std::vector<float> special_values() {
    std::vector<float> values;
    for (const float centre : {0.0F,
                               0x1p-149F,
                               0x1.fffffcp-127F,
                               kLeastNormal,
                               0x1p-24F,
                               0.5F,
                               0.70710677F,
                               1.0F,
                               std::sqrt(2.0F),
                               2.0F,
                               kTanhSplit,
                               9.0F,
                               kTanhHighest,
                               kGeluHighest,
                               10.0F,
                               -kGeluLowest,
                               64.0F,
                               87.0F,
                               88.722839F,
                               kExpHighest,
                               103.0F,
                               -kExpLowest,
                               0x1p22F,
                               0x1p23F,
                               0x1p64F,
                               0x1.fffffep127F,
                               kInfinity,
                               kNan,
                               from_bits(0x7F80'0033),
                               from_bits(0x7FFF'FFF0)}) {
        for (int step = -50; step <= 50; ++step) {
            const std::uint32_t encoding = bits(centre) + static_cast<std::uint32_t>(step);
            values.push_back(from_bits(encoding));
            values.push_back(from_bits(encoding ^ 0x8000'0000));
        }
    }
    return values;
}

void check_kernels(const Promise& promise, const std::vector<float>& from,
                   const std::vector<float>& expected, const std::vector<std::int64_t>& targets) {
    std::vector<float> to(from.size());
    for (const std::int64_t target : targets) {
        const KernelScope scope(target);
        apply_elementary(promise.function, from, to);
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (bits(to[i]) != bits(expected[i])) {
                CAPTURE(gemm_kernel_name(), promise.name, bits(from[i]), from[i]);
                REQUIRE(bits(to[i]) == bits(expected[i]));
            }
        }
    }
}

void check_errors(const Promise& promise, const Errors& errors) {
    CAPTURE(promise.name, errors.ulps, errors.ulps_at, errors.zone_error, errors.zone_error_at,
            errors.wrong_kind, errors.wrong_kind_at);
    CHECK(errors.keeps(promise));
}

}  // namespace

TEST_CASE("elementary: what errors are measured against has the values of the formulas") {
    struct Value {
        Elementwise function;
        double x;
        double expected;
    };
    // By mpmath with 120 digits: gelu as x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2.
    constexpr Value kValues[] = {
        {Elementwise::Exp, -9.5, 7.4851829887700591471e-5},
        {Elementwise::Exp, 3, 20.085536923187667741},
        {Elementwise::Log, 0.001, -6.9077552789821370521},
        {Elementwise::Log, 0.75, -0.28768207245178092744},
        {Elementwise::Tanh, -0.75, -0.63514895238728731921},
        {Elementwise::Tanh, 3, 0.99505475368673045133},
        {Elementwise::Gelu, -9.5, -6.6789287667838819994e-33},
        {Elementwise::Gelu, -0.75, -0.17003944483437969582},
        {Elementwise::Gelu, 0.5, 0.34571400982514392204},
        {Elementwise::Gelu, 3, 2.9963626079182269812},
        {Elementwise::GeluBackward, -9.5, -1.3898732192332610912e-31},
        {Elementwise::GeluBackward, -0.75, 0.0010617438625857023423},
        {Elementwise::GeluBackward, 0.5, 0.86736990353464231156},
        {Elementwise::GeluBackward, 3, 1.0115841666309697262},
        {Elementwise::ReciprocalSquareRoot, 0.75, 1.154700538379251529},
        {Elementwise::Reciprocal, -9.5, -0.10526315789473684211},
    };
    for (const Value& value : kValues) {
        const auto promise = std::ranges::find(promises(), value.function, &Promise::function);
        REQUIRE((promise != promises().end()));
        CAPTURE(promise->name, value.x);
        CHECK(promise->wide(value.x) == Approx(value.expected).epsilon(1e-12).margin(0));
    }
}

TEST_CASE("elementary: errors are as promised and every kernel equals the reference, by stride") {
    const auto targets = kernel_targets();
    for (const Promise& promise : promises()) {
        std::vector<float> from(kEncodings / kStride + 1);
        from.resize(fill_encodings(from, 0, kStride, kEncodings));
        const std::vector<float> results = by_reference(promise.function, from);
        Errors errors;
        for (std::size_t i = 0; i < from.size(); ++i) {
            errors.add(promise, from[i], results[i]);
        }
        check_errors(promise, errors);
        check_kernels(promise, from, results, targets);
    }
}

TEST_CASE("elementary: errors are as promised and kernels equal at special values") {
    const auto targets = kernel_targets();
    const std::vector<float> from = special_values();
    for (const Promise& promise : promises()) {
        const std::vector<float> results = by_reference(promise.function, from);
        Errors errors;
        for (std::size_t i = 0; i < from.size(); ++i) {
            errors.add(promise, from[i], results[i]);
        }
        check_errors(promise, errors);
        check_kernels(promise, from, results, targets);
    }
}

TEST_CASE("elementary: special values give the bits of the table in docs/vector-numerics.md") {
    constexpr std::uint32_t kZero = 0x0000'0000;
    constexpr std::uint32_t kMinusZero = 0x8000'0000;
    constexpr std::uint32_t kOne = 0x3F80'0000;
    constexpr std::uint32_t kMinusOne = 0xBF80'0000;
    constexpr std::uint32_t kInf = 0x7F80'0000;
    constexpr std::uint32_t kMinusInf = 0xFF80'0000;
    constexpr std::uint32_t kNanBits = 0x7FC0'0000;
    // The inputs, and a column each: exp, log, tanh, gelu, its derivative, rsqrt, reciprocal.
    const std::vector<float> from = {0.0F,
                                     -0.0F,
                                     1.0F,
                                     kInfinity,
                                     -kInfinity,
                                     from_bits(0x7FC1'2345),
                                     from_bits(0xFFC0'0000),
                                     from_bits(0x7F80'0001),
                                     -1.0F};
    const std::uint32_t half = bits(0.5F);
    const auto to = [&](Elementwise function) { return bits(by_reference(function, from)); };
    using Row = std::vector<std::uint32_t>;
    const auto exp = to(Elementwise::Exp);
    CHECK(Row(exp.begin(), exp.begin() + 2) == Row{kOne, kOne});
    CHECK(Row(exp.begin() + 3, exp.begin() + 8) == Row{kInf, kZero, kNanBits, kNanBits, kNanBits});
    CHECK(to(Elementwise::Log) ==
          Row{kMinusInf, kMinusInf, kZero, kInf, kNanBits, kNanBits, kNanBits, kNanBits, kNanBits});
    auto tanh = to(Elementwise::Tanh);
    CHECK(tanh[2] == (tanh[8] ^ kMinusZero));
    CHECK(Row{tanh[0], tanh[1], tanh[3], tanh[4], tanh[5], tanh[6], tanh[7]} ==
          Row{kZero, kMinusZero, kOne, kMinusOne, kNanBits, kNanBits, kNanBits});
    auto gelu = to(Elementwise::Gelu);
    CHECK(Row{gelu[0], gelu[1], gelu[3], gelu[4], gelu[5], gelu[6], gelu[7]} ==
          Row{kZero, kMinusZero, kInf, kMinusZero, kNanBits, kNanBits, kNanBits});
    auto slope = to(Elementwise::GeluBackward);
    CHECK(Row{slope[0], slope[1], slope[3], slope[4], slope[5], slope[6], slope[7]} ==
          Row{half, half, kOne, kMinusZero, kNanBits, kNanBits, kNanBits});
    CHECK(to(Elementwise::ReciprocalSquareRoot) ==
          Row{kInf, kMinusInf, kOne, kZero, kNanBits, kNanBits, kNanBits, kNanBits, kNanBits});
    CHECK(to(Elementwise::Reciprocal) ==
          Row{kInf, kMinusInf, kOne, kZero, kMinusZero, kNanBits, kNanBits, kNanBits, kMinusOne});
}

TEST_CASE("elementary: limits of overflow and underflow are those of the documentation") {
    const auto result = [](Elementwise function, float x) {
        return by_reference(function, {x}).front();
    };
    const auto above = [](float x) { return std::nextafter(x, kInfinity); };
    const auto below = [](float x) { return std::nextafter(x, -kInfinity); };
    // ln(2^128) = 88.722839…, and ln(2^-150) = -103.972077…
    CHECK(result(Elementwise::Exp, 0x1.62e42ep6F) < kInfinity);
    CHECK(result(Elementwise::Exp, above(0x1.62e42ep6F)) == kInfinity);
    CHECK(result(Elementwise::Exp, -0x1.9fe368p6F) == 0x1p-149F);
    CHECK(result(Elementwise::Exp, below(-0x1.9fe368p6F)) == 0.0F);
    CHECK(result(Elementwise::Log, 0x1p-149F) == -0x1.9d1da0p6F);  // -149 ln 2 = -103.278929…
    CHECK(result(Elementwise::Reciprocal, 0x1p-128F) == kInfinity);
    CHECK(result(Elementwise::Reciprocal, above(0x1p-128F)) < kInfinity);
    CHECK(result(Elementwise::Reciprocal, 0x1.fffffep127F) == 0x1p-128F);
    CHECK(result(Elementwise::ReciprocalSquareRoot, 0x1p-148F) == 0x1p74F);
    CHECK(result(Elementwise::Tanh, 0x1p-149F) == 0x1p-149F);
    CHECK(result(Elementwise::Gelu, 0x1p-148F) == 0x1p-149F);
}

TEST_CASE("elementary: any length, and in place") {
    for (const std::int64_t target : kernel_targets()) {
        const KernelScope scope(target);
        for (std::size_t size = 0; size < 70; ++size) {
            std::vector<float> from;
            for (std::size_t i = 0; i < size; ++i) {
                from.push_back(0.25F * static_cast<float>(i) - 7.0F);
            }
            std::vector<float> to(size + 1, 42.0F);
            apply_elementary(Elementwise::Gelu, from, std::span(to).first(size));
            CHECK(to[size] == 42.0F);
            to.pop_back();
            CHECK(bits(to) == bits(by_reference(Elementwise::Gelu, from)));
            apply_elementary(Elementwise::Gelu, from, from);
            CHECK(bits(to) == bits(from));
        }
    }
}

#if defined(__SSE2__)
TEST_CASE("elementary: the caller's rounding, flush-to-zero and flags neither matter nor change") {
    const std::vector<float> from = special_values();
    const unsigned found = _mm_getcsr();
    for (const Promise& promise : promises()) {
        const std::vector<float> expected = by_reference(promise.function, from);
        for (const unsigned csr : {0x1F80U | 0x8040 | 0x2000, 0x1F80U | 0x6000 | 0x21}) {
            for (const std::int64_t target : kernel_targets()) {
                const KernelScope scope(target);
                std::vector<float> to(from.size());
                std::vector<float> to_reference(from.size());
                _mm_setcsr(csr);
                apply_elementary(promise.function, from, to);
                apply_elementary_reference(promise.function, from, to_reference);
                const unsigned after = _mm_getcsr();
                _mm_setcsr(found);
                CHECK(after == csr);
                CHECK(bits(to) == bits(expected));
                CHECK(bits(to_reference) == bits(expected));
            }
        }
    }
}
#endif
