// SPDX-License-Identifier: Apache-2.0
// Rows by index (docs/vector-numerics.md): gather, and scatter-add in ascending position.
#pragma once

#include <cstddef>
#include <cstdint>

#include "numerics/vector_operand.h"

namespace athena::numerics {

/// out[r] = table[index[r] - first], for r ascending; rows of out whose index is not in [first,
/// first + entries) stay, so a large table may be taken in slices.
struct GatherArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t entries = 0;
    std::uint32_t first = 0;
    VectorInput table{};    ///< a matrix, [entries][columns]
    VectorInput indices{};  ///< Int32, a column
    VectorOutput output{};  ///< [rows][columns]
};

/// table[index[r] - first] += x[r], for r ascending; rows of x whose index is outside are left out.
struct ScatterAddArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t entries = 0;
    std::uint32_t first = 0;
    VectorInput x{};        ///< [rows][columns]
    VectorInput indices{};  ///< Int32, a column
    VectorOutput table{};   ///< FP32, [entries][columns], read and written
};

/// Throw std::invalid_argument, with nothing written, if an operand does not fit or its format is
/// not the one asked for. Floating-point environment as elementwise().
void gather(const GatherArgs& args);
void scatter_add(const ScatterAddArgs& args);

}  // namespace athena::numerics
