// SPDX-License-Identifier: Apache-2.0
// `athena run`: loads a board, runs it, and writes what was asked for.
#pragma once

#include "platform/device.h"
#include "sim/options.h"

namespace athena::sim {

/// Returns the exit status (DESIGN section 8). Throws UsageError.
[[nodiscard]] int run(const RunOptions& options, const std::vector<std::string>& command_line,
                      const platform::DeviceKinds& devices);

}  // namespace athena::sim
