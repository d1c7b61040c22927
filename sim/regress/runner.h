// SPDX-License-Identifier: Apache-2.0
// Runs a suite: every run is a process of its own in a folder of its own, so that none can harm
// another.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/regress/suite.h"

namespace athena::regress {

enum class Verdict { Passed, Failed, TimedOut, Crashed, Stopped };

struct Outcome {
    const Run* run = nullptr;
    Verdict verdict = Verdict::Stopped;
    std::string reason;  ///< one line, empty if passed
    double seconds = 0;
    /// Holds console.txt, log.txt, command.sh, and stats.json of `athena run`.
    std::filesystem::path folder;
};

struct Progress {
    std::size_t ended = 0;
    std::vector<const Run*> running;
};

struct Settings {
    std::filesystem::path program;  ///< athena itself
    std::filesystem::path folder;   ///< made; a folder for each run inside
    unsigned jobs = 1;
    /// Called after each run, which is counted in `ended` by then.
    std::function<void(const Outcome&, const Progress&)> on_outcome{};
    /// Called about twice a second.
    std::function<void(const Progress&)> on_tick{};
};

/// A file of a run that grows beyond this ends the run as failed: it must not fill the disk.
inline constexpr std::size_t kOutputLimit = 64u << 20;

/// Runs end in any order; outcomes come in the suite's. Ctrl-C (or SIGTERM) ends the processes;
/// what had not ended is Stopped.
[[nodiscard]] std::vector<Outcome> run_all(const std::vector<const Run*>& runs,
                                           const Settings& settings);

}  // namespace athena::regress
