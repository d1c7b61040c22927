// SPDX-License-Identifier: Apache-2.0
// `athena regress SUITE.toml`: options as parsed, and the whole command.
#pragma once

#include <optional>
#include <string>

namespace athena::regress {

struct Options {
    std::string suite;  ///< file
    unsigned jobs = 1;
    std::optional<std::string> junit;    ///< file to write
    std::optional<std::string> filter;   ///< regular expression on names and labels
    std::string folder = "regress-out";  ///< --out
    bool list = false;
};

/// Returns the exit status: 0 if all that ran passed, 1 if not, 2 for a suite or option that cannot
/// be used, 130 after Ctrl-C.
[[nodiscard]] int run(const Options& options);

}  // namespace athena::regress
