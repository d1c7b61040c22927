// SPDX-License-Identifier: Apache-2.0
#include "sim/divergence.h"

#include <fmt/core.h>

#include <optional>

#include "sim/cosim/difference_files.h"
#include "sim/cosim/history_replay.h"
#include "sim/cosim/report.h"
#include "sim/shell_words.h"
#include "sim/tell.h"

namespace athena::sim {

namespace {

using cosim::Replay;
using Reach = tile::PortHistory::Reach;

/// What stands behind "see" and "replay: "; both empty if a file could not be written.
struct Written {
    std::string page;
    std::string replay;
};

// Of the tile's cycles a change of fidelity may have been the first.
std::string seen_text(const platform::Diverged& tile, const Replay& recorded) {
    cosim::Seen seen{.where = tile.path,
                     .difference = tile.difference,
                     .time = tile.time,
                     .taken = tile.taken,
                     .sender = ""};
    if (tile.sender) {
        seen.sender = fmt::format("sent by      ring {}, descriptor with tag {} (0x{:08x})\n",
                                  tile.sender->ring, tile.sender->tag, tile.sender->tag);
    }
    return cosim::seen_text(recorded, seen);
}

// What is needed is mostly in the latest stretch; a difference right behind its beginning may have
// its cause before it, and what the RTL keeps in its inside much earlier.
std::optional<Written> write_shortest(const platform::Diverged& tile, Replay::Kind kind,
                                      const std::string& name) {
    const tile::PortHistory& history = *tile.history;
    for (const Reach reach : {Reach::Latest, Reach::Before, Reach::All}) {
        auto replay = cosim::replay_of(history, reach, kind);
        if (!replay) {
            continue;
        }
        const std::string seen = seen_text(tile, *replay);
        const auto files =
            cosim::write_difference(std::move(*replay), name, cosim::kWaveCycles, seen);
        if (files && files->replay.empty()) {
            return Written{};
        }
        if (files) {
            return Written{files->page.empty() ? files->replay : files->page,
                           "athena cosim --replay " + files->replay};
        }
    }
    return std::nullopt;
}

// None of them differs by itself.
Written write_whole_run(const platform::Diverged& tile, Replay::Kind kind, const std::string& name,
                        const std::string& again) {
    const tile::Difference& difference = tile.difference;
    auto kept = cosim::replay_of(*tile.history, Reach::Before, kind);
    if (!kept) {
        kept = cosim::replay_of(*tile.history, Reach::Latest, kind);
    }
    const bool has_wave = cosim::repeat_with_wave(*tile.history, kind, name + ".fst",
                                                  difference.cycle.value_or(0), cosim::kWaveCycles);
    const Replay recorded = kept.value_or(Replay{});
    const std::string page = cosim::write_whole_run_page(recorded, difference, name, again,
                                                         has_wave, seen_text(tile, recorded));
    return page.empty() ? Written{} : Written{page, again};
}

}  // namespace

void report_divergence(const platform::Board& board, const std::filesystem::path& folder,
                       const std::vector<std::string>& command_line) {
    const auto tile = board.diverged();
    if (!tile) {
        return;
    }
    const std::string& assertion = tile->difference.assertion;
    if (tile->difference.text.find(assertion) == std::string::npos) {
        tell("athena: {}: before that in the RTL: {}\n", tile->path, assertion);
    }
    const auto kind = tile->fidelity == platform::Fidelity::LockstepData ? Replay::Kind::Data
                                                                         : Replay::Kind::Lockstep;
    const std::string name = folder / ("lockstep-" + tile->path);
    auto written = write_shortest(*tile, kind, name);
    if (!written) {
        std::vector<std::string> words = command_line;
        words.front() = "athena";
        written = write_whole_run(*tile, kind, name, shell_words(words));
    }
    if (written->page.empty()) {
        tell("athena: {}: no page: {} cannot be written\n", tile->path, name);
    } else {
        tell("athena: {}: see {}\nreplay: {}\n", tile->path, written->page, written->replay);
    }
}

}  // namespace athena::sim
