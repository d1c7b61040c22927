// SPDX-License-Identifier: Apache-2.0
// The file of --stats: object `machine` (integers, identical between runs and hosts) and object
// `run` (never compared).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/statistics.h"
#include "sim/output_file.h"

namespace athena::sim {

struct RunFacts {
    double wall_seconds = 0;
    std::uint64_t instructions = 0;
    std::vector<std::string> command_line = {};
    std::string work_unit = {};  ///< of what the guest says it has done; empty: it says nothing
    double work_per_second = 0;
};

/// A file that can be written is made sure of before the run.
class StatisticsFile {
  public:
    /// Throws UsageError.
    explicit StatisticsFile(const std::filesystem::path& file) : file_(file) {}

    /// `machine` reports everything into the object of that name. Throws UsageError.
    void write(const base::StatisticsSource& machine, const RunFacts& run);

  private:
    OutputFile file_;
};

}  // namespace athena::sim
