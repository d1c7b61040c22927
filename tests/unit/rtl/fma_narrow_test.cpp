// SPDX-License-Identifier: Apache-2.0
// The multiply-accumulate unit with narrow numbers, over all operands there are: against sums of
// integers, rounded by search in the list of all results.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "fma_unit.h"

namespace athena::rtl {
namespace {

constexpr unsigned kExponent = ATHENA_FMA_EXPONENT;        // bits of exponents
constexpr unsigned kFraction = ATHENA_FMA_FRACTION;        // of the result's fraction
constexpr unsigned kSignificand = ATHENA_FMA_SIGNIFICAND;  // of an operand's significand

constexpr int kBias = (1 << (kExponent - 1)) - 1;
constexpr unsigned kAllOnes = (1U << kExponent) - 1;
// Everything is an integer number of units of 2^kUnit: products of two subnormal operands, and C.
constexpr int kOperandUnit = 2 - kBias - static_cast<int>(kSignificand);
constexpr int kResultUnit = 1 - kBias - static_cast<int>(kFraction);
constexpr int kUnit = std::min(2 * kOperandUnit, kResultUnit);

enum class Kind { Number, Inf, Nan };

struct Number {
    Kind kind = Kind::Number;
    bool negative = false;
    std::int64_t magnitude = 0;  // in units of its format
};

// IEEE 754-2019, 3.4, with `fraction` bits of fraction.
Number decode(unsigned bits, unsigned fraction) {
    const unsigned exponent = bits >> fraction & kAllOnes;
    const unsigned low = bits & ((1U << fraction) - 1);
    const bool negative = (bits >> (fraction + kExponent) & 1) != 0;
    if (exponent == kAllOnes) {
        return {low != 0 ? Kind::Nan : Kind::Inf, negative, 0};
    }
    if (exponent == 0) {
        return {Kind::Number, negative, low};
    }
    return {Kind::Number, negative, std::int64_t{(1U << fraction) | low} << (exponent - 1)};
}

// The pins: {nan, inf, sign, exponent[8:0], significand[7:0]}, see
// rtl/tile/athena_fma_functions.svh.
std::uint32_t pins(const Number& number) {
    std::uint32_t flags = number.negative ? 1 : 0;
    if (number.kind != Kind::Number) {
        flags |= number.kind == Kind::Nan ? 4U : 2U;
        return flags << 17 | 0x1'0000 | 1U << (kSignificand - 1);
    }
    if (number.magnitude == 0) {
        return flags << 17;
    }
    const auto width =
        static_cast<int>(std::bit_width(static_cast<std::uint64_t>(number.magnitude)));
    const int shift = static_cast<int>(kSignificand) - width;
    const std::int64_t significand =
        shift >= 0 ? number.magnitude << shift : number.magnitude >> -shift;
    const int exponent = kOperandUnit - shift + kBias + 23 + static_cast<int>(kSignificand);
    return flags << 17 | static_cast<std::uint32_t>(exponent) << 8 |
           static_cast<std::uint32_t>(significand);
}

class Reference {
  public:
    Reference() {
        // The one beyond the largest is where infinity begins.
        for (unsigned code = 0; code <= kAllOnes << kFraction; ++code) {
            const unsigned exponent = code >> kFraction;
            const unsigned low = code & ((1U << kFraction) - 1);
            const std::int64_t magnitude = exponent == 0 ? std::int64_t{low}
                                                         : std::int64_t{(1U << kFraction) | low}
                                                               << (exponent - 1);
            values_.push_back(magnitude << (kResultUnit - kUnit));
        }
    }

    [[nodiscard]] std::uint32_t fma(const Number& a, const Number& b, const Number& c) const {
        const bool negative = a.negative != b.negative;
        const bool inf = a.kind == Kind::Inf || b.kind == Kind::Inf;
        const bool nan = a.kind == Kind::Nan || b.kind == Kind::Nan || c.kind == Kind::Nan;
        if (nan || (inf && (is_zero(a) || is_zero(b))) ||
            (inf && c.kind == Kind::Inf && negative != c.negative)) {
            return kAllOnes << kFraction | 1U << (kFraction - 1);
        }
        if (inf || c.kind == Kind::Inf) {
            return encode(inf ? negative : c.negative, kAllOnes << kFraction);
        }
        const std::int64_t product = a.magnitude * b.magnitude << (2 * kOperandUnit - kUnit);
        const std::int64_t addend = c.magnitude << (kResultUnit - kUnit);
        const std::int64_t sum = (negative ? -product : product) + (c.negative ? -addend : addend);
        return encode(sum == 0 ? negative && c.negative : sum < 0, nearest(std::abs(sum)));
    }

  private:
    static bool is_zero(const Number& number) {
        return number.kind == Kind::Number && number.magnitude == 0;
    }
    static std::uint32_t encode(bool negative, std::uint32_t magnitude) {
        return (negative ? 1U << (kExponent + kFraction) : 0U) | magnitude;
    }
    // The code of the nearest value, of two the even one.
    [[nodiscard]] std::uint32_t nearest(std::int64_t magnitude) const {
        const auto above = std::upper_bound(values_.begin(), values_.end(), magnitude);
        const auto code = static_cast<std::uint32_t>(above - values_.begin()) - 1;
        if (above == values_.end()) {
            return code;
        }
        const std::int64_t below_by = magnitude - values_[code];
        const std::int64_t above_by = *above - magnitude;
        const bool up = above_by < below_by || (above_by == below_by && (code & 1) != 0);
        return up ? code + 1 : code;
    }

    std::vector<std::int64_t> values_;
};

TEST_CASE("rtl fma: narrow numbers, all operands and addends") {
    const unsigned operands = 1U << (kExponent + kSignificand);
    const unsigned addends = 1U << (1 + kExponent + kFraction);
    std::cout << "exponent " << kExponent << ", fraction " << kFraction << ", significand "
              << kSignificand << ": " << std::uint64_t{operands} * operands * addends
              << " vectors\n";
    std::vector<Number> c;
    for (unsigned code = 0; code < addends; ++code) {
        c.push_back(decode(code, kFraction));
    }
    const Reference reference;
    FmaUnit unit;
    for (unsigned i = 0; i < operands; ++i) {
        const Number a = decode(i, kSignificand - 1);
        for (unsigned j = 0; j < operands; ++j) {
            const Number b = decode(j, kSignificand - 1);
            for (unsigned k = 0; k < addends; ++k) {
                unit.check({pins(a), pins(b), k, reference.fma(a, b, c[k])});
            }
        }
    }
    CHECK(unit.finish() == 0);
}

}  // namespace
}  // namespace athena::rtl
