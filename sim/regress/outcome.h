// SPDX-License-Identifier: Apache-2.0
// How a run ended.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/regress/suite.h"

namespace athena::regress {

enum class Verdict {
    Passed,
    Failed,
    TimedOut,
    Crashed,  ///< ended by a signal
    Flooded,  ///< took more memory or wrote more than its limits allow
    Flaky,    ///< passed or failed otherwise before, with nothing changed
    Known,    ///< failed as a known failure whose day has not passed
    Lost,     ///< its job disappeared again and again
    NotRun,   ///< or stopped
};

/// As in reports: "passed", "failed", "timed-out", …
[[nodiscard]] std::string_view name_of(Verdict verdict);
/// Throws std::invalid_argument.
[[nodiscard]] Verdict verdict_named(std::string_view name);

/// Whether nothing is wrong with the suite because of it.
[[nodiscard]] constexpr bool is_good(Verdict verdict) {
    return verdict == Verdict::Passed || verdict == Verdict::Known;
}

struct Outcome {
    const Run* run = nullptr;
    Verdict verdict = Verdict::NotRun;
    std::string reason;  ///< one line; of a known failure that passed a remark
    double seconds = 0;
    /// Holds console.txt, log.txt, command.sh, result.json, and stats.json of `athena run`.
    std::filesystem::path folder;
    bool carried = false;  ///< of an earlier invocation
};

}  // namespace athena::regress
