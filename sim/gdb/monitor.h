// SPDX-License-Identifier: Apache-2.0
// What `monitor` of GDB can ask a board.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/board.h"

namespace athena::sim::gdb {

/// What the command says; nothing if there is no such command. `frozen`: why nothing of the board
/// may be changed, or empty.
[[nodiscard]] std::optional<std::string> run_monitor(platform::Board& board,
                                                     const std::string& frozen,
                                                     std::span<const std::string_view> words);

}  // namespace athena::sim::gdb
