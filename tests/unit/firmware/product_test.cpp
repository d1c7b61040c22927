// SPDX-License-Identifier: Apache-2.0
// Products of any size: how they are cut, and that the list of descriptors gives the right bits in
// every order that it allows.
#include "product.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <random>
#include <vector>

#include "mock_bus.h"
#include "numerics/bf16.h"
#include "numerics/gemm.h"
#include "ring_device.h"

using athena::test::MockBus;
using athena::test::RingDevice;
namespace numerics = athena::numerics;

namespace {

std::uint64_t end_of(std::uint32_t offset, std::uint32_t rows, std::uint32_t ld) {
    return offset + std::uint64_t{rows} * ld;
}

void check_plan(const product_plan& plan, const struct product& shape, std::uint32_t l1_bytes) {
    CHECK((plan.block_m <= shape.m && plan.block_n <= shape.n && plan.block_k <= shape.k));
    CHECK((plan.block_m > 0 && plan.block_n > 0));
    CHECK((plan.block_k > 0 || shape.k == 0));
    CHECK((plan.a_ld % 32 == 0 && plan.b_ld % 32 == 0 && plan.c_ld % 32 == 0));
    CHECK((plan.a_offset % 32 == 0 && plan.b_offset % 32 == 0 && plan.c_offset % 32 == 0));
    CHECK((plan.a_ld >= 2 * plan.block_k && plan.b_ld >= 2 * plan.block_n &&
           plan.c_ld >= 4 * plan.block_n));
    CHECK(end_of(plan.c_offset, plan.block_m, plan.c_ld) <= plan.a_offset);
    CHECK(end_of(plan.a_offset, plan.block_m, plan.a_ld) <= plan.b_offset);
    CHECK(end_of(plan.b_offset, plan.block_k, plan.b_ld) <= l1_bytes / 2 / 32 * 32);
}

// A product in memory with what it should give.
struct Problem {
    std::uint32_t m, n, k;
    bool a_transposed, b_transposed;
    std::vector<std::uint16_t> a, b;
    std::vector<float> c, expected;

    Problem(std::mt19937_64& random, std::uint32_t most) {
        const auto size = [&] { return static_cast<std::uint32_t>(random() % (most + 1)); };
        m = size();
        n = size();
        k = size();
        a_transposed = random() % 2 != 0;
        b_transposed = random() % 2 != 0;
        const auto number = [&] {  // sums of these round
            return numerics::bf16_from_fp32(static_cast<float>(random() % 2000) / 512.0f - 2.0f);
        };
        a.resize(std::size_t{m} * k);
        b.resize(std::size_t{k} * n);
        c.assign(std::size_t{m} * n, -99.0f);
        expected = c;
        std::vector<std::uint16_t> plain_a(a.size());
        std::vector<std::uint16_t> plain_b(b.size());
        for (std::uint32_t row = 0; row < m; ++row) {
            for (std::uint32_t i = 0; i < k; ++i) {
                plain_a[row * k + i] = a[a_transposed ? i * m + row : row * k + i] = number();
            }
        }
        for (std::uint32_t i = 0; i < k; ++i) {
            for (std::uint32_t column = 0; column < n; ++column) {
                plain_b[i * n + column] = b[b_transposed ? column * k + i : i * n + column] =
                    number();
            }
        }
        numerics::GemmArgs args;
        args.m = m;
        args.n = n;
        args.k = k;
        args.a = {std::as_bytes(std::span(plain_a)), 2 * k, numerics::OperandFormat::Bf16};
        args.b = {std::as_bytes(std::span(plain_b)), 2 * n, numerics::OperandFormat::Bf16};
        args.c = {std::as_writable_bytes(std::span(expected)), 4 * n, numerics::ResultFormat::Fp32};
        numerics::gemm_reference(args);
    }

    [[nodiscard]] struct product request() {
        struct product wanted {};
        wanted.m = m;
        wanted.n = n;
        wanted.k = k;
        wanted.a = reinterpret_cast<std::uintptr_t>(a.data());
        wanted.a_ld = 2ull * (a_transposed ? m : k);
        wanted.a_transposed = a_transposed;
        wanted.b = reinterpret_cast<std::uintptr_t>(b.data());
        wanted.b_ld = 2ull * (b_transposed ? k : n);
        wanted.b_transposed = b_transposed;
        wanted.c = reinterpret_cast<std::uintptr_t>(c.data());
        wanted.c_ld = 4ull * n;
        return wanted;
    }
};

// One list of one to four products by a small ring and a small L1.
void run_list(std::uint64_t seed) {
    constexpr std::uint32_t kRingSize = 16;
    std::mt19937_64 random(seed);
    MockBus bus;
    const auto l1_bytes = static_cast<std::uint32_t>(4096 << random() % 4);
    RingDevice device(bus, l1_bytes, random());
    struct timer timer {};
    const timer_config clock{RingDevice::kClint, 0, 10'000'000};
    REQUIRE(timer_init(&timer, &clock) == RESULT_OK);
    std::vector<descriptor> memory(kRingSize);
    struct ring ring {};
    const ring_config ring_settings{RingDevice::kRegisters, 0, memory.data(), kRingSize, &timer};
    REQUIRE(ring_init(&ring, &ring_settings) == RESULT_OK);

    std::vector<Problem> problems;
    for (std::uint64_t left = random() % 4 + 1; left != 0; --left) {
        problems.emplace_back(random, 70u);
    }
    const product_config settings{
        &ring, reinterpret_cast<std::uintptr_t>(device.l1.data()), l1_bytes, 0, 0, 1, 2, 1'000'000,
        0};
    product_list list{};
    REQUIRE(product_list_init(&list, &settings) == RESULT_OK);
    for (Problem& problem : problems) {
        const struct product wanted = problem.request();
        REQUIRE(product_add(&list, &wanted) == RESULT_OK);
    }
    REQUIRE(product_finish(&list) == RESULT_OK);
    CHECK(device.conflicts.empty());
    CHECK(device.products == list.steps);
    for (const Problem& problem : problems) {
        CHECK(problem.c == problem.expected);
    }
}

}  // namespace

TEST_CASE("product: a plan fits half of L1 and covers the product", "[firmware]") {
    constexpr std::uint64_t kSeed = 4711;
    CAPTURE(kSeed);
    std::mt19937_64 random(kSeed);
    const auto size = [&] {
        return static_cast<std::uint32_t>(random() % (std::uint64_t{1} << random() % 14)) + 1;
    };
    for (unsigned round = 0; round < 5000; ++round) {
        struct product shape {};
        shape.m = size();
        shape.n = size();
        shape.k = size() - 1;
        const auto l1_bytes =
            static_cast<std::uint32_t>((2048u << random() % 11) + 32 * (random() % 3));
        product_plan plan{};
        CAPTURE(shape.m, shape.n, shape.k, l1_bytes);
        REQUIRE(product_make_plan(&shape, l1_bytes, &plan) == RESULT_OK);
        check_plan(plan, shape, l1_bytes);
    }
}

TEST_CASE("product: an L1 that holds no step is refused", "[firmware]") {
    struct product shape {};
    shape.m = shape.n = shape.k = 100;
    product_plan plan{};
    CHECK(product_make_plan(&shape, 1024, &plan) == RESULT_NO_MEMORY);
}

TEST_CASE("product: 1 MiB of L1 takes blocks of 256 x 256", "[firmware]") {
    struct product shape {};
    shape.m = shape.n = shape.k = 1000;
    product_plan plan{};
    REQUIRE(product_make_plan(&shape, 1 << 20, &plan) == RESULT_OK);
    CHECK(plan.block_m == 256);
    CHECK(plan.block_n == 256);
    CHECK(plan.block_k == 256);  // (512 - 256) KiB / (512 B of A + 512 B of B for each k)
}

TEST_CASE("product: every order that the list allows gives the contract's bits", "[firmware]") {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        run_list(seed);
    }
}

TEST_CASE("product: a list needs a ring, two semaphores and an L1", "[firmware]") {
    struct ring ring {};
    product_list list{};
    for (const product_config& settings : {product_config{nullptr, 0, 4096, 0, 0, 1, 2, 0, 0},
                                           product_config{&ring, 0, 4096, 0, 0, 1, 1, 0, 0},
                                           product_config{&ring, 0, 1000, 0, 0, 1, 2, 0, 0}}) {
        CHECK(product_list_init(&list, &settings) == RESULT_BAD_ARGUMENT);
    }
}
