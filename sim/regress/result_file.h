// SPDX-License-Identifier: Apache-2.0
// A run's result.json in its folder: what lets an invocation go on where an earlier one was ended,
// and tells a submitter of jobs what became of them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/regress/outcome.h"

namespace athena::regress {

/// Of what a run does and is expected to do, with sizes and times of the program and of the files
/// that its arguments name: two runs with the same one should end in the same way.
[[nodiscard]] std::string fingerprint(const Run& run, const std::filesystem::path& program);

struct Result {
    Verdict verdict = Verdict::NotRun;
    std::string reason;
    double seconds = 0;
    std::string fingerprint;
    std::string submission{};  ///< of a farm; else empty
};

/// At once or not at all. Throws SuiteError.
void write_result(const std::filesystem::path& folder, const Result& result);
/// Nothing if there is none or it makes no sense.
[[nodiscard]] std::optional<Result> read_result(const std::filesystem::path& folder);

/// Replaces a file at once. Throws SuiteError.
void replace_file(const std::filesystem::path& file, const std::string& content);

}  // namespace athena::regress
