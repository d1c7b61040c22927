// SPDX-License-Identifier: Apache-2.0
// How many cycles of the tile's clock commands and accesses take: closed formulas in the command's
// fields and layout (docs/tile.md, DESIGN section 5).
#pragma once

#include <algorithm>
#include <cstdint>

#include "tile/matmul.h"

namespace athena::tile {

/// Accesses of the port while nothing makes it wait: from the access's instant to the handshake of
/// the last response beat.
inline constexpr std::uint64_t kReadCycles = 4;   ///< and one more for each further beat
inline constexpr std::uint64_t kWriteCycles = 3;  ///< and one more for each further beat
/// From the cycle in which a write of registers or queue shows to its response's handshake.
inline constexpr std::uint64_t kWriteResponseCycles = 1;
/// From an access's instant to the cycle whose state a register read gives.
inline constexpr std::uint64_t kReadSampleCycles = 1;

/// From the cycle in which a command shows in the queue of an idle tile to its pop.
inline constexpr std::uint64_t kQueueCycles = 1;
/// From the access that pushes a command into the queue of an idle tile to its pop.
inline constexpr std::uint64_t kPopCycles = kWriteCycles - kWriteResponseCycles + kQueueCycles;
/// From a completion record to the pop of the next command.
inline constexpr std::uint64_t kNextPopCycles = 0;
/// From queue pop to completion record of a command that has nothing to write.
inline constexpr std::uint64_t kCheckCycles = 6;

struct Array {
    std::uint64_t rows = 16;
    std::uint64_t columns = 16;
};

[[nodiscard]] constexpr std::uint64_t divide_up(std::uint64_t total, std::uint64_t part) {
    return (total + part - 1) / part;
}

/// Cycles from queue pop to completion record (docs/tile.md derives them). Time is cut into frames
/// of 8 cycles; a block of C is (2 · rows) x (2 · columns) outputs, and those at C's edges take as
/// long as whole ones.
class CommandCycles {
  public:
    constexpr CommandCycles(const Matmul& matmul, const Array& array)
        : k_(matmul.k()),
          block_rows_(2 * array.rows),
          panel_(std::max<std::uint64_t>(4 * std::max(array.rows, array.columns), 64) / 2),
          blocks_(divide_up(matmul.m(), block_rows_) * divide_up(matmul.n(), 2 * array.columns)),
          drain_lines_(block_rows_ *
                       divide_up(2 * array.columns * matmul.c.element_bytes, 2 * panel_)),
          load_lines_(matmul.accumulate ? drain_lines_ : 0) {}

    [[nodiscard]] constexpr std::uint64_t total() const {
        if (blocks_ == 0) {
            return kCheckCycles;
        }
        const std::uint64_t inner = std::min<std::uint64_t>(blocks_ - 1, 2);
        std::uint64_t frames = first_frames() + block_frames(blocks_ - 1);
        if (inner > 0) {
            frames += block_frames(0);
        }
        if (inner > 1) {
            frames += (blocks_ - 2) * block_frames(1);
        }
        const std::uint64_t last = drain_lines_ - 1;
        return kAround + kFrame * (frames + 1) + last / kLines * kFrame + last % kLines;
    }

  private:
    static constexpr std::uint64_t kFrame = 8;  // cycles
    static constexpr std::uint64_t kLines = 7;  // of L1 in a frame with nothing to multiply
    static constexpr std::uint64_t kMoves = 3;  // lines of C in a frame with products
    static constexpr std::uint64_t kAround = 10;

    // The first block's C and its first panel of A.
    [[nodiscard]] constexpr std::uint64_t first_frames() const {
        const std::uint64_t lines = load_lines_ + (k_ == 0 ? 0 : block_rows_);
        return std::max<std::uint64_t>(1, divide_up(lines, kLines));
    }

    [[nodiscard]] constexpr std::uint64_t block_frames(std::uint64_t block) const {
        const bool is_last = block == blocks_ - 1;
        const std::uint64_t moves = (block == 0 ? 0 : drain_lines_) + (is_last ? 0 : load_lines_);
        const std::uint64_t move_frames = moves == 0 ? 1 : 1 + divide_up(moves, kMoves);
        return std::max(move_frames, multiply_frames(is_last));
    }

    // Two k a frame; a panel of A is filled in the two slots that they leave, and in theirs
    // once they are used up.
    [[nodiscard]] constexpr std::uint64_t multiply_frames(bool is_last) const {
        if (k_ == 0) {
            return 0;
        }
        const std::uint64_t whole = (k_ - 1) / panel_;
        const std::uint64_t rest = k_ - whole * panel_;
        const std::uint64_t fill = divide_up(block_rows_ + rest, 4);
        const std::uint64_t whole_frames = std::max(panel_ / 2, divide_up(block_rows_ + panel_, 4));
        return whole * whole_frames +
               std::max(divide_up(rest, 2), is_last ? std::uint64_t{0} : fill);
    }

    std::uint64_t k_;
    std::uint64_t block_rows_;
    std::uint64_t panel_;  // k of a panel of A: a line of L1
    std::uint64_t blocks_;
    std::uint64_t drain_lines_;
    std::uint64_t load_lines_;
};

[[nodiscard]] constexpr std::uint64_t command_cycles(const Matmul& matmul, const Array& array) {
    return CommandCycles(matmul, array).total();
}

}  // namespace athena::tile
