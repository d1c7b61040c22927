// SPDX-License-Identifier: Apache-2.0
// The page that says where RTL and model part (docs/cosim.md, "When they differ").
#pragma once

#include <string>

#include "sim/cosim/replay.h"
#include "tile/difference.h"

namespace athena::cosim {

/// The page on a replay that ends with `difference`; `file` is the replay's, for the command line.
[[nodiscard]] std::string make_page(const Replay& replay, const tile::Difference& difference,
                                    const std::string& file, const std::string& wave);

}  // namespace athena::cosim
