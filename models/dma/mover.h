// SPDX-License-Identifier: Apache-2.0
// How a transfer moves its bytes: the order in which its bursts read and write, and where an error
// stops them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "dma/order.h"
#include "dma/transfer.h"

namespace athena::dma {

/// Where a transfer reads and writes; false: the access was answered with an error and had no
/// effect.
class TransferPort {
  public:
    [[nodiscard]] virtual bool read(std::uint64_t address, std::span<std::byte> data) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t address, std::span<const std::byte> data) = 0;

  protected:
    ~TransferPort() = default;
};

struct TransferResult {
    Status status = Status::Ok;
    bool write = false;         ///< `address` was to be written, not read
    std::uint64_t address = 0;  ///< of the burst that failed
    std::uint64_t bytes_written = 0;
};

/// In the order of Pieces: a piece is read, turned if it is to be, and written to each destination
/// in turn. After the first burst that fails, with READ_ERROR or WRITE_ERROR, nothing more is read
/// or written. `burst_bytes`: kBurstBytes, or kLongBurstBytes if none can fail. `buffer` is scratch
/// that is reused between calls.
[[nodiscard]] TransferResult run_transfer(const Transfer& transfer, TransferPort& port,
                                          std::vector<std::byte>& buffer,
                                          std::uint64_t burst_bytes = kBurstBytes);

/// FILL's elements for a burst, from whatever byte of an element it begins with.
void repeat_pattern(const Transfer& transfer, std::vector<std::byte>& buffer,
                    std::uint64_t burst_bytes);

/// Rows of a plain block between host memories, in ascending order.
struct HostRows {
    const std::byte* source;
    std::byte* destination;
    std::uint64_t row_bytes;
    std::uint64_t rows;
    std::int64_t source_stride;
    std::int64_t destination_stride;

    void copy() const {
        for (std::int64_t row = 0; row < static_cast<std::int64_t>(rows); ++row) {
            std::memcpy(destination + row * destination_stride, source + row * source_stride,
                        row_bytes);
        }
    }
};

/// The same bytes as run_transfer() to the destination of bit 0, between host memories: `source`
/// (of FILL: not looked at) and `destination` are those of the extents' first bytes.
void transfer_directly(const Transfer& transfer, const std::byte* source, std::byte* destination,
                       std::vector<std::byte>& buffer);

}  // namespace athena::dma
