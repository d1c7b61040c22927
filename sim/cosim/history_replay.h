// SPDX-License-Identifier: Apache-2.0
// What a tile of a board was asked before it differed, as a replay.
#pragma once

#include <optional>

#include "sim/cosim/replay.h"
#include "tile/port_history.h"

namespace athena::cosim {

/// From the beginning of the latest stretch, or of the one before it; nothing if there is none. The
/// commands that were outstanding there come first; counters and interrupt causes begin as after a
/// reset.
[[nodiscard]] std::optional<Replay> replay_of(const tile::PortHistory& history, bool from_before,
                                              Replay::Kind kind);

}  // namespace athena::cosim
