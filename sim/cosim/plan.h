// SPDX-License-Identifier: Apache-2.0
// What a co-simulation round is to do: the contents of L1 and a list of commands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/cosim/random.h"
#include "tile/matmul.h"

namespace athena::cosim {

using Line = std::array<std::byte, 64>;

struct Plan {
    std::vector<Line> commands;
    std::vector<std::byte> l1;         ///< contents at the round's beginning
    std::vector<tile::Range> touched;  ///< by any of the commands
    std::vector<tile::Range> results;  ///< of any of the commands

    /// The first byte touched that no command writes, so that it can be compared at the end.
    [[nodiscard]] std::uint64_t first_kept() const;
};

/// Commands of all shapes, some of them wrong, some of them on each other's matrices; operands of
/// all classes of numbers. Tags are first_tag and up.
[[nodiscard]] Plan make_plan(Random& random, std::uint64_t commands, std::uint32_t first_tag,
                             std::uint64_t l1_bytes);

/// Fills bytes with BF16 or FP32 elements of one of the classes: ordinary, wide range, subnormal,
/// cancelling, special, any bits.
void fill_operand(Random& random, std::span<std::byte> bytes, unsigned element_bytes);

}  // namespace athena::cosim
