// SPDX-License-Identifier: Apache-2.0
// How the runs of a suite ended in the last invocations: a line of JSON for each, in a file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/regress/outcome.h"

namespace athena::regress {

struct Past {
    Verdict verdict = Verdict::NotRun;
    double seconds = 0;
};

class History {
  public:
    static constexpr std::size_t kKept = 20;  ///< invocations, of each run

    /// What makes no sense in the file is left out; so is all if there is none.
    explicit History(std::filesystem::path file);

    /// Oldest first.
    [[nodiscard]] const std::vector<Past>& of(const std::string& run) const;
    /// Appends what has run now. Throws SuiteError.
    void add(const std::vector<Outcome>& outcomes);

  private:
    std::filesystem::path file_;
    std::vector<std::string> lines_;
    std::map<std::string, std::vector<Past>> runs_;
};

}  // namespace athena::regress
