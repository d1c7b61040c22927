// SPDX-License-Identifier: Apache-2.0
// A tile that compares RTL and model, with a product of ones at hand, and its RTL made wrong behind
// the model's back.
#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "tile/tile_ports.h"
#include "unit/tile/matmul_line.h"

namespace athena::test {

inline constexpr MatmulFields kFields{.m = 4,
                                      .n = 8,
                                      .k = 16,
                                      .b = 0x1'0000,
                                      .c = 0x2'0000,
                                      .a_ld = 1,
                                      .b_ld = 1,
                                      .c_ld = 2,
                                      .tag = 21};

template <typename Tile>
struct LockstepBench {
    LockstepBench() {
        tile.reset(0);
        std::vector<std::byte> ones(0x800);
        for (std::size_t i = 0; i < ones.size(); i += 2) {
            const std::uint16_t one = 0x3F80;
            std::memcpy(&ones[i], &one, 2);
        }
        tile.poke(0, ones);
        tile.poke(0x1'0000, ones);
    }
    // Changes the RTL only.
    void spoil(std::uint64_t offset) {
        std::byte byte{};
        tile.peek(offset, std::span(&byte, 1));
        byte ^= std::byte{0x04};
        tile.poke_rtl(offset, std::span(&byte, 1));
    }
    void push(std::uint64_t cycle, const MatmulFields& fields) {
        auto line = matmul_line(fields);
        tile.access(cycle, {tile::kQueueWindow, true, line});
    }
    void run() {
        while (tile.next_output()) {
            tile.advance(*tile.next_output() + 1000);
            outputs += tile.outputs().size();
            tile.outputs().clear();
        }
    }
    Tile tile;
    std::size_t outputs = 0;
};

}  // namespace athena::test
