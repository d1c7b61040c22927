// SPDX-License-Identifier: Apache-2.0
#include "sim/divergence.h"

#include <fmt/core.h>

#include "sim/cosim/difference_files.h"
#include "sim/cosim/history_replay.h"

namespace athena::sim {

void report_divergence(const platform::Board& board) {
    const auto tile = board.diverged();
    if (!tile) {
        return;
    }
    const auto kind = tile->fidelity == platform::Fidelity::LockstepData
                          ? cosim::Replay::Kind::Data
                          : cosim::Replay::Kind::Lockstep;
    const std::string name = "lockstep-" + tile->path;
    // What is needed is mostly in the latest stretch; a difference right behind its beginning may
    // have its cause before it.
    for (const bool from_before : {false, true}) {
        auto replay = cosim::replay_of(*tile->history, from_before, kind);
        if (!replay) {
            continue;
        }
        const auto files = cosim::write_difference(std::move(*replay), name, cosim::kWaveCycles);
        if (!files) {
            continue;
        }
        if (files->replay.empty()) {
            fmt::print(stderr, "athena: {}: no page: {}.replay cannot be written\n", tile->path,
                       name);
        } else {
            fmt::print(stderr, "athena: {}: see {}\nreplay: athena cosim --replay {}\n", tile->path,
                       files->page.empty() ? files->replay : files->page, files->replay);
        }
        return;
    }
    fmt::print(
        stderr,
        "athena: {}: no page: its last commands alone do not differ; the whole run repeats it\n",
        tile->path);
}

}  // namespace athena::sim
