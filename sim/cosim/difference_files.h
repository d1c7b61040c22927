// SPDX-License-Identifier: Apache-2.0
// What is written when RTL and model differ: the shortest replay, its page, its waveform
// (docs/cosim.md, "When they differ").
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sim/cosim/replay.h"
#include "sim/cosim/replay_run.h"

namespace athena::cosim {

constexpr std::chrono::seconds kShrinkTime{20};
constexpr std::uint64_t kWaveCycles = 200;  ///< of a waveform, unless said

/// Where only the whole run, which `again` repeats, differs: NAME.txt on what is kept of it, with
/// seen_text(), and NAME.gtkw if there is its waveform NAME.fst. Returns the page's name; nothing
/// if it cannot be written.
[[nodiscard]] std::string write_whole_run_page(const Replay& kept,
                                               const tile::Difference& difference,
                                               const std::string& name, const std::string& again,
                                               bool has_wave, const std::string& seen = {});

/// NAME.txt on the replay that is in `file` and ends with that result, and NAME.fst, NAME.gtkw of
/// its last cycles. Returns the page's name; nothing if it cannot be written.
[[nodiscard]] std::string write_page(const Replay& replay, const std::string& file,
                                     const RoundResult& result, const std::string& name,
                                     std::uint64_t wave_cycles, const std::string& seen = {});

/// What could not be written is empty.
struct DifferenceFiles {
    std::string replay;
    std::string page;
};

/// NAME.replay, as short as can be found in kShrinkTime, and write_page(), with what has been seen
/// in the run. Nothing if the replay does not differ.
[[nodiscard]] std::optional<DifferenceFiles> write_difference(Replay replay,
                                                              const std::string& name,
                                                              std::uint64_t wave_cycles,
                                                              const std::string& seen);

}  // namespace athena::cosim
