// SPDX-License-Identifier: Apache-2.0
// Floating point in integers against the host's FPU through <cfenv>, which shares no code with it:
// every operation, every rounding mode that the host has, pairs and triples of all operand classes,
// and random operands. Round to nearest, ties to max magnitude, against 113-bit arithmetic.
#include "riscv/fp_soft.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace athena::riscv;
using namespace athena::riscv::fp;

namespace {

constexpr std::uint64_t kSeed = 20240607;

template <typename Bits>
struct FloatOf;
template <>
struct FloatOf<std::uint32_t> {
    using Type = float;
};
template <>
struct FloatOf<std::uint64_t> {
    using Type = double;
};

// Every exponent class, with few and many bits set, both signs.
template <typename Bits>
std::vector<Bits> classes() {
    using F = Format<Bits>;
    const Bits one = static_cast<Bits>(Bits{F::kBias} << F::kFraction);
    const Bits unit = Bits{1} << F::kFraction;
    const Bits half = Bits{1} << (F::kFraction - 1);
    std::vector<Bits> values{0,
                             1,
                             2,
                             half,
                             static_cast<Bits>(unit - 1),
                             unit,
                             static_cast<Bits>(unit + 1),
                             static_cast<Bits>(2 * unit - 1),
                             static_cast<Bits>(one - unit),
                             static_cast<Bits>(one - 1),
                             one,
                             static_cast<Bits>(one + 1),
                             static_cast<Bits>(one + half),
                             static_cast<Bits>(one + half + 1),
                             static_cast<Bits>(one + unit - 1),
                             static_cast<Bits>(one + F::kFraction * unit),
                             static_cast<Bits>(one + 31 * unit),
                             static_cast<Bits>(one + 32 * unit - 1),
                             static_cast<Bits>(one + 63 * unit),
                             static_cast<Bits>(one + 64 * unit),
                             static_cast<Bits>(F::kInfinity - 1),
                             static_cast<Bits>(F::kInfinity - unit),
                             F::kInfinity,
                             F::kNan,
                             static_cast<Bits>(F::kInfinity + 1),
                             static_cast<Bits>(F::kNan + 5)};
    const std::size_t count = values.size();
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(values[i] | F::kSign);
    }
    return values;
}

// Exponents near those of the classes more often than far from them.
template <typename Bits>
Bits random_operand(std::mt19937_64& random) {
    using F = Format<Bits>;
    const auto bits = static_cast<Bits>(random());
    if (random() % 4 == 0) {
        return bits;
    }
    const auto exponent = static_cast<Bits>(F::kBias + static_cast<int>(random() % 65) - 32);
    return (bits & static_cast<Bits>(F::kSign | ((Bits{1} << F::kFraction) - 1))) |
           static_cast<Bits>(exponent << F::kFraction);
}

struct HostMode {
    RoundingMode mode;
    int host;
};
constexpr HostMode kModes[] = {{RoundingMode::NearestEven, FE_TONEAREST},
                               {RoundingMode::TowardZero, FE_TOWARDZERO},
                               {RoundingMode::Down, FE_DOWNWARD},
                               {RoundingMode::Up, FE_UPWARD}};

std::uint64_t host_flags() {
    const int raised = std::fetestexcept(FE_ALL_EXCEPT);
    return ((raised & FE_INEXACT) != 0 ? kInexact : 0) |
           ((raised & FE_UNDERFLOW) != 0 ? kUnderflow : 0) |
           ((raised & FE_OVERFLOW) != 0 ? kOverflow : 0) |
           ((raised & FE_DIVBYZERO) != 0 ? kDivideByZero : 0) |
           ((raised & FE_INVALID) != 0 ? kInvalid : 0);
}

template <typename Bits>
Bits canonical(typename FloatOf<Bits>::Type value) {
    const auto bits = std::bit_cast<Bits>(value);
    return is_nan(bits) ? Format<Bits>::kNan : bits;
}

// `host` computes from volatile operands in the host's mode; `soft` in integers.
template <typename Bits, typename Host, typename Soft>
void compare(const char* name, std::initializer_list<Bits> operands, const HostMode& mode,
             Host&& host, Soft&& soft) {
    std::fesetround(mode.host);
    std::feclearexcept(FE_ALL_EXCEPT);
    const auto expected = host();
    const std::uint64_t expected_flags = host_flags();
    std::fesetround(FE_TONEAREST);
    std::uint64_t flags = 0;
    const auto actual = soft(flags);
    if (actual != expected || flags != expected_flags) {
        INFO(name << " mode " << static_cast<int>(mode.mode) << " seed " << kSeed);
        for (const Bits operand : operands) {
            UNSCOPED_INFO(std::hex << operand);
        }
        CHECK(actual == expected);
        CHECK(flags == expected_flags);
    }
}

template <typename Bits>
void compare_pair(Bits a, Bits b) {
    using Float = typename FloatOf<Bits>::Type;
    volatile Float x = std::bit_cast<Float>(a);
    volatile Float y = std::bit_cast<Float>(b);
    for (const HostMode& mode : kModes) {
        compare<Bits>(
            "add", {a, b}, mode, [&] { return canonical<Bits>(x + y); },
            [&](auto& flags) { return soft_add<Bits>(a, b, mode.mode, flags); });
        compare<Bits>(
            "multiply", {a, b}, mode, [&] { return canonical<Bits>(x * y); },
            [&](auto& flags) { return soft_multiply<Bits>(a, b, mode.mode, flags); });
        compare<Bits>(
            "divide", {a, b}, mode, [&] { return canonical<Bits>(x / y); },
            [&](auto& flags) { return soft_divide<Bits>(a, b, mode.mode, flags); });
    }
    const HostMode& any = kModes[0];
    compare<Bits>(
        "less", {a, b}, any, [&] { return x < y; },
        [&](auto& flags) { return less(a, b, false, flags); });
    compare<Bits>(
        "less or equal", {a, b}, any, [&] { return x <= y; },
        [&](auto& flags) { return less(a, b, true, flags); });
    compare<Bits>(
        "equal", {a, b}, any, [&] { return x == y; },
        [&](auto& flags) { return equal(a, b, flags); });
}

// The host does not say that infinity * 0 + NaN is invalid (Volume I, 11.6 does).
template <typename Bits>
void compare_triple(Bits a, Bits b, Bits c) {
    using Float = typename FloatOf<Bits>::Type;
    volatile Float x = std::bit_cast<Float>(a);
    volatile Float y = std::bit_cast<Float>(b);
    volatile Float z = std::bit_cast<Float>(c);
    const bool invalid = (is_infinity(a) && is_zero(b)) || (is_zero(a) && is_infinity(b));
    for (const HostMode& mode : kModes) {
        compare<Bits>(
            "fused", {a, b, c}, mode,
            [&] {
                if (invalid) {
                    std::feraiseexcept(FE_INVALID);
                }
                return canonical<Bits>(std::fma(Float{x}, Float{y}, Float{z}));
            },
            [&](auto& flags) { return soft_fused<Bits>(a, b, c, mode.mode, flags); });
    }
}

template <typename Bits>
void compare_single(Bits a) {
    using Float = typename FloatOf<Bits>::Type;
    volatile Float x = std::bit_cast<Float>(a);
    for (const HostMode& mode : kModes) {
        compare<Bits>(
            "root", {a}, mode, [&] { return canonical<Bits>(std::sqrt(Float{x})); },
            [&](auto& flags) { return soft_root<Bits>(a, mode.mode, flags); });
        // Where the host's conversion is in range; the rest is below.
        const Float value = std::bit_cast<Float>(a);
        if (std::abs(value) < 0x1p62) {
            compare<Bits>(
                "to integer", {a}, mode,
                [&] { return static_cast<std::uint64_t>(std::llrint(Float{x})); },
                [&](auto& flags) { return soft_to_integer<Bits>(a, true, 64, mode.mode, flags); });
        }
        volatile auto integer = static_cast<std::int64_t>(a * 0x9E37'79B9'7F4A'7C15);
        compare<Bits>(
            "from integer", {a}, mode, [&] { return canonical<Bits>(static_cast<Float>(integer)); },
            [&](auto& flags) {
                return soft_from_integer<Bits>(static_cast<std::uint64_t>(integer), true, mode.mode,
                                               flags);
            });
    }
}

template <typename Bits>
void compare_format() {
    const std::vector<Bits> values = classes<Bits>();
    for (const Bits a : values) {
        compare_single(a);
        for (const Bits b : values) {
            compare_pair(a, b);
            for (const Bits c : values) {
                compare_triple(a, b, c);
            }
        }
    }
    std::mt19937_64 random(kSeed);
    for (int i = 0; i < 100'000; ++i) {
        const auto a = random_operand<Bits>(random);
        const auto b = random_operand<Bits>(random);
        compare_single(a);
        compare_pair(a, b);
        compare_triple(a, b, random_operand<Bits>(random));
        // Sums that cancel to the last bits.
        compare_triple(a, b,
                       std::bit_cast<Bits>(-std::bit_cast<typename FloatOf<Bits>::Type>(a) *
                                           std::bit_cast<typename FloatOf<Bits>::Type>(b)));
    }
}

__extension__ using Quad = __float128;

// Nearest, ties to max magnitude, from the exact value and the two neighbours.
template <typename Float>
Float nearest_max_magnitude(Quad exact, Float below, Float above) {
    if (below == above) {
        return below;
    }
    const Quad middle = (Quad{below} + Quad{above}) / 2;
    if (exact == middle) {
        return exact > 0 ? above : below;
    }
    return exact > middle ? above : below;
}

}  // namespace

TEST_CASE("fp soft: single precision equals the host's, flags included") {
    compare_format<std::uint32_t>();
}

TEST_CASE("fp soft: double precision equals the host's, flags included") {
    compare_format<std::uint64_t>();
}

TEST_CASE("fp soft: conversions between the formats equal the host's") {
    std::mt19937_64 random(kSeed);
    std::vector<std::uint64_t> values = classes<std::uint64_t>();
    for (const std::uint32_t a : classes<std::uint32_t>()) {
        values.push_back(std::bit_cast<std::uint64_t>(double{std::bit_cast<float>(a)}) + 1);
        values.push_back(std::bit_cast<std::uint64_t>(double{std::bit_cast<float>(a)}));
        volatile float x = std::bit_cast<float>(a);
        compare<std::uint32_t>(
            "widen", {a}, kModes[0],
            [&] { return canonical<std::uint64_t>(static_cast<double>(x)); },
            [&](auto& flags) {
                return soft_convert<std::uint64_t, std::uint32_t>(a, RoundingMode::Up, flags);
            });
    }
    for (int i = 0; i < 100'000; ++i) {
        values.push_back(random_operand<std::uint64_t>(random));
        // Around the exponents at which single precision becomes subnormal.
        values.push_back((values.back() & ~(0x7FFULL << 52)) | (870 + random() % 40) << 52);
    }
    for (const std::uint64_t a : values) {
        volatile double x = std::bit_cast<double>(a);
        for (const HostMode& mode : kModes) {
            compare<std::uint64_t>(
                "narrow", {a}, mode,
                [&] { return canonical<std::uint32_t>(static_cast<float>(x)); },
                [&](auto& flags) {
                    return soft_convert<std::uint32_t, std::uint64_t>(a, mode.mode, flags);
                });
        }
    }
}

TEST_CASE("fp soft: conversions to integers saturate, invalid and nothing else") {
    struct Case {
        double value;
        bool is_signed;
        unsigned width;
        RoundingMode mode;
        std::uint64_t result;
        std::uint64_t flags;
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    const auto zero = RoundingMode::TowardZero;
    const auto even = RoundingMode::NearestEven;
    for (const Case& c : {
             Case{nan, true, 32, zero, 0x7FFF'FFFF, kInvalid},
             Case{nan, false, 32, zero, ~0ULL, kInvalid},
             Case{nan, true, 64, zero, INT64_MAX, kInvalid},
             Case{-nan, false, 64, zero, ~0ULL, kInvalid},
             Case{infinity, true, 32, zero, 0x7FFF'FFFF, kInvalid},
             Case{-infinity, true, 32, zero, 0xFFFF'FFFF'8000'0000, kInvalid},
             Case{-infinity, false, 64, zero, 0, kInvalid},
             Case{2147483647.5, true, 32, zero, 0x7FFF'FFFF, kInexact},
             Case{2147483647.5, true, 32, even, 0x7FFF'FFFF, kInvalid},
             Case{2147483648.0, true, 32, zero, 0x7FFF'FFFF, kInvalid},
             Case{-2147483648.5, true, 32, even, 0xFFFF'FFFF'8000'0000, kInexact},
             Case{-2147483649.0, true, 32, zero, 0xFFFF'FFFF'8000'0000, kInvalid},
             Case{4294967295.0, false, 32, zero, 0xFFFF'FFFF'FFFF'FFFF, 0},
             Case{4294967295.5, false, 32, even, 0xFFFF'FFFF'FFFF'FFFF, kInvalid},
             Case{2147483648.0, false, 32, zero, 0xFFFF'FFFF'8000'0000, 0},
             Case{-0.5, false, 32, even, 0, kInexact},
             Case{-0.75, false, 32, even, 0, kInvalid},
             Case{-0.75, false, 64, zero, 0, kInexact},
             Case{-1.0, false, 64, zero, 0, kInvalid},
             Case{-0.0, false, 64, zero, 0, 0},
             Case{0x1p63, true, 64, zero, INT64_MAX, kInvalid},
             Case{-0x1p63, true, 64, zero, 0x8000'0000'0000'0000, 0},
             Case{0x1p63, false, 64, zero, 0x8000'0000'0000'0000, 0},
             Case{0x1p64, false, 64, zero, ~0ULL, kInvalid},
             Case{0.5, true, 64, RoundingMode::NearestMaxMagnitude, 1, kInexact},
             Case{2.5, true, 64, RoundingMode::NearestMaxMagnitude, 3, kInexact},
             Case{-2.5, true, 64, RoundingMode::NearestMaxMagnitude, ~2ULL, kInexact},
             Case{5e-324, true, 64, RoundingMode::Up, 1, kInexact},
             Case{-5e-324, true, 64, RoundingMode::Down, ~0ULL, kInexact},
         }) {
        std::uint64_t flags = 0;
        INFO(c.value << " width " << c.width);
        CHECK(soft_to_integer<std::uint64_t>(std::bit_cast<std::uint64_t>(c.value), c.is_signed,
                                             c.width, c.mode, flags) == c.result);
        CHECK(flags == c.flags);
    }
}

TEST_CASE("fp soft: ties go to max magnitude in the fifth mode") {
    std::mt19937_64 random(kSeed);
    for (int i = 0; i < 200'000; ++i) {
        // Few bits, so that ties are frequent; products of 53 bits are exact in 113.
        const double a =
            std::ldexp(static_cast<double>(random() >> 37), static_cast<int>(random() % 40));
        const double b = static_cast<double>(static_cast<std::int64_t>(random()) >> 36);
        volatile double x = a;
        volatile double y = b;
        std::fesetround(FE_DOWNWARD);
        const double below = x * y;
        std::fesetround(FE_UPWARD);
        const double above = x * y;
        const float narrow_above = static_cast<float>(x);
        std::fesetround(FE_DOWNWARD);
        const float narrow_below = static_cast<float>(x);
        std::fesetround(FE_TONEAREST);
        std::uint64_t flags = 0;
        CHECK(soft_multiply(std::bit_cast<std::uint64_t>(a), std::bit_cast<std::uint64_t>(b),
                            RoundingMode::NearestMaxMagnitude, flags) ==
              std::bit_cast<std::uint64_t>(nearest_max_magnitude(Quad{a} * Quad{b}, below, above)));
        CHECK(soft_convert<std::uint32_t, std::uint64_t>(
                  std::bit_cast<std::uint64_t>(a), RoundingMode::NearestMaxMagnitude, flags) ==
              std::bit_cast<std::uint32_t>(
                  nearest_max_magnitude(Quad{a}, narrow_below, narrow_above)));
    }
    // Exactly half way: away from zero, where nearest even would go down.
    std::uint64_t flags = 0;
    const auto tie = std::bit_cast<std::uint64_t>(1.0 + 0x1p-24);
    CHECK(
        soft_convert<std::uint32_t, std::uint64_t>(tie, RoundingMode::NearestMaxMagnitude, flags) ==
        std::bit_cast<std::uint32_t>(1.0F + 0x1p-23F));
    CHECK(soft_convert<std::uint32_t, std::uint64_t>(tie, RoundingMode::NearestEven, flags) ==
          std::bit_cast<std::uint32_t>(1.0F));
}

TEST_CASE("fp soft: minimum, maximum and classes") {
    const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
    const std::uint32_t quiet = Format<std::uint32_t>::kNan;
    const std::uint32_t signaling = 0x7F80'0001;
    struct Case {
        std::uint32_t a;
        std::uint32_t b;
        std::uint32_t minimum;
        std::uint32_t maximum;
        std::uint64_t flags;
    };
    // Volume I, 11.6.
    for (const Case& c : {Case{bits(-0.0F), bits(0.0F), bits(-0.0F), bits(0.0F), 0},
                          Case{bits(0.0F), bits(-0.0F), bits(-0.0F), bits(0.0F), 0},
                          Case{bits(-2.0F), bits(-1.0F), bits(-2.0F), bits(-1.0F), 0},
                          Case{bits(2.0F), bits(1.0F), bits(1.0F), bits(2.0F), 0},
                          Case{quiet, bits(1.0F), bits(1.0F), bits(1.0F), 0},
                          Case{bits(1.0F), signaling, bits(1.0F), bits(1.0F), kInvalid},
                          Case{quiet | 5, signaling, quiet, quiet, kInvalid}}) {
        std::uint64_t flags = 0;
        CHECK(minimum_or_maximum(c.a, c.b, false, flags) == c.minimum);
        CHECK(minimum_or_maximum(c.a, c.b, true, flags) == c.maximum);
        CHECK(flags == c.flags);
    }
    // Volume I, table 11.5.
    constexpr std::uint32_t kInOrder[] = {0xFF80'0000, 0xBF80'0000, 0x8000'0001, 0x8000'0000, 0, 1,
                                          0x3F80'0000, 0x7F80'0000, 0x7F80'0001, 0x7FC0'0000};
    for (unsigned i = 0; i < 10; ++i) {
        CHECK(classify(kInOrder[i]) == 1U << i);
    }
}
