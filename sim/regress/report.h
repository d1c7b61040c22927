// SPDX-License-Identifier: Apache-2.0
// What an invocation tells: JUnit XML as CI systems read it (the Ant task's schema: one testsuite,
// one testcase a run), JSON, and a page in one file.
#pragma once

#include <string>
#include <vector>

#include "sim/regress/history.h"
#include "sim/regress/outcome.h"

namespace athena::regress {

struct Report {
    std::string suite;  ///< its name
    std::filesystem::path folder;
    const std::vector<Outcome>& outcomes;
    const History& history;
    bool ended = true;      ///< else it is written while runs go on
    std::string started{};  ///< UTC, ISO 8601
};

/// Failures hold reason, replay line and the last lines of the output. Bytes that XML 1.0 forbids
/// become '?'. A known failure is skipped.
[[nodiscard]] std::string junit_xml(const Report& report);
/// docs/regress.md, "report.json".
[[nodiscard]] std::string report_json(const Report& report);
/// Failures first; search, links to what the runs wrote, the last invocations of each run.
[[nodiscard]] std::string report_html(const Report& report);

struct Counts {
    std::size_t passed = 0;
    std::size_t known = 0;
    std::size_t not_run = 0;
    std::size_t failed = 0;  ///< all others
};
[[nodiscard]] Counts count(const std::vector<Outcome>& outcomes);

/// The last bytes of a file, from the beginning of a line where there is one.
[[nodiscard]] std::string tail_of(const std::filesystem::path& path, std::size_t bytes);

}  // namespace athena::regress
