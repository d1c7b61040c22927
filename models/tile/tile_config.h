// SPDX-License-Identifier: Apache-2.0
// The tile's parameters, those of rtl/tile/athena_tile.sv.
#pragma once

#include <cstdint>

namespace athena::tile {

struct TileConfig {
    std::uint32_t rows = 16;
    std::uint32_t columns = 16;
    std::uint32_t l1_bytes = 1 << 20;
    std::uint32_t queue_depth = 8;  ///< commands that wait besides the running one; 1 to 255

    bool operator==(const TileConfig&) const = default;
};

}  // namespace athena::tile
