// SPDX-License-Identifier: Apache-2.0
// Where the harts of a guest that died were, and how they came there.
#pragma once

#include <string>
#include <vector>

#include "platform/debug_port.h"
#include "sim/symbols.h"

namespace athena::sim {

/// For each hart a line with its program counter and last trap, and one for each caller that can be
/// told, the innermost first. Callers are found by the chain of frame pointers (s0, as
/// -fno-omit-frame-pointer makes it); where there is none, by ra and then by return addresses on
/// the stack, which may be left over and are marked with `?`. Every one lies behind a call.
[[nodiscard]] std::vector<std::string> backtraces(platform::DebugPort& board,
                                                  const Symbols& symbols);

}  // namespace athena::sim
