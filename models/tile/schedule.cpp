// SPDX-License-Identifier: Apache-2.0
#include "tile/schedule.h"

#include <algorithm>

namespace athena::tile {

namespace {

constexpr std::uint64_t kPass = 1024;  // k between two loads of scales
constexpr std::uint64_t kFrame = 8;    // cycles
constexpr std::uint64_t kFills = 4;    // of a frame, phases 0, 2, 4, 6: lines of the next panel
constexpr std::uint64_t kMoves = 3;    // of a frame, phases 1, 3, 5: lines of C and of scales
constexpr std::uint64_t kPortPhase = 7;
constexpr std::uint64_t kSetUp = 2;   // cycles from the pop to the first slot
constexpr std::uint64_t kToL1 = 2;    // cycles from a slot to L1
constexpr std::uint64_t kSettle = 8;  // cycles from the last frame to the first line of the drain
constexpr std::uint64_t kScaleRow = 32;  // bytes: 1024 k

}  // namespace

Schedule::Schedule(const Matmul& matmul, const Array& array)
    : k_(matmul.k),
      transposed_a_(matmul.a.transposed),
      transposed_b_(matmul.b.transposed),
      rows_(2 * array.rows),
      columns_(2 * array.columns) {
    panel_ = array.panel();
    passes_ = std::max<std::uint64_t>(1, divide_up(k_, kPass));
    blocks_ = divide_up(matmul.m(), rows_) * divide_up(matmul.n(), columns_);
    drain_ = rows_ * divide_up(columns_ * matmul.c.element_bytes(), array.line());
    load_ = matmul.accumulate ? drain_ : 0;
    // Scales whose rows follow each other share lines.
    const auto scale_lines = [&](const Operand& operand, std::uint64_t lanes) {
        const bool has = k_ != 0 && numerics::has_scales(operand.format);
        return !has                             ? 0
               : operand.scales.ld == kScaleRow ? divide_up(lanes * kScaleRow, array.feed())
                                                : lanes;
    };
    scales_ = scale_lines(matmul.a, rows_) + scale_lines(matmul.b, columns_);
    first_ = load_ + scales_ + fill_lines(std::min(k_, panel_));
    if (blocks_ != 0) {
        first_block_frames_ = block_frames(0);
        inner_block_frames_ = blocks_ > 2 ? block_frames(1) : 0;
        frames_ =
            first_block_frames_ +
            (blocks_ > 1 ? (blocks_ - 2) * inner_block_frames_ + block_frames(blocks_ - 1) : 0);
    }
}

// What lies along k takes a line for each row of A or column of B, the other a line for each k.
std::uint64_t Schedule::fill_lines(std::uint64_t k) const {
    return k == 0 ? 0 : (transposed_a_ ? k : rows_) + (transposed_b_ ? columns_ : k);
}

Schedule::Pass Schedule::pass_of(std::uint64_t block, std::uint64_t index) const {
    Pass pass{.is_last_block = block + 1 == blocks_,
              .is_last_pass = index + 1 == passes_,
              .k = index * kPass,
              .move_lines = 0};
    if (index == 0) {
        pass.move_lines = (block == 0 ? 0 : drain_) + (pass.is_last_block ? 0 : load_);
    }
    if (!pass.is_last_pass || !pass.is_last_block) {
        pass.move_lines += scales_;
    }
    return pass;
}

std::uint64_t Schedule::next_fill(const Pass& pass, std::uint64_t k) const {
    const std::uint64_t next = k + panel_;
    if (next < k_) {
        return fill_lines(std::min(panel_, k_ - next));
    }
    return pass.is_last_block ? 0 : fill_lines(std::min(panel_, k_));
}

// Two k a frame. The last panel of a block waits for the next block's first, and for the lines that
// are moved meanwhile, from the second frame of the pass on.
std::uint64_t Schedule::pass_frames(const Pass& pass) const {
    if (!pass.is_last_pass) {
        return kPass / 2;
    }
    const std::uint64_t k = k_ - pass.k;
    const std::uint64_t whole = k == 0 ? 0 : (k - 1) / panel_;
    const std::uint64_t rest = k - whole * panel_;
    const std::uint64_t fill = next_fill(pass, pass.k + whole * panel_);
    const std::uint64_t multiply =
        whole * panel_ / 2 + std::max(divide_up(rest, 2), divide_up(fill, kFills));
    const std::uint64_t move = pass.move_lines == 0 ? 1 : 1 + divide_up(pass.move_lines, kMoves);
    return std::max(multiply, move);
}

std::uint64_t Schedule::block_frames(std::uint64_t block) const {
    return (passes_ - 1) * (kPass / 2) + pass_frames(pass_of(block, passes_ - 1));
}

std::uint64_t Schedule::total() const {
    const std::uint64_t first = std::max<std::uint64_t>(1, first_);
    return kSetUp + first + kFrame * frames_ + kSettle + drain_ + kToL1;
}

bool Schedule::uses_l1(std::uint64_t cycle) const {
    if (cycle < kSetUp + kToL1) {
        return false;
    }
    std::uint64_t slot = cycle - kSetUp - kToL1;
    const std::uint64_t first = std::max<std::uint64_t>(1, first_);
    if (slot < first) {
        return slot < first_;
    }
    slot -= first;
    if (slot < kFrame * frames_) {
        return frames_use(slot / kFrame, slot % kFrame);
    }
    slot -= kFrame * frames_;
    return slot >= kSettle && slot < kSettle + drain_;
}

bool Schedule::frames_use(std::uint64_t frame, std::uint64_t phase) const {
    if (phase == kPortPhase) {
        return false;
    }
    std::uint64_t block = 0;
    if (frame >= first_block_frames_) {
        frame -= first_block_frames_;
        const std::uint64_t inner =
            inner_block_frames_ == 0 ? 0 : std::min(frame / inner_block_frames_, blocks_ - 2);
        block = 1 + inner;
        frame -= inner * inner_block_frames_;
    }
    const std::uint64_t index = std::min(frame / (kPass / 2), passes_ - 1);
    const Pass pass = pass_of(block, index);
    frame -= index * (kPass / 2);
    if (phase % 2 != 0) {
        return frame != 0 && (frame - 1) * kMoves + phase / 2 < pass.move_lines;
    }
    // Panels take panel_ / 2 frames each, but the block's last one takes what is left.
    const std::uint64_t end = std::min(k_, pass.k + kPass);
    const std::uint64_t last = end <= pass.k ? 0 : (end - pass.k - 1) / panel_;
    const std::uint64_t panel = std::min(frame / (panel_ / 2), last);
    frame -= panel * (panel_ / 2);
    return frame * kFills + phase / 2 < next_fill(pass, pass.k + panel * panel_);
}

}  // namespace athena::tile
