// SPDX-License-Identifier: Apache-2.0
#include "dma/order.h"

#include <cstring>

namespace athena::dma {

namespace {

std::uint64_t strides(std::uint64_t count, std::int64_t stride) {
    return count * static_cast<std::uint64_t>(stride);
}

/// `columns` rows of `rows` elements from `rows` rows of `columns`.
template <std::size_t kSize>
void turn_elements(std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t rows,
                   std::uint64_t columns) {
    for (std::uint64_t c = 0; c < columns; ++c) {
        for (std::uint64_t r = 0; r < rows; ++r) {
            std::memcpy(&to[(c * rows + r) * kSize], &from[(r * columns + c) * kSize], kSize);
        }
    }
}

}  // namespace

void turn(std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t rows,
          std::uint64_t columns, std::uint64_t size) {
    switch (size) {
        case 1:
            return turn_elements<1>(from, to, rows, columns);
        case 2:
            return turn_elements<2>(from, to, rows, columns);
        case 4:
            return turn_elements<4>(from, to, rows, columns);
        default:
            return turn_elements<8>(from, to, rows, columns);
    }
}

Pieces::Pieces(const Transfer& transfer, std::uint64_t burst_bytes)
    : transfer_(&transfer),
      burst_bytes_(burst_bytes),
      done_(transfer.empty()),
      from_(transfer.source),
      to_(transfer.destination) {}

Piece Pieces::next() {
    return transfer_->transpose ? square() : burst_of_row();
}

// Cut at the source's boundaries; of FILL, which has none, at the destination's.
Piece Pieces::burst_of_row() {
    const Transfer& t = *transfer_;
    const std::uint64_t row_bytes = std::uint64_t{t.columns} * t.element_bytes;
    const std::uint64_t source = from_ + strides(row_, t.source_stride) + column_;
    const std::uint64_t destination = to_ + strides(row_, t.destination_stride) + column_;
    const std::uint64_t cut = (t.fills() ? destination : source) % burst_bytes_;
    const std::uint64_t length = std::min(row_bytes - column_, burst_bytes_ - cut);
    Piece piece{{source, length, 1, 0}, {destination, length, 1, 0}, column_ % t.element_bytes};
    if (t.fills()) {
        piece.source = {};
    }
    column_ += length;
    if (column_ == row_bytes) {
        column_ = 0;
        if (++row_ == t.rows) {
            next_block();
        }
    }
    return piece;
}

// Down the source's rows first.
Piece Pieces::square() {
    const Transfer& t = *transfer_;
    const std::uint64_t size = t.element_bytes;
    const std::uint64_t rows = std::min<std::uint64_t>(kTransposeBlock, t.rows - row_);
    const std::uint64_t columns = std::min<std::uint64_t>(kTransposeBlock, t.columns - column_);
    const Piece piece{{from_ + strides(row_, t.source_stride) + column_ * size, columns * size,
                       rows, t.source_stride},
                      {to_ + strides(column_, t.destination_stride) + row_ * size, rows * size,
                       columns, t.destination_stride},
                      0};
    row_ += rows;
    if (row_ == t.rows) {
        row_ = 0;
        column_ += columns;
        if (column_ == t.columns) {
            next_block();
        }
    }
    return piece;
}

void Pieces::next_block() {
    row_ = 0;
    column_ = 0;
    for (std::size_t dimension = 0; dimension < index_.size(); ++dimension) {
        const Loop& loop = transfer_->loops[dimension];
        if (++index_[dimension] < loop.count) {
            from_ += static_cast<std::uint64_t>(loop.source_stride);
            to_ += static_cast<std::uint64_t>(loop.destination_stride);
            return;
        }
        from_ -= strides(loop.count - 1, loop.source_stride);
        to_ -= strides(loop.count - 1, loop.destination_stride);
        index_[dimension] = 0;
    }
    done_ = true;
}

}  // namespace athena::dma
