// SPDX-License-Identifier: Apache-2.0
// Diagnostics are one line, whatever the text that they quote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace athena::base {

/// Control characters become '?': line ends, escapes, and U+0080 to U+009F, by which terminals
/// understand escapes too. Other UTF-8 stays.
inline std::string one_line(std::string_view text) {
    std::string line;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool two = byte == 0xC2 && i + 1 < text.size() &&
                         (static_cast<unsigned char>(text[i + 1]) & 0xE0) == 0x80;
        line += two || byte < 0x20 || byte == 0x7F ? '?' : text[i];
        i += two ? 1 : 0;
    }
    return line;
}

}  // namespace athena::base
