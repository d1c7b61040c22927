// SPDX-License-Identifier: Apache-2.0
// A regression suite: runs of `athena run` and `athena cosim` and what is expected of them
// (docs/regress.md).
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/one_line.h"

namespace athena::regress {

/// A suite file, or a folder or file of a suite, that cannot be used: one line, "FILE:LINE: what,
/// expected what".
class SuiteError : public std::runtime_error {
  public:
    explicit SuiteError(const std::string& text) : std::runtime_error(base::one_line(text)) {}
};

/// Of a number in the file of --stats: below `machine`, or below `run` if the path begins so.
struct Bound {
    std::string path;  ///< names with dots between
    std::optional<double> least{};
    std::optional<double> most{};
};

/// A failure that is expected up to a day.
struct KnownFailure {
    std::string reason;
    std::chrono::sys_days until;  ///< the last day, UTC
};

struct Run {
    std::string name;                    ///< unique in the suite: letters, digits, - _ .
    std::vector<std::string> arguments;  ///< after `athena`; {folder} stands for the run's own
    int exit_status = 0;
    /// Regular expressions (ECMAScript), found in the output in this order, each within a line.
    std::vector<std::string> console;
    std::vector<std::string> forbidden;  ///< found nowhere in it
    std::vector<Bound> bounds;
    std::optional<std::filesystem::path> signature;  ///< what --signature has to write
    /// Its lines have to be found in lines of the output, in this order.
    std::optional<std::filesystem::path> losses;
    std::chrono::seconds timeout{60};
    std::optional<std::uint64_t> memory_mib;  ///< resident, of all its processes' first
    std::uint64_t output_mib = 64;            ///< of each file that it writes
    std::vector<std::string> labels;
    std::optional<KnownFailure> known_failure;
    std::map<std::string, std::string> settings;  ///< of its matrix, by key
    std::string original;                         ///< the run that this one repeats; empty: none
};

struct Suite {
    std::string name;
    std::vector<Run> runs;
};

/// Throws SuiteError.
[[nodiscard]] Suite load_suite(const std::filesystem::path& file);

/// The same for text that is in memory, as if it were in `file`.
[[nodiscard]] Suite parse_suite(const std::string& text, const std::filesystem::path& file);

}  // namespace athena::regress
