// SPDX-License-Identifier: Apache-2.0
// Bash's completion of the command line, from its description.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace athena::sim {

/// A script for bash. Completes commands, options, boards, and values where they are files or a
/// choice of words.
[[nodiscard]] std::string bash_completion(const CLI::App& app);

}  // namespace athena::sim
