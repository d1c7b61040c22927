// SPDX-License-Identifier: Apache-2.0
// Strong integer types where units meet: board time, clock cycles, physical addresses.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace athena::base {

template <typename Tag>
struct Quantity {
    std::uint64_t value = 0;

    // clang-tidy 14 takes the 0 of a rewritten comparison for a pointer.
    constexpr auto operator<=>(const Quantity&) const = default;  // NOLINT(modernize-use-nullptr)
    constexpr Quantity operator+(Quantity other) const { return {value + other.value}; }
    constexpr Quantity operator-(Quantity other) const { return {value - other.value}; }
    constexpr Quantity& operator+=(Quantity other) {
        value += other.value;
        return *this;
    }
};

/// Board time or a span of it, in picoseconds since reset; 2^64 ps are 213 days.
using Picoseconds = Quantity<struct PicosecondsTag>;
/// Edges of one clock domain; primary wherever a block has a clock (DESIGN "Clocks").
using Cycles = Quantity<struct CyclesTag>;
/// Physical address on the board.
using PhysAddr = Quantity<struct PhysAddrTag>;

/// Later than any time that can be reached.
inline constexpr Picoseconds kNever{std::numeric_limits<std::uint64_t>::max()};

}  // namespace athena::base
