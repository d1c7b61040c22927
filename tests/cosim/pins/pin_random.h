// SPDX-License-Identifier: Apache-2.0
// The random choices of a round of pins; all follow from its seed.
#pragma once

#include <cstdint>
#include <random>

namespace athena::pins {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] std::uint64_t bits() { return engine_(); }
    /// 0 to count - 1.
    [[nodiscard]] std::uint64_t below(std::uint64_t count) { return engine_() % count; }
    [[nodiscard]] bool chance(std::uint64_t percent) { return below(100) < percent; }
    /// 1 to 2^doublings, small ones as likely as large ones.
    [[nodiscard]] std::uint64_t log_uniform(unsigned doublings) {
        const std::uint64_t first = std::uint64_t{1} << below(doublings);
        return first + below(first + 1);
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace athena::pins
