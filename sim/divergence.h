// SPDX-License-Identifier: Apache-2.0
// A run that ended because a tile in lockstep differed: page, shortest replay, waveform.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/board.h"

namespace athena::sim {

/// Writes lockstep-PATH.txt and its companions into the folder and says so; nothing if no tile
/// differed. The command line stands in the page where only the whole run differs.
void report_divergence(const platform::Board& board, const std::filesystem::path& folder,
                       const std::vector<std::string>& command_line);

}  // namespace athena::sim
