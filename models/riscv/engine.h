// SPDX-License-Identifier: Apache-2.0
// Dispatch: runs decoded blocks by threaded code. The one place where handlers live.
#pragma once

#include <cstdint>

#include "riscv/hart_core.h"

namespace athena::riscv {

/// What a record's handler may be: the operations themselves, in their order, then these.
enum class Handler : unsigned {
    EndBlock = static_cast<unsigned>(Operation::Count),  ///< falls through into the next block
    FpSoft,                                              ///< any rounding operation, in integers
    TruncateWS,  ///< conversions to integers with static rounding toward zero
    TruncateWuS,
    TruncateLS,
    TruncateLuS,
    TruncateWD,
    TruncateWuD,
    TruncateLD,
    TruncateLuD,
    LeaveSpin,  ///< a branch out of a loop that waits (spin.h), which is one block
    Spin,       ///< its last instruction: back to its start
    Count,
};

struct Engine {
    static RunResult run(HartCore& core, std::uint64_t budget, bool at_instant);
    /// Labels by Handler.
    static const void* const* handlers();

  private:
    /// The books of one run. While a block runs, all of it is charged to the budget already.
    struct Run {
        std::uint64_t reckoned = 0;  ///< budget that was left when the state's counters were right
        std::uint64_t total = 0;     ///< cycles until then
        std::uint64_t traps = 0;     ///< exceptions since then: cycles that retire nothing
        std::uint64_t held = 0;      ///< of the budget, until the next look for turns to take
        unsigned hints = 0;          ///< that a look would help, to be taken still
        bool instant = false;        ///< board time stands at the run's first instruction
        RunResult result{StopReason::BudgetEnd, 0};
    };

    static constexpr std::uint64_t kWhole = ~0ULL;

    // A look for turns to take costs what some 50 instructions do: it comes soon after one that
    // helped, then less and less often, in cycles; or where an instruction looks like a wait.
    static constexpr std::uint64_t kWorthLooking = 64;
    static constexpr std::uint64_t kSoonest = 256;
    static constexpr std::uint64_t kLatest = 32768;
    static constexpr unsigned kHints = 4;  // in a run, without one that helped

    static const void* const* execute(HartCore* hart, std::uint64_t budget, Run& run);
    /// Brings cycles and instructions up to date; `left` of the budget is not used yet.
    static void reckon(HartCore& core, Run& run, std::uint64_t left);
    /// Keeps of `left` what comes after the next look for turns of a loop that can be taken at
    /// once (turns.h); what is left until then.
    static std::uint64_t hold_back(const HartCore& core, Run& run, std::uint64_t left);
    /// Takes turns, at pc, if there are any to take; what is left of the budget until the next
    /// look.
    static std::uint64_t look(HartCore& core, Run& run, std::uint64_t left);
    /// The block at pc, in full or of at most `most` instructions.
    static HartCore::MemoryStatus find(HartCore& core, const Run& run, std::uint64_t left,
                                       Block*& block, std::uint64_t most = kWhole);
    /// Of a block at pc: how many instructions, at least one, come before the next at which there
    /// is a stop.
    static unsigned before_stop(const HartCore& core, const Block& block);

    // Memory instructions that the TLB does not serve.
    static HartCore::MemoryStatus slow_load(HartCore& core, const DecodedOp& op);
    static HartCore::MemoryStatus slow_store(HartCore& core, const DecodedOp& op);
    static HartCore::MemoryStatus slow_atomic(HartCore& core, const DecodedOp& op);
};

/// Runs a rounding operation in integers: result to the register file, flags to fflags.
void soft_execute(const DecodedOp& op, HartState& state);

}  // namespace athena::riscv
