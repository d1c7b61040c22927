// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/operands.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace athena::cosim {

namespace {

using regs::descriptor::OperandFormat;

constexpr std::uint32_t kSign = 0x8000'0000;
constexpr std::uint32_t kMantissa = 0x007F'FFFF;
constexpr std::uint32_t kInfinity = 0x7F80'0000;

// What one fill has in common.
struct Manner {
    Fill fill;
    unsigned exponent;  // of ordinary FP32 numbers, the lowest
    unsigned special;   // percent of what is not ordinary
};

Manner manner_of(Random& random, Fill fill) {
    return {fill, static_cast<unsigned>(random.between(116, 127)),
            static_cast<unsigned>(random.log_uniform(50))};
}

std::uint32_t with_exponent(std::uint64_t bits, std::uint64_t exponent) {
    return (static_cast<std::uint32_t>(bits) & (kSign | kMantissa)) |
           static_cast<std::uint32_t>(exponent << 23);
}

std::uint32_t special_fp32(Random& random, std::uint32_t bits) {
    const std::uint32_t sign = bits & kSign;
    switch (random.below(8)) {
        case 0:
            return sign | kInfinity;
        case 1:
            return sign | kInfinity | (bits & kMantissa);
        case 2:
            return sign | 0x7F7F'FFFF;  // the largest; as BF16 its upper half
        case 3:
            return sign | 0x0001'0000;  // the smallest BF16
        default:
            return sign;
    }
}

// An FP32 of the class; a BF16 is its upper half.
std::uint32_t element_fp32(Random& random, const Manner& manner) {
    const std::uint64_t bits = random.bits();
    const auto sign = static_cast<std::uint32_t>(bits) & kSign;
    const std::uint64_t ordinary = manner.exponent + (bits >> 32) % 8;
    switch (manner.fill) {
        case Fill::Ordinary:
            return with_exponent(bits, ordinary);
        case Fill::Wide:
            return with_exponent(bits, 1 + (bits >> 32) % 254);
        case Fill::Subnormal:
            // Together with ordinary numbers, products and sums on both sides of the boundary.
            return (bits & 1) != 0 ? with_exponent(bits, 0)
                                   : with_exponent(bits, 50 + (bits >> 32) % 31);
        case Fill::Cancelling:
            return sign | ((bits >> 32) % 5 != 0 ? 0x3F80'0000U : 0x3F81'0000U);
        case Fill::Special:
            return (bits >> 32) % 100 < manner.special
                       ? special_fp32(random, static_cast<std::uint32_t>(bits))
                       : with_exponent(bits, ordinary);
        case Fill::AnyBits:
            break;
    }
    return static_cast<std::uint32_t>(bits);
}

// Element formats of at most a byte (OCP OFP8 1.0; OCP MX 1.0, 5.3).
struct Small {
    unsigned sign;
    unsigned exponent;  // mask
    unsigned one;
    unsigned largest;
    std::array<unsigned, 4> special;  // not ordinary
};

constexpr Small kE4m3{0x80, 0x78, 0x38, 0x7E, {0x7F, 0x00, 0x7E, 0x01}};
constexpr Small kE5m2{0x80, 0x7C, 0x3C, 0x7B, {0x7C, 0x7E, 0x00, 0x7B}};
constexpr Small kE3m2{0x20, 0x1C, 0x0C, 0x1F, {0x00, 0x01, 0x1F, 0x1C}};
constexpr Small kE2m3{0x20, 0x18, 0x08, 0x1F, {0x00, 0x01, 0x1F, 0x18}};
constexpr Small kE2m1{0x08, 0x06, 0x02, 0x07, {0x00, 0x01, 0x07, 0x06}};
constexpr Small kInt8{0x80, 0x70, 0x40, 0x7F, {0x80, 0x00, 0x7F, 0x01}};

const Small& small_of(OperandFormat format) {
    switch (format) {
        case OperandFormat::E4m3:
        case OperandFormat::Mxfp8E4m3:
            return kE4m3;
        case OperandFormat::E5m2:
        case OperandFormat::Mxfp8E5m2:
            return kE5m2;
        case OperandFormat::Mxfp6E3m2:
            return kE3m2;
        case OperandFormat::Mxfp6E2m3:
            return kE2m3;
        case OperandFormat::Mxfp4:
            return kE2m1;
        default:
            return kInt8;
    }
}

unsigned element_small(Random& random, const Small& small, const Manner& manner) {
    const std::uint64_t bits = random.bits();
    const unsigned all = small.sign | (small.sign - 1);
    const unsigned sign = static_cast<unsigned>(bits >> 8) & small.sign;
    const auto any = static_cast<unsigned>(bits) & all;
    const unsigned finite = (any & (small.sign - 1)) > small.largest ? sign | small.one : any;
    switch (manner.fill) {
        case Fill::Ordinary:
        case Fill::Wide:
            return finite;
        case Fill::Subnormal:
            return (bits >> 32) % 2 != 0 ? any & ~small.exponent : finite;
        case Fill::Cancelling:
            return sign | (small.one + ((bits >> 32) % 5 == 0 ? 1 : 0));
        case Fill::Special:
            return (bits >> 32) % 100 < manner.special ? sign ^ small.special[(bits >> 16) % 4]
                                                       : finite;
        case Fill::AnyBits:
            break;
    }
    return any;
}

// E8M0: 127 is 1, 255 NaN.
unsigned scale(Random& random, const Manner& manner) {
    const std::uint64_t bits = random.bits();
    switch (manner.fill) {
        case Fill::Ordinary:
            return manner.exponent + static_cast<unsigned>(bits % 8);
        case Fill::Wide:
            return static_cast<unsigned>(bits % 255);
        case Fill::Subnormal:
            return bits % 2 != 0 ? static_cast<unsigned>((bits >> 8) % 24)
                                 : 50 + static_cast<unsigned>((bits >> 8) % 31);
        case Fill::Cancelling:
            return bits % 5 == 0 ? 126 : 127;
        case Fill::Special: {
            constexpr std::array kSpecial{0U, 254U, 255U, 1U};
            return bits % 100 < manner.special ? kSpecial[(bits >> 8) % 4] : manner.exponent;
        }
        case Fill::AnyBits:
            break;
    }
    return static_cast<unsigned>(bits & 0xFF);
}

// Rows of `bits` to the element, the first in the lowest bits; what a last byte has too much is
// zero or not.
void fill_rows(std::span<std::byte> l1, const Part& part, Random& random, auto&& element) {
    for (std::uint64_t row = 0; row < part.rows && !part.empty(); ++row) {
        const std::uint64_t at = part.address + row * part.ld * kAlignment;
        std::uint64_t waiting = 0;
        unsigned held = 0;
        std::uint64_t byte = 0;
        for (std::uint64_t column = 0; column < part.columns; ++column) {
            waiting |= std::uint64_t{element()} << held;
            for (held += part.bits; held >= 8; held -= 8, waiting >>= 8) {
                l1[at + byte++] = static_cast<std::byte>(waiting & 0xFF);
            }
        }
        if (held != 0) {
            const std::uint64_t rest = random.chance(50) ? random.bits() << held : 0;
            l1[at + byte] = static_cast<std::byte>((waiting | rest) & 0xFF);
        }
    }
}

}  // namespace

Fill random_fill(Random& random) {
    const std::uint64_t kind = random.below(kFills + 2);  // ordinary numbers more often
    return kind < kFills ? static_cast<Fill>(kind) : Fill::Ordinary;
}

void fill_elements(Random& random, std::span<std::byte> l1, const Part& part, OperandFormat format,
                   Fill fill) {
    const Manner manner = manner_of(random, fill);
    if (format == OperandFormat::Bf16) {
        return fill_rows(l1, part, random, [&] { return element_fp32(random, manner) >> 16; });
    }
    const Small& small = small_of(format);
    fill_rows(l1, part, random, [&] { return element_small(random, small, manner); });
}

void fill_results(Random& random, std::span<std::byte> l1, const Part& part, Fill fill) {
    const Manner manner = manner_of(random, fill);
    fill_rows(l1, part, random, [&] { return element_fp32(random, manner); });
}

void fill_scales(Random& random, std::span<std::byte> l1, const Part& part, Fill fill) {
    const Manner manner = manner_of(random, fill);
    fill_rows(l1, part, random, [&] { return scale(random, manner); });
}

void fill_bytes(Random& random, std::span<std::byte> bytes, unsigned element_bytes) {
    const Manner manner = manner_of(random, random_fill(random));
    for (std::size_t at = 0; at + element_bytes <= bytes.size(); at += element_bytes) {
        const std::uint32_t value = element_fp32(random, manner);
        const std::uint32_t shifted = element_bytes == 2 ? value >> 16 : value;
        std::memcpy(&bytes[at], &shifted, element_bytes);
    }
}

}  // namespace athena::cosim
