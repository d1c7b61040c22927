// SPDX-License-Identifier: Apache-2.0
// Products of the Verilated tile against numerics::gemm_reference, the whole of L1 compared, and
// their cycles against the formula of docs/tile.md.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "command.h"
#include "regs/tile_regs.h"

namespace athena::rtl {
namespace {

namespace tile_regs = regs::tile;

// BF16 or FP32 of all classes: mostly of moderate size, so that sums neither vanish nor overflow.
std::uint16_t random_bf16(std::mt19937& random) {
    const auto bits = static_cast<std::uint16_t>(random());
    switch (random() % 32) {
        case 0:
            return static_cast<std::uint16_t>(bits & 0x8000);  // zero
        case 1:
            return static_cast<std::uint16_t>(bits & 0x807F);  // subnormal
        case 2:
            return bits;  // anything
        case 3:
            return static_cast<std::uint16_t>((bits & 0x8000) | 0x7F80 |  // infinite or NaN, rarely
                                              (random() % 64 == 0 ? bits & 0x7F : 0x7000));
        default:
            return static_cast<std::uint16_t>((bits & 0x807F) | (120 + random() % 16) << 7);
    }
}

void fill_bf16(TileBench& bench, std::uint32_t address, std::uint32_t rows, std::uint32_t columns,
               std::uint32_t ld) {
    for (std::uint32_t r = 0; r < rows; ++r) {
        for (std::uint32_t c = 0; c < columns; ++c) {
            const std::uint16_t value = random_bf16(bench.random);
            std::memcpy(&bench.l1()[address + std::size_t{r} * ld + c * 2], &value, 2);
        }
    }
}

void fill_fp32(TileBench& bench, std::uint32_t address, std::uint32_t rows, std::uint32_t columns,
               std::uint32_t ld) {
    for (std::uint32_t r = 0; r < rows; ++r) {
        for (std::uint32_t c = 0; c < columns; ++c) {
            const std::uint32_t value =
                std::uint32_t{random_bf16(bench.random)} << 16 | (bench.random() & 0xFFFF);
            std::memcpy(&bench.l1()[address + std::size_t{r} * ld + c * 4], &value, 4);
        }
    }
}

std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) {
    return (value + unit - 1) / unit * unit;
}

// Places the matrices one after another, with random gaps, and fills all of L1.
Command place(TileBench& bench, std::uint32_t m, std::uint32_t n, std::uint32_t k, bool bf16,
              bool accumulate) {
    auto& random = bench.random;
    for (std::size_t i = 0; i < kL1Bytes; i += 4) {
        const std::uint32_t value = static_cast<std::uint32_t>(random());
        std::memcpy(&bench.l1()[i], &value, 4);
    }
    Command command{.tag = static_cast<std::uint32_t>(random()),
                    .m = m,
                    .n = n,
                    .k = k,
                    .c_format = bf16 ? ResultFormat::Bf16 : ResultFormat::Fp32,
                    .accumulate = accumulate};
    const auto gap = [&] { return static_cast<std::uint32_t>(random() % 4) * 32; };
    command.a_ld = round_up(k * 2, 32) + gap();
    command.b_ld = round_up(n * 2, 32) + gap();
    command.c_ld = round_up(n * (bf16 ? 2 : 4), 32) + gap();
    command.a = gap();
    command.b = round_up(command.a + command.a_ld * m, 32) + gap();
    command.c = round_up(command.b + command.b_ld * k, 32) + gap();
    REQUIRE(command.c + std::size_t{command.c_ld} * m <= kL1Bytes);
    fill_bf16(bench, command.a, m, k, command.a_ld);
    fill_bf16(bench, command.b, k, n, command.b_ld);
    if (accumulate) {
        fill_fp32(bench, command.c, m, n, command.c_ld);
    }
    return command;
}

void check(TileBench& bench, const Command& command) {
    INFO("m " << command.m << " n " << command.n << " k " << command.k << " c_format "
              << static_cast<int>(command.c_format) << " accumulate " << command.accumulate);
    std::vector<std::byte> expected(bench.l1().begin(), bench.l1().end());
    multiply_by_reference(command, expected);
    bench.records.clear();
    REQUIRE(bench.push(line_of(command)));
    REQUIRE(bench.drain());
    REQUIRE(bench.records == std::vector<Record>{{command.tag, 0}});
    const auto difference = std::mismatch(expected.begin(), expected.end(), bench.l1().begin());
    if (difference.first != expected.end()) {
        FAIL("first difference at byte " << difference.first - expected.begin() << ", C at "
                                         << command.c << " ld " << command.c_ld);
    }
    CHECK(bench.register_value(tile_regs::kCommandCyclesOffset) == expected_cycles(command));
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

TEST_CASE("rtl tile: a large product keeps the array busy") {
    TileBench bench;
    const Command command = place(bench, 256, 256, 256, false, false);
    check(bench, command);
    const double busy = 256.0 * 256.0 * 256.0 / (kRows * kCols) /
                        static_cast<double>(bench.register_value(tile_regs::kCommandCyclesOffset));
    CHECK(busy >= 0.98);
    const Command more = place(bench, 256, 256, 256, false, true);
    check(bench, more);
    const double busy_accumulating =
        256.0 * 256.0 * 256.0 / (kRows * kCols) /
        static_cast<double>(bench.register_value(tile_regs::kCommandCyclesOffset));
    CHECK(busy_accumulating >= 0.97);
}

}  // namespace
}  // namespace athena::rtl
