// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: elements of 4 or 6 bits next to each other, the first lowest, from
// and to a byte each; eight at a time.
#pragma once

#include <cstdint>

namespace athena::numerics {

// The values of kBits in each 16, and what two and four of them become.
template <unsigned kBits>
struct PackedMasks {
    static constexpr std::uint64_t kOnes = ~std::uint64_t{0};
    static constexpr std::uint64_t kOne = kOnes / 0xFFFF * ((1U << kBits) - 1);
    static constexpr std::uint64_t kTwo = kOnes / 0xFFFF'FFFF * ((1U << 2 * kBits) - 1);
    static constexpr std::uint64_t kFour = (std::uint64_t{1} << 4 * kBits) - 1;
};

// Looks at the low kBits of each byte.
template <unsigned kBits>
[[nodiscard]] constexpr std::uint64_t packed(std::uint64_t x) {
    using Mask = PackedMasks<kBits>;
    x = (x & Mask::kOne) | (x >> (8 - kBits) & Mask::kOne << kBits);
    x = (x & Mask::kTwo) | (x >> (16 - 2 * kBits) & Mask::kTwo << 2 * kBits);
    return (x & Mask::kFour) | (x >> (32 - 4 * kBits) & Mask::kFour << 4 * kBits);
}

// Looks at the low 8 * kBits.
template <unsigned kBits>
[[nodiscard]] constexpr std::uint64_t unpacked(std::uint64_t x) {
    using Mask = PackedMasks<kBits>;
    x = (x & Mask::kFour) | (x << (32 - 4 * kBits) & Mask::kFour << 32);
    x = (x & Mask::kTwo) | (x << (16 - 2 * kBits) & Mask::kTwo << 16);
    return (x & Mask::kOne) | (x << (8 - kBits) & Mask::kOne << 8);
}

}  // namespace athena::numerics
