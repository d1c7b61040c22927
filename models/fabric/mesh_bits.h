// SPDX-License-Identifier: Apache-2.0
// Sets as bit masks, and round-robin among them.
#pragma once

#include <cstdint>

namespace athena::fabric::mesh {

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

// Without a branch, where nobody can foresee it.
constexpr std::uint64_t bit_if(bool condition, unsigned number) {
    return std::uint64_t{condition} << number;
}

constexpr std::uint64_t ones_if(bool condition) {
    return -std::uint64_t{condition};
}

constexpr bool has_two(std::uint64_t set) {  // or more
    return (set & (set - 1)) != 0;
}

/// std::countr_zero() without its case of an empty set.
inline unsigned number_of_lowest(std::uint64_t set) {
    return static_cast<unsigned>(__builtin_ctzll(set));
}

/// The lowest bit of those that come first by a round-robin's pointer, else of all.
template <typename Mask>
Mask round_robin(Mask bits, Mask later) {
    const auto first = static_cast<Mask>(bits & later);
    const auto from = static_cast<Mask>(first | (bits & ones_if(first == 0)));
    return static_cast<Mask>(from & -from);
}
/// The pointer behind the winner: all that comes later.
template <typename Mask>
Mask behind(Mask winner) {
    return static_cast<Mask>(-(winner << 1));
}

}  // namespace athena::fabric::mesh
