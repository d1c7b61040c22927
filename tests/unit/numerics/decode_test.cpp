// SPDX-License-Identifier: Apache-2.0
// Operand formats: every encoding with every scale against rational.h.
#include <bit>
#include <catch2/catch.hpp>

#include "numerics/formats.h"
#include "rational.h"
#include "side.h"

namespace {

using namespace athena::test;
namespace numerics = athena::numerics;

constexpr std::uint32_t kMinusZero = 0x8000'0000;

struct Case {
    unsigned format;
    bool of_b;
    bool along_k;
    std::size_t position;  // along k, of the element that is looked at
    std::size_t k;
};

// Each output is one decoded element: the other operand is 1, the sum starts from -0, to which only
// +0 makes a difference, and the other values of k are -0.
void check_decode(const Case& test) {
    const unsigned bits = bits_of_format(test.format);
    const std::uint32_t elements = 1U << bits;
    const std::uint32_t count = elements * (is_mx(test.format) ? 256U : 1U);
    Side side(test.format, test.along_k, count, test.k);
    Side ones(0, true, 1, test.k);
    for (std::size_t k = 0; k < test.k; ++k) {
        ones.put(0, k, 0x3F80);
        for (std::uint32_t i = 0; i < count; ++i) {
            side.put(i, k, k == test.position ? i % elements : 1U << (bits - 1));
        }
    }
    for (std::uint32_t i = 0; is_mx(test.format) && i < count; ++i) {
        side.scales[i] = static_cast<std::byte>(i / elements);
    }
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < count; ++i) {
        expected.push_back(side.decoded(i, test.position));
    }
    numerics::GemmArgs args = test.of_b ? args_of(ones, side) : args_of(side, ones);
    std::vector<std::uint32_t> c(count, kMinusZero);
    args.c = {std::as_writable_bytes(std::span(c)), test.of_b ? std::size_t{count} * 4 : 4};
    args.accumulate = true;
    for_each_gemm(args, [&](const char* by) {
        for (std::uint32_t i = 0; i < count; ++i) {
            if (c[i] != expected[i]) {
                FAIL(by << ": format " << test.format << " element " << i % elements << " scale "
                        << i / elements << " at k = " << test.position << " is " << std::hex << c[i]
                        << ", not " << expected[i]);
            }
        }
    });
}

}  // namespace

TEST_CASE("formats: every element with every scale decodes to its rational value") {
    for (unsigned format = 0; format < kFormats; ++format) {
        // Packed elements at each place of two groups of whole bytes
        const std::size_t places = bits_of_format(format) < 8 ? 8 : 1;
        for (std::size_t position = 0; position < places; ++position) {
            for (const bool of_b : {false, true}) {
                check_decode({format, of_b, true, position, places});
                if (!is_mx(format)) {
                    check_decode({format, of_b, false, position, places});
                }
            }
        }
    }
}

TEST_CASE("formats: values by hand from OFP8 1.0 and MX 1.0") {
    struct Row {
        unsigned format;
        std::uint32_t code;
        std::uint8_t scale;
        std::uint32_t fp32;
    };
    const Row rows[] = {
        {0, 0x0001, 0, 0x0001'0000}, {0, 0xFF81, 0, 0x7FC0'0000},
        {1, 0x7E, 0, 0x43E0'0000},                               // 448
        {1, 0x08, 0, 0x3C80'0000},                               // 2^-6
        {1, 0x01, 0, 0x3B00'0000},                               // 2^-9
        {1, 0xFF, 0, 0x7FC0'0000},   {1, 0x78, 0, 0x4380'0000},  // 256, not infinity
        {2, 0x7B, 0, 0x4760'0000},                               // 57344
        {2, 0x01, 0, 0x3780'0000},                               // 2^-16
        {2, 0xFC, 0, 0xFF80'0000},   {2, 0x7D, 0, 0x7FC0'0000},
        {3, 0x38, 0, 0x0040'0000},  // 1 · 2^-127
        {3, 0x80, 127, 0x8000'0000}, {3, 0x00, 255, 0x7FC0'0000},
        {3, 0x7E, 246, 0x7F60'0000},                               // 1.75 · 2^8 · 2^119
        {3, 0x7E, 247, 0x7F80'0000},                               // 1.75 · 2^128
        {4, 0x01, 0, 0x0000'0040},                                 // 2^-143
        {4, 0xFC, 0, 0xFF80'0000},   {5, 0x1F, 127, 0x41E0'0000},  // 28
        {5, 0x01, 127, 0x3D80'0000},                               // 2^-4
        {6, 0x1F, 127, 0x40F0'0000},                               // 7.5
        {6, 0x21, 127, 0xBE00'0000},                               // -2^-3
        {7, 0x7, 127, 0x40C0'0000},                                // 6
        {7, 0x1, 0, 0x0020'0000},                                  // 2^-128
        {7, 0x8, 254, 0x8000'0000},  {7, 0x2, 254, 0x7F00'0000},   // 2^127
        {8, 0x80, 127, 0xC000'0000},                               // -2
        {8, 0x7F, 127, 0x3FFE'0000},                               // 127/64
        {8, 0x80, 254, 0xFF80'0000},                               // -2^128
        {8, 0x00, 255, 0x7FC0'0000}, {8, 0x01, 0, 0x0001'0000},    // 2^-133
    };
    for (const Row& row : rows) {
        CAPTURE(row.format, row.code, row.scale);
        CHECK(fp32_of(rational_operand(row.format, row.code, row.scale)) == row.fp32);
    }
}

TEST_CASE("formats: an element without its scale is its rational value") {
    for (unsigned format = 0; format < kFormats; ++format) {
        const auto operand = static_cast<numerics::OperandFormat>(format);
        REQUIRE(numerics::element_bits(operand) == bits_of_format(format));
        REQUIRE(numerics::has_scales(operand) == is_mx(format));
        for (std::uint32_t code = 0; code < 1U << bits_of_format(format); ++code) {
            const auto found = std::bit_cast<std::uint32_t>(
                numerics::fp32_from_element(operand, static_cast<std::uint16_t>(code)));
            const std::uint32_t expected = fp32_of(rational_element(format, code));
            // BF16 NaNs keep their bits until they are multiplied.
            const bool both_nan =
                format == 0 && (found & 0x7FFF'FFFF) > 0x7F80'0000 && expected == 0x7FC0'0000;
            if (!both_nan && found != expected) {
                FAIL("format " << format << " element " << code << " is " << std::hex << found
                               << ", not " << expected);
            }
        }
    }
}
