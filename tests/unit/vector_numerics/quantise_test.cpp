// SPDX-License-Identifier: Apache-2.0
#include "numerics/quantise.h"

#include <cmath>

#include "matrices.h"

using namespace athena;
using namespace athena::numerics;
using test::Matrix;
using test::Mix;

namespace {

constexpr std::array kFormats = {OperandFormat::Mxfp8E4m3, OperandFormat::Mxfp8E5m2,
                                 OperandFormat::Mxfp6E3m2, OperandFormat::Mxfp6E2m3,
                                 OperandFormat::Mxfp4,     OperandFormat::Mxint8};

// All numbers of a format by its decoder, which unit_numerics holds against the OCP texts; MXINT8
// without -2.
std::vector<std::pair<double, std::uint8_t>> numbers_of(OperandFormat format) {
    std::vector<std::pair<double, std::uint8_t>> numbers;
    for (unsigned code = 0; code < 1U << element_bits(format); ++code) {
        const double value = fp32_from_element(format, static_cast<std::uint16_t>(code));
        if (std::isfinite(value) && !(format == OperandFormat::Mxint8 && code == 0x80)) {
            numbers.emplace_back(value, static_cast<std::uint8_t>(code));
        }
    }
    return numbers;
}

double largest_of(OperandFormat format) {
    double largest = 0;
    for (const auto& [value, code] : numbers_of(format)) {
        largest = std::max(largest, value);
    }
    return largest;
}

// The nearest number by search; of two, the one whose code is even.
double nearest(OperandFormat format, double value) {
    double best = 0;
    double distance = INFINITY;
    bool even = false;
    for (const auto& [number, code] : numbers_of(format)) {
        const double d = std::abs(number - value);
        if (d < distance || (d == distance && !even && code % 2 == 0)) {
            best = number;
            distance = d;
            even = code % 2 == 0;
        }
    }
    return best;
}

std::uint32_t element_at(const std::vector<std::uint8_t>& bytes, std::size_t index, unsigned bits) {
    std::uint32_t code = 0;
    for (unsigned bit = 0; bit < bits; ++bit) {
        const std::size_t place = index * bits + bit;
        code |= (std::uint32_t{bytes[place / 8]} >> place % 8 & 1) << bit;
    }
    return code;
}

struct Quantised {
    std::vector<std::uint8_t> elements;
    std::vector<std::uint8_t> scales;
};

Quantised quantised(OperandFormat format, const Matrix& x, std::size_t rows, std::size_t columns,
                    bool along_columns) {
    const std::size_t outer = along_columns ? columns : rows;
    const std::size_t inner = along_columns ? rows : columns;
    const std::size_t ld = row_bytes(format, inner);
    const std::size_t blocks = (inner + 31) / 32;
    Quantised result{std::vector<std::uint8_t>(outer * ld),
                     std::vector<std::uint8_t>(outer * blocks)};
    quantise({format, rows, columns, along_columns, x.input(),
              std::as_writable_bytes(std::span(result.elements)), ld,
              std::as_writable_bytes(std::span(result.scales)), blocks});
    return result;
}

}  // namespace

TEST_CASE("quantise: each element is the nearest number, the scale the OCP rule's") {
    std::mt19937 random(test::seed_of_run());
    for (const OperandFormat format : kFormats) {
        const double largest = largest_of(format);
        const int emax = format == OperandFormat::Mxint8 ? 0 : std::ilogb(largest);
        for (int round = 0; round < 40; ++round) {
            INFO("format " << static_cast<int>(format) << ", round " << round);
            const std::size_t count = 1 + random() % 32;
            Matrix x(1, count, VectorFormat::Fp32, 0);
            x.fill(random, round % 2 == 0 ? Mix::Numbers : Mix::Finite);
            double m = 0;
            for (std::size_t i = 0; i < count; ++i) {
                m = std::max(m, std::abs(double{x.at(0, i)}));
            }
            if (m == 0) {
                continue;
            }
            const int e = std::clamp(static_cast<int>(std::floor(std::log2(m))) - emax, -127, 127);
            const Quantised result = quantised(format, x, 1, count, false);
            REQUIRE(int{result.scales[0]} == e + 127);
            for (std::size_t i = 0; i < count; ++i) {
                const double wanted =
                    std::clamp(std::ldexp(double{x.at(0, i)}, -e), -largest, largest);
                const auto code = static_cast<std::uint16_t>(
                    element_at(result.elements, i, element_bits(format)));
                REQUIRE(double{fp32_from_element(format, code)} == nearest(format, wanted));
            }
        }
    }
}

TEST_CASE("quantise: zeros, infinities and NaNs") {
    for (const OperandFormat format : kFormats) {
        INFO("format " << static_cast<int>(format));
        Matrix x(1, 34, VectorFormat::Fp32, 0);
        for (std::size_t i = 0; i < 34; ++i) {
            x.set(0, i, i % 2 == 0 ? -0.0F : 0.0F);
        }
        x.set(0, 33, INFINITY);
        Quantised result = quantised(format, x, 1, 34, false);
        CHECK(int{result.scales[0]} == 0);
        CHECK(int{result.scales[1]} == 0xFF);
        const unsigned bits = element_bits(format);
        const std::uint32_t minus = format == OperandFormat::Mxint8 ? 0 : 1U << (bits - 1);
        CHECK(element_at(result.elements, 0, bits) == minus);
        CHECK(element_at(result.elements, 1, bits) == 0);
        CHECK(element_at(result.elements, 32, bits) == 0);
        CHECK(element_at(result.elements, 33, bits) == 0);
        x.set(0, 5, NAN);
        result = quantised(format, x, 1, 34, false);
        CHECK(int{result.scales[0]} == 0xFF);
    }
}

TEST_CASE("quantise: along columns is along the rows of the transpose") {
    std::mt19937 random(test::seed_of_run());
    for (const OperandFormat format : kFormats) {
        Matrix x(45, 37, VectorFormat::Fp32, 2);
        x.fill(random, Mix::Numbers);
        Matrix turned(37, 45, VectorFormat::Fp32, 0);
        for (std::size_t row = 0; row < 45; ++row) {
            for (std::size_t column = 0; column < 37; ++column) {
                turned.set(column, row, x.at(row, column));
            }
        }
        const Quantised a = quantised(format, x, 45, 37, true);
        const Quantised b = quantised(format, turned, 37, 45, false);
        CHECK((a.elements == b.elements));
        CHECK((a.scales == b.scales));
    }
}

TEST_CASE("quantise: the example of the E4M3 conversion in microxcaling's tests") {
    // test_fp8_e4m3_fix.py of microsoft/microxcaling, but for 400, a tie, which it rounds away from
    // zero to 416.
    const std::array<float, 8> values = {485, 475, 400, -485, -475, -450, 0.015625F, -0.015625F};
    const std::array<float, 8> expected = {448, 448, 384, -448, -448, -448, 0.015625F, -0.015625F};
    Matrix x(1, 8, VectorFormat::Fp32, 0);
    for (std::size_t i = 0; i < 8; ++i) {
        x.set(0, i, values[i]);
    }
    const Quantised result = quantised(OperandFormat::Mxfp8E4m3, x, 1, 8, false);
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK(fp32_from_e4m3(result.elements[i]) * fp32_from_e8m0(result.scales[0]) == expected[i]);
    }
}
