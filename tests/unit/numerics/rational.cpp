// SPDX-License-Identifier: Apache-2.0
#include "rational.h"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace athena::test {

namespace {

using Kind = Rational::Kind;

// Sign, exponent and fraction fields; what the largest exponent means differs.
enum class Specials : std::uint8_t { None, Ieee, OneNan };

struct Layout {
    unsigned exponent_bits;
    unsigned fraction_bits;
    int bias;
    Specials specials;
};

constexpr Layout kBf16{8, 7, 127, Specials::Ieee};
constexpr Layout kE4m3{4, 3, 7, Specials::OneNan};
constexpr Layout kE5m2{5, 2, 15, Specials::Ieee};
constexpr Layout kE3m2{3, 2, 3, Specials::None};
constexpr Layout kE2m3{2, 3, 1, Specials::None};
constexpr Layout kE2m1{2, 1, 1, Specials::None};

Rational decode(const Layout& layout, std::uint32_t code) {
    const std::uint32_t fraction = code % (1U << layout.fraction_bits);
    const std::uint32_t exponent = (code >> layout.fraction_bits) % (1U << layout.exponent_bits);
    const bool negative = (code >> (layout.fraction_bits + layout.exponent_bits)) % 2 == 1;
    const bool all_ones = exponent == (1U << layout.exponent_bits) - 1;
    if (all_ones && layout.specials == Specials::Ieee) {
        return {fraction == 0 ? Kind::Infinite : Kind::NotANumber, negative, 0, 0};
    }
    if (all_ones && layout.specials == Specials::OneNan &&
        fraction == (1U << layout.fraction_bits) - 1) {
        return {Kind::NotANumber, negative, 0, 0};
    }
    const auto fraction_bits = static_cast<int>(layout.fraction_bits);
    if (exponent == 0) {
        return {Kind::Finite, negative, fraction, 1 - layout.bias - fraction_bits};
    }
    return {Kind::Finite, negative, fraction + (1U << layout.fraction_bits),
            static_cast<int>(exponent) - layout.bias - fraction_bits};
}

Rational decode_int8(std::uint32_t code) {
    const int value = code < 128 ? static_cast<int>(code) : static_cast<int>(code) - 256;
    return {Kind::Finite, value < 0, static_cast<std::uint32_t>(std::abs(value)), -6};
}

double magnitude_of(const Rational& number) {
    return std::ldexp(static_cast<double>(number.significand), number.exponent);
}

}  // namespace

unsigned bits_of_format(unsigned format) {
    constexpr unsigned kBits[kFormats] = {16, 8, 8, 8, 8, 6, 6, 4, 8};
    return kBits[format];
}

bool is_mx(unsigned format) {
    return format >= 3;
}

unsigned bytes_of_result(unsigned format) {
    constexpr unsigned kBytes[kResults] = {4, 2, 1, 1};
    return kBytes[format];
}

Rational rational_element(unsigned format, std::uint32_t code) {
    switch (format) {
        case 0:
            return decode(kBf16, code);
        case 1:
        case 3:
            return decode(kE4m3, code);
        case 2:
        case 4:
            return decode(kE5m2, code);
        case 5:
            return decode(kE3m2, code);
        case 6:
            return decode(kE2m3, code);
        case 7:
            return decode(kE2m1, code);
        case 8:
            return decode_int8(code);
        default:
            throw std::invalid_argument("no such format");
    }
}

Rational rational_operand(unsigned format, std::uint32_t code, std::uint8_t scale) {
    Rational number = rational_element(format, code);
    if (!is_mx(format)) {
        return number;
    }
    if (scale == 0xFF) {
        number.kind = Kind::NotANumber;
    }
    number.exponent += int{scale} - 127;
    return number;
}

std::uint32_t fp32_of(const Rational& number) {
    const std::uint32_t sign = number.negative ? 0x8000'0000U : 0;
    const double magnitude = magnitude_of(number);
    if (number.kind == Kind::NotANumber) {
        return 0x7FC0'0000;
    }
    if (number.kind == Kind::Infinite || magnitude >= std::ldexp(1.0, 128)) {
        return sign | 0x7F80'0000;
    }
    const auto value = static_cast<float>(magnitude);
    if (static_cast<double>(value) != magnitude) {
        throw std::logic_error("an operand that FP32 does not hold");
    }
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return sign | bits;
}

std::uint8_t nearest_fp8(unsigned format, std::uint32_t fp32, bool saturate) {
    const bool is_e4m3 = format == 2;
    const Layout& layout = is_e4m3 ? kE4m3 : kE5m2;
    const std::uint32_t largest = is_e4m3 ? 0x7E : 0x7B;
    const std::uint32_t sign = fp32 >> 31 << 7;
    const std::uint32_t beyond = saturate ? sign | largest : is_e4m3 ? 0x7FU : sign | 0x7CU;
    float value = 0;
    std::memcpy(&value, &fp32, sizeof value);
    const double magnitude = std::fabs(static_cast<double>(value));
    if (std::isnan(value)) {
        return 0x7F;
    }
    // The first number beyond is one more step away, as if the format went on.
    const double last = magnitude_of(decode(layout, largest));
    const double step = last - magnitude_of(decode(layout, largest - 1));
    std::uint32_t best = 0;
    double distance = magnitude;
    for (std::uint32_t code = 1; code <= largest + 1; ++code) {
        const double number = code > largest ? last + step : magnitude_of(decode(layout, code));
        const double away = std::fabs(number - magnitude);
        if (away < distance || (away == distance && code % 2 == 0)) {
            best = code;
            distance = away;
        }
    }
    const bool overflows = best > largest || magnitude > last + step;
    return static_cast<std::uint8_t>(overflows ? beyond : sign | best);
}

}  // namespace athena::test
