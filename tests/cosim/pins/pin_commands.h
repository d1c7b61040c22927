// SPDX-License-Identifier: Apache-2.0
// Random MATMUL lines of every format, layout and flag, some of them malformed.
#pragma once

#include <cstdint>
#include <vector>

#include "pin_random.h"
#include "tile/matmul.h"
#include "tile/tile_ports.h"

namespace athena::pins {

struct Commands {
    std::vector<tile::Beat> lines;
    std::vector<tile::Range> touched;  ///< by those that can run
};

[[nodiscard]] Commands make_commands(Random& random, unsigned count, std::uint64_t l1_bytes);

/// Whether the range meets none of the commands'.
[[nodiscard]] bool is_free(const Commands& commands, tile::Range range);

}  // namespace athena::pins
