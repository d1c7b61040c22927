// SPDX-License-Identifier: Apache-2.0
// Builds Sv39 and Sv48 tables in a Machine's RAM (Volume II, 4.4 and 4.5).
#pragma once

#include <cstdint>

#include "machine.h"

namespace athena::test {

class PageTable {
  public:
    static constexpr std::uint64_t kValid = 1;
    static constexpr std::uint64_t kUser = 16;
    static constexpr std::uint64_t kAccessed = 64;
    static constexpr std::uint64_t kDirty = 128;
    static constexpr std::uint64_t kRead = kValid | 2;
    static constexpr std::uint64_t kReadWrite = kRead | 4;
    static constexpr std::uint64_t kReadExecute = kRead | 8;
    static constexpr std::uint64_t kAll = kReadWrite | 8;

    /// Tables are taken from `memory` on, a page each. levels: 3 Sv39, 4 Sv48.
    PageTable(Machine& machine, std::uint64_t memory, unsigned levels = 3)
        : machine_(machine), levels_(levels), root_(memory), next_(memory + 0x1000) {}

    static constexpr std::uint64_t leaf(std::uint64_t physical, std::uint64_t flags) {
        return physical >> 12 << 10 | flags;
    }

    /// A page of 4 KiB; returns the address of its entry.
    std::uint64_t map(std::uint64_t address, std::uint64_t physical, std::uint64_t flags) {
        std::uint64_t table = root_;
        for (unsigned level = levels_ - 1; level > 0; --level) {
            const std::uint64_t slot = table + index(address, level) * 8;
            auto entry = machine_.read<std::uint64_t>(slot);
            if (entry == 0) {
                entry = leaf(next_, kValid);
                machine_.write(slot, entry);
                next_ += 0x1000;
            }
            table = entry >> 10 << 12;
        }
        const std::uint64_t slot = table + index(address, 0) * 8;
        machine_.write(slot, leaf(physical, flags));
        return slot;
    }

    [[nodiscard]] std::uint64_t satp() const {
        return (levels_ == 3 ? 8ULL : 9ULL) << 60 | root_ >> 12;
    }

    /// Goes to S-mode at `pc` under this table, all of memory open to it; traps go to kHandler.
    void enter(std::uint64_t pc) {
        auto state = machine_.core.state();
        state.satp = satp();
        state.privilege = riscv::Privilege::Supervisor;
        state.pc = pc;
        state.pmpaddr[0] = (1ULL << 54) - 1;
        state.pmpcfg[0] = 0x1F;
        state.mtvec = kHandler;
        machine_.core.set_state(state);
        machine_.write(kHandler, std::uint32_t{0x1050'0073});  // wfi
    }

    static constexpr std::uint64_t kHandler = Machine::kRam + 0x7'F000;

  private:
    static std::uint64_t index(std::uint64_t address, unsigned level) {
        return (address >> (12 + 9 * level)) & 511;
    }

    Machine& machine_;
    unsigned levels_;
    std::uint64_t root_;
    std::uint64_t next_;
};

}  // namespace athena::test
