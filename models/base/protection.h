// SPDX-License-Identifier: Apache-2.0
// What engines ask before they touch memory on behalf of a ring; models/iopmp answers.
#pragma once

#include <cstdint>
#include <optional>

namespace athena::base {

/// Bytes `first` to `last` of the board, accessed at once for a ring (Origin::ring).
struct RingAccess {
    std::uint32_t ring = 0;
    bool write = false;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

class Protection {
  public:
    [[nodiscard]] virtual bool permits(const RingAccess& access) const = 0;
    /// An access that was not permitted and does not take place: it is counted and recorded.
    virtual void refuse(const RingAccess& access) = 0;

  protected:
    ~Protection() = default;
};

/// Rows of memory, none outside the 64-bit address space.
struct Rows {
    std::uint64_t first = 0;  ///< address of row 0
    std::uint64_t row_bytes = 0;
    std::uint64_t count = 0;
    std::int64_t stride = 0;  ///< bytes from row to row
};

/// Asks for rows that are read, or written: each row, cut at multiples of kAccessBytes, is an
/// access. The first one that is not permitted is refused; its address. Nothing: all are permitted.
[[nodiscard]] std::optional<std::uint64_t> refused(Protection& protection, std::uint32_t ring,
                                                   bool write, const Rows& rows);

inline constexpr std::uint64_t kAccessBytes = 4096;

}  // namespace athena::base
