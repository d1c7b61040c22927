// SPDX-License-Identifier: Apache-2.0
// Text in XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace athena::sim {

/// With what means something there (&, <, > and ") as entities.
[[nodiscard]] inline std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        switch (character) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += character;
        }
    }
    return result;
}

}  // namespace athena::sim
