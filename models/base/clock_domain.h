// SPDX-License-Identifier: Apache-2.0
// A clock of the board: cycle counts are primary, a time is floor(cycles * 10^12 / f), never a sum
// of rounded periods.
#pragma once

#include "base/units.h"

namespace athena::base {

class ClockDomain {
  public:
    /// hertz: 1 to 10^12.
    explicit constexpr ClockDomain(std::uint64_t hertz) : hertz_(hertz) {}

    [[nodiscard]] constexpr std::uint64_t hertz() const { return hertz_; }

    /// Time of edge number `cycles`, counted from edge 0 at time 0.
    [[nodiscard]] constexpr Picoseconds at(Cycles cycles) const {
        return {static_cast<std::uint64_t>(Wide{cycles.value} * kPicosecondsPerSecond / hertz_)};
    }

    /// Number of the last edge at or before `time`: the largest c with at(c) <= time.
    [[nodiscard]] constexpr Cycles elapsed(Picoseconds time) const {
        // at(c) <= t  <=>  c * 10^12 < (t + 1) * f
        const Wide bound = (Wide{time.value} + 1) * hertz_ - 1;
        return {static_cast<std::uint64_t>(bound / kPicosecondsPerSecond)};
    }

    /// Number of the first edge at or after `time`.
    [[nodiscard]] constexpr Cycles next_edge(Picoseconds time) const {
        const Cycles cycles = elapsed(time);
        return at(cycles) == time ? cycles : cycles + Cycles{1};
    }

  private:
    __extension__ using Wide = unsigned __int128;
    static constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

    std::uint64_t hertz_;
};

}  // namespace athena::base
