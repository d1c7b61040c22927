// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>

#include "sim/cosim/plan.h"

namespace athena::cosim {

namespace {

enum class Class : std::uint8_t { Ordinary, Wide, Subnormal, Cancelling, Special, AnyBits };

constexpr std::array kClasses{Class::Ordinary,   Class::Ordinary, Class::Wide,   Class::Subnormal,
                              Class::Cancelling, Class::Special,  Class::AnyBits};

constexpr std::uint32_t kSign = 0x8000'0000;
constexpr std::uint32_t kMantissa = 0x007F'FFFF;
constexpr std::uint32_t kInfinity = 0x7F80'0000;

std::uint32_t with_exponent(std::uint64_t bits, std::uint64_t exponent) {
    return (static_cast<std::uint32_t>(bits) & (kSign | kMantissa)) |
           static_cast<std::uint32_t>(exponent << 23);
}

// An FP32 of the class; a BF16 is its upper half.
std::uint32_t element(Random& random, Class kind) {
    const std::uint64_t bits = random.bits();
    const auto sign = static_cast<std::uint32_t>(bits) & kSign;
    switch (kind) {
        case Class::Ordinary:
            return with_exponent(bits, random.between(120, 134));
        case Class::Wide:
            return with_exponent(bits, random.between(1, 254));
        case Class::Subnormal:
            // Together with ordinary numbers, products and sums on both sides of the boundary.
            return random.chance(50) ? with_exponent(bits, 0)
                                     : with_exponent(bits, random.between(50, 80));
        case Class::Cancelling:
            return sign | (random.chance(80) ? 0x3F80'0000U : 0x3F81'0000U);
        case Class::Special:
            switch (random.below(12)) {
                case 0:
                    return sign | kInfinity;
                case 1:
                    return sign | kInfinity | (static_cast<std::uint32_t>(bits) & kMantissa);
                case 2:
                case 3:
                case 4:
                    return sign;
                case 5:
                    return sign | 0x7F7F'FFFF;  // the largest; as BF16 its upper half
                case 6:
                    return sign | 0x0001'0000;  // the smallest BF16
                default:
                    return with_exponent(bits, random.between(100, 154));
            }
        case Class::AnyBits:
            break;
    }
    return static_cast<std::uint32_t>(bits);
}

}  // namespace

void fill_operand(Random& random, std::span<std::byte> bytes, unsigned element_bytes) {
    const Class kind = kClasses[random.below(kClasses.size())];
    for (std::size_t at = 0; at + element_bytes <= bytes.size(); at += element_bytes) {
        const std::uint32_t value = element(random, kind);
        if (element_bytes == 2) {
            const auto upper = static_cast<std::uint16_t>(value >> 16);
            std::memcpy(&bytes[at], &upper, 2);
        } else {
            std::memcpy(&bytes[at], &value, 4);
        }
    }
}

}  // namespace athena::cosim
