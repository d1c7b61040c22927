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

/// The line at the queue's head is checked while the command before it runs.
inline constexpr std::uint64_t kCheckCycles = 7;
/// From the cycle in which a line shows at the queue's head of a tile in which nothing runs to its
/// command's first cycle, the one after its pop.
inline constexpr std::uint64_t kStartCycles = kCheckCycles + 1;
/// From the access that pushes a command into the queue of an idle tile to its first cycle.
inline constexpr std::uint64_t kPopCycles = kWriteCycles - kWriteResponseCycles + kStartCycles;
/// From queue pop to completion of a command that is refused, aborted, or without results.
inline constexpr std::uint64_t kNothingCycles = 1;

struct Array {
    std::uint64_t rows = 16;
    std::uint64_t columns = 16;

    /// Bytes that a feed takes of a line of L1: elements or scales.
    [[nodiscard]] constexpr std::uint64_t feed() const {
        return std::max<std::uint64_t>(64, 4 * std::max(rows, columns));
    }
    /// Values of k that a feed holds twice.
    [[nodiscard]] constexpr std::uint64_t panel() const { return feed() / 2; }
    /// Bytes of L1 in a cycle: C, which grows with the area, takes all of them.
    [[nodiscard]] constexpr std::uint64_t line() const {
        return std::max(feed(), rows * columns / 4);
    }
};

[[nodiscard]] constexpr std::uint64_t divide_up(std::uint64_t total, std::uint64_t part) {
    return (total + part - 1) / part;
}

/// Lines of L1 that the parts of a command take, and the cycles from its pop to its completion
/// (docs/tile.md derives them). Blocks and panels at the edges take as long as whole ones; time
/// between the first fill and the last drain is cut into frames of 8 cycles.
class CommandCycles {
  public:
    constexpr CommandCycles(const Matmul& matmul, const Array& array)
        : k_(matmul.k),
          rows_(2 * array.rows),
          columns_(2 * array.columns),
          feed_(array.feed()),
          panel_(array.panel()),
          blocks_(divide_up(matmul.m(), rows_) * divide_up(matmul.n(), columns_)),
          drain_(rows_ * divide_up(columns_ * matmul.c.element_bytes(), array.line())),
          load_(matmul.accumulate ? drain_ : 0),
          scales_(scale_lines(matmul.a, rows_) + scale_lines(matmul.b, columns_)),
          fill_(fill_lines(matmul)) {}

    [[nodiscard]] constexpr std::uint64_t total() const {
        if (blocks_ == 0) {
            return kNothingCycles;
        }
        const std::uint64_t first = std::max<std::uint64_t>(1, load_ + scales_ + fill_);
        std::uint64_t frames = block_frames(true, blocks_ == 1);
        if (blocks_ > 1) {
            frames += (blocks_ - 2) * block_frames(false, false) + block_frames(false, true);
        }
        return kAround + first + kFrame * frames + drain_;
    }

  private:
    static constexpr std::uint64_t kPass = 1024;  // k between two loads of scales
    static constexpr std::uint64_t kFrame = 8;    // cycles: two k, four lines of the next panel,
    static constexpr std::uint64_t kMoves = 3;    // three of C or scales, one for the port
    static constexpr std::uint64_t kFills = 4;
    static constexpr std::uint64_t kAround = 12;    // set-up and the pipeline's depth
    static constexpr std::uint64_t kScaleRow = 32;  // bytes: 1024 k

    // One pass's scales: of 32 · 32 k, so that rows that follow each other share lines.
    [[nodiscard]] constexpr std::uint64_t scale_lines(const Operand& operand,
                                                      std::uint64_t lanes) const {
        if (k_ == 0 || !numerics::has_scales(operand.format)) {
            return 0;
        }
        return operand.scales.ld == kScaleRow ? divide_up(lanes * kScaleRow, feed_) : lanes;
    }

    // A block's first panels of A and B. What lies along k takes a line for each row or column,
    // the other a line for each k.
    [[nodiscard]] constexpr std::uint64_t fill_lines(const Matmul& matmul) const {
        const std::uint64_t start = std::min(k_, panel_);
        return k_ == 0 ? 0
                       : (matmul.a.transposed ? start : rows_) +
                             (matmul.b.transposed ? columns_ : start);
    }

    [[nodiscard]] constexpr std::uint64_t block_frames(bool is_first, bool is_last) const {
        const std::uint64_t passes = std::max<std::uint64_t>(1, divide_up(k_, kPass));
        std::uint64_t moves = is_last ? 0 : scales_;
        if (passes == 1) {
            moves += (is_first ? 0 : drain_) + (is_last ? 0 : load_);
        }
        const std::uint64_t move_frames = moves == 0 ? 1 : 1 + divide_up(moves, kMoves);
        return (passes - 1) * (kPass / 2) +
               std::max(move_frames, multiply_frames(k_ - (passes - 1) * kPass, is_last));
    }

    // Two k a frame; while the last panel of the block is multiplied the next block's first is
    // filled.
    [[nodiscard]] constexpr std::uint64_t multiply_frames(std::uint64_t k, bool is_last) const {
        const std::uint64_t whole = k == 0 ? 0 : (k - 1) / panel_;
        const std::uint64_t rest = k - whole * panel_;
        return whole * (panel_ / 2) +
               std::max(divide_up(rest, 2), is_last ? 0 : divide_up(fill_, kFills));
    }

    std::uint64_t k_;
    std::uint64_t rows_;     // of a block of C
    std::uint64_t columns_;  // of a block of C
    std::uint64_t feed_;     // bytes of a line of operands
    std::uint64_t panel_;    // k of a panel
    std::uint64_t blocks_;
    std::uint64_t drain_;   // lines of a block of C
    std::uint64_t load_;    // lines of a block of C, where it is started from
    std::uint64_t scales_;  // lines
    std::uint64_t fill_;    // lines
};

[[nodiscard]] constexpr std::uint64_t command_cycles(const Matmul& matmul, const Array& array) {
    return CommandCycles(matmul, array).total();
}

}  // namespace athena::tile
