// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL behind the tile's front.
#pragma once

#include <string>

#include "tile/port_tile.h"

namespace athena::tile {

class RtlTile : public PortTile<VerilatedTile> {
  public:
    /// VerilatedTile::wave() of its tile.
    void wave(const std::string& file, std::uint64_t first, std::uint64_t last) {
        driver().tile().wave(file, first, last);
    }
};

}  // namespace athena::tile
