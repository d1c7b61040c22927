// SPDX-License-Identifier: Apache-2.0
// Products added by pairs: which products that is right for, and that they have the reference's
// bits. On a CPU without the instruction only that they are refused.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "numerics/fp32_environment.h"
#include "numerics/gemm_kernel.h"
#include "operands.h"
#include "rational.h"
#include "side.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

bool by_pairs(const GemmArgs& args) {
    Workspace workspace;
    const Fp32Environment environment;
    return gemm_by_pairs(args, workspace);
}

// Whether C is taken, and has the reference's bits then and its old ones otherwise.
bool taken(const Side& a, const Side& b, std::vector<std::uint32_t> c, bool accumulate) {
    GemmArgs args = args_of(a, b);
    const std::vector<std::uint32_t> before = c;
    args.c = {std::as_writable_bytes(std::span(c)), b.outer * 4, ResultFormat::Fp32};
    args.accumulate = accumulate;
    const bool is_taken = by_pairs(args);
    const std::vector<std::uint32_t> found = c;
    c = before;
    if (is_taken) {
        gemm_reference(args);
    }
    CHECK(found == c);
    return is_taken;
}

bool taken(const Side& a, const Side& b) {
    return taken(a, b, std::vector<std::uint32_t>(a.outer * b.outer), false);
}

using Draw = std::function<std::uint16_t()>;

Side bf16(std::size_t outer, std::size_t k, const Draw& draw, bool along_k = true) {
    Side side(0, along_k, outer, k);
    for (std::size_t i = 0; i < outer * k; ++i) {
        side.put(i / k, i % k, draw());
    }
    return side;
}

// Both signs, exponents from `least` to `least` + `spread`.
Draw numbers(std::mt19937& random, unsigned least, unsigned spread) {
    return [&random, least, spread] {
        return static_cast<std::uint16_t>((random() & 0x807F) | (least + random() % (spread + 1))
                                                                    << 7);
    };
}

}  // namespace

#if defined(__x86_64__)
TEST_CASE("pairs: a CPU that has the instruction, and all of AVX-512 besides, adds by it") {
    const bool is_avx3 = gemm_kernel_name() == std::string_view("AVX3");
    CHECK(gemm_has_pairs() == (is_avx3 && __builtin_cpu_supports("avx512bf16") != 0));
}
#endif

TEST_CASE("pairs: sums that come down to the least normal number are right, lower ones refused") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'pairs: sums*'");
    std::mt19937 random(seed);
    // Products are multiples of 2^(a - 134 + b - 134).
    for (const unsigned least_a : {8U, 71U, 120U, 134U}) {
        const unsigned least_b = 142 - least_a;
        CAPTURE(least_a);
        for (const std::size_t k : {2, 3, 9}) {
            const Side a = bf16(64, k, numbers(random, least_a, 1));
            const Side b = bf16(200, k, numbers(random, least_b, 1));
            CHECK(taken(a, b) == gemm_has_pairs());
            const Side smaller = bf16(64, k, numbers(random, least_a - 1, 0));
            CHECK_FALSE(taken(smaller, b));
        }
    }
}

TEST_CASE("pairs: an operand without subnormal products may not have subnormal elements") {
    std::mt19937 random(1);
    const Side large = bf16(20, 4, numbers(random, 200, 3));
    CHECK(taken(large, bf16(20, 4, numbers(random, 8, 0))) == gemm_has_pairs());
    for (const bool of_a : {true, false}) {
        Side tiny = bf16(20, 4, numbers(random, 8, 0));
        tiny.put(17, 3, 0x8001);
        const bool is_taken = of_a ? taken(tiny, large) : taken(large, tiny);
        CHECK_FALSE(is_taken);
    }
}

TEST_CASE("pairs: sums may start from 2^-103 or more, or zeros") {
    std::mt19937 random(first_seed());
    const Side a = bf16(20, 5, numbers(random, 71, 1));
    const Side b = bf16(33, 5, numbers(random, 71, 1));
    std::vector<std::uint32_t> c(20 * 33);
    for (std::uint32_t& element : c) {
        element = random() % 4 == 0 ? random() & 0x8000'0000 : (random() & 0x80FF'FFFF) | 24U << 23;
    }
    c[600] = 0x8C00'0000;
    CHECK(taken(a, b, c, true) == gemm_has_pairs());
    c[600] = 0x8BFF'FFFF;
    CHECK_FALSE(taken(a, b, c, true));
    CHECK(taken(a, b, c, false) == gemm_has_pairs());
}

TEST_CASE("pairs: signs of zero, infinities, NaNs and overflow are the reference's for any k") {
    const std::uint32_t first = first_seed();
    for (std::uint32_t seed = first; seed < first + 60; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'pairs: signs*'");
        std::mt19937 random(seed);
        const Draw draw = [&]() -> std::uint16_t {
            constexpr std::uint16_t kValues[] = {0x0000, 0x8000, 0x3F80, 0xBF80, 0x7F7F, 0xFF7F,
                                                 0x7F80, 0xFF80, 0x7FC1, 0x7F81, 0x4000, 0xC000};
            const std::size_t count = seed % 3 == 0 ? 4 : seed % 3 == 1 ? 6 : std::size(kValues);
            return kValues[random() % count];
        };
        const std::size_t k = 1 + random() % 12;
        const bool a_along = random() % 2 == 0;
        const bool b_along = random() % 2 == 0;
        const std::size_t m = 1 + random() % 40;
        const std::size_t n = 1 + random() % 70;
        const Side a = bf16(m, k, draw, a_along);
        const Side b = bf16(n, k, draw, b_along);
        std::vector<std::uint32_t> c(m * n);
        for (std::uint32_t& element : c) {
            element = std::uint32_t{draw()} << 16;
        }
        CHECK(taken(a, b, c, seed % 2 == 0) == gemm_has_pairs());
    }
}

TEST_CASE("pairs: all formats and layouts, over several cache blocks") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'pairs: all*'");
    std::mt19937 random(seed);
    const auto side = [&](unsigned format, bool along_k, std::size_t outer, std::size_t k) {
        Side made(format, along_k, outer, k, 2 * (random() % 3));
        for (std::byte& byte : made.data) {
            byte = static_cast<std::byte>(random());
        }
        for (std::size_t i = 0; format == 0 && i < outer * k; ++i) {
            made.put(i / k, i % k, numbers(random, 120, 10)());
        }
        for (std::byte& scale : made.scales) {
            scale = static_cast<std::byte>(random() % 64 == 0 ? 0xFF : 110 + random() % 30);
        }
        return made;
    };
    for (unsigned left = 0; left < kFormats; ++left) {
        for (unsigned right = 0; right < kFormats; ++right) {
            for (int layout = 0; layout < 4; ++layout) {
                const bool a_along = is_mx(left) || (layout & 1) != 0;
                const bool b_along = is_mx(right) || (layout & 2) != 0;
                CAPTURE(left, right, a_along, b_along);
                const bool large = left == right;
                const std::size_t m = 1 + random() % 60;
                const std::size_t n = (large ? 500 : 1) + random() % 60;
                const std::size_t k = (large ? 500 : 1) + random() % 60;
                CHECK(taken(side(left, a_along, m, k), side(right, b_along, n, k)) ==
                      gemm_has_pairs());
            }
        }
    }
}

TEST_CASE("pairs: of MX operands the least scale counts, but for blocks of zeros and NaNs") {
    std::mt19937 random(1);
    for (unsigned format = 3; format < kFormats; ++format) {
        const bool integers = format == 8;
        CAPTURE(format);
        Side a(format, true, 20, 70);
        for (std::size_t i = 0; i < a.outer * a.k; ++i) {
            a.put(i / a.k, i % a.k, 1U + static_cast<std::uint32_t>(i) % 3);
        }
        std::ranges::fill(a.scales, std::byte{127});
        const Side b = bf16(20, 70, numbers(random, 127, 1));
        CHECK(taken(a, b) == gemm_has_pairs());
        // The last block of a row, which is short: tiny, then NaN, then of zeros of both signs.
        const std::size_t block = 7 * a.scale_ld + 2;
        a.scales[block] = std::byte{0};
        CHECK_FALSE(taken(a, b));
        a.scales[block] = std::byte{0xFF};
        CHECK(taken(a, b) == gemm_has_pairs());
        a.scales[block] = std::byte{0};
        for (std::size_t k = 64; k < 70; ++k) {
            const std::uint32_t minus_zero = 1U << (bits_of_format(format) - 1);
            a.put(7, k, k % 2 == 0 && !integers ? minus_zero : 0);
        }
        CHECK(taken(a, b) == gemm_has_pairs());
    }
}
