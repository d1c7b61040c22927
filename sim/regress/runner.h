// SPDX-License-Identifier: Apache-2.0
// Runs a suite: every run is a process of its own in a folder of its own, so that none can harm
// another.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/regress/outcome.h"

namespace athena::regress {

struct Progress {
    std::size_t ended = 0;
    std::vector<const Run*> running;
};

struct Settings {
    std::filesystem::path program;  ///< athena itself
    std::filesystem::path folder;   ///< made; a folder for each run inside
    unsigned jobs = 1;
    std::chrono::sys_days today{};  ///< UTC
    std::string submission{};       ///< of a farm, noted in results
    /// Called after each run, which is counted in `ended` by then.
    std::function<void(const Outcome&, const Progress&)> on_outcome{};
    /// Called about twice a second.
    std::function<void(const Progress&)> on_tick{};
};

/// Of runs that have not run.
[[nodiscard]] std::vector<Outcome> not_run(const std::vector<const Run*>& runs,
                                           const std::filesystem::path& folder);

/// Runs end in any order, each leaves its result.json; outcomes come in the order of `runs`. Ctrl-C
/// (or SIGTERM, SIGHUP) ends the processes; what had not ended is NotRun. Where this process is
/// killed its runs are.
[[nodiscard]] std::vector<Outcome> run_all(const std::vector<const Run*>& runs,
                                           const Settings& settings);

}  // namespace athena::regress
