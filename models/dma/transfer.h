// SPDX-License-Identifier: Apache-2.0
// A command of a DMA channel without SystemC: what COPY, COPY_ND and FILL ask for, and their
// checks.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/protection.h"
#include "regs/descriptor_regs.h"

namespace athena::dma {

using Status = regs::descriptor::Status;
using Opcode = regs::descriptor::Opcode;

/// Lines of 64 bytes of the longest command; those behind a shorter one are not looked at.
using CommandLines = std::array<std::byte, 128>;

/// Bytes of the command that begins with this opcode.
[[nodiscard]] constexpr std::size_t command_bytes(Opcode opcode) {
    return opcode == Opcode::CopyNd ? 128 : 64;
}

/// Lowest and highest byte.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

/// One of the dimensions 2 to 4.
struct Loop {
    std::uint32_t count = 1;
    std::int64_t source_stride = 0;  ///< bytes
    std::int64_t destination_stride = 0;
};

/// Blocks of two dimensions in loops over up to three more. Row r of a source block is `columns`
/// elements from its first byte + r * source_stride. Plain: row r of the destination is the same.
/// Transposed: the destination has `columns` rows of `rows` elements. FILL: there is no source,
/// every element of the destination's rows is `pattern`.
struct Transfer {
    std::uint32_t tag = 0;
    Opcode opcode = Opcode::Copy;
    bool transpose = false;
    std::uint32_t element_bytes = 1;  ///< 1, 2, 4 or 8
    std::uint64_t pattern = 0;        ///< of FILL
    std::uint64_t source = 0;         ///< physical address of the board
    std::uint64_t destination = 0;
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::int64_t source_stride = 0;  ///< bytes
    std::int64_t destination_stride = 0;
    std::array<Loop, 3> loops{};  ///< dimensions 2, 3, 4; the last is the slowest
    /// Bit i: a destination i * multicast_stride bytes behind `destination`.
    std::uint32_t multicast = 1;
    std::uint32_t multicast_stride = 0;
    /// Set by decode() where the transfer is not empty; the second is that of bit 0 of `multicast`.
    Extent source_extent;
    Extent destination_extent;

    [[nodiscard]] bool fills() const { return opcode == Opcode::Fill; }
    [[nodiscard]] bool empty() const {
        return columns == 0 || rows == 0 || loops[0].count == 0 || loops[1].count == 0 ||
               loops[2].count == 0;
    }
    /// Elements of a destination's row, and its rows.
    [[nodiscard]] std::uint32_t destination_columns() const { return transpose ? rows : columns; }
    [[nodiscard]] std::uint32_t destination_rows() const { return transpose ? columns : rows; }
    /// Of dimensions 2 to 4.
    [[nodiscard]] std::uint64_t blocks() const {
        return std::uint64_t{loops[0].count} * loops[1].count * loops[2].count;
    }
    /// That one destination gets.
    [[nodiscard]] std::uint64_t bytes() const { return blocks() * rows * columns * element_bytes; }
};

struct Decoded {
    Status status = Status::Ok;
    Transfer transfer;
};

/// Rows of all blocks on either side, those of all destinations counted, and bytes of all
/// destinations, that one command may have: what would take a host minutes is refused.
inline constexpr std::uint64_t kMostRows = std::uint64_t{1} << 28;
inline constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 36;

/// Checks in this order: BAD_OPCODE; RESERVED (bits that must be zero: also a pattern's beyond its
/// element, and a stride without a multicast); then, of what is not empty, BAD_RANGE (an operand
/// leaves the 64-bit address space, or there is more than kMostRows or kMostBytes); OVERLAP (of the
/// operands' ranges from lowest to highest byte, the source's meets a destination's, or one
/// destination's another's).
[[nodiscard]] Decoded decode(const CommandLines& lines);

/// Calls visit(source offset, destination offset) for the first byte of each block, in order, until
/// it returns false; whether it never did.
template <typename Visit>
bool for_each_block(const Transfer& transfer, const Visit& visit) {
    const auto& [inner, middle, outer] = transfer.loops;
    std::uint64_t source4 = 0;
    std::uint64_t destination4 = 0;
    for (std::uint32_t i4 = 0; i4 < outer.count; ++i4) {
        std::uint64_t source3 = source4;
        std::uint64_t destination3 = destination4;
        for (std::uint32_t i3 = 0; i3 < middle.count; ++i3) {
            std::uint64_t source2 = source3;
            std::uint64_t destination2 = destination3;
            for (std::uint32_t i2 = 0; i2 < inner.count; ++i2) {
                if (!visit(source2, destination2)) {
                    return false;
                }
                source2 += static_cast<std::uint64_t>(inner.source_stride);
                destination2 += static_cast<std::uint64_t>(inner.destination_stride);
            }
            source3 += static_cast<std::uint64_t>(middle.source_stride);
            destination3 += static_cast<std::uint64_t>(middle.destination_stride);
        }
        source4 += static_cast<std::uint64_t>(outer.source_stride);
        destination4 += static_cast<std::uint64_t>(outer.destination_stride);
    }
    return true;
}

/// Likewise visit(offset) for each destination of a multicast, in ascending order of its bit.
template <typename Visit>
bool for_each_destination(const Transfer& transfer, const Visit& visit) {
    for (std::uint32_t left = transfer.multicast; left != 0; left &= left - 1) {
        const auto bit = static_cast<std::uint64_t>(std::countr_zero(left));
        if (!visit(bit * transfer.multicast_stride)) {
            return false;
        }
    }
    return true;
}

/// The rows of the block at these offsets.
[[nodiscard]] inline base::Rows source_rows(const Transfer& transfer, std::uint64_t offset) {
    return {transfer.source + offset, std::uint64_t{transfer.columns} * transfer.element_bytes,
            transfer.rows, transfer.source_stride};
}
[[nodiscard]] inline base::Rows destination_rows(const Transfer& transfer, std::uint64_t offset) {
    return {transfer.destination + offset,
            std::uint64_t{transfer.destination_columns()} * transfer.element_bytes,
            transfer.destination_rows(), transfer.destination_stride};
}

/// Cycles of the data path at `bytes_per_cycle`: each row, of source or of one destination,
/// whichever needs more, starts a beat.
[[nodiscard]] std::uint64_t beats(const Transfer& transfer, std::uint32_t bytes_per_cycle);

}  // namespace athena::dma
