// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011).
#pragma once

#include <array>
#include <cstdint>

namespace athena::charlm {

[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t left = std::uint64_t{0xD2511F53} * counter[0];
        const std::uint64_t right = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {static_cast<std::uint32_t>(right >> 32) ^ counter[1] ^ key[0],
                   static_cast<std::uint32_t>(right),
                   static_cast<std::uint32_t>(left >> 32) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(left)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return counter;
}

// Draw `index` of a stream at a step: word index mod 4 of the block {index / 4, step, stream, 0}.
enum class Stream : std::uint32_t { Embedding = 0, Layer1 = 1, Layer2 = 2, Batch = 3, Sample = 4 };

[[nodiscard]] constexpr std::uint32_t draw(std::uint64_t seed, Stream stream, std::uint32_t step,
                                           std::uint32_t index) {
    return philox4x32(
        {index / 4, step, static_cast<std::uint32_t>(stream), 0},
        {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)})[index % 4];
}

// In [0, 1), a multiple of 2^-24.
[[nodiscard]] constexpr float unit_uniform(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24f;
}

}  // namespace athena::charlm
