// SPDX-License-Identifier: Apache-2.0
// Which bytes of a memory works of a base::Backlog will read and write: so that whoever comes to
// them in another way finds the works done, and lanes do not meet.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/backlog.h"
#include "base/protection.h"
#include "memory/sparse_storage.h"

namespace athena::memory {

class PendingUses {
  public:
    /// Of a memory of `size` bytes, a multiple of 4096; `name` is for what SparseStorage throws.
    PendingUses(std::uint64_t size, const std::string& name, base::Backlog& backlog);

    /// A work of that lane (Lane::number()) that is added next will read, or write, rows at these
    /// offsets. False: works of another lane that wait write some of the bytes, or read what is to
    /// be written, or may do so; after Backlog::settle() all that the work uses is to be noted once
    /// more, and does not meet any.
    [[nodiscard]] bool note(std::uint32_t lane, bool write, const base::Rows& rows);

    /// Bytes are about to be read, or written, at once: no work waits that must come first.
    void settle_for(bool write, std::uint64_t offset, std::uint64_t length) {
        if (!backlog_.empty() && length != 0 && is_used(write, offset, length)) {
            backlog_.settle();
        }
    }

  private:
    /// Of some bytes: the epoch, as far as it fits, lane that writes, lane that reads; 0 is none.
    using Entry = std::uint32_t;
    static constexpr unsigned kLaneBits = 8;
    static constexpr Entry kLaneMask = (1u << kLaneBits) - 1;
    static constexpr Entry kSeveral = kLaneMask;  // lanes

    /// Entries for all of the memory, one for so many bytes.
    struct Table {
        Table(std::uint64_t size, unsigned shift, const std::string& name);
        [[nodiscard]] std::span<Entry> at(std::uint64_t first, std::uint64_t last);
        unsigned shift;
        SparseStorage storage;
    };

    [[nodiscard]] Entry epoch();
    [[nodiscard]] bool is_used(bool write, std::uint64_t offset, std::uint64_t length);
    /// Of another lane, before this is noted: bits of those that write, and read, any of the
    /// blocks.
    [[nodiscard]] Entry note_blocks(std::uint32_t lane, bool write, std::uint64_t first,
                                    std::uint64_t last);
    [[nodiscard]] bool meets_lines(std::uint32_t lane, std::uint64_t first, std::uint64_t last);
    [[nodiscard]] bool note_lines(std::uint32_t lane, std::uint64_t first, std::uint64_t last);

    base::Backlog& backlog_;
    Table blocks_;           // all uses; gaps between rows that are close are noted too
    Table lines_;            // writers alone, without gaps
    std::uint64_t age_ = 0;  // how often epochs have come round
};

}  // namespace athena::memory
