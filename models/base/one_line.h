// SPDX-License-Identifier: Apache-2.0
// Diagnostics are one line, whatever the text that they quote.
#pragma once

#include <algorithm>
#include <string>

namespace athena::base {

/// Control characters, line ends included, become '?'; UTF-8 stays.
inline std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; }, '?');
    return text;
}

}  // namespace athena::base
