// SPDX-License-Identifier: Apache-2.0
// Whether a run did what its suite expects.
#pragma once

#include <chrono>
#include <vector>

#include "sim/regress/outcome.h"

namespace athena::regress {

/// What ended a process before it ended itself.
enum class Ended { ByItself, TimeLimit, MemoryLimit };

/// Sets verdict and reason from the status of waitpid() and from the files in the run's folder.
void judge(Outcome& outcome, int status, Ended ended, std::chrono::sys_days today);

/// A simulator that promises determinism treats as an error of its own what is not the same each
/// time: runs that repeat another one get the verdict Flaky if theirs, their console or the
/// `machine` part of their statistics differ from those of the one that they repeat.
void judge_repetitions(std::vector<Outcome>& outcomes);

/// All of a file, or nothing if it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace athena::regress
