// SPDX-License-Identifier: Apache-2.0
// What the program says to its user.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace athena::sim {

/// Formats to standard error. That it is closed or full is no reason to end: results and exit
/// status stay what they are.
template <typename... Arguments>
void tell(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    const std::string text = fmt::format(format, std::forward<Arguments>(arguments)...);
    (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace athena::sim
