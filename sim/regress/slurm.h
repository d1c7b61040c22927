// SPDX-License-Identifier: Apache-2.0
// Runs a suite as job arrays of Slurm: each task is one run, by this program on another machine
// that sees the same files.
#pragma once

#include <string>
#include <vector>

#include "sim/regress/runner.h"

namespace athena::regress {

struct SlurmSettings {
    std::string suite;                   ///< file, as a task gives it to `athena regress`
    unsigned repeat = 1;                 ///< likewise
    std::vector<std::string> arguments;  ///< of sbatch, as --partition=x
};

/// As run_all(); `settings.jobs` tasks at a time, `settings.submission` tells their results from
/// earlier ones. A task that disappears without a result, killed or lost, is submitted again, three
/// times in all; then its run is Lost. Throws SuiteError if sbatch takes no jobs.
[[nodiscard]] std::vector<Outcome> run_on_slurm(const std::vector<const Run*>& runs,
                                                const Settings& settings,
                                                const SlurmSettings& slurm);

}  // namespace athena::regress
