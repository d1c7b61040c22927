// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: the checks of the vector operations, and what they share in reading
// small operands.
#pragma once

#include <algorithm>
#include <cstddef>

#include "numerics/optimiser.h"
#include "numerics/ordered_sums.h"
#include "numerics/quantise.h"
#include "numerics/row_operations.h"
#include "numerics/vector_operand.h"

namespace athena::numerics {

struct Shape {
    std::size_t rows;
    std::size_t columns;
};

/// Throw std::invalid_argument, naming `name`, if the operand does not fit or has another format
/// than asked for.
void check_real(const char* name, const VectorInput& input, Shape shape);
void check_real(const char* name, const VectorOutput& output, Shape shape);
void check_fp32(const char* name, const VectorOutput& output, Shape shape);
/// A column of Int32, or one for all.
void check_integers(const char* name, const VectorInput& input, Shape shape);

void check_arguments(const ReduceRowsArgs& args);
void check_arguments(const SoftmaxArgs& args);
void check_arguments(const SoftmaxBackwardArgs& args);
void check_arguments(const LayerNormArgs& args);
void check_arguments(const LayerNormBackwardArgs& args);
void check_arguments(const CrossEntropyArgs& args);
void check_arguments(const ColumnSumArgs& args);
void check_arguments(const AdamWArgs& args);
void check_arguments(const QuantiseArgs& args);

/// Of a row, from a column of Int32.
[[nodiscard]] inline std::size_t valid_length(const VectorInput& lengths, std::size_t row,
                                              std::size_t columns) {
    const auto length = static_cast<std::int32_t>(load_bits(lengths, row, 0));
    return length <= 0 ? 0 : std::min<std::size_t>(static_cast<std::size_t>(length), columns);
}

/// Element [row][column] of an FP32 output that is read too.
[[nodiscard]] inline float load_fp32(const VectorOutput& output, std::size_t row,
                                     std::size_t column) {
    return std::bit_cast<float>(
        load_bits(VectorFormat::Fp32, &output.data[row * output.ld + column * sizeof(float)]));
}

[[nodiscard]] AdamWFactors load_factors(const VectorInput& factors);

}  // namespace athena::numerics
