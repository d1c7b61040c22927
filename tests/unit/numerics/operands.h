// SPDX-License-Identifier: Apache-2.0
// Random encodings by class of value.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace athena::test {

// In the order of magnitude; each comes with both signs.
enum class ValueClass {
    Zero,
    LeastSubnormal,
    Subnormal,
    LargestSubnormal,
    LeastNormal,
    Small,  // normal with an exponent near the least
    Middle,
    One,
    Large,  // normal with an exponent near the largest
    LargestNormal,
    Infinity,
    QuietNan,
    SignallingNan,
};
inline constexpr int kFiniteClasses = 10;
inline constexpr int kClasses = 13;

// An encoding with 8 exponent bits and `fraction_bits` fraction bits: 7 for BF16, 23 for FP32.
[[nodiscard]] std::uint32_t random_encoding(std::mt19937& random, ValueClass value_class,
                                            int fraction_bits);

[[nodiscard]] inline std::uint16_t random_bf16(std::mt19937& random, ValueClass value_class) {
    return static_cast<std::uint16_t>(random_encoding(random, value_class, 7));
}
[[nodiscard]] inline std::uint32_t random_fp32(std::mt19937& random, ValueClass value_class) {
    return random_encoding(random, value_class, 23);
}

// Seeds of a random test start here; the environment variable replays one.
[[nodiscard]] inline std::uint32_t first_seed() {
    const char* given = std::getenv("ATHENA_SEED");
    return given == nullptr ? 1 : static_cast<std::uint32_t>(std::strtoul(given, nullptr, 0));
}

}  // namespace athena::test
