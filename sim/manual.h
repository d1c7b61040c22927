// SPDX-License-Identifier: Apache-2.0
// The manual page athena(1), from the command line's description.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace athena::sim {

/// In the man macros of roff; `version` stands at the foot.
[[nodiscard]] std::string manual_page(const CLI::App& app, const std::string& version);

}  // namespace athena::sim
