// SPDX-License-Identifier: Apache-2.0
#include "matrix.h"

#include <cstring>
#include <numeric>

#include "numerics/fp32_environment.h"
#include "numerics/gemm.h"
#include "numerics/ordered_sums.h"
#include "numerics/quantise.h"

namespace athena::gpt {

Matrix column_of(const std::vector<std::int32_t>& values) {
    Matrix column(values.size(), 1, VectorFormat::Int32);
    std::memcpy(column.bytes.data(), values.data(), column.bytes.size());
    return column;
}

Matrix causal_lengths(std::size_t rows) {
    std::vector<std::int32_t> lengths(rows);
    std::iota(lengths.begin(), lengths.end(), 1);
    return column_of(lengths);
}

Matrix unary(numerics::Elementwise operation, const Matrix& a, VectorFormat format) {
    Matrix out(a.rows, a.columns, format);
    numerics::elementwise({operation, a.rows, a.columns, {a.input()}, out.output()});
    return out;
}

Matrix binary(numerics::Elementwise operation, const Matrix& a, const Matrix& b) {
    Matrix out(a.rows, a.columns);
    numerics::elementwise({operation, a.rows, a.columns, {a.input(), b.input()}, out.output()});
    return out;
}

Matrix bf(const Matrix& a) {
    return unary(numerics::Elementwise::Copy, a, VectorFormat::Bf16);
}

namespace {

Matrix start(std::size_t m, std::size_t n, const Matrix* initial, VectorFormat format) {
    Matrix c(m, n, format);
    for (std::size_t row = 0; initial != nullptr && row < m; ++row) {
        std::memcpy(&c.bytes[row * c.ld()], initial->bytes.data(), c.ld());
    }
    return c;
}

void multiply(numerics::GemmArgs& args, Matrix& c, const Matrix* initial) {
    numerics::Workspace workspace;
    args.m = c.rows;
    args.n = c.columns;
    args.c = {.data = c.bytes,
              .ld = c.ld(),
              .format = c.format == VectorFormat::Bf16 ? numerics::ResultFormat::Bf16
                                                       : numerics::ResultFormat::Fp32};
    args.accumulate = initial != nullptr;
    numerics::gemm(args, workspace);
}

struct MxMatrix {
    std::vector<std::byte> elements;
    std::vector<std::byte> scales;
    std::size_t lanes = 0;
    std::size_t k = 0;

    [[nodiscard]] std::size_t scale_ld() const {
        return (k + numerics::kMxBlock - 1) / numerics::kMxBlock;
    }
};

// [lanes][k], of which `a` is the transpose if k runs along its columns.
MxMatrix quantised(const Matrix& a, numerics::OperandFormat format, bool along_columns) {
    const numerics::Fp32Environment environment;
    MxMatrix to;
    to.lanes = along_columns ? a.columns : a.rows;
    to.k = along_columns ? a.rows : a.columns;
    to.elements.resize(to.lanes * to.k);
    to.scales.resize(to.lanes * to.scale_ld());
    numerics::quantise({format, a.rows, a.columns, along_columns, a.input(), to.elements, to.k,
                        to.scales, to.scale_ld()});
    return to;
}

}  // namespace

Matrix mx_product(const Matrix& a, numerics::OperandFormat a_format, const Matrix& b,
                  numerics::OperandFormat b_format, Flags flags, const Matrix* initial) {
    const MxMatrix left = quantised(a, a_format, flags.a_transposed);
    const MxMatrix right = quantised(b, b_format, !flags.b_transposed);
    Matrix c = start(left.lanes, right.lanes, initial, VectorFormat::Fp32);
    numerics::GemmArgs args;
    args.k = left.k;
    args.a = {.data = left.elements,
              .ld = left.k,
              .format = a_format,
              .transposed = false,
              .scales = left.scales,
              .scale_ld = left.scale_ld()};
    args.b = {.data = right.elements,
              .ld = right.k,
              .format = b_format,
              .transposed = true,
              .scales = right.scales,
              .scale_ld = right.scale_ld()};
    multiply(args, c, initial);
    return c;
}

Matrix product(const Matrix& a, const Matrix& b, Flags flags, const Matrix* initial,
               VectorFormat format) {
    const std::size_t m = flags.a_transposed ? a.columns : a.rows;
    const std::size_t k = flags.a_transposed ? a.rows : a.columns;
    const std::size_t n = flags.b_transposed ? b.rows : b.columns;
    Matrix c = start(m, n, initial, format);
    numerics::GemmArgs args;
    args.k = k;
    args.a = {.data = a.bytes, .ld = a.ld(), .transposed = flags.a_transposed};
    args.b = {.data = b.bytes, .ld = b.ld(), .transposed = flags.b_transposed};
    multiply(args, c, initial);
    return c;
}

Matrix column_sum2(const Matrix& a) {
    const std::size_t chunks = (a.rows + numerics::kColumnSumRows - 1) / numerics::kColumnSumRows;
    Matrix sums(chunks, a.columns);
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        const std::size_t first = chunk * numerics::kColumnSumRows;
        const std::size_t rows = std::min(numerics::kColumnSumRows, a.rows - first);
        const Matrix rows_of_chunk = part(a, first, rows, 0, a.columns);
        Matrix sum(1, a.columns);
        numerics::column_sum({rows, a.columns, rows_of_chunk.input(), sum.output()});
        put_part(sums, sum, chunk, 0);
    }
    Matrix total(1, a.columns);
    numerics::column_sum({chunks, a.columns, sums.input(), total.output()});
    return total;
}

Matrix part(const Matrix& a, std::size_t row, std::size_t rows, std::size_t first,
            std::size_t count) {
    Matrix out(rows, count, a.format);
    const std::size_t offset = first * numerics::element_bytes(a.format);
    for (std::size_t r = 0; r < rows; ++r) {
        std::memcpy(&out.bytes[r * out.ld()], &a.bytes[(row + r) * a.ld() + offset], out.ld());
    }
    return out;
}

void put_part(Matrix& to, const Matrix& from, std::size_t row, std::size_t first) {
    const std::size_t offset = first * numerics::element_bytes(to.format);
    for (std::size_t r = 0; r < from.rows; ++r) {
        std::memcpy(&to.bytes[(row + r) * to.ld() + offset], &from.bytes[r * from.ld()], from.ld());
    }
}

}  // namespace athena::gpt
