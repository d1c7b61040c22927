// SPDX-License-Identifier: Apache-2.0
// Runs a replay, and looks for a shorter one that still differs.
#pragma once

#include <chrono>

#include "sim/cosim/replay.h"
#include "sim/cosim/round.h"

namespace athena::cosim {

/// Cycles that a waveform has behind the one in which a difference was seen.
constexpr std::uint64_t kWaveBehind = 4;

/// Whether it is a command for the queue.
[[nodiscard]] bool is_push(const tile::RecordedAccess& access);

/// On a tile of its own: what a reset leaves in the RTL does not count.
[[nodiscard]] RoundResult run_replay(const Replay& replay);
/// The same, with a waveform (FST) of the `cycles` cycles up to `cycle` since reset.
RoundResult run_with_wave(const Replay& replay, const std::string& file, std::uint64_t cycle,
                          std::uint64_t cycles);
/// Leaves out accesses, data and parts of commands as long as any difference stays, for about
/// `time`, or until a signal comes. A replay without a difference comes back as it is.
[[nodiscard]] Replay shrink(Replay replay, std::chrono::milliseconds time);

}  // namespace athena::cosim
