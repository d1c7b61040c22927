// SPDX-License-Identifier: Apache-2.0
// The random numbers of philox.h as arrays, by the widest vectors of this CPU.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace athena::numerics {

// Element i is number i mod 4 of the block with counter {i / 4, counter}.
struct PhiloxStream {
    std::uint64_t key = 0;
    std::array<std::uint32_t, 3> counter{};
};

enum class Distribution { Uniform, Normal };

// Elements first, first + 1, … of the stream: the same bits however a range is cut, under any
// floating-point environment. std::invalid_argument beyond element 2^34, where counters end.
void fill_random(Distribution distribution, const PhiloxStream& stream, std::uint64_t first,
                 std::span<float> to);

// As fill_random(), one block after another by philox.h.
void fill_random_reference(Distribution distribution, const PhiloxStream& stream,
                           std::uint64_t first, std::span<float> to);

}  // namespace athena::numerics
