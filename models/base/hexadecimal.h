// SPDX-License-Identifier: Apache-2.0
// Numbers as messages show them.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace athena::base {

/// Lower-case digits of base 16, as many as the value needs, but at least `least`: "a5", "00a5".
inline std::string hex_digits(std::uint64_t value, std::size_t least = 1) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), value, 16).ptr;
    const std::string text(digits.begin(), end);
    return text.size() < least ? std::string(least - text.size(), '0') + text : text;
}

/// The same behind "0x".
inline std::string hexadecimal(std::uint64_t value, std::size_t least = 1) {
    return "0x" + hex_digits(value, least);
}

}  // namespace athena::base
