// SPDX-License-Identifier: Apache-2.0
// What a record belongs to: one number for all that a run begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "platform/board_config.h"
#include "platform/fidelity.h"
#include "sim/boot_plan.h"
#include "sim/options.h"

namespace athena::sim {

/// Equal for equal board, fidelities, options that reach the machine, and bytes of all files.
/// 64-bit FNV-1a.
[[nodiscard]] std::uint64_t fingerprint(const RunOptions& options,
                                        const platform::BoardConfig& board,
                                        std::span<const platform::Block> blocks,
                                        const BootPlan& plan, std::span<const std::byte> rom);

}  // namespace athena::sim
