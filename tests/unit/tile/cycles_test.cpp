// SPDX-License-Identifier: Apache-2.0
#include "tile/cycles.h"

#include <catch2/catch.hpp>

#include "matmul_line.h"

using namespace athena;
using test::matmul_line;
using test::MatmulFields;
using tile::Status;

TEST_CASE("cycles of a command, by the frames of docs/tile.md") {
    struct Row {
        MatmulFields fields;
        std::uint64_t cycles;
    };
    const auto shape = [](std::uint32_t m, std::uint32_t n, std::uint32_t k, unsigned mode = 0) {
        MatmulFields fields{.m = m, .n = n, .k = k, .a = 0, .b = 0x4'0000, .c = 0x8'0000};
        fields.a_ld = static_cast<std::uint16_t>((k * 2 + 31) / 32);
        fields.b_ld = static_cast<std::uint16_t>((n * 2 + 31) / 32);
        fields.c_ld = static_cast<std::uint16_t>((n * 4 + 31) / 32);
        fields.mode = static_cast<std::uint16_t>(mode);
        return fields;
    };
    // 12 cycles around; lines before the first product: C, scales, panels of A and B; frames of 8;
    // the last block's drain.
    const auto mx = [&](std::uint16_t scale_ld, std::uint32_t n) {
        MatmulFields fields =
            shape(32, n, 32, test::a_format(3) | test::b_format(8) | test::kTransposeB);
        fields.b_ld = 2;
        fields.a_scale = 0xC'0000;
        fields.b_scale = 0xE'0000;
        fields.a_scale_ld = fields.b_scale_ld = scale_ld;
        return fields;
    };
    const auto transposed = [&](std::uint32_t k, unsigned mode) {
        MatmulFields fields = shape(32, 32, k, mode);
        fields.a_ld = fields.b_ld = 2;
        return fields;
    };
    const Row table[] = {
        // Nothing to write.
        {shape(0, 5, 5), 1},
        {shape(5, 0, 5), 1},
        // 32 rows of A and a k of B; K 1: a frame; 32 rows of C in 2 lines each.
        {shape(1, 1, 1), 12 + 33 + 8 * 1 + 64},
        // The edges cost what a whole block does; K 32: 16 frames.
        {shape(32, 32, 32), 12 + 64 + 8 * 16 + 64},
        // BF16 and FP8 drain 32 lines.
        {shape(32, 32, 32, test::kCBf16), 12 + 64 + 8 * 16 + 32},
        {shape(32, 32, 32, test::kCE4m3), 12 + 64 + 8 * 16 + 32},
        // K 33: 16 frames and then 1.
        {shape(32, 32, 33), 12 + 64 + 8 * 17 + 64},
        // K 0 reads no operands.
        {shape(3, 3, 0), 12 + 1 + 8 * 1 + 64},
        // Accumulating loads 64 lines before.
        {shape(8, 8, 8, test::kAccumulate), 12 + 64 + 40 + 8 * 4 + 64},
        {shape(8, 8, 0, test::kAccumulate), 12 + 64 + 8 * 1 + 64},
        // Transposed: a line a k of A, a line a column of B.
        {transposed(8, test::kTransposeA), 12 + 16 + 8 * 4 + 64},
        {transposed(8, test::kTransposeB), 12 + 64 + 8 * 4 + 64},
        {transposed(8, test::kTransposeA | test::kTransposeB), 12 + 40 + 8 * 4 + 64},
        // Two blocks, K 64: 32 frames each. K 8: the first one fills the next panels, 40 / 4 = 10
        // frames; the second drains the first, 1 + 64 / 3 = 23.
        {shape(32, 64, 64), 12 + 64 + 8 * (32 + 32) + 64},
        {shape(64, 32, 8), 12 + 40 + 8 * (10 + 23) + 64},
        // Three blocks, accumulating, K 8: load 1 + 22, drain and load 1 + 128 / 3 = 44, drain 23.
        {shape(96, 32, 8, test::kAccumulate), 12 + 64 + 40 + 8 * (23 + 44 + 23) + 64},
        // Scales: of two rows in a line, or of one. Between blocks 16 or 11 + 1, 22 + 1 frames;
        // then the drain.
        {mx(1, 32), 12 + 32 + 64 + 8 * 16 + 64},
        {mx(2, 32), 12 + 64 + 64 + 8 * 16 + 64},
        {mx(1, 64), 12 + 32 + 64 + 8 * (16 + 23) + 64},
        {mx(2, 64), 12 + 64 + 64 + 8 * (23 + 23) + 64},
        // K 1025: a pass of 1024 and a frame.
        {shape(2, 2, 1025), 12 + 64 + 8 * (512 + 1) + 64},
        // 64 blocks of 256 k: 128 frames each.
        {shape(256, 256, 256), 12 + 64 + 8 * 64 * 128 + 64},
    };
    for (const Row& row : table) {
        CAPTURE(row.fields.m, row.fields.n, row.fields.k, row.fields.mode);
        const auto decoded = tile::decode_matmul(matmul_line(row.fields), 1 << 20);
        REQUIRE(decoded.status == Status::Ok);
        CHECK(tile::command_cycles(decoded.matmul, {}) == row.cycles);
    }
}

TEST_CASE("cycles of 256 x 256 x 256 on an array of 32 x 32, whose lines of C are longer") {
    MatmulFields fields{.m = 256, .n = 256, .k = 256, .a = 0, .b = 0x2'0000, .c = 0x4'0000};
    fields.a_ld = fields.b_ld = 4;
    fields.c_ld = 32;
    fields.a_scale = 0x8'0000;
    fields.b_scale = 0x8'4000;
    // 16 blocks of 128 frames; lines of 256 bytes of C, of 128 bytes of scales.
    constexpr std::uint64_t kFrames = 8 * 16 * 128;
    constexpr std::uint64_t kC = 64;
    struct Row {
        std::uint16_t scale_ld;
        unsigned mode;
        std::uint64_t cycles;
    };
    const Row table[] = {
        {1, 0, 12 + (16 + 16) + 128 + kFrames + kC},
        {1, test::kAccumulate, 12 + kC + (16 + 16) + 128 + kFrames + kC},
        {2, 0, 12 + (64 + 64) + 128 + kFrames + kC},
        {2, test::kAccumulate, 12 + kC + (64 + 64) + 128 + kFrames + kC},
    };
    for (const Row& row : table) {
        CAPTURE(row.scale_ld, row.mode);
        fields.a_scale_ld = fields.b_scale_ld = row.scale_ld;
        fields.mode = static_cast<std::uint16_t>(test::a_format(7) | test::b_format(7) |
                                                 test::kTransposeB | row.mode);
        const auto decoded = tile::decode_matmul(matmul_line(fields), 1 << 20);
        REQUIRE(decoded.status == Status::Ok);
        CHECK(tile::command_cycles(decoded.matmul, {.rows = 32, .columns = 32}) == row.cycles);
    }
}
