// SPDX-License-Identifier: Apache-2.0
// `athena trace F`: what a timeline says in a page of text.
#pragma once

#include <filesystem>
#include <ostream>

namespace athena::sim::trace {

struct SummaryOptions {
    std::filesystem::path file;
    bool path = false;  ///< each link of the critical path, too
};

/// Utilisation, critical path and the longest stalls. Throws UsageError as read_recording() does.
void summarise(const SummaryOptions& options, std::ostream& out);

}  // namespace athena::sim::trace
