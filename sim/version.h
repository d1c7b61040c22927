// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace athena::sim {

/// As in "0.1.0".
[[nodiscard]] std::string_view version();

}  // namespace athena::sim
