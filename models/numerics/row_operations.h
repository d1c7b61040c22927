// SPDX-License-Identifier: Apache-2.0
// Vector operations along the rows of a matrix (docs/vector-numerics.md): reductions, softmax,
// layer norm, cross-entropy, and their backward forms. Inputs are read as FP32; all arithmetic is
// FP32.
#pragma once

#include <cstddef>
#include <cstdint>

#include "numerics/vector_operand.h"
#include "numerics/workspace.h"

namespace athena::numerics {

enum class Reduction : std::uint8_t {
    Sum = 0,           ///< of a
    SumOfSquares = 1,  ///< of a * a, fused
    Dot = 2,           ///< of a * b, fused
    Maximum = 3,       ///< of a
    Minimum = 4
};

/// out[r] = the reduction of row r. Of nothing: +0, -infinity, +infinity. out: [rows][1]. The order
/// of sums is that of RowSum (vector_arithmetic.h).
struct ReduceRowsArgs {
    Reduction reduction = Reduction::Sum;
    std::size_t rows = 0;
    std::size_t columns = 0;
    VectorInput a{};
    VectorInput b{};  ///< of Dot
    VectorOutput output{};
};

/// out[r][i] = exp(s - m) / sum, s = x[r][i] * scale, m = max of s. `lengths` (Int32, a column) is
/// the valid length of each row: beyond it nothing is read and +0 is written; it is clamped to 0
/// and columns. A row whose maximum is NaN or infinite gives NaN. The output may be exactly x.
struct SoftmaxArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    float scale = 1;
    VectorInput x{};
    VectorInput lengths{};
    VectorOutput output{};
};

/// out = (dy - sum(y * dy)) * y * scale over the valid length. The output may be exactly y or dy.
struct SoftmaxBackwardArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    float scale = 1;
    VectorInput y{};
    VectorInput dy{};
    VectorInput lengths{};
    VectorOutput output{};
};

/// out = (x - mean) * rstd * weight + bias; statistics (FP32, [rows][2]): mean, rstd, where mean =
/// sum(x) / columns, rstd = 1 / sqrt(sum((x - mean)^2) / columns + epsilon). The output may be
/// exactly x.
struct LayerNormArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    float epsilon = 1e-5F;
    VectorInput x{};
    VectorInput weight{};  ///< as any input; of a layer one row for all
    VectorInput bias{};
    VectorOutput output{};
    VectorOutput statistics{};
};

/// n = (x - mean) * rstd, g = dy * weight; dx = (g - sum(g) / columns - n * sum(g * n) / columns) *
/// rstd; dn = dy * n, whose column sums are the weight's gradient. Outputs may be exactly x or dy.
struct LayerNormBackwardArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    VectorInput dy{};
    VectorInput x{};
    VectorInput weight{};
    VectorInput statistics{};  ///< FP32, [rows][2]
    VectorOutput dx{};
    VectorOutput dn{};
};

/// loss[r] = log(sum(exp(x - m))) - (x[target] - m), m = max; dx = (exp(x - m) / sum - [i ==
/// target]) * scale. A target (Int32, a column) outside of the columns: loss +0, dx +0. dx may be
/// exactly x.
struct CrossEntropyArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    float scale = 1;
    VectorInput x{};
    VectorInput targets{};
    VectorOutput loss{};  ///< [rows][1]
    VectorOutput dx{};
};

/// The specification (row_reference.cpp), and the same bits by SIMD. All throw
/// std::invalid_argument, with nothing written, if an operand does not fit or its format is not the
/// one asked for. Floating-point environment as elementwise().
void reduce_rows_reference(const ReduceRowsArgs& args);
void softmax_reference(const SoftmaxArgs& args);
void softmax_backward_reference(const SoftmaxBackwardArgs& args);
void layer_norm_reference(const LayerNormArgs& args);
void layer_norm_backward_reference(const LayerNormBackwardArgs& args);
void cross_entropy_reference(const CrossEntropyArgs& args);

void reduce_rows(const ReduceRowsArgs& args, Workspace& workspace);
void softmax(const SoftmaxArgs& args, Workspace& workspace);
void softmax_backward(const SoftmaxBackwardArgs& args, Workspace& workspace);
void layer_norm(const LayerNormArgs& args, Workspace& workspace);
void layer_norm_backward(const LayerNormBackwardArgs& args, Workspace& workspace);
void cross_entropy(const CrossEntropyArgs& args, Workspace& workspace);

}  // namespace athena::numerics
