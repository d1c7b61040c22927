// SPDX-License-Identifier: Apache-2.0
// What the targets share: the input in the types that readers take, and refusals, which are one
// line.
#pragma once

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace athena::test {

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

inline std::vector<std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    return {bytes.begin(), bytes.end()};
}

/// Whatever else is thrown ends the program.
template <typename Refusal, typename Read>
void may_refuse(Read read) {
    try {
        read();
    } catch (const Refusal& refusal) {
        const std::string line = refusal.what();
        CHECK((!line.empty() && line.find('\n') == std::string::npos));
    }
}

}  // namespace athena::test
