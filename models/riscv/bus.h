// SPDX-License-Identifier: Apache-2.0
// What a hart core needs from the board around it.
#pragma once

#include <cstdint>
#include <optional>

#include "riscv/state.h"

namespace athena::riscv {

/// Host memory behind a range of physical addresses.
struct DmiRegion {
    std::uint64_t first = 0;  ///< physical address of host[0]
    std::uint64_t last = 0;   ///< inclusive
    unsigned char* host = nullptr;
    bool writable = false;
};

enum class BusStatus : std::uint8_t {
    Ok,
    Fault,  ///< nothing answers there, or the target refused: access fault
};

class Bus {
  public:
    /// The region that holds `address`, if the hart may address it directly for reading (and for
    /// writing where `writable`). Pointers stay good until HartCore::invalidate_dmi().
    virtual std::optional<DmiRegion> dmi(std::uint64_t address) = 0;

    /// A naturally aligned access of 1, 2, 4 or 8 bytes at this hart's present instant; the core
    /// calls it for the first instruction of a run() only.
    virtual BusStatus access(std::uint64_t address, unsigned size, bool write, void* data) = 0;

    /// The value of mtime in clock cycle `cycle` of the hart.
    virtual std::uint64_t time(std::uint64_t cycle) = 0;
    /// The first clock cycle of the hart, after `cycle`, in which mtime has made `ticks` steps more
    /// than in `cycle`; ~0 if there is none.
    virtual std::uint64_t cycle_after(std::uint64_t cycle, std::uint64_t ticks) = 0;

    /// Whether stores to this page are to be told by code_written().
    virtual bool has_code(std::uint64_t page) = 0;
    /// The hart has decoded code from these bytes, which lie in one page: whoever changes them
    /// makes the board call drop_code_page().
    virtual void mark_code(std::uint64_t address, std::uint64_t length) = 0;
    virtual void code_written(std::uint64_t address, std::uint64_t length) = 0;

    /// With HartCore::Options::tells_traps: the hart has trapped, and its state holds all of it but
    /// the privilege that it had.
    virtual void trapped(Privilege /*from*/) {}
    /// Likewise: by an MRET (`from` M-mode) or SRET (from S-mode) that was no trap itself.
    virtual void returned(Privilege /*from*/) {}

  protected:
    ~Bus() = default;
};

}  // namespace athena::riscv
