// SPDX-License-Identifier: Apache-2.0
// A second opinion on the number formats: every encoding as a rational number, sign · significand ·
// 2^exponent, read off the tables of OCP OFP8 1.0 (5.2) and OCP MX 1.0 (5.3, 5.4); and the FP8
// encoding nearest to a number by search. It shares no code with models/numerics.
#pragma once

#include <cstdint>

namespace athena::test {

struct Rational {
    enum class Kind : std::uint8_t { Finite, Infinite, NotANumber };
    Kind kind = Kind::Finite;
    bool negative = false;
    std::uint32_t significand = 0;
    int exponent = 0;
};

// What the descriptor's format fields mean: bits of an operand's element, whether blocks of 32 have
// scales, bytes of a result.
inline constexpr unsigned kFormats = 9;
[[nodiscard]] unsigned bits_of_format(unsigned format);
[[nodiscard]] bool is_mx(unsigned format);
inline constexpr unsigned kResults = 4;
[[nodiscard]] unsigned bytes_of_result(unsigned format);

// Of the operand format with this value in the descriptor, without and with its scale.
[[nodiscard]] Rational rational_element(unsigned format, std::uint32_t code);
[[nodiscard]] Rational rational_operand(unsigned format, std::uint32_t code, std::uint8_t scale);

// The FP32 encoding: exact, infinite from 2^128 on; every NaN is 0x7FC00000.
[[nodiscard]] std::uint32_t fp32_of(const Rational& number);

// E4M3 (result format 2) or E5M2 (3) nearest to an FP32 encoding.
[[nodiscard]] std::uint8_t nearest_fp8(unsigned format, std::uint32_t fp32, bool saturate);

}  // namespace athena::test
