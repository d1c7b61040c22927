// SPDX-License-Identifier: Apache-2.0
// `athena describe`, `athena dts`, `athena boards`: what there is, without running it.
#pragma once

#include <ostream>

#include "platform/board_config.h"
#include "platform/fidelity.h"
#include "sim/options.h"

namespace athena::sim {

/// The board's file with --set, --memory and --harts. Throws UsageError.
[[nodiscard]] platform::BoardConfig load_board(const BoardOptions& options);

/// Its blocks with the choice of --fidelity. Throws UsageError.
[[nodiscard]] std::vector<platform::Block> choose_blocks(const BoardOptions& options,
                                                         const platform::BoardConfig& board);

void describe(const DescribeOptions& options, std::ostream& out);
void print_boards(std::ostream& out);

/// A number of bytes in the largest unit that divides it, as in "256 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace athena::sim
