// SPDX-License-Identifier: Apache-2.0
// Who waits for whom in the command processors of a board, in words (README.md, "Deadlock").
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "command/command_core.h"

namespace athena::command {

/// A command processor whose waits are told.
struct WaitSource {
    std::string name;
    const CommandCore& core;
    std::uint64_t semaphore_add = 0;  ///< its SEMAPHORE_ADD, to which other clusters' NOTIFY write
};

/// Reads memory without time or effect. False: not readable.
using Peek = std::function<bool(std::uint64_t address, std::span<std::byte> bytes)>;

/// A line for each ring and engine that cannot go on: what it waits for, and the descriptor that
/// should bring it, searched for in engines, their queues, rings and lists, read or not yet. Then a
/// line for each cycle of such waits. Of many, the first.
[[nodiscard]] std::vector<std::string> report_waits(std::span<const WaitSource> sources,
                                                    const Peek& peek);

}  // namespace athena::command
