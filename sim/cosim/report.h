// SPDX-License-Identifier: Apache-2.0
// The page that says where RTL and model part (docs/cosim.md, "When they differ").
#pragma once

#include <string>

#include "sim/cosim/replay.h"
#include "tile/difference.h"

namespace athena::cosim {

/// What a page points to.
struct PageFiles {
    std::string again;          ///< the command line that repeats the difference
    bool is_whole_run = false;  ///< it does so with more than the replay, which does not differ
    std::string wave = {};      ///< of NAME.fst and NAME.gtkw, empty: there is none
};

/// The page on a replay that ends, or what is kept of a run that ended, with `difference`.
[[nodiscard]] std::string make_page(const Replay& replay, const tile::Difference& difference,
                                    const PageFiles& files);

}  // namespace athena::cosim
