// SPDX-License-Identifier: Apache-2.0
// The random choices of a co-simulation round; all follow from its seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace athena::cosim {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] std::uint64_t bits() { return engine_(); }
    /// 0 to count - 1.
    [[nodiscard]] std::uint64_t below(std::uint64_t count) { return engine_() % count; }
    [[nodiscard]] std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        return first + below(last - first + 1);
    }
    [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
    /// 1 to `most`, every doubling as likely as every other.
    [[nodiscard]] std::uint64_t log_uniform(std::uint64_t most) {
        unsigned doublings = 0;
        while ((std::uint64_t{2} << doublings) <= most) {
            ++doublings;
        }
        const std::uint64_t first = std::uint64_t{1} << below(doublings + 1);
        return std::min(most, first + below(first));
    }

  private:
    std::mt19937_64 engine_;
};

/// The seed of round `index` (SplitMix64 of both).
[[nodiscard]] constexpr std::uint64_t round_seed(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed * 0xD134'2543'DE82'EF95 + (index + 1) * 0x9E37'79B9'7F4A'7C15;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
}

}  // namespace athena::cosim
