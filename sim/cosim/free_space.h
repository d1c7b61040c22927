// SPDX-License-Identifier: Apache-2.0
// Where in L1 other traffic may go while commands run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/cosim/random.h"
#include "tile/matmul.h"

namespace athena::cosim {

/// A range of `size` bytes that meets none of `taken`, at any address or, half of the time, in or
/// at one of `popular`; nothing if none was found in a few tries.
[[nodiscard]] inline std::optional<tile::Range> find_free(
    Random& random, std::uint64_t size, std::uint64_t l1_bytes, std::span<const tile::Range> taken,
    std::span<const tile::Range> popular = {}) {
    for (unsigned attempt = 0; attempt < 8; ++attempt) {
        std::uint64_t begin = random.below(l1_bytes - size + 1);
        if (!popular.empty() && random.chance(50)) {
            const tile::Range& at = popular[random.below(popular.size())];
            begin = std::min(random.between(at.begin - std::min(size, at.begin), at.end),
                             l1_bytes - size);
        }
        const tile::Range range{begin, begin + size};
        if (std::ranges::none_of(taken, [&](tile::Range other) { return range.meets(other); })) {
            return range;
        }
    }
    return std::nullopt;
}

}  // namespace athena::cosim
