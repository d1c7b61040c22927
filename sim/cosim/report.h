// SPDX-License-Identifier: Apache-2.0
// The page that says where RTL and model part (docs/cosim.md, "When they differ").
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"
#include "sim/cosim/replay.h"
#include "tile/difference.h"

namespace athena::cosim {

/// What a page points to.
struct PageFiles {
    std::string again;          ///< the command line that repeats the difference
    bool is_whole_run = false;  ///< it does so with more than the replay, which does not differ
    std::string wave = {};      ///< of NAME.fst and NAME.gtkw, empty: there is none
    std::string seen = {};      ///< seen_text(), if the page is to tell it
};

/// How the run itself ended, before its replay was made short: a block of the page.
struct Seen {
    std::string where;  ///< "cluster0.tile0", "round 3"
    tile::Difference difference;
    std::optional<base::Picoseconds> time = {};  ///< of the board, at its stop
    /// Commands that were taken in all, to the last one of the recording.
    std::optional<std::uint64_t> taken = {};
    std::string sender = {};  ///< of the command, as its tag here is the slot of its sender
};
[[nodiscard]] std::string seen_text(const Replay& recorded, const Seen& seen);

/// The page on a replay that ends, or what is kept of a run that ended, with `difference`.
[[nodiscard]] std::string make_page(const Replay& replay, const tile::Difference& difference,
                                    const PageFiles& files);

}  // namespace athena::cosim
