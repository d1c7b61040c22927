// SPDX-License-Identifier: Apache-2.0
// The order in which a transfer reads and writes, piece by piece: what is read together and then
// written (README.md, "Order"). Functional and timed engines go by it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/protection.h"
#include "dma/transfer.h"

namespace athena::dma {

inline constexpr std::uint32_t kTransposeBlock = 64;
/// Bursts where one may fail, and all of a timed engine: at most so long, and they cross no
/// multiple of it, so none of 4 KiB either (IHI 0022, A3.4.1).
inline constexpr std::uint64_t kBurstBytes = 256;
/// Where none can fail, in functional fidelity.
inline constexpr std::uint64_t kLongBurstBytes = 4096;

/// One access of a piece: `offset` is its first byte among the piece's.
struct Burst {
    std::uint64_t address = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Rows, each cut into bursts at multiples of `burst_bytes`, in ascending order.
class Bursts {
  public:
    Bursts() = default;
    Bursts(const base::Rows& rows, std::uint64_t burst_bytes)
        : rows_(rows), burst_bytes_(burst_bytes) {}

    [[nodiscard]] bool done() const { return row_ == rows_.count; }
    /// Not done().
    Burst next() {
        const std::uint64_t address =
            rows_.first + row_ * static_cast<std::uint64_t>(rows_.stride) + in_row_;
        const std::uint64_t length =
            std::min(rows_.row_bytes - in_row_, burst_bytes_ - address % burst_bytes_);
        const Burst burst{address, row_ * rows_.row_bytes + in_row_, length};
        in_row_ += length;
        if (in_row_ == rows_.row_bytes) {
            in_row_ = 0;
            ++row_;
        }
        return burst;
    }

  private:
    base::Rows rows_{};  // of at least a byte
    std::uint64_t burst_bytes_ = kBurstBytes;
    std::uint64_t row_ = 0;
    std::uint64_t in_row_ = 0;
};

/// A burst's worth of a plain row, a square of a transposed block, or a burst of FILL, whose
/// source is empty.
struct Piece {
    base::Rows source{};
    base::Rows destination{};        ///< of bit 0 of the multicast
    std::uint64_t pattern_from = 0;  ///< of FILL: byte of an element that the piece begins with

    [[nodiscard]] std::uint64_t bytes() const { return destination.row_bytes * destination.count; }
};

class Pieces {
  public:
    Pieces() = default;
    /// `transfer` outlives this.
    Pieces(const Transfer& transfer, std::uint64_t burst_bytes);

    [[nodiscard]] bool done() const { return done_; }
    /// Not done().
    Piece next();

  private:
    [[nodiscard]] Piece burst_of_row();
    [[nodiscard]] Piece square();
    void next_block();

    const Transfer* transfer_ = nullptr;
    std::uint64_t burst_bytes_ = kBurstBytes;
    bool done_ = true;
    std::array<std::uint32_t, 3> index_{};  // of dimensions 2 to 4
    std::uint64_t from_ = 0;                // of the block's first bytes
    std::uint64_t to_ = 0;
    std::uint64_t row_ = 0;     // next in the block
    std::uint64_t column_ = 0;  // element, of a square; byte, of a row
};

/// The turned square: `rows` rows of `columns` elements of `size` bytes (1, 2, 4 or 8) become
/// `columns` rows of `rows`.
void turn(std::span<const std::byte> from, std::span<std::byte> to, std::uint64_t rows,
          std::uint64_t columns, std::uint64_t size);

}  // namespace athena::dma
