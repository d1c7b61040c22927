// SPDX-License-Identifier: Apache-2.0
// `athena regress SUITE.toml`: options as parsed, and the whole command.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace athena::regress {

enum class Executor { Local, Slurm };

struct Options {
    std::string suite;  ///< file
    unsigned jobs = 1;
    std::optional<std::string> junit;    ///< file to write
    std::optional<std::string> filter;   ///< regular expression on names and labels
    std::string folder = "regress-out";  ///< --out
    std::optional<std::string> history;  ///< file; in the folder unless given
    std::optional<std::string> shard;    ///< "i/n"
    unsigned repeat = 1;
    bool list = false;
    bool resume = false;        ///< what has a result already is not run
    bool rerun_failed = false;  ///< nor what passed
    Executor executor = Executor::Local;
    std::vector<std::string> slurm_arguments = {};
    std::optional<std::string> worker;  ///< this run alone, as a task of a farm …
    std::string submission = {};        ///< … that is of this submission
};

/// Returns the exit status: 0 if all that should pass did, 1 if not, 2 for a suite or option that
/// cannot be used, 130 after Ctrl-C.
[[nodiscard]] int run(const Options& options);

}  // namespace athena::regress
