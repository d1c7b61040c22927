// SPDX-License-Identifier: Apache-2.0
// What a hart tells of each instruction and trap while somebody wants to see them.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "riscv/decode.h"
#include "riscv/state.h"

namespace athena::riscv {

/// An instruction that has retired, and what it has done.
struct TracedInstruction {
    std::uint64_t hart = 0;
    base::Picoseconds time;  ///< of its clock edge
    Privilege privilege{};   ///< that it ran with
    std::uint64_t pc = 0;
    const Instruction* instruction = nullptr;
    std::uint64_t address = 0;         ///< virtual, of its memory access if it has one
    const HartState* after = nullptr;  ///< with the results
};

/// An exception, which took an instruction's place, or an interrupt between two.
struct TracedTrap {
    std::uint64_t hart = 0;
    base::Picoseconds time;
    Privilege from{};
    Privilege to{};
    bool interrupt = false;
    std::uint64_t cause = 0;   ///< code without the interrupt bit (Volume II, table 3.6)
    std::uint64_t value = 0;   ///< xtval
    std::uint64_t epc = 0;     ///< of the instruction that trapped, or did not run yet
    std::uint64_t target = 0;  ///< where the hart goes on
};

/// Called for the instructions of one hart in their order; between harts only within a quantum.
class TraceSink {
  public:
    virtual void on_instruction(const TracedInstruction& instruction) = 0;
    virtual void on_trap(const TracedTrap& trap) = 0;

  protected:
    ~TraceSink() = default;
};

/// What a hart does at large, told at little cost; the times are the hart's, where it is ahead.
class HartObserver {
  public:
    /// It waits in WFI from `time` on, until woke().
    virtual void slept(std::uint64_t hart, base::Picoseconds time) = 0;
    virtual void woke(std::uint64_t hart, base::Picoseconds time) = 0;
    virtual void trapped(const TracedTrap& trap) = 0;
    /// By an MRET or SRET: `from` is the mode whose instruction it is.
    virtual void returned(std::uint64_t hart, Privilege from, base::Picoseconds time) = 0;
    /// It starts anew.
    virtual void was_reset(std::uint64_t hart, base::Picoseconds time) = 0;

  protected:
    ~HartObserver() = default;
};

/// Of board time: from `first` on, before `end`.
struct TraceWindow {
    base::Picoseconds first{};
    base::Picoseconds end = base::kNever;
};

}  // namespace athena::riscv
