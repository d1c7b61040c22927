// SPDX-License-Identifier: Apache-2.0
#include "operands.h"

namespace athena::test {

std::uint32_t random_encoding(std::mt19937& random, ValueClass value_class, int fraction_bits) {
    const std::uint32_t all_ones = (1U << fraction_bits) - 1;
    const std::uint32_t quiet_bit = 1U << (fraction_bits - 1);
    const auto below = [&](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random()) % limit;
    };
    std::uint32_t exponent = 0;
    std::uint32_t fraction = 0;
    switch (value_class) {
        case ValueClass::Zero:
            break;
        case ValueClass::LeastSubnormal:
            fraction = 1;
            break;
        case ValueClass::Subnormal:
            fraction = 1 + below(all_ones);
            break;
        case ValueClass::LargestSubnormal:
            fraction = all_ones;
            break;
        case ValueClass::LeastNormal:
            exponent = 1;
            break;
        case ValueClass::Small:
            exponent = 1 + below(40);
            fraction = below(all_ones + 1);
            break;
        case ValueClass::Middle:
            exponent = 115 + below(25);
            fraction = below(all_ones + 1);
            break;
        case ValueClass::One:
            exponent = 127;
            break;
        case ValueClass::Large:
            exponent = 215 + below(40);
            fraction = below(all_ones + 1);
            break;
        case ValueClass::LargestNormal:
            exponent = 254;
            fraction = all_ones;
            break;
        case ValueClass::Infinity:
            exponent = 255;
            break;
        case ValueClass::QuietNan:
            exponent = 255;
            fraction = quiet_bit | below(quiet_bit);
            break;
        case ValueClass::SignallingNan:
            exponent = 255;
            fraction = 1 + below(quiet_bit - 1);
            break;
    }
    const std::uint32_t sign = below(2) << (fraction_bits + 8);
    return sign | exponent << fraction_bits | fraction;
}

}  // namespace athena::test
