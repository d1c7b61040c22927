// SPDX-License-Identifier: Apache-2.0
// Ranges of data addresses whose accesses a debugger wants to stop at.
#pragma once

#include <cstdint>

namespace athena::riscv {

enum class WatchKind : std::uint8_t { Read = 1, Write = 2, ReadWrite = 3 };

[[nodiscard]] constexpr bool have_common(WatchKind a, WatchKind b) {
    return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

struct Watchpoint {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  ///< inclusive
    WatchKind kind = WatchKind::ReadWrite;

    bool operator==(const Watchpoint&) const = default;

    /// Whether one of the `size` bytes from `address` on is watched for an access of `access`.
    [[nodiscard]] constexpr bool covers(std::uint64_t address, std::uint64_t size,
                                        WatchKind access) const {
        return have_common(kind, access) &&
               (first - address < size || address - first <= last - first);
    }
};

struct WatchHit {
    Watchpoint watchpoint;      ///< as it was added
    std::uint64_t address = 0;  ///< of the first watched byte that the instruction accesses
    std::uint64_t access_address = 0;
    unsigned access_size = 0;                 ///< bytes
    WatchKind access_kind = WatchKind::Read;  ///< ReadWrite: an atomic
};

}  // namespace athena::riscv
