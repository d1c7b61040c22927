// SPDX-License-Identifier: Apache-2.0
#include "numerics/bf16.h"

#include <bit>
#include <catch2/catch.hpp>
#include <random>

#include "exact_model.h"
#include "operands.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

std::uint32_t bits(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

float from_bits(std::uint32_t encoding) {
    return std::bit_cast<float>(encoding);
}

std::uint32_t fma_bits(std::uint16_t a, std::uint16_t b, std::uint32_t acc) {
    return bits(
        canonical(fused_multiply_add(fp32_from_bf16(a), fp32_from_bf16(b), from_bits(acc))));
}

// Where our operation and the exact model differ, a test case of one line; else nothing.
void check_fma(std::uint16_t a, std::uint16_t b, std::uint32_t acc) {
    const std::uint32_t expected = exact_fma(a, b, acc);
    const std::uint32_t got = fma_bits(a, b, acc);
    if (got != expected) {
        CAPTURE(a, b, acc);
        CHECK(got == expected);
    }
}

}  // namespace

TEST_CASE("bf16: every encoding survives decoding and encoding, every NaN becomes 0x7FC0") {
    for (std::uint32_t encoding = 0; encoding <= 0xFFFF; ++encoding) {
        const auto element = static_cast<std::uint16_t>(encoding);
        const float value = fp32_from_bf16(element);
        const bool is_a_nan = (encoding & 0x7F80) == 0x7F80 && (encoding & 0x7F) != 0;
        REQUIRE(bits(value) == encoding << 16);
        REQUIRE(is_nan(value) == is_a_nan);
        REQUIRE(bf16_from_fp32(value) == (is_a_nan ? 0x7FC0 : element));
    }
}

TEST_CASE("bf16: FP32 rounds to the nearest BF16, ties to even") {
    // Every upper half, with lower halves on and next to the places where the result changes.
    for (std::uint32_t upper = 0; upper <= 0xFFFF; ++upper) {
        for (const std::uint32_t lower : {0x0000U, 0x0001U, 0x7FFFU, 0x8000U, 0x8001U, 0xFFFFU}) {
            const std::uint32_t encoding = upper << 16 | lower;
            REQUIRE(bf16_from_fp32(from_bits(encoding)) == exact_bf16(encoding));
        }
    }
}

TEST_CASE("bf16: rounding by hand") {
    // 1 + 2^-8 lies half way between 1 (even) and 1 + 2^-7: 1. A bit more goes up.
    CHECK(bf16_from_fp32(from_bits(0x3F80'8000)) == 0x3F80);
    CHECK(bf16_from_fp32(from_bits(0x3F80'8001)) == 0x3F81);
    // 1 + 3 * 2^-8 lies half way between 1 + 2^-7 (odd) and 1 + 2^-6: up.
    CHECK(bf16_from_fp32(from_bits(0x3F81'8000)) == 0x3F82);
    // The largest FP32 is nearer to 2^128 than to the largest BF16, (2 - 2^-7) * 2^127: infinity.
    CHECK(bf16_from_fp32(from_bits(0x7F7F'FFFF)) == 0x7F80);
    CHECK(bf16_from_fp32(from_bits(0x7F7F'7FFF)) == 0x7F7F);
    // The least FP32 subnormal, 2^-149, is below half of the least BF16 one, 2^-133: -0.
    CHECK(bf16_from_fp32(from_bits(0x8000'0001)) == 0x8000);
    // 2^-134 ties between 0 and 2^-133: 0; 3 * 2^-134 ties between 2^-133 and 2^-132: 2^-132.
    CHECK(bf16_from_fp32(from_bits(0x0000'8000)) == 0x0000);
    CHECK(bf16_from_fp32(from_bits(0x0001'8000)) == 0x0002);
    CHECK(bf16_from_fp32(from_bits(0xFFA0'0000)) == 0x7FC0);
}

TEST_CASE("fma: by hand") {
    // 1.5 * 1.5 + 0.25 = 2.5
    CHECK(fma_bits(0x3FC0, 0x3FC0, 0x3E80'0000) == 0x4020'0000);
    // (1 + 2^-7)^2 - (1 + 2^-6) = 2^-14: exact, though the product needs 15 bits.
    CHECK(fma_bits(0x3F81, 0x3F81, 0xBF82'0000) == 0x3880'0000);
    // 1 + 2^-12 * 2^-12: half of the last place of 1 (2^-23), ties to the even 1.
    CHECK(fma_bits(0x3980, 0x3980, 0x3F80'0000) == 0x3F80'0000);
    // The same on 1 + 2^-23, odd: up to 1 + 2^-22.
    CHECK(fma_bits(0x3980, 0x3980, 0x3F80'0001) == 0x3F80'0002);
    // Largest FP32 (odd) + 2^52 * 2^51: 2^103 is half of its last place (2^104): infinity.
    CHECK(fma_bits(0x5980, 0x5900, 0x7F7F'FFFF) == 0x7F80'0000);
    // One BF16 step less, 2^103 * (1 - 2^-8), stays.
    CHECK(fma_bits(0x597F, 0x5900, 0x7F7F'FFFF) == 0x7F7F'FFFF);
    // 2^127 * 2 overflows by itself, but not before the accumulator is added: 2^128 - 2^127.
    CHECK(fma_bits(0x7F00, 0x4000, 0xFF00'0000) == 0x7F00'0000);
    // 2^-75 * 2^-75 = 2^-150 ties between 0 and 2^-149: 0; on 2^-149: up to 2^-148.
    CHECK(fma_bits(0x1A00, 0x1A00, 0x0000'0000) == 0x0000'0000);
    CHECK(fma_bits(0x1A00, 0x1A00, 0x0000'0001) == 0x0000'0002);
    // -1 * 0 is -0: -0 + -0 = -0, but +0 + -0 = +0; 1 - 1 = +0.
    CHECK(fma_bits(0xBF80, 0x0000, 0x8000'0000) == 0x8000'0000);
    CHECK(fma_bits(0xBF80, 0x0000, 0x0000'0000) == 0x0000'0000);
    CHECK(fma_bits(0x3F80, 0x3F80, 0xBF80'0000) == 0x0000'0000);
    // Infinity times zero, infinity minus infinity, a signalling NaN: the one NaN.
    CHECK(fma_bits(0x7F80, 0x0000, 0x3F80'0000) == 0x7FC0'0000);
    CHECK(fma_bits(0x7F80, 0x3F80, 0xFF80'0000) == 0x7FC0'0000);
    CHECK(fma_bits(0x3F80, 0x3F80, 0xFFA0'0001) == 0x7FC0'0000);
}

TEST_CASE("fma: equals exact integer arithmetic for every combination of classes") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'fma: equals*'");
    std::mt19937 random(seed);
    for (int a = 0; a < kClasses; ++a) {
        for (int b = 0; b < kClasses; ++b) {
            for (int acc = 0; acc < kClasses; ++acc) {
                for (int sample = 0; sample < 100; ++sample) {
                    check_fma(random_bf16(random, ValueClass{a}),
                              random_bf16(random, ValueClass{b}),
                              random_fp32(random, ValueClass{acc}));
                }
            }
        }
    }
}

TEST_CASE("fma: equals exact integer arithmetic next to cancellation, ties and overflow") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'fma: equals*'");
    std::mt19937 random(seed);
    for (int sample = 0; sample < 300'000; ++sample) {
        // Any two numbers; the product's exponent decides where the accumulator is placed.
        const auto a = static_cast<std::uint16_t>(random());
        const auto b = static_cast<std::uint16_t>(random());
        const std::uint32_t product = exact_fma(a, b, 0);
        const std::uint32_t step = static_cast<std::uint32_t>(random()) % 3 - 1;
        check_fma(a, b, (product ^ 0x8000'0000) + step);  // cancels to at most a few last places
        // An accumulator 22 to 26 binades above the product, so that the product is about half of
        // its last place; products of powers of two give exact ties.
        const std::uint32_t binades = 22 + static_cast<std::uint32_t>(random()) % 5;
        const std::uint32_t fraction = static_cast<std::uint32_t>(random()) & 0x807F'FFFF;
        const std::uint32_t above = (product & 0x7F80'0000) + (binades << 23);
        if (above < 0x7F80'0000) {
            check_fma(a, b, above | fraction);
            check_fma(static_cast<std::uint16_t>(a & 0xFF80),
                      static_cast<std::uint16_t>(b & 0xFF80), above | fraction);
        }
        // The largest finite accumulators, with products about their last place.
        const auto power = static_cast<std::uint16_t>((224 + random() % 12) << 7);
        check_fma(power, static_cast<std::uint16_t>((a & 0x807F) | 0x3F80), 0x7F7F'FFFF + step);
    }
}
