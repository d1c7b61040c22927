// SPDX-License-Identifier: Apache-2.0
// Sums over rows, whose order is fixed by shapes (docs/vector-numerics.md).
#pragma once

#include <cstddef>

#include "numerics/vector_operand.h"

namespace athena::numerics {

/// Rows of a chunk of a column sum.
inline constexpr std::size_t kColumnSumRows = 64;

/// out[i] = the sum of column i of a: rows in chunks of 64, each chunk's sum in ascending rows from
/// its first, then the chunks' sums in ascending order, from out[i] if it accumulates, else from
/// the first chunk's. So a sum may be cut at multiples of 64 rows. Without rows out is +0, or
/// stays.
struct ColumnSumArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    VectorInput a{};
    VectorOutput output{};  ///< FP32, [1][columns]
    bool accumulate = false;
};

/// out[0] = one chain of additions over a in row-major order, from out[0] if it accumulates, else
/// from the first element. Without elements out is +0, or stays.
struct OrderedSumArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    VectorInput a{};
    VectorOutput output{};  ///< FP32, [1][1]
    bool accumulate = false;
};

/// Throw std::invalid_argument, with nothing written, if an operand does not fit or its format is
/// not the one asked for. Floating-point environment as elementwise().
void column_sum_reference(const ColumnSumArgs& args);
void column_sum(const ColumnSumArgs& args);
void ordered_sum(const OrderedSumArgs& args);

}  // namespace athena::numerics
