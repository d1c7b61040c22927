// SPDX-License-Identifier: Apache-2.0
#include "numerics/gemm.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cfenv>
#include <cstring>
#include <random>
#include <string>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "exact_model.h"
#include "kernels.h"
#include "matrices.h"
#include "operands.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

std::string text(const Shape& shape) {
    return std::to_string(shape.m) + " x " + std::to_string(shape.n) + " x " +
           std::to_string(shape.k) + (shape.format == ResultFormat::Fp32 ? " FP32" : " BF16") +
           (shape.accumulate ? " accumulate" : "");
}

// What the contract says an output is, by integer arithmetic.
std::uint32_t exact_output(const Product& product, std::size_t m, std::size_t n) {
    const GemmArgs& args = product.args();
    std::uint32_t acc = args.accumulate ? product.old_c(m, n) : 0;
    for (std::size_t k = 0; k < args.k; ++k) {
        acc = exact_fma(product.a(m, k), product.b(k, n), acc);
    }
    const bool is_a_nan = (acc & 0x7FFF'FFFF) > 0x7F80'0000;
    acc = is_a_nan ? 0x7FC0'0000 : acc;
    return args.c.format == ResultFormat::Fp32 ? acc : exact_bf16(acc);
}

void check_against_exact_model(Product& product) {
    gemm_reference(product.args());
    for (std::size_t m = 0; m < product.args().m; ++m) {
        for (std::size_t n = 0; n < product.args().n; ++n) {
            CAPTURE(m, n);
            REQUIRE(product.c(m, n) == exact_output(product, m, n));
        }
    }
}

// Whole memory of C, gaps and guards included.
void check_kernels(Product& product, Workspace& workspace) {
    gemm_reference(product.args());
    const auto expected = product.c();
    const auto targets = kernel_targets();
    REQUIRE_FALSE(targets.empty());
    for (const std::int64_t target : targets) {
        const KernelScope scope(target);
        CAPTURE(gemm_kernel_name());
        const GemmArgs& args = product.args();
        for (const bool any : {true, false}) {
            if (!any && (args.m == 0 || args.n == 0 || args.k == 0)) {
                continue;
            }
            CAPTURE(any);
            product.restore_c();
            any ? gemm(args, workspace) : gemm_by_fma(args, workspace);
            const auto [got, want] =
                std::mismatch(product.c().begin(), product.c().end(), expected.begin());
            if (want != expected.end()) {
                const auto byte = static_cast<std::size_t>(want - expected.begin());
                const std::size_t row = byte / args.c.ld;
                const std::size_t byte_of_row = byte % args.c.ld;
                CAPTURE(row, byte_of_row);
                REQUIRE(static_cast<int>(*got) == static_cast<int>(*want));
            }
        }
    }
}

Shape random_shape(std::mt19937& random) {
    // On and around the sizes of register tiles and cache blocks.
    constexpr std::size_t kRows[] = {0, 1, 2, 5, 6, 7, 12, 13, 14, 15, 28, 29, 40};
    constexpr std::size_t kColumns[] = {0,  1,  2,  7,  8,  9,   15,  16,
                                        17, 31, 32, 33, 65, 100, 150, 300};
    constexpr std::size_t kDepths[] = {0, 1, 2, 3, 8, 16, 31, 64, 100};
    Shape shape;
    shape.m = kRows[random() % std::size(kRows)];
    shape.n = kColumns[random() % std::size(kColumns)];
    shape.k = kDepths[random() % std::size(kDepths)];
    shape.format = random() % 2 == 0 ? ResultFormat::Fp32 : ResultFormat::Bf16;
    shape.accumulate = shape.format == ResultFormat::Fp32 && random() % 2 == 0;
    return shape;
}

}  // namespace

TEST_CASE("gemm: 2 x 2 x 3 by hand") {
    // A = [1 2 3; -1 0.5 4], B = [1 -1; 2 0; 0.5 8]
    const std::vector<std::uint16_t> a = {0x3F80, 0x4000, 0x4040, 0xBF80, 0x3F00, 0x4080};
    const std::vector<std::uint16_t> b = {0x3F80, 0xBF80, 0x4000, 0x0000, 0x3F00, 0x4100};
    std::vector<float> c = {100, 200, 300, 400};
    GemmArgs args{2,
                  2,
                  3,
                  {std::as_bytes(std::span(a)), 6},
                  {std::as_bytes(std::span(b)), 4},
                  {std::as_writable_bytes(std::span(c)), 8}};
    Workspace workspace;
    // [1+4+1.5, -1+0+24; -1+1+2, 1+0+32]
    gemm_reference(args);
    CHECK(c == std::vector<float>{6.5F, 23, 2, 33});
    args.accumulate = true;
    gemm(args, workspace);
    CHECK(c == std::vector<float>{13, 46, 4, 66});
}

TEST_CASE("gemm: products are added in ascending k, each sum rounded") {
    // 2^24 + 1 = 2^24 (ties to even), so 1s added after 2^24 are lost one by one: 2^24. The other
    // way round they add up first: 1 + 1 + 2^24 = 2^24 + 2.
    const std::vector<std::uint16_t> ones = {0x3F80, 0x3F80, 0x3F80};
    const std::vector<std::uint16_t> descending = {0x4B80, 0x3F80, 0x3F80};
    const std::vector<std::uint16_t> ascending = {0x3F80, 0x3F80, 0x4B80};
    float c = 0;
    GemmArgs args{1,
                  1,
                  3,
                  {std::as_bytes(std::span(descending)), 6},
                  {std::as_bytes(std::span(ones)), 2},
                  {std::as_writable_bytes(std::span(&c, 1)), 4}};
    Workspace workspace;
    gemm(args, workspace);
    CHECK(c == 16777216.0F);
    args.a.data = std::as_bytes(std::span(ascending));
    gemm(args, workspace);
    CHECK(c == 16777218.0F);
}

TEST_CASE("gemm: the reference equals exact integer arithmetic") {
    const std::uint32_t first = first_seed();
    for (std::uint32_t seed = first; seed < first + 100; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'gemm: the reference*'");
        std::mt19937 random(seed);
        Shape shape = random_shape(random);
        shape.m = std::min<std::size_t>(shape.m, 6);
        shape.n = std::min<std::size_t>(shape.n, 9);
        INFO(text(shape));
        Product product(random, shape, Mix{static_cast<int>(seed % kMixes)}, random() % 3);
        check_against_exact_model(product);
    }
}

TEST_CASE("gemm: every kernel equals the reference on all combinations of classes") {
    // K = 1: each output is one FMA of its elements of A, B and C.
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'gemm: every kernel*'");
    std::mt19937 random(seed);
    constexpr std::size_t kSamples = 8;
    Workspace workspace;
    for (int acc = 0; acc < kClasses; ++acc) {
        std::vector<std::uint16_t> a;
        std::vector<std::uint16_t> b;
        for (std::size_t i = 0; i < kSamples * kClasses; ++i) {
            a.push_back(random_bf16(random, ValueClass{static_cast<int>(i % kClasses)}));
            b.push_back(random_bf16(random, ValueClass{static_cast<int>(i % kClasses)}));
        }
        std::vector<std::uint32_t> old_c(a.size() * b.size());
        for (auto& element : old_c) {
            element = random_fp32(random, ValueClass{acc});
        }
        std::vector<std::uint32_t> c = old_c;
        const GemmArgs args{a.size(),
                            b.size(),
                            1,
                            {std::as_bytes(std::span(a)), 2},
                            {std::as_bytes(std::span(b)), b.size() * 2},
                            {std::as_writable_bytes(std::span(c)), b.size() * 4},
                            true};
        gemm_reference(args);
        const auto expected = c;
        for (const std::int64_t target : kernel_targets()) {
            const KernelScope scope(target);
            CAPTURE(gemm_kernel_name(), acc);
            c = old_c;
            gemm(args, workspace);
            CHECK(c == expected);
        }
    }
}

TEST_CASE("gemm: every kernel equals the reference on random shapes and values") {
    const std::uint32_t first = first_seed();
    Workspace workspace;
    for (std::uint32_t seed = first; seed < first + 600; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'gemm: every kernel*'");
        std::mt19937 random(seed);
        const Shape shape = random_shape(random);
        INFO(text(shape));
        Product product(random, shape, Mix{static_cast<int>(seed % kMixes)}, random() % 20);
        check_kernels(product, workspace);
    }
}

TEST_CASE("gemm: every kernel equals the reference across cache blocks") {
    const std::uint32_t seed = first_seed();
    INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'gemm: every kernel*'");
    std::mt19937 random(seed);
    Workspace workspace;
    const auto fp32 = ResultFormat::Fp32;
    const auto bf16 = ResultFormat::Bf16;
    for (const Shape& shape :
         {Shape{3, 20, 255, bf16}, Shape{3, 20, 256, bf16}, Shape{17, 33, 257, bf16},
          Shape{17, 33, 257, fp32, true}, Shape{9, 40, 513, fp32}, Shape{9, 40, 800, bf16},
          Shape{15, 511, 20, fp32}, Shape{15, 512, 300, bf16}, Shape{15, 513, 300, bf16},
          Shape{15, 1050, 270, fp32, true}, Shape{1, 700, 300, bf16},
          Shape{2, 300, 520, fp32, true}, Shape{3, 513, 257, fp32}, Shape{100, 70, 300, fp32}}) {
        for (const Mix mix : {Mix::Numbers, Mix::All}) {
            INFO(text(shape));
            Product product(random, shape, mix, 5);
            check_kernels(product, workspace);
        }
    }
}

TEST_CASE("gemm: bits do not depend on tiling M and N, or on cutting K through an FP32 C") {
    const std::uint32_t first = first_seed();
    Workspace workspace;
    for (std::uint32_t seed = first; seed < first + 50; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " unit_numerics 'gemm: bits*'");
        std::mt19937 random(seed);
        const Shape shape{1 + random() % 40, 1 + random() % 40, 2 + random() % 100};
        Product product(random, shape, Mix{static_cast<int>(seed % kMixes)}, 0);
        const GemmArgs whole = product.args();
        gemm(whole, workspace);
        const auto expected = product.c();
        product.restore_c();
        const std::size_t cut_m = random() % (shape.m + 1);
        const std::size_t cut_n = random() % (shape.n + 1);
        const std::size_t cut_k = random() % (shape.k + 1);
        for (int part = 0; part < 8; ++part) {
            const bool lower = (part & 1) == 0;
            const bool left = (part & 2) == 0;
            const bool early = (part & 4) == 0;
            const std::size_t m = lower ? 0 : cut_m;
            const std::size_t n = left ? 0 : cut_n;
            const std::size_t k = early ? 0 : cut_k;
            GemmArgs args = whole;
            args.m = lower ? cut_m : shape.m - cut_m;
            args.n = left ? cut_n : shape.n - cut_n;
            args.k = early ? cut_k : shape.k - cut_k;
            args.a.data = whole.a.data.subspan(m * whole.a.ld + std::min(k * 2, whole.a.ld));
            args.b.data = whole.b.data.subspan(k * whole.b.ld + std::min(n * 2, whole.b.ld));
            args.c.data = whole.c.data.subspan(m * whole.c.ld + n * 4);
            args.accumulate = !early;
            gemm(args, workspace);
        }
        CHECK(product.c() == expected);
    }
}

TEST_CASE("gemm: K = 0 converts C or +0, and M or N = 0 touches nothing") {
    Workspace workspace;
    const auto run = [&](const GemmArgs& args, bool by_kernel) {
        by_kernel ? gemm(args, workspace) : gemm_reference(args);
    };
    for (const bool by_kernel : {false, true}) {
        std::vector<std::uint32_t> c = {0x8000'0000, 0xFF80'0001, 0x0000'0001, 0x3F80'0000};
        GemmArgs args{2, 2, 0, {}, {}, {std::as_writable_bytes(std::span(c)), 8}, true};
        run(args, by_kernel);
        CHECK(c == std::vector<std::uint32_t>{0x8000'0000, 0x7FC0'0000, 0x0000'0001, 0x3F80'0000});
        args.accumulate = false;
        args.c.format = ResultFormat::Bf16;
        args.c.ld = 4;
        run(args, by_kernel);
        CHECK(c == std::vector<std::uint32_t>{0, 0, 0x0000'0001, 0x3F80'0000});
        for (const auto& [m, n] : {std::pair{0, 2}, std::pair{2, 0}}) {
            args.m = static_cast<std::size_t>(m);
            args.n = static_cast<std::size_t>(n);
            args.k = 7;
            run(args, by_kernel);
            CHECK(c == std::vector<std::uint32_t>{0, 0, 0x0000'0001, 0x3F80'0000});
        }
    }
}

#if defined(__SSE2__)
TEST_CASE("gemm: the caller's rounding, flush-to-zero and flags neither matter nor change") {
    std::mt19937 random(7);
    Workspace workspace;
    Product product(random, {9, 33, 40}, Mix::Finite, 0);
    gemm_reference(product.args());
    const auto expected = product.c();
    const unsigned found = _mm_getcsr();
    const unsigned flush_to_zero = 0x8040;
    for (const unsigned rounding : {0x0000U, 0x2000U, 0x4000U, 0x6000U}) {
        for (const unsigned flags : {0x00U, 0x21U}) {
            const unsigned csr = 0x1F80 | flush_to_zero | rounding | flags;
            product.restore_c();
            _mm_setcsr(csr);
            gemm_reference(product.args());
            const unsigned after_reference = _mm_getcsr();
            const auto by_reference = product.c();
            product.restore_c();
            gemm(product.args(), workspace);
            const unsigned after = _mm_getcsr();
            _mm_setcsr(found);
            CHECK(after_reference == csr);
            CHECK(after == csr);
            CHECK(by_reference == expected);
            CHECK(product.c() == expected);
        }
    }
}
#endif
