// SPDX-License-Identifier: Apache-2.0
// A clock of the board: cycle counts are primary, a time is floor(cycles * 10^12 / f), never a sum
// of rounded periods.
#pragma once

#include <cstdint>
#include <numeric>

#include "base/units.h"

namespace athena::base {

class ClockDomain {
  public:
    /// hertz: 1 to 10^12.
    explicit constexpr ClockDomain(std::uint64_t hertz)
        : hertz_(hertz),
          numerator_(kPicosecondsPerSecond / std::gcd(kPicosecondsPerSecond, hertz)),
          denominator_(hertz / std::gcd(kPicosecondsPerSecond, hertz)) {}

    [[nodiscard]] constexpr std::uint64_t hertz() const { return hertz_; }

    /// Time of edge number `cycles`, counted from edge 0 at time 0.
    [[nodiscard]] constexpr Picoseconds at(Cycles cycles) const {
        if (cycles.value <= kMost / numerator_) {
            return {cycles.value * numerator_ / denominator_};
        }
        return {static_cast<std::uint64_t>(Wide{cycles.value} * numerator_ / denominator_)};
    }

    /// Number of the last edge at or before `time`: the largest c with at(c) <= time.
    [[nodiscard]] constexpr Cycles elapsed(Picoseconds time) const {
        // With the period n / d: at(c) <= t  <=>  c * n < (t + 1) * d
        if (time.value < kMost / denominator_) {
            return {((time.value + 1) * denominator_ - 1) / numerator_};
        }
        const Wide bound = (Wide{time.value} + 1) * denominator_ - 1;
        return {static_cast<std::uint64_t>(bound / numerator_)};
    }

    /// Number of the first edge at or after `time`.
    [[nodiscard]] constexpr Cycles next_edge(Picoseconds time) const {
        const Cycles cycles = elapsed(time);
        return at(cycles) == time ? cycles : cycles + Cycles{1};
    }

  private:
    __extension__ using Wide = unsigned __int128;
    static constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

    static constexpr std::uint64_t kMost = ~std::uint64_t{0};

    std::uint64_t hertz_;
    // The period in picoseconds, a fraction in lowest terms: most times need no wide division.
    std::uint64_t numerator_;
    std::uint64_t denominator_;
};

}  // namespace athena::base
