// SPDX-License-Identifier: Apache-2.0
// The random numbers of the numerics contract (docs/vector-numerics.md): Philox4x32-10 (Salmon,
// Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011), uniform floats, and a
// written transform to normal deviates. This is the specification; philox-inl.h has the same
// sequences on vectors. Call normal_pair() with an Fp32Environment alive.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "numerics/elementary.h"

namespace athena::numerics {

using PhiloxBlock = std::array<std::uint32_t, 4>;

inline constexpr unsigned kPhiloxRounds = 10;
inline constexpr std::uint32_t kPhiloxEven = 0xD251'1F53;
inline constexpr std::uint32_t kPhiloxOdd = 0xCD9E'8D57;
inline constexpr std::uint32_t kPhiloxKeyStep0 = 0x9E37'79B9;
inline constexpr std::uint32_t kPhiloxKeyStep1 = 0xBB67'AE85;

// The block of this counter; the key's lower half comes first.
[[nodiscard]] constexpr PhiloxBlock philox(PhiloxBlock counter, std::uint64_t key) {
    auto key0 = static_cast<std::uint32_t>(key);
    auto key1 = static_cast<std::uint32_t>(key >> 32);
    for (unsigned round = 0; round < kPhiloxRounds; ++round) {
        const std::uint64_t even = std::uint64_t{kPhiloxEven} * counter[0];
        const std::uint64_t odd = std::uint64_t{kPhiloxOdd} * counter[2];
        counter = {static_cast<std::uint32_t>(odd >> 32) ^ counter[1] ^ key0,
                   static_cast<std::uint32_t>(odd),
                   static_cast<std::uint32_t>(even >> 32) ^ counter[3] ^ key1,
                   static_cast<std::uint32_t>(even)};
        key0 += kPhiloxKeyStep0;
        key1 += kPhiloxKeyStep1;
    }
    return counter;
}

// In [0, 1): the upper 24 bits of a word, in units of 2^-24.
[[nodiscard]] constexpr float unit_float(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24F;
}

// sin(pi/2 f) = f S(f^2) and cos(pi/2 f) = 1 + f^2 C(f^2) for |f| <= 1/2, printed by minimax.py:
// the largest error of S is 2^-24.4, that of f^2 C is 2^-31.2.
inline constexpr std::array kSinHalfPi{0x1.921fb6p0F, -0x1.4abc28p-1F, 0x1.468282p-4F,
                                       -0x1.3375fep-8F};
inline constexpr std::array kCosHalfPi{-0x1.3bd3ccp0F, 0x1.03c1aep-2F, -0x1.55b146p-6F,
                                       0x1.d47d48p-11F};

// Two independent normal deviates of mean 0 and variance 1, by Box and Muller: a radius
// sqrt(-2 log(1 - u)) and an angle 2 pi u. The angle is cut into quadrants in integers: its upper
// 24 bits are (4 u) 2^22, of which f keeps what is beyond the nearest quarter turn.
[[nodiscard]] inline std::array<float, 2> normal_pair(std::uint32_t radius_word,
                                                      std::uint32_t angle_word) {
    const float radius = std::sqrt(-2.0F * log_fp32(1.0F - unit_float(radius_word)));
    const std::uint32_t angle = angle_word >> 8;
    const std::uint32_t quarter = (angle + (1U << 21)) >> 22;
    const auto beyond = static_cast<std::int32_t>(angle - (quarter << 22));
    const float f = static_cast<float>(beyond) * 0x1p-22F;
    const float square = f * f;
    const float sine = f * polynomial(square, kSinHalfPi);
    const float cosine = std::fma(square, polynomial(square, kCosHalfPi), 1.0F);
    // Quarter turns 1 and 3 exchange the two; the cosine of 1 and 2, the sine of 2 and 3 is
    // negative.
    const bool is_odd = (quarter & 1) != 0;
    const float x = radius * (is_odd ? sine : cosine);
    const float y = radius * (is_odd ? cosine : sine);
    const std::uint32_t x_sign = ((quarter + 1) & 2) << 30;
    const std::uint32_t y_sign = (quarter & 2) << 30;
    return {std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ x_sign),
            std::bit_cast<float>(std::bit_cast<std::uint32_t>(y) ^ y_sign)};
}

// Four normal deviates of a block: words 0 and 1 give the first two, 2 and 3 the others.
[[nodiscard]] inline std::array<float, 4> normal_block(const PhiloxBlock& words) {
    const auto first = normal_pair(words[0], words[1]);
    const auto second = normal_pair(words[2], words[3]);
    return {first[0], first[1], second[0], second[1]};
}

[[nodiscard]] constexpr std::array<float, 4> uniform_block(const PhiloxBlock& words) {
    return {unit_float(words[0]), unit_float(words[1]), unit_float(words[2]), unit_float(words[3])};
}

}  // namespace athena::numerics
