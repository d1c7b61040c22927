// SPDX-License-Identifier: Apache-2.0
#include "exact_model.h"

#include <array>
#include <bit>
#include <cstddef>

namespace athena::test {
namespace {

constexpr std::uint32_t kNan = 0x7FC0'0000;
constexpr std::uint32_t kInfinity = 0x7F80'0000;
constexpr std::uint32_t kSign = 0x8000'0000;

// Bit i of a magnitude weighs 2^(i - 266): the product of two least BF16 subnormals, (2^-133)^2, is
// bit 0, and the largest sum, below 2^256 + 2^128, is bit 522.
constexpr int kLeastExponent = -266;
constexpr std::size_t kWords = 10;

struct Magnitude {
    std::array<std::uint64_t, kWords> words{};

    [[nodiscard]] bool bit(int index) const {
        const auto at = static_cast<std::size_t>(index);
        return ((words[at / 64] >> (at % 64)) & 1) != 0;
    }
    // Position of the highest 1, or -1.
    [[nodiscard]] int top() const {
        for (std::size_t i = kWords; i-- > 0;) {
            if (words[i] != 0) {
                return static_cast<int>(i) * 64 + 63 - std::countl_zero(words[i]);
            }
        }
        return -1;
    }
    [[nodiscard]] bool any_below(int index) const {
        for (int i = 0; i < index; ++i) {
            if (bit(i)) {
                return true;
            }
        }
        return false;
    }
};

// significand * 2^exponent
Magnitude place(std::uint64_t significand, int exponent) {
    Magnitude result;
    const int shift = exponent - kLeastExponent;
    for (int i = 0; i < 64; ++i) {
        if (((significand >> i) & 1) != 0) {
            const auto at = static_cast<std::size_t>(shift + i);
            result.words[at / 64] |= std::uint64_t{1} << (at % 64);
        }
    }
    return result;
}

Magnitude add(const Magnitude& x, const Magnitude& y) {
    Magnitude sum;
    unsigned __int128 carry = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        carry += static_cast<unsigned __int128>(x.words[i]) + y.words[i];
        sum.words[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    return sum;
}

bool less(const Magnitude& x, const Magnitude& y) {
    for (std::size_t i = kWords; i-- > 0;) {
        if (x.words[i] != y.words[i]) {
            return x.words[i] < y.words[i];
        }
    }
    return false;
}

// x - y for x >= y
Magnitude subtract(const Magnitude& x, const Magnitude& y) {
    Magnitude difference;
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        const std::uint64_t part = x.words[i] - y.words[i];
        difference.words[i] = part - borrow;
        borrow = (x.words[i] < y.words[i] || part < borrow) ? 1 : 0;
    }
    return difference;
}

// FP32 encoding of a magnitude above 0, without sign, rounded to nearest even.
std::uint32_t round(const Magnitude& value) {
    // The last kept bit: 24 bits from the top, but never below the least subnormal, 2^-149.
    const int least = -149 - kLeastExponent;
    const int last = value.top() - 23 > least ? value.top() - 23 : least;
    std::uint32_t significand = 0;
    for (int i = 23; i >= 0; --i) {
        significand = significand << 1 | (value.bit(last + i) ? 1U : 0U);
    }
    const bool is_half_or_more = value.bit(last - 1);
    const bool is_odd = (significand & 1) != 0;
    if (is_half_or_more && (is_odd || value.any_below(last - 1))) {
        ++significand;  // may reach 2^24, which the addition below carries into the exponent
    }
    // Exponent field of a normal number is last - least + 1; its significand brings the 1 itself.
    const auto field = static_cast<std::uint32_t>(last - least);
    return field >= 254 ? kInfinity
                        : (((field << 23) + significand) < kInfinity ? (field << 23) + significand
                                                                     : kInfinity);
}

struct Parts {
    bool negative;
    int exponent;  // of the significand's last bit
    std::uint32_t significand;
    bool is_infinite;
    bool is_nan;
};

Parts parts_of(std::uint32_t fp32) {
    const auto field = static_cast<int>((fp32 >> 23) & 0xFF);
    const std::uint32_t fraction = fp32 & 0x007F'FFFF;
    return {(fp32 & kSign) != 0, field == 0 ? -149 : field - 150,
            field == 0 ? fraction : fraction | 0x0080'0000, field == 255 && fraction == 0,
            field == 255 && fraction != 0};
}

}  // namespace

std::uint32_t exact_fma(std::uint16_t a, std::uint16_t b, std::uint32_t acc) {
    Parts x = parts_of(std::uint32_t{a} << 16);
    Parts y = parts_of(std::uint32_t{b} << 16);
    const Parts z = parts_of(acc);
    const bool negative = x.negative != y.negative;
    const bool is_zero_times_infinity =
        (x.is_infinite && y.significand == 0) || (y.is_infinite && x.significand == 0);
    if (x.is_nan || y.is_nan || z.is_nan || is_zero_times_infinity) {
        return kNan;
    }
    if (x.is_infinite || y.is_infinite) {
        return z.is_infinite && z.negative != negative ? kNan : kInfinity | (negative ? kSign : 0);
    }
    if (z.is_infinite) {
        return acc;
    }
    // 8 significant bits each: drop the 16 zeros that the FP32 encoding appends.
    const std::uint64_t product = std::uint64_t{x.significand >> 16} * (y.significand >> 16);
    const Magnitude p = place(product, x.exponent + 16 + y.exponent + 16);
    const Magnitude s = place(z.significand, z.exponent);
    if (p.top() < 0 && s.top() < 0) {
        return negative && z.negative ? kSign : 0;
    }
    if (negative == z.negative) {
        return round(add(p, s)) | (negative ? kSign : 0);
    }
    if (less(p, s)) {
        return round(subtract(s, p)) | (z.negative ? kSign : 0);
    }
    if (less(s, p)) {
        return round(subtract(p, s)) | (negative ? kSign : 0);
    }
    return 0;  // exact cancellation is +0
}

std::uint16_t exact_bf16(std::uint32_t fp32) {
    const std::uint32_t magnitude = fp32 & ~kSign;
    const auto sign = static_cast<std::uint16_t>((fp32 & kSign) >> 16);
    if (magnitude > kInfinity) {
        return 0x7FC0;
    }
    // Encodings of one sign are ordered as their values, and FP32 values between two neighbouring
    // BF16 values are evenly spaced. So the nearest is found on encodings; the neighbour above the
    // largest BF16 is infinity, where 2^128 would be.
    const std::uint32_t below = magnitude >> 16;
    const std::uint32_t to_below = magnitude - (below << 16);
    const std::uint32_t to_above = ((below + 1) << 16) - magnitude;
    const bool takes_above = to_above < to_below || (to_above == to_below && (below & 1) != 0);
    return static_cast<std::uint16_t>(sign | (takes_above ? below + 1 : below));
}

}  // namespace athena::test
