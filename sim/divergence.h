// SPDX-License-Identifier: Apache-2.0
// A run that ended because a tile in lockstep differed: page, shortest replay, waveform.
#pragma once

#include "platform/board.h"

namespace athena::sim {

/// Writes lockstep-PATH.txt and its companions into the working folder and says so; nothing if no
/// tile differed.
void report_divergence(const platform::Board& board);

}  // namespace athena::sim
