// SPDX-License-Identifier: Apache-2.0
#include "riscv/fp_soft.h"

#include <bit>
#include <type_traits>

namespace athena::riscv::fp {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned kTopBit = 125;  // of a normalised Wide: room for a carry above

// A finite number: (-1)^negative * significand * 2^exponent.
struct Number {
    bool negative;
    int exponent;
    std::uint64_t significand;
};

struct WideNumber {
    bool negative;
    int exponent;
    Wide significand;
};

template <typename Bits>
Number unpack(Bits a) {
    using F = Format<Bits>;
    const int biased = static_cast<int>((a & ~F::kSign) >> F::kFraction);
    std::uint64_t significand = a & ((Bits{1} << F::kFraction) - 1);
    if (biased != 0) {
        significand |= Bits{1} << F::kFraction;
    }
    const int exponent = (biased == 0 ? 1 : biased) - F::kBias - static_cast<int>(F::kFraction);
    return {(a & F::kSign) != 0, exponent, significand};
}

unsigned top_bit(Wide value) {
    const auto high = static_cast<std::uint64_t>(value >> 64);
    return high != 0
               ? 127 - static_cast<unsigned>(std::countl_zero(high))
               : 63 - static_cast<unsigned>(std::countl_zero(static_cast<std::uint64_t>(value)));
}

// Shifts right; what falls off stays visible in the last bit.
Wide shift_right_jam(Wide value, unsigned amount) {
    if (amount == 0) {
        return value;
    }
    if (amount > 127) {
        return value != 0 ? 1 : 0;
    }
    const Wide lost = value & ((Wide{1} << amount) - 1);
    return (value >> amount) | (lost != 0 ? 1 : 0);
}

// The significand with its top bit at kTopBit; it is not 0.
WideNumber normalise(WideNumber number) {
    const unsigned top = top_bit(number.significand);
    if (top > kTopBit) {
        number.significand = shift_right_jam(number.significand, top - kTopBit);
    } else {
        number.significand <<= kTopBit - top;
    }
    number.exponent += static_cast<int>(top) - static_cast<int>(kTopBit);
    return number;
}

bool rounds_away(bool negative, bool odd, Wide rest, Wide half, RoundingMode rounding) {
    switch (rounding) {
        case RoundingMode::NearestEven:
            return rest > half || (rest == half && odd);
        case RoundingMode::NearestMaxMagnitude:
            return rest >= half;
        case RoundingMode::Down:
            return negative && rest != 0;
        case RoundingMode::Up:
            return !negative && rest != 0;
        default:
            return false;
    }
}

// value / 2^amount, rounded; amount is 1 to 126.
Wide shift_right_round(Wide value, unsigned amount, bool negative, RoundingMode rounding,
                       bool& inexact) {
    const Wide rest = value & ((Wide{1} << amount) - 1);
    const Wide half = Wide{1} << (amount - 1);
    const Wide quotient = value >> amount;
    inexact = rest != 0;
    return quotient + (rounds_away(negative, (quotient & 1) != 0, rest, half, rounding) ? 1 : 0);
}

template <typename Bits>
Bits overflowed(bool negative, RoundingMode rounding, std::uint64_t& flags) {
    using F = Format<Bits>;
    flags |= kOverflow | kInexact;
    const bool to_infinity = rounding == RoundingMode::NearestEven ||
                             rounding == RoundingMode::NearestMaxMagnitude ||
                             rounding == (negative ? RoundingMode::Down : RoundingMode::Up);
    const Bits magnitude = to_infinity ? F::kInfinity : F::kInfinity - 1;
    return negative ? magnitude | F::kSign : magnitude;
}

// Rounds a number that is not 0; tininess is detected after rounding (Volume I, 11.2).
template <typename Bits>
Bits round_pack(WideNumber number, RoundingMode rounding, std::uint64_t& flags) {
    using F = Format<Bits>;
    constexpr int kLeast = 1 - F::kBias;
    constexpr unsigned kDrop = kTopBit - F::kFraction;
    number = normalise(number);
    const int exponent = number.exponent + static_cast<int>(kTopBit);
    const Wide one = Wide{1} << F::kFraction;
    bool inexact = false;
    const Wide unbounded =
        shift_right_round(number.significand, kDrop, number.negative, rounding, inexact);
    const Bits sign = number.negative ? F::kSign : Bits{0};
    if (exponent >= kLeast) {
        // A carry out of the significand goes into the exponent by itself.
        const auto biased = static_cast<std::uint64_t>(std::int64_t{exponent} + F::kBias);
        if (exponent > F::kBias || (exponent == F::kBias && unbounded == one << 1)) {
            return overflowed<Bits>(number.negative, rounding, flags);
        }
        flags |= inexact ? kInexact : 0;
        return static_cast<Bits>(sign + ((biased - 1) << F::kFraction) +
                                 static_cast<std::uint64_t>(unbounded));
    }
    const bool tiny = !(exponent == kLeast - 1 && unbounded == one << 1);
    const unsigned below = static_cast<unsigned>(kLeast - exponent);
    constexpr unsigned kMostBelow = 126 - kDrop - 1;
    if (below > kMostBelow) {
        number.significand = shift_right_jam(number.significand, below - kMostBelow);
    }
    const unsigned drop = kDrop + (below > kMostBelow ? kMostBelow : below);
    const Wide subnormal =
        shift_right_round(number.significand, drop, number.negative, rounding, inexact);
    flags |= inexact ? kInexact | (tiny ? kUnderflow : 0) : 0;
    return static_cast<Bits>(sign | static_cast<Bits>(subnormal));
}

// Sum of numbers of which neither is 0.
template <typename Bits>
Bits add_numbers(WideNumber a, WideNumber b, RoundingMode rounding, std::uint64_t& flags) {
    a = normalise(a);
    b = normalise(b);
    if (a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)) {
        const WideNumber larger = b;
        b = a;
        a = larger;
    }
    const Wide aligned =
        shift_right_jam(b.significand, static_cast<unsigned>(a.exponent - b.exponent));
    if (a.negative == b.negative) {
        a.significand += aligned;
    } else {
        a.significand -= aligned;
    }
    if (a.significand == 0) {
        return rounding == RoundingMode::Down ? Format<Bits>::kSign : Bits{0};
    }
    return round_pack<Bits>(a, rounding, flags);
}

template <typename Bits>
Bits invalid(std::uint64_t& flags) {
    flags |= kInvalid;
    return Format<Bits>::kNan;
}

template <typename Bits>
Bits propagate_nan(bool signaling, std::uint64_t& flags) {
    flags |= signaling ? kInvalid : 0;
    return Format<Bits>::kNan;
}

WideNumber widen(Number a) {
    return {a.negative, a.exponent, a.significand};
}

std::uint64_t saturated(bool negative, bool is_signed, unsigned width, std::uint64_t& flags) {
    flags |= kInvalid;
    if (is_signed) {
        const std::uint64_t most = (1ULL << (width - 1)) - 1;
        return negative ? ~most : most;
    }
    return negative ? 0 : ~0ULL;
}

}  // namespace

template <typename Bits>
Bits soft_add(Bits a, Bits b, RoundingMode rounding, std::uint64_t& flags) {
    if (is_nan(a) || is_nan(b)) {
        return propagate_nan<Bits>(is_signaling(a) || is_signaling(b), flags);
    }
    if (is_infinity(a)) {
        return is_infinity(b) && a != b ? invalid<Bits>(flags) : a;
    }
    if (is_infinity(b)) {
        return b;
    }
    if (is_zero(a) && is_zero(b)) {
        return a == b ? a : (rounding == RoundingMode::Down ? Format<Bits>::kSign : Bits{0});
    }
    if (is_zero(a) || is_zero(b)) {
        return is_zero(a) ? b : a;
    }
    return add_numbers<Bits>(widen(unpack(a)), widen(unpack(b)), rounding, flags);
}

template <typename Bits>
Bits soft_multiply(Bits a, Bits b, RoundingMode rounding, std::uint64_t& flags) {
    using F = Format<Bits>;
    if (is_nan(a) || is_nan(b)) {
        return propagate_nan<Bits>(is_signaling(a) || is_signaling(b), flags);
    }
    const Bits sign = (a ^ b) & F::kSign;
    if (is_infinity(a) || is_infinity(b)) {
        return is_zero(a) || is_zero(b) ? invalid<Bits>(flags) : sign | F::kInfinity;
    }
    if (is_zero(a) || is_zero(b)) {
        return sign;
    }
    const Number x = unpack(a);
    const Number y = unpack(b);
    return round_pack<Bits>(
        {sign != 0, x.exponent + y.exponent, Wide{x.significand} * y.significand}, rounding, flags);
}

template <typename Bits>
Bits soft_divide(Bits a, Bits b, RoundingMode rounding, std::uint64_t& flags) {
    using F = Format<Bits>;
    if (is_nan(a) || is_nan(b)) {
        return propagate_nan<Bits>(is_signaling(a) || is_signaling(b), flags);
    }
    const Bits sign = (a ^ b) & F::kSign;
    if (is_infinity(a)) {
        return is_infinity(b) ? invalid<Bits>(flags) : sign | F::kInfinity;
    }
    if (is_infinity(b)) {
        return sign;
    }
    if (is_zero(b)) {
        if (is_zero(a)) {
            return invalid<Bits>(flags);
        }
        flags |= kDivideByZero;
        return sign | F::kInfinity;
    }
    if (is_zero(a)) {
        return sign;
    }
    const WideNumber x = normalise(widen(unpack(a)));
    const Number y = unpack(b);
    // At least 125 - 53 = 72 bits of quotient; the remainder joins as the last bit.
    const Wide quotient = x.significand / y.significand;
    const bool rest = x.significand % y.significand != 0;
    return round_pack<Bits>(
        {sign != 0, x.exponent - y.exponent - 1, quotient << 1 | (rest ? 1 : 0)}, rounding, flags);
}

template <typename Bits>
Bits soft_root(Bits a, RoundingMode rounding, std::uint64_t& flags) {
    using F = Format<Bits>;
    if (is_nan(a)) {
        return propagate_nan<Bits>(is_signaling(a), flags);
    }
    if (is_zero(a)) {
        return a;
    }
    if ((a & F::kSign) != 0) {
        return invalid<Bits>(flags);
    }
    if (is_infinity(a)) {
        return a;
    }
    WideNumber x = normalise(widen(unpack(a)));
    if (x.exponent % 2 != 0) {
        x.significand >>= 1;  // the low bits are 0
        x.exponent += 1;
    }
    Wide root = 0;
    Wide square = 0;  // root^2
    for (int bit = 62; bit >= 0; --bit) {
        const Wide step = Wide{1} << bit;
        const Wide candidate = square + ((root << (bit + 1)) | (step << bit));
        if (candidate <= x.significand) {
            square = candidate;
            root |= step;
        }
    }
    const bool rest = square != x.significand;
    return round_pack<Bits>({false, x.exponent / 2 - 1, root << 1 | (rest ? 1 : 0)}, rounding,
                            flags);
}

template <typename Bits>
Bits soft_fused(Bits a, Bits b, Bits c, RoundingMode rounding, std::uint64_t& flags) {
    using F = Format<Bits>;
    const bool bad_product = (is_infinity(a) && is_zero(b)) || (is_zero(a) && is_infinity(b));
    if (is_nan(a) || is_nan(b) || is_nan(c)) {
        return propagate_nan<Bits>(
            is_signaling(a) || is_signaling(b) || is_signaling(c) || bad_product, flags);
    }
    if (bad_product) {
        return invalid<Bits>(flags);
    }
    const Bits sign = (a ^ b) & F::kSign;
    if (is_infinity(a) || is_infinity(b)) {
        return is_infinity(c) && (c & F::kSign) != sign ? invalid<Bits>(flags)
                                                        : sign | F::kInfinity;
    }
    if (is_infinity(c)) {
        return c;
    }
    if (is_zero(a) || is_zero(b)) {
        return soft_add<Bits>(sign, c, rounding, flags);
    }
    const Number x = unpack(a);
    const Number y = unpack(b);
    const WideNumber product{sign != 0, x.exponent + y.exponent,
                             Wide{x.significand} * y.significand};
    return is_zero(c) ? round_pack<Bits>(product, rounding, flags)
                      : add_numbers<Bits>(product, widen(unpack(c)), rounding, flags);
}

template <typename To, typename From>
To soft_convert(From a, RoundingMode rounding, std::uint64_t& flags) {
    if (is_nan(a)) {
        return propagate_nan<To>(is_signaling(a), flags);
    }
    const To sign = (a & Format<From>::kSign) != 0 ? Format<To>::kSign : To{0};
    if (is_infinity(a)) {
        return sign | Format<To>::kInfinity;
    }
    if (is_zero(a)) {
        return sign;
    }
    return round_pack<To>(widen(unpack(a)), rounding, flags);
}

template <typename Bits>
std::uint64_t soft_to_integer(Bits a, bool is_signed, unsigned width, RoundingMode rounding,
                              std::uint64_t& flags) {
    if (is_nan(a)) {
        return saturated(false, is_signed, width, flags);
    }
    const Number x = unpack(a);
    if (is_infinity(a) || x.exponent > 12) {
        // Past 2^64 unless 0, as a normal number has its top bit at 23 or 52.
        if (is_infinity(a) || x.exponent + static_cast<int>(Format<Bits>::kFraction) >= 64) {
            return saturated(x.negative, is_signed, width, flags);
        }
    }
    Wide magnitude = x.significand;
    bool inexact = false;
    if (x.exponent >= 0) {
        magnitude <<= x.exponent;
    } else {
        constexpr unsigned kRoom = 60;  // bits kept below the significand
        const unsigned amount = static_cast<unsigned>(-x.exponent);
        const unsigned lost = amount > kRoom ? amount - kRoom : 0;
        magnitude = shift_right_jam(magnitude << kRoom, lost);
        magnitude =
            shift_right_round(magnitude, amount + kRoom - lost, x.negative, rounding, inexact);
    }
    const Wide most = is_signed ? (Wide{1} << (width - 1)) - (x.negative ? 0 : 1)
                                : (x.negative ? 0 : (Wide{1} << width) - 1);
    if (magnitude > most) {
        return saturated(x.negative, is_signed, width, flags);
    }
    flags |= inexact ? kInexact : 0;
    const auto low = static_cast<std::uint64_t>(magnitude);
    const std::uint64_t value = x.negative ? 0 - low : low;
    return width == 32 ? static_cast<std::uint64_t>(
                             static_cast<std::int64_t>(static_cast<std::int32_t>(value)))
                       : value;
}

template <typename Bits>
Bits soft_from_integer(std::uint64_t value, bool is_signed, RoundingMode rounding,
                       std::uint64_t& flags) {
    if (value == 0) {
        return 0;
    }
    const bool negative = is_signed && static_cast<std::int64_t>(value) < 0;
    return round_pack<Bits>({negative, 0, negative ? 0 - value : value}, rounding, flags);
}

template std::uint32_t soft_add(std::uint32_t, std::uint32_t, RoundingMode, std::uint64_t&);
template std::uint64_t soft_add(std::uint64_t, std::uint64_t, RoundingMode, std::uint64_t&);
template std::uint32_t soft_multiply(std::uint32_t, std::uint32_t, RoundingMode, std::uint64_t&);
template std::uint64_t soft_multiply(std::uint64_t, std::uint64_t, RoundingMode, std::uint64_t&);
template std::uint32_t soft_divide(std::uint32_t, std::uint32_t, RoundingMode, std::uint64_t&);
template std::uint64_t soft_divide(std::uint64_t, std::uint64_t, RoundingMode, std::uint64_t&);
template std::uint32_t soft_root(std::uint32_t, RoundingMode, std::uint64_t&);
template std::uint64_t soft_root(std::uint64_t, RoundingMode, std::uint64_t&);
template std::uint32_t soft_fused(std::uint32_t, std::uint32_t, std::uint32_t, RoundingMode,
                                  std::uint64_t&);
template std::uint64_t soft_fused(std::uint64_t, std::uint64_t, std::uint64_t, RoundingMode,
                                  std::uint64_t&);
template std::uint32_t soft_convert(std::uint64_t, RoundingMode, std::uint64_t&);
template std::uint64_t soft_convert(std::uint32_t, RoundingMode, std::uint64_t&);
template std::uint64_t soft_to_integer(std::uint32_t, bool, unsigned, RoundingMode, std::uint64_t&);
template std::uint64_t soft_to_integer(std::uint64_t, bool, unsigned, RoundingMode, std::uint64_t&);
template std::uint32_t soft_from_integer(std::uint64_t, bool, RoundingMode, std::uint64_t&);
template std::uint64_t soft_from_integer(std::uint64_t, bool, RoundingMode, std::uint64_t&);

}  // namespace athena::riscv::fp
