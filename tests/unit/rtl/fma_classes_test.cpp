// SPDX-License-Identifier: Apache-2.0
// The multiply-accumulate unit with operands of every format (8 significant bits, all exponents of
// FP32) against the compiler's software floating point, drawn by classes: distance between product
// and addend, addition or cancellation, way of rounding, kind of operands and of result. Every
// class that exists has to be hit.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "fma_unit.h"
#include "soft_fma.h"

namespace athena::rtl {
namespace {

struct Operands {
    float a = 0;
    float b = 0;
    float c = 0;
};

std::uint32_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

// Of the leading bit; of a number that is not 0.
int exponent_of(float value) {
    return std::ilogb(value);
}

// The pins: {nan, inf, sign, exponent[8:0], significand[7:0]}, see
// rtl/tile/athena_fma_functions.svh.
std::uint32_t pins(float value) {
    const std::uint32_t sign = bits_of(value) >> 31;
    const std::uint32_t magnitude = bits_of(value) & 0x7FFF'FFFF;
    if (magnitude >= 0x7F80'0000) {
        const std::uint32_t flags = magnitude > 0x7F80'0000 ? 4 : 2;
        return (flags | sign) << 17 | 278U << 8 | 0x80;
    }
    if (magnitude == 0) {
        return sign << 17;
    }
    const int exponent = exponent_of(value);
    const auto significand = static_cast<std::uint32_t>(std::ldexp(std::fabs(value), 7 - exponent));
    return sign << 17 | static_cast<std::uint32_t>(exponent + 151) << 8 | significand;
}

class Generator {
  public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    Operands next() {
        if (draw(16) == 0) {
            return {special(16), special(16), special(0)};
        }
        const int product = product_exponent();
        const int a = std::clamp(product / 2 + range(-40, 40), -149, 127);
        Operands operands;
        operands.a = number(a, 16);
        operands.b = number(std::clamp(product - a - range(0, 1), -149, 127), 16);
        operands.c = addend(operands);
        return operands;
    }

  private:
    std::uint32_t draw(std::uint32_t limit) {
        return static_cast<std::uint32_t>(random_() >> 32) % limit;
    }
    int range(int first, int last) {
        return first + static_cast<int>(draw(static_cast<std::uint32_t>(last - first + 1)));
    }

    int product_exponent() {
        switch (draw(6)) {
            case 0:
                return range(-170, -115);  // the smallest numbers
            case 1:
                return range(115, 132);  // the largest
            case 2:
                return range(-298, 255);
            default:
                return range(-126, 127);
        }
    }

    // Zeros, ones and ties are frequent in the 23 bits below the leading one; `zeros` low ones are
    // 0.
    std::uint32_t fraction(unsigned zeros) {
        const std::uint32_t all = 0x7F'FFFFU >> zeros << zeros;
        const auto any = static_cast<std::uint32_t>(random_() >> 32) & all;
        switch (draw(6)) {
            case 0:
                return 0;
            case 1:
                return draw(4) << zeros & all;
            case 2:
                return all - (draw(4) << zeros);
            case 3:
                return 1U << (zeros + draw(23 - zeros));
            case 4:
                return any & (all << draw(23));
            default:
                return any;
        }
    }

    // Of either sign, its leading bit 2^exponent; bits below 2^-149 are cut.
    float number(int exponent, unsigned zeros) {
        std::uint32_t bits = 0x80'0000 | fraction(zeros);
        if (exponent >= -126) {
            bits = static_cast<std::uint32_t>(exponent + 127) << 23 | (bits & 0x7F'FFFF);
        } else {
            bits >>= -126 - exponent;
        }
        return std::bit_cast<float>(draw(2) << 31 | bits);
    }

    float special(unsigned zeros) {
        const std::uint32_t sign = draw(2) << 31;
        switch (draw(5)) {
            case 0:
                return std::bit_cast<float>(sign);
            case 1:
                return std::bit_cast<float>(sign | 0x7F80'0000);
            case 2:
                return std::bit_cast<float>(sign | 0x7FC0'0000);
            case 3:
                return number(range(-149, -127), zeros);
            default:
                return number(range(-126, 127), zeros);
        }
    }

    float addend(const Operands& operands) {
        const Quad product = static_cast<Quad>(operands.a) * static_cast<Quad>(operands.b);
        const auto rounded = static_cast<float>(product);
        if (draw(6) == 0 && std::isfinite(rounded) && rounded != 0) {
            // All but a few units in the last place cancel.
            return std::bit_cast<float>((bits_of(rounded) ^ 0x8000'0000) + draw(9) - 4);
        }
        const int exponent = exponent_of(operands.a) + exponent_of(operands.b);
        return number(std::clamp(exponent + range(-34, 34), -149, 127), 0);
    }

    std::mt19937_64 random_;
};

// Counts of classes.
class Classes {
  public:
    void count(const Operands& operands, const SoftSum& sum) {
        ++kinds_[kind(operands.a) * kKinds * kKinds + kind(operands.b) * kKinds + kind(operands.c)];
        ++results_[result(sum)];
        if (!sum.finite) {
            return;
        }
        const Quad product = static_cast<Quad>(operands.a) * static_cast<Quad>(operands.b);
        if (product == 0 || operands.c == 0) {
            return;
        }
        const int exponent =
            static_cast<int>(std::bit_cast<QuadBits>(product) >> soft::kQuadFraction & 0x7FFF) -
            soft::kQuadBias;
        const int addend = exponent_of(operands.c);
        const bool cancels = (product < 0) != (operands.c < 0);
        const int distance = std::clamp(exponent - addend, -kFar, kFar);
        ++distances_[index(distance, cancels, sum.rounding)];
        const int lost = std::max(exponent, addend) - sum.exponent;
        if (cancels) {
            ++lost_[static_cast<std::size_t>(std::clamp(lost, 0, kMostLost))];
        }
    }

    // Number of classes not hit, each of which is told.
    [[nodiscard]] unsigned missing() const {
        unsigned missing = 0;
        for (std::size_t i = 0; i < kinds_.size(); ++i) {
            missing += tell(kinds_[i], "kinds of a, b, c", i);
        }
        for (std::size_t i = 0; i < results_.size(); ++i) {
            missing += possible_result(i) ? tell(results_[i], "result", i) : 0;
        }
        for (int distance = -kFar; distance <= kFar; ++distance) {
            for (const bool cancels : {false, true}) {
                for (unsigned i = 0; i < kRoundings; ++i) {
                    const auto rounding = static_cast<Rounding>(i);
                    if (possible(distance, cancels, rounding)) {
                        missing += tell(distances_[index(distance, cancels, rounding)],
                                        cancels ? "cancelling, distance and rounding"
                                                : "adding, distance and rounding",
                                        static_cast<std::size_t>(distance + kFar) * 10 + i);
                    } else {
                        CHECK(distances_[index(distance, cancels, rounding)] == 0);
                    }
                }
            }
        }
        for (std::size_t i = 0; i < lost_.size(); ++i) {
            missing += tell(lost_[i], "places cancelled", i);
        }
        return missing;
    }

    void print() const {
        const auto hit = [](const auto& counts) {
            return std::count_if(counts.begin(), counts.end(), [](auto n) { return n != 0; });
        };
        std::cout << "classes hit: kinds of operands " << hit(kinds_) << ", results and roundings "
                  << hit(results_) << ", distances and roundings " << hit(distances_)
                  << ", places cancelled " << hit(lost_) << "\n";
    }

  private:
    static constexpr int kFar = 33;       // all larger distances are one class
    static constexpr int kMostLost = 23;  // two numbers of 24 bits
    static constexpr unsigned kKinds = 10;
    static constexpr unsigned kResults = 10;
    enum Result : unsigned {
        Zero,
        Subnormal,
        ToNormal,
        Normal,
        Carries,
        ToInfinity,
        Overflow,
        Infinity,
        NotANumber,
        Last
    };
    static_assert(Last < kResults);

    static unsigned kind(float value) {
        const unsigned sign = bits_of(value) >> 31;
        const int which = std::fpclassify(value);
        return 2 * (which == FP_ZERO        ? 0U
                    : which == FP_SUBNORMAL ? 1U
                    : which == FP_NORMAL    ? 2U
                    : which == FP_INFINITE  ? 3U
                                            : 4U) +
               sign;
    }

    static std::size_t index(int distance, bool cancels, Rounding rounding) {
        return (static_cast<std::size_t>(distance + kFar) * 2 + (cancels ? 1 : 0)) * kRoundings +
               static_cast<std::size_t>(rounding);
    }

    static std::size_t result_index(Result result, unsigned sign, Rounding rounding) {
        return (result * 2 + sign) * kRoundings + static_cast<std::size_t>(rounding);
    }

    static std::size_t result(const SoftSum& sum) {
        const unsigned sign = sum.bits >> 31;
        const std::uint32_t magnitude = sum.bits & 0x7FFF'FFFF;
        if (magnitude > 0x7F80'0000) {
            return result_index(NotANumber, 0, Rounding::Exact);
        }
        if (!sum.finite) {
            return result_index(magnitude == 0 ? Zero : Infinity, sign, Rounding::Exact);
        }
        Result kind = Normal;
        if (magnitude == 0x7F80'0000) {
            kind = sum.exponent > 127 ? Overflow : ToInfinity;
        } else if (sum.exponent < -126) {
            kind = magnitude == 0x0080'0000 ? ToNormal : Subnormal;
        } else if (static_cast<int>(magnitude >> 23) - 127 > sum.exponent) {
            kind = Carries;
        }
        return result_index(kind, sign, sum.rounding);
    }

    static bool possible_result(std::size_t index) {
        const auto rounding = static_cast<Rounding>(index % kRoundings);
        const auto sign = index / kRoundings % 2;
        switch (index / kRoundings / 2) {
            case Zero:
            case Infinity:
                return rounding == Rounding::Exact;
            case NotANumber:
                return rounding == Rounding::Exact && sign == 0;
            case Subnormal:
            case Normal:
            case Overflow:
                return true;
            case ToNormal:  // from all ones, an odd number
            case Carries:
            case ToInfinity:
                return rounding == Rounding::TieMoves || rounding == Rounding::AboveHalf;
            default:
                return false;
        }
    }

    static bool possible(int distance, bool cancels, Rounding rounding);

    static unsigned tell(std::uint64_t count, const char* what, std::size_t which) {
        if (count == 0) {
            std::cout << "not hit: " << what << " " << which << "\n";
        }
        return count == 0 ? 1 : 0;
    }

    std::array<std::uint64_t, kKinds * kKinds * kKinds> kinds_{};
    std::array<std::uint64_t, std::size_t{kResults} * 2 * kRoundings> results_{};
    std::array<std::uint64_t, std::size_t{2 * kFar + 1} * 2 * kRoundings> distances_{};
    std::array<std::uint64_t, kMostLost + 1> lost_{};
};

// `distance` is the exponent of the product minus that of the addend, both of leading bits. The
// smaller one then is less than half of the sum's last place, or a half at least, or more than the
// product's 16 bits leave room for.
bool Classes::possible(int distance, bool cancels, Rounding rounding) {
    const int magnitude = std::abs(distance);
    if (cancels) {
        return magnitude > 25    ? rounding == Rounding::AboveHalf
               : magnitude == 25 ? rounding != Rounding::Exact && rounding != Rounding::TieKeeps
                                 : true;
    }
    switch (distance) {
        case -24:
            return rounding != Rounding::Exact;
        case 23:
            return rounding != Rounding::TieKeeps;
        case 24:
            return rounding == Rounding::TieKeeps || rounding == Rounding::AboveHalf;
        default:
            return magnitude < 25 || rounding == Rounding::BelowHalf;
    }
}

TEST_CASE("rtl fma: all classes of operands against the compiler's software floating point") {
    const std::uint64_t vectors = fma_setting("ATHENA_FMA_VECTORS", 4'000'000);
    const std::uint64_t seed = fma_setting("ATHENA_SEED", 1);
    std::cout << "replay: ATHENA_SEED=" << seed << " ATHENA_FMA_VECTORS=" << vectors
              << " unit_rtl_fma_classes\n";
    Generator generator(seed);
    Classes classes;
    FmaUnit unit;
    std::uint64_t libm_differs = 0;
    for (std::uint64_t i = 0; i < vectors; ++i) {
        const Operands operands = generator.next();
        const SoftSum sum = soft_fma(operands.a, operands.b, operands.c);
        const float libm = std::fma(operands.a, operands.b, operands.c);
        libm_differs += (std::isnan(libm) ? kSoftNan : bits_of(libm)) != sum.bits ? 1 : 0;
        classes.count(operands, sum);
        unit.check({pins(operands.a), pins(operands.b), bits_of(operands.c), sum.bits});
    }
    CHECK(unit.finish() == 0);
    CHECK(libm_differs == 0);
    classes.print();
    CHECK(classes.missing() == 0);
}

}  // namespace
}  // namespace athena::rtl
