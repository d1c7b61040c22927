// SPDX-License-Identifier: Apache-2.0
// What was asked of a tile's port, kept so that it can be asked again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tile/tile_ports.h"

namespace athena::tile {

/// One burst, as it was handed to the driver in `cycle` since reset.
struct RecordedAccess {
    std::uint64_t cycle = 0;
    bool write = false;
    std::uint32_t address = 0;
    std::uint8_t size = 6;  ///< log2 of a beat's bytes
    AxiBurst burst = AxiBurst::Incr;
    std::vector<std::byte> data = {};         ///< of a write; of a read zeros, as many as it reads
    std::vector<unsigned char> enables = {};  ///< of a write: 0 is off; empty: all on
    bool refused = false;                     ///< a line that found the queue full

    bool operator==(const RecordedAccess&) const = default;
};

}  // namespace athena::tile
