// SPDX-License-Identifier: Apache-2.0
// Which cycles of a command the array takes from L1, block by block (docs/tile.md, "Who has L1
// when"): nothing but the command's fields decides.
#pragma once

#include <cstdint>

#include "tile/cycles.h"

namespace athena::tile {

/// Of a command that runs, so one with results. Time counts from its pop.
///
///   first fill   a line a cycle: C, scales, the first panel of A and B
///   frames       eight cycles each; a pass after the other, a block after the other
///   settling     eight cycles without a line
///   last drain   a line a cycle: C
class Schedule {
  public:
    Schedule() = default;
    Schedule(const Matmul& matmul, const Array& array);

    /// To the command's completion.
    [[nodiscard]] std::uint64_t total() const;

    /// Whether the array has L1 in this cycle.
    [[nodiscard]] bool uses_l1(std::uint64_t cycle) const;

  private:
    /// A pass of up to 1024 k of a block: the frames in which they are multiplied.
    struct Pass {
        bool is_last_block;
        bool is_last_pass;  ///< of its block
        std::uint64_t k;    ///< where it starts
        std::uint64_t move_lines;
    };

    [[nodiscard]] bool frames_use(std::uint64_t frame, std::uint64_t phase) const;
    [[nodiscard]] Pass pass_of(std::uint64_t block, std::uint64_t index) const;
    [[nodiscard]] std::uint64_t pass_frames(const Pass& pass) const;
    [[nodiscard]] std::uint64_t block_frames(std::uint64_t block) const;
    /// While the panel that starts at `k` is multiplied: lines of the one that follows.
    [[nodiscard]] std::uint64_t next_fill(const Pass& pass, std::uint64_t k) const;
    [[nodiscard]] std::uint64_t fill_lines(std::uint64_t k) const;

    std::uint64_t k_ = 0;
    bool transposed_a_ = false;
    bool transposed_b_ = false;
    std::uint64_t rows_ = 0;     ///< of a block
    std::uint64_t columns_ = 0;  ///< of a block
    std::uint64_t panel_ = 1;    ///< values of k
    std::uint64_t passes_ = 1;   ///< of a block
    std::uint64_t blocks_ = 0;
    std::uint64_t drain_ = 0;   ///< lines of C of a block
    std::uint64_t load_ = 0;    ///< the same if the command accumulates, else 0
    std::uint64_t scales_ = 0;  ///< lines of scales of a pass
    std::uint64_t first_ = 0;   ///< lines of the first fill
    std::uint64_t first_block_frames_ = 0;
    std::uint64_t inner_block_frames_ = 0;
    std::uint64_t frames_ = 0;  ///< of all blocks
};

}  // namespace athena::tile
