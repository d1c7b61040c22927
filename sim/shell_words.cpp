// SPDX-License-Identifier: Apache-2.0
#include "sim/shell_words.h"

namespace athena::sim {

namespace {

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() &&
                       word.find_first_not_of(
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./=:,@-"
                           "") == std::string::npos;
    if (plain) {
        return word;
    }
    std::string result = "'";
    for (const char c : word) {
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result + "'";
}

}  // namespace

std::string shell_words(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) {
        line += (line.empty() ? "" : " ") + quoted(word);
    }
    return line;
}

}  // namespace athena::sim
