// SPDX-License-Identifier: Apache-2.0
// Damages a valid input: cuts, flipped bits, replaced bytes and fields, repeated and moved pieces.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace athena::test {

/// ATHENA_SEED, or 1: the first of the seeds that a test goes through.
inline std::uint32_t first_seed() {
    const char* text = std::getenv("ATHENA_SEED");
    return text == nullptr ? 1 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

/// ATHENA_FUZZ, or `otherwise`: how many seeds.
inline std::uint32_t iterations(std::uint32_t otherwise) {
    const char* text = std::getenv("ATHENA_FUZZ");
    return text == nullptr ? otherwise
                           : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

class Mutator {
  public:
    explicit Mutator(std::uint32_t seed) : random_(seed) {}

    [[nodiscard]] std::string damage(std::string text) {
        const std::size_t times = 1 + below(4);
        for (std::size_t i = 0; i < times && !text.empty(); ++i) {
            damage_once(text);
        }
        return text;
    }

  private:
    [[nodiscard]] std::size_t below(std::size_t limit) { return random_() % limit; }

    void damage_once(std::string& text) {
        const std::size_t at = below(text.size());
        const std::size_t length = 1 + below(std::min<std::size_t>(text.size() - at, 40));
        switch (below(7)) {
            case 0:
                text.resize(at);
                break;
            case 1:
                text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
                break;
            case 2:
                text[at] = static_cast<char>(random_());
                break;
            case 3:
                replace_field(text, at);
                break;
            case 4:
                text.erase(at, length);
                break;
            case 5:
                text.insert(below(text.size()), text.substr(at, length));
                break;
            default:
                text.insert(at, 1 + below(300), text[at]);
        }
    }

    /// A number that is at a limit of something, as 4 or 8 bytes, little endian.
    void replace_field(std::string& text, std::size_t at) {
        const std::array<std::uint64_t, 9> values = {
            0,     1,           0x7FFF'FFFF,     0xFFFF'FFFF,        1ULL << 63,
            ~0ULL, text.size(), text.size() - 1, ~0ULL - text.size()};
        const std::uint64_t value = values[below(values.size())];
        const std::size_t width = below(2) == 0 ? 4 : 8;
        for (std::size_t i = 0; i < width && at + i < text.size(); ++i) {
            text[at + i] = static_cast<char>(value >> (8 * i));
        }
    }

    std::mt19937 random_;
};

}  // namespace athena::test
