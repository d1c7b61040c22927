// SPDX-License-Identifier: Apache-2.0
// What a tile of a board was asked before it differed, as a replay.
#pragma once

#include <optional>

#include "sim/cosim/replay.h"
#include "tile/port_history.h"

namespace athena::cosim {

/// As far back as `reach` says; nothing if so much is not kept. The commands that were outstanding
/// there come first; counters and interrupt causes begin as after a reset.
[[nodiscard]] std::optional<Replay> replay_of(const tile::PortHistory& history,
                                              tile::PortHistory::Reach reach, Replay::Kind kind);

/// The tile's own past in its own clock cycles, from a state of all of it on, so that it differs as
/// it did; with a waveform (FST) of the `cycles` cycles up to `cycle`. False: there is no state.
[[nodiscard]] bool repeat_with_wave(const tile::PortHistory& history, Replay::Kind kind,
                                    const std::string& file, std::uint64_t cycle,
                                    std::uint64_t cycles);

}  // namespace athena::cosim
