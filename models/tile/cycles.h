// SPDX-License-Identifier: Apache-2.0
// How many cycles of the tile's clock commands and accesses take: closed formulas in the command's
// fields and layout (docs/tile.md, DESIGN section 5).
#pragma once

#include <algorithm>
#include <cstdint>

#include "tile/matmul.h"

namespace athena::tile {

/// Accesses of the port without waiting: from the access's instant to the cycle of the last
/// response beat.
inline constexpr std::uint64_t kRegisterCycles = 3;
inline constexpr std::uint64_t kL1ReadCycles = 4;   ///< and one more for each further beat
inline constexpr std::uint64_t kL1WriteCycles = 3;  ///< and one more for each further beat
inline constexpr std::uint64_t kPushCycles = 3;
/// From the access that pushes a command to the queue of an idle tile to its pop.
inline constexpr std::uint64_t kPopCycles = 3;
/// From a completion record to the pop of the next command.
inline constexpr std::uint64_t kNextPopCycles = 1;

/// Decoding and checks, up to the completion record of a refused command.
inline constexpr std::uint64_t kCheckCycles = 4;
/// From the array's last product to the sum that is drained: multiply, add, round, read, register.
inline constexpr std::uint64_t kPipelineCycles = 5;

struct Array {
    std::uint64_t rows = 16;
    std::uint64_t columns = 16;
};

/// Cycles from queue pop to completion record. A block is (2 · rows) x (2 · columns) outputs; the
/// last blocks of a row or column of blocks take as long as whole ones. Each k of a block takes 4
/// cycles; L1 gives or takes 4 · rows bytes a cycle; C moves in the odd cycles while the
/// array works on another block, and in every cycle before the first and after the last.
[[nodiscard]] constexpr std::uint64_t command_cycles(const Matmul& matmul, const Array& array) {
    if (matmul.c.empty()) {
        return kCheckCycles;
    }
    const auto parts = [](std::uint64_t total, std::uint64_t part) {
        return (total + part - 1) / part;
    };
    const std::uint64_t block_rows = 2 * array.rows;
    const std::uint64_t block_columns = 2 * array.columns;
    const std::uint64_t blocks = parts(matmul.m(), block_rows) * parts(matmul.n(), block_columns);
    const std::uint64_t line = 4 * array.rows;
    const std::uint64_t move = block_rows * parts(block_columns * matmul.c.element_bytes, line);
    const std::uint64_t load = matmul.accumulate ? move : 0;
    const std::uint64_t feed = matmul.k() == 0 ? 0 : block_rows;
    const std::uint64_t multiply = 4 * matmul.k();
    const std::uint64_t steady = std::max(multiply, 2 * (load + move));
    return kCheckCycles + feed + load + (blocks - 1) * steady + multiply + kPipelineCycles + move;
}

}  // namespace athena::tile
