// SPDX-License-Identifier: Apache-2.0
// Matrices, and the operations of models/numerics on them that docs/gpt.md names.
#pragma once

#include <cstdint>
#include <vector>

#include "numerics/elementwise.h"
#include "numerics/formats.h"
#include "numerics/vector_operand.h"

namespace athena::gpt {

using numerics::VectorFormat;

struct Matrix {
    Matrix() = default;
    Matrix(std::size_t row_count, std::size_t column_count, VectorFormat of = VectorFormat::Fp32)
        : rows(row_count),
          columns(column_count),
          format(of),
          bytes(row_count * column_count * numerics::element_bytes(of)) {}

    [[nodiscard]] std::size_t ld() const { return columns * numerics::element_bytes(format); }
    [[nodiscard]] numerics::VectorInput input() const { return {bytes, ld(), format}; }
    [[nodiscard]] numerics::VectorInput one_row() const { return {bytes, 0, format}; }
    /// One element a row, or one for all.
    [[nodiscard]] numerics::VectorInput column(bool one = false) const {
        return {bytes, one ? 0 : ld(), format, numerics::Spread::Column};
    }
    [[nodiscard]] numerics::VectorOutput output() { return {bytes, ld(), format}; }
    [[nodiscard]] const float* floats() const {
        return reinterpret_cast<const float*>(bytes.data());
    }
    [[nodiscard]] float* floats() { return reinterpret_cast<float*>(bytes.data()); }

    std::size_t rows = 0;
    std::size_t columns = 0;
    VectorFormat format = VectorFormat::Fp32;
    std::vector<std::byte> bytes;
};

/// Int32 column.
[[nodiscard]] Matrix column_of(const std::vector<std::int32_t>& values);
/// 1, 2, … rows: how far each row of causal attention sees.
[[nodiscard]] Matrix causal_lengths(std::size_t rows);

[[nodiscard]] Matrix unary(numerics::Elementwise operation, const Matrix& a,
                           VectorFormat format = VectorFormat::Fp32);
[[nodiscard]] Matrix binary(numerics::Elementwise operation, const Matrix& a, const Matrix& b);
/// bf(x)
[[nodiscard]] Matrix bf(const Matrix& a);

struct Flags {
    bool a_transposed = false;
    bool b_transposed = false;
};
inline constexpr Flags kBackToBack{};
inline constexpr Flags kByRows{.b_transposed = true};     ///< A x B^T
inline constexpr Flags kByColumns{.a_transposed = true};  ///< A^T x B
/// A x B of BF16 matrices, by the flags; from `initial` (one row for all), where there is one.
[[nodiscard]] Matrix product(const Matrix& a, const Matrix& b, Flags flags, const Matrix* initial,
                             VectorFormat format);
/// Likewise of FP32 matrices, each quantised to its MX format along what is contracted over.
[[nodiscard]] Matrix mx_product(const Matrix& a, numerics::OperandFormat a_format, const Matrix& b,
                                numerics::OperandFormat b_format, Flags flags,
                                const Matrix* initial);

[[nodiscard]] Matrix column_sum2(const Matrix& a);

/// Columns [first, first + count) of rows [row, row + rows).
[[nodiscard]] Matrix part(const Matrix& a, std::size_t row, std::size_t rows, std::size_t first,
                          std::size_t count);
void put_part(Matrix& to, const Matrix& from, std::size_t row, std::size_t first);

}  // namespace athena::gpt
