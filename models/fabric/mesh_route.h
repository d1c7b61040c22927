// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "fabric/mesh_state.h"

namespace athena::fabric::mesh {

/// Dimension order, first x, then y: by the signs of the distances.
constexpr std::uint8_t kOutputs[3][3] = {
    {kWest, kWest, kWest}, {kSouth, kLocal, kNorth}, {kEast, kEast, kEast}};

/// The output towards (x, y).
inline unsigned route(const Site& site, std::uint16_t x, std::uint16_t y) {
    const unsigned dx = 1U + (x > site.x) - (x < site.x);
    const unsigned dy = 1U + (y > site.y) - (y < site.y);
    return kOutputs[dx][dy];
}

}  // namespace athena::fabric::mesh
