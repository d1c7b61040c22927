// SPDX-License-Identifier: Apache-2.0
// The COPY command without SystemC: decoding, checks, and the order in which its bursts read and
// write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/protection.h"
#include "regs/descriptor_regs.h"

namespace athena::dma {

using Status = regs::descriptor::Status;
using CommandLine = std::span<const std::byte, 64>;

/// A two-dimensional copy. Row r of the source is `columns` elements from source + r *
/// source_stride. Plain: row r of the destination is the same. Transposed: the destination has
/// `columns` rows of `rows` elements.
struct Copy {
    std::uint32_t tag = 0;
    std::uint32_t element_bytes = 1;  ///< 1, 2, 4 or 8
    bool transpose = false;
    std::uint64_t source = 0;  ///< physical address of the board
    std::uint64_t destination = 0;
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::int64_t source_stride = 0;  ///< bytes
    std::int64_t destination_stride = 0;

    [[nodiscard]] bool empty() const { return columns == 0 || rows == 0; }
};

struct DecodedCopy {
    Status status = Status::Ok;
    Copy copy;
};

/// Checks in this order: BAD_OPCODE, RESERVED (bits that must be zero), BAD_RANGE (an operand that
/// leaves the 64-bit address space), OVERLAP (the operands' ranges from lowest to highest byte
/// meet).
[[nodiscard]] DecodedCopy decode_copy(CommandLine line);

/// Where a copy reads and writes; false: the access was answered with an error and had no effect.
class CopyPort {
  public:
    [[nodiscard]] virtual bool read(std::uint64_t address, std::span<std::byte> data) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t address, std::span<const std::byte> data) = 0;

  protected:
    ~CopyPort() = default;
};

struct CopyResult {
    Status status = Status::Ok;  ///< Ok, ReadError or WriteError
    std::uint64_t address = 0;   ///< of the burst that failed
    std::uint64_t bytes_written = 0;
};

/// Bursts are at most 4 KiB and cross no 4 KiB boundary. A plain copy goes row by row in ascending
/// addresses; a transposed one by blocks of kTransposeBlock x kTransposeBlock elements, down the
/// source's rows first. After the first failing burst nothing more is read or written. `buffer` is
/// scratch that is reused between calls.
[[nodiscard]] CopyResult run_copy(const Copy& copy, CopyPort& port, std::vector<std::byte>& buffer);

inline constexpr std::uint32_t kTransposeBlock = 64;
inline constexpr std::uint64_t kBurstBytes = 4096;

/// Lowest and highest byte that a copy reads, or writes; for copies that are not empty.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};
[[nodiscard]] Extent source_extent(const Copy& copy);
[[nodiscard]] Extent destination_extent(const Copy& copy);

/// The rows that a copy reads, and those that it writes.
[[nodiscard]] base::Rows source_rows(const Copy& copy);
[[nodiscard]] base::Rows destination_rows(const Copy& copy);

/// The same bytes as run_copy() between host memories: `source` and `destination` are those of the
/// extents' first bytes.
void copy_directly(const Copy& copy, const std::byte* source, std::byte* destination,
                   std::vector<std::byte>& buffer);

/// Cycles of the data path at `bytes_per_cycle`: each row, of source or destination, whichever
/// needs more, starts a beat.
[[nodiscard]] std::uint64_t copy_beats(const Copy& copy, std::uint32_t bytes_per_cycle);

}  // namespace athena::dma
