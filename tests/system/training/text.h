// SPDX-License-Identifier: Apache-2.0
// A text as symbols 0..vocabulary-1, in ascending order of the bytes that occur in it, and draws
// (docs/charlm.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "numerics/philox.h"

namespace athena::training {

struct Text {
    std::vector<std::uint8_t> symbols;
    std::vector<std::uint8_t> bytes;  ///< of each symbol
    std::size_t train_length = 0;     ///< the first nine tenths: symbols[0, train_length)

    [[nodiscard]] std::size_t vocabulary() const { return bytes.size(); }
};

/// Throws std::runtime_error if the file cannot be read.
[[nodiscard]] Text read_text(const std::string& path);
[[nodiscard]] Text text_from(std::vector<std::uint8_t> content);

/// Word index mod 4 of the block {index / 4, step, stream, 0}.
[[nodiscard]] constexpr std::uint32_t draw(std::uint64_t seed, std::uint32_t stream,
                                           std::uint32_t step, std::uint32_t index) {
    return numerics::philox({index / 4, step, stream, 0}, seed)[index % 4];
}

/// One of `count` numbers by a drawn word.
[[nodiscard]] constexpr std::uint32_t scaled(std::uint32_t word, std::uint64_t count) {
    return static_cast<std::uint32_t>((word * count) >> 32);
}

}  // namespace athena::training
