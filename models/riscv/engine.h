// SPDX-License-Identifier: Apache-2.0
// Dispatch: runs decoded blocks by threaded code. The one place where handlers live.
#pragma once

#include <cstdint>

#include "riscv/hart_core.h"

namespace athena::riscv {

/// What a record's handler may be: the operations themselves, in their order, then these.
enum class Handler : unsigned {
    EndBlock = static_cast<unsigned>(Operation::Count),  ///< falls through into the next block
    FpSoft,      ///< any rounding operation, in integers
    TruncateWS,  ///< conversions to integers with static rounding toward zero
    TruncateWuS,
    TruncateLS,
    TruncateLuS,
    TruncateWD,
    TruncateWuD,
    TruncateLD,
    TruncateLuD,
    Count,
};

struct Engine {
    static RunResult run(HartCore& core, std::uint64_t budget, bool at_instant);
    /// Labels by Handler.
    static const void* const* handlers();
};

/// Runs a rounding operation in integers: result to the register file, flags to fflags.
void soft_execute(const DecodedOp& op, HartState& state);

}  // namespace athena::riscv
