// SPDX-License-Identifier: Apache-2.0
// A round of random pins: some commands among other traffic, on the RTL and the model together.
#pragma once

#include <cstdint>

#include "tile/tile_pair.h"

namespace athena::pins {

struct RoundResult {
    std::uint64_t cycles = 0;
    std::uint64_t commands = 0;  ///< completed
    bool hangs = false;
};

/// All of it follows from the seed. The pair may have seen rounds before. Its difference() tells
/// whether RTL and model agree.
RoundResult run_round(tile::TilePair& pair, std::uint64_t seed);

}  // namespace athena::pins
