// SPDX-License-Identifier: Apache-2.0
// Products of the Verilated tile against numerics::gemm_reference, the whole of L1 compared, and
// their cycles against the formula of docs/tile.md.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "place.h"

namespace athena::rtl {
namespace {

Command place(TileBench& bench, std::uint32_t m, std::uint32_t n, std::uint32_t k, bool bf16,
              bool accumulate) {
    return placed(bench, {.m = m,
                          .n = n,
                          .k = k,
                          .c_format = bf16 ? ResultFormat::Bf16 : ResultFormat::Fp32,
                          .accumulate = accumulate});
}

void check(TileBench& bench, const Command& command) {
    (void)check_product(bench, command);
}

// ATHENA_SEED replays a failing run.
std::uint32_t seed() {
    const char* text = std::getenv("ATHENA_SEED");
    const std::uint32_t value = text != nullptr ? static_cast<std::uint32_t>(std::atoll(text)) : 1;
    return value;
}

TEST_CASE("rtl tile: products of all small shapes equal the reference in bits and cycles") {
    TileBench bench;
    for (const std::uint32_t m : {1U, 2U, 2 * kRows - 1, 2 * kRows, 2 * kRows + 1, 65U}) {
        for (const std::uint32_t n : {1U, 3U, 16U, 17U, 31U, 32U, 33U, 64U, 70U}) {
            for (const std::uint32_t k : {0U, 1U, 2U, 5U, 31U, 32U, 33U, 64U, 65U, 97U}) {
                const std::uint32_t mode = bench.draw(3);
                check(bench, place(bench, m, n, k, mode == 1, mode == 2));
            }
        }
    }
}

TEST_CASE("rtl tile: empty products write nothing") {
    TileBench bench;
    check(bench, place(bench, 0, 5, 7, false, false));
    check(bench, place(bench, 5, 0, 7, true, false));
    check(bench, place(bench, 0, 0, 0, false, true));
}

TEST_CASE("rtl tile: random shapes equal the reference in bits and cycles, ports stalling") {
    std::cout << "replay: ATHENA_SEED=" << seed()
              << " unit_rtl_products \"rtl tile: random shapes*\"\n";
    TileBench bench(seed());
    for (int i = 0; i < 60; ++i) {
        const auto size = [&](std::uint32_t limit) { return 1 + bench.draw(limit); };
        bench.stalls = Stalls::all(bench.draw(2) == 0 ? 0 : 50);
        const std::uint32_t mode = bench.draw(3);
        check(bench, place(bench, size(150), size(150), size(200), mode == 1, mode == 2));
    }
}

// Counters and addresses of blocks beyond what short sides reach: each side alone, nearly as long
// as L1 lets it be.
TEST_CASE("rtl tile: long sides equal the reference in bits and cycles") {
    struct Sides {
        std::uint32_t m, n, k;
    };
    TileBench bench(seed());
    for (const Sides& sides :
         {Sides{.m = 7'000, .n = 1, .k = 1}, Sides{.m = 1, .n = 4200 * 2 * kCols, .k = 1},
          Sides{.m = 1, .n = 1, .k = 140'000}}) {
        check(bench, placed(bench, {.m = sides.m,
                                    .n = sides.n,
                                    .k = sides.k,
                                    .a_format = OperandFormat::E4m3,
                                    .b_format = OperandFormat::E4m3,
                                    .c_format = ResultFormat::E4m3,
                                    .transpose_a = sides.m > 1,
                                    .transpose_b = sides.k > 1}));
    }
}

}  // namespace
}  // namespace athena::rtl
