// SPDX-License-Identifier: Apache-2.0
// A regression suite: runs of `athena run` and what is expected of them (docs/regress.md).
#pragma once

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/one_line.h"

namespace athena::regress {

/// A suite file that cannot be used: one line, "FILE:LINE: what, expected what".
class SuiteError : public std::runtime_error {
  public:
    explicit SuiteError(const std::string& text) : std::runtime_error(base::one_line(text)) {}
};

struct Run {
    std::string name;                    ///< unique in the suite: letters, digits, - _ .
    std::vector<std::string> arguments;  ///< after `athena`
    int exit_status = 0;
    /// Regular expressions (ECMAScript), found in the output in this order, each within a line.
    std::vector<std::string> console;
    std::chrono::seconds timeout{60};
    std::vector<std::string> labels;
};

struct Suite {
    std::string name;
    std::vector<Run> runs;
};

/// Throws SuiteError.
[[nodiscard]] Suite load_suite(const std::filesystem::path& file);

/// The same for text that is in memory; `name` stands in messages.
[[nodiscard]] Suite parse_suite(const std::string& text, const std::string& name);

}  // namespace athena::regress
