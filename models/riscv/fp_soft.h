// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 and binary64 in integers, for every rounding mode of RISC-V (Volume I, 11 and
// 12). Serves what the host's FPU cannot, and every host that is not x86-64 with FMA. Formats are
// named by their bit patterns, uint32_t and uint64_t.
#pragma once

#include <cstdint>

#include "riscv/decode.h"

namespace athena::riscv::fp {

inline constexpr std::uint64_t kInexact = 1;
inline constexpr std::uint64_t kUnderflow = 2;
inline constexpr std::uint64_t kOverflow = 4;
inline constexpr std::uint64_t kDivideByZero = 8;
inline constexpr std::uint64_t kInvalid = 16;

/// Fields of a format.
template <typename Bits>
struct Format;
template <>
struct Format<std::uint32_t> {
    static constexpr unsigned kFraction = 23;
    static constexpr int kBias = 127;
    static constexpr std::uint32_t kNan = 0x7FC0'0000;
    static constexpr std::uint32_t kInfinity = 0x7F80'0000;
    static constexpr std::uint32_t kSign = 0x8000'0000;
};
template <>
struct Format<std::uint64_t> {
    static constexpr unsigned kFraction = 52;
    static constexpr int kBias = 1023;
    static constexpr std::uint64_t kNan = 0x7FF8'0000'0000'0000;
    static constexpr std::uint64_t kInfinity = 0x7FF0'0000'0000'0000;
    static constexpr std::uint64_t kSign = 0x8000'0000'0000'0000;
};

template <typename Bits>
constexpr bool is_nan(Bits a) {
    return (a & ~Format<Bits>::kSign) > Format<Bits>::kInfinity;
}
template <typename Bits>
constexpr bool is_signaling(Bits a) {
    return is_nan(a) && (a >> (Format<Bits>::kFraction - 1) & 1) == 0;
}
template <typename Bits>
constexpr bool is_infinity(Bits a) {
    return (a & ~Format<Bits>::kSign) == Format<Bits>::kInfinity;
}
template <typename Bits>
constexpr bool is_zero(Bits a) {
    return (a & ~Format<Bits>::kSign) == 0;
}

/// All of them add the flags they raise to `flags`; NaN results are canonical. `rounding` is one of
/// the five modes. Instantiated for both formats.
template <typename Bits>
Bits soft_add(Bits a, Bits b, RoundingMode rounding, std::uint64_t& flags);
template <typename Bits>
Bits soft_multiply(Bits a, Bits b, RoundingMode rounding, std::uint64_t& flags);
template <typename Bits>
Bits soft_divide(Bits a, Bits b, RoundingMode rounding, std::uint64_t& flags);
template <typename Bits>
Bits soft_root(Bits a, RoundingMode rounding, std::uint64_t& flags);
/// a * b + c, rounded once.
template <typename Bits>
Bits soft_fused(Bits a, Bits b, Bits c, RoundingMode rounding, std::uint64_t& flags);

template <typename To, typename From>
To soft_convert(From a, RoundingMode rounding, std::uint64_t& flags);
/// To an integer of `width` bits, 32 or 64; out of range saturates and is invalid only; 32-bit
/// results are sign-extended, unsigned ones too.
template <typename Bits>
std::uint64_t soft_to_integer(Bits a, bool is_signed, unsigned width, RoundingMode rounding,
                              std::uint64_t& flags);
template <typename Bits>
Bits soft_from_integer(std::uint64_t value, bool is_signed, RoundingMode rounding,
                       std::uint64_t& flags);

/// IEEE 754-2019 minimumNumber and maximumNumber with -0 < +0 (Volume I, 11.6).
template <typename Bits>
constexpr Bits minimum_or_maximum(Bits a, Bits b, bool maximum, std::uint64_t& flags) {
    if (is_signaling(a) || is_signaling(b)) {
        flags |= kInvalid;
    }
    if (is_nan(a)) {
        return is_nan(b) ? Format<Bits>::kNan : b;
    }
    if (is_nan(b)) {
        return a;
    }
    const bool a_negative = (a & Format<Bits>::kSign) != 0;
    const bool b_negative = (b & Format<Bits>::kSign) != 0;
    const bool a_less = a_negative != b_negative ? a_negative : (a < b) != a_negative && a != b;
    return a_less != maximum ? a : b;
}

/// Comparisons of numbers; NaN compares false.
template <typename Bits>
constexpr bool equal(Bits a, Bits b, std::uint64_t& flags) {
    if (is_nan(a) || is_nan(b)) {
        flags |= is_signaling(a) || is_signaling(b) ? kInvalid : 0;
        return false;
    }
    return a == b || (is_zero(a) && is_zero(b));
}
template <typename Bits>
constexpr bool less(Bits a, Bits b, bool or_equal, std::uint64_t& flags) {
    if (is_nan(a) || is_nan(b)) {
        flags |= kInvalid;
        return false;
    }
    if (a == b || (is_zero(a) && is_zero(b))) {
        return or_equal;
    }
    const bool a_negative = (a & Format<Bits>::kSign) != 0;
    const bool b_negative = (b & Format<Bits>::kSign) != 0;
    return a_negative != b_negative ? a_negative : (a < b) != a_negative;
}

/// The mask of fclass (Volume I, table 11.5).
template <typename Bits>
constexpr std::uint64_t classify(Bits a) {
    const bool negative = (a & Format<Bits>::kSign) != 0;
    const Bits magnitude = a & static_cast<Bits>(~Format<Bits>::kSign);
    if (is_nan(a)) {
        return is_signaling(a) ? 1 << 8 : 1 << 9;
    }
    if (is_infinity(a)) {
        return negative ? 1 << 0 : 1 << 7;
    }
    if (magnitude == 0) {
        return negative ? 1 << 3 : 1 << 4;
    }
    if (magnitude >> Format<Bits>::kFraction == 0) {
        return negative ? 1 << 2 : 1 << 5;
    }
    return negative ? 1 << 1 : 1 << 6;
}

}  // namespace athena::riscv::fp
