// SPDX-License-Identifier: Apache-2.0
// What a run of charlm depends on, with the defaults of docs/charlm.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace athena::charlm {

struct Options {
    std::uint32_t steps = 2000;
    std::uint32_t batch = 128;
    std::uint32_t context = 6;
    std::uint32_t embedding = 32;
    std::uint32_t hidden = 256;
    std::uint64_t seed = 1;
    float rate = 0.3f;
    float momentum = 0.9f;
    std::uint32_t every = 100;   // steps between two loss lines
    std::uint32_t eval = 0;      // validation characters; 0 means all
    std::uint32_t sample = 400;  // characters to generate
    float temperature = 0.7f;
};

// The text as symbols 0..vocabulary-1, in ascending order of the bytes that occur in it.
struct Text {
    std::vector<std::uint8_t> symbols;
    std::vector<std::uint8_t> bytes;  // byte of each symbol
    std::size_t train_length = 0;     // first nine tenths: symbols[0, train_length)

    [[nodiscard]] std::size_t vocabulary() const { return bytes.size(); }
};

[[nodiscard]] Text read_text(const std::string& path);
[[nodiscard]] Text text_from(std::vector<std::uint8_t> content);

}  // namespace athena::charlm
