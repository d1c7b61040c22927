// SPDX-License-Identifier: Apache-2.0
// The schedule by the numbers of docs/tile.md: where a command's lines lie, and how many there are.
#include "tile/schedule.h"

#include <catch2/catch.hpp>

#include "matmul_line.h"

using namespace athena;

namespace {

struct Lines {
    std::uint64_t total = 0;
    std::uint64_t first = ~std::uint64_t{0};  // cycle of the first and of the last line
    std::uint64_t last = 0;
};

Lines lines_of(const tile::Schedule& schedule) {
    Lines lines;
    for (std::uint64_t cycle = 0; cycle <= schedule.total() + 8; ++cycle) {
        if (schedule.uses_l1(cycle)) {
            ++lines.total;
            lines.first = std::min(lines.first, cycle);
            lines.last = cycle;
        }
    }
    return lines;
}

tile::Matmul matmul(std::uint32_t m, std::uint32_t n, std::uint32_t k, unsigned mode = 0) {
    test::MatmulFields fields{.m = m, .n = n, .k = k, .b = 0x4'0000, .c = 0x8'0000};
    fields.a_ld = static_cast<std::uint16_t>((k * 2 + 31) / 32);
    fields.b_ld = static_cast<std::uint16_t>((n * 2 + 31) / 32);
    fields.c_ld = static_cast<std::uint16_t>((n * 4 + 31) / 32);
    fields.mode = static_cast<std::uint16_t>(mode);
    const auto decoded = tile::decode_matmul(test::matmul_line(fields), 1 << 20);
    REQUIRE(decoded.status == tile::Status::Ok);
    return decoded.matmul;
}

}  // namespace

TEST_CASE("schedule: lines of a command, from the fourth cycle to the one before completion") {
    struct Row {
        tile::Matmul matmul;
        std::uint64_t lines;
    };
    const Row table[] = {
        // A panel of A and B, C.
        {matmul(1, 1, 1), 33 + 64},
        {matmul(32, 32, 32), 64 + 64},
        // A second panel of one k: a line of B.
        {matmul(32, 32, 33), 64 + 33 + 64},
        {matmul(32, 32, 32, test::kAccumulate), 64 + 64 + 64},
        // Two blocks.
        {matmul(33, 32, 32, test::kAccumulate), 2 * (64 + 64 + 64)},
        {matmul(32, 32, 2048), 64 * 64 + 64},
    };
    for (const Row& row : table) {
        CAPTURE(row.matmul.m(), row.matmul.n(), row.matmul.k);
        const tile::Schedule schedule(row.matmul, {});
        const Lines lines = lines_of(schedule);
        CHECK(lines.total == row.lines);
        CHECK(lines.first == 4);
        CHECK(lines.last == schedule.total() - 1);
    }
}

TEST_CASE("schedule: the port has every eighth cycle of the frames") {
    const tile::Schedule schedule(matmul(96, 96, 64, test::kAccumulate), {});
    const std::uint64_t first = 64 + 64;
    unsigned run = 0;
    for (std::uint64_t cycle = 4 + first; cycle < schedule.total() - 64; ++cycle) {
        run = schedule.uses_l1(cycle) ? run + 1 : 0;
        CHECK(run <= 7);
    }
}

TEST_CASE("schedule: its length is that of the closed formula") {
    for (const std::uint64_t side : {4, 8, 16, 32}) {
        for (const std::uint32_t m : {1, 8, 33, 64, 129}) {
            for (const std::uint32_t k : {0, 1, 7, 31, 32, 33, 64, 65, 200, 1024, 1025}) {
                for (const unsigned mode : {0U, unsigned{test::kAccumulate}, unsigned{test::kCBf16},
                                            unsigned{test::kCE4m3}}) {
                    const tile::Array array{.rows = side, .columns = 48 - side > 32 ? 32 : side};
                    const tile::Matmul command = matmul(m, 40, k, mode);
                    CAPTURE(m, k, mode, side);
                    CHECK(tile::Schedule(command, array).total() ==
                          tile::command_cycles(command, array));
                }
            }
        }
    }
}
