// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace athena::sim {

/// As in "0.1.0".
[[nodiscard]] std::string_view version();

/// What --version says: version and revision, if it was built from a repository; SystemC;
/// Verilator. A line each, the last one without its end.
[[nodiscard]] std::string version_text();

}  // namespace athena::sim
