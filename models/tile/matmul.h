// SPDX-License-Identifier: Apache-2.0
// The MATMUL command without SystemC: decoding, checks, the bytes of L1 that it touches, and its
// execution (docs/numerics.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "numerics/gemm.h"
#include "regs/descriptor_regs.h"

namespace athena::tile {

using Status = regs::descriptor::Status;
using CommandLine = std::span<const std::byte, 64>;

/// Bytes of L1 from `begin` to before `end`.
struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    [[nodiscard]] constexpr bool meets(Range other) const {
        return begin < other.end && other.begin < end;
    }
};

/// A row-major matrix in L1.
struct Matrix {
    std::uint64_t address = 0;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t ld = 0;  ///< bytes from row to row
    std::uint32_t element_bits = 8;

    [[nodiscard]] constexpr bool empty() const { return rows == 0 || columns == 0; }
    /// Of whole bytes.
    [[nodiscard]] constexpr std::uint32_t element_bytes() const { return element_bits / 8; }
    [[nodiscard]] constexpr std::uint64_t row_bytes() const {
        return columns / 8 * element_bits + (columns % 8 * element_bits + 7) / 8;
    }
    /// From the first byte to the last, gaps between rows included; empty without elements.
    [[nodiscard]] constexpr Range range() const {
        return empty() ? Range{} : Range{address, address + (rows - 1) * ld + row_bytes()};
    }
};

/// A or B.
struct Operand {
    numerics::OperandFormat format = numerics::OperandFormat::Bf16;
    bool transposed = false;
    Matrix elements = {};  ///< as they lie in L1: of a transposed operand columns by rows
    Matrix scales =
        {};  ///< a byte for each 32 elements begun of a row; empty unless the format is MX

    [[nodiscard]] constexpr bool meets(Range range) const {
        return elements.range().meets(range) || scales.range().meets(range);
    }
};

struct Matmul {
    std::uint32_t tag = 0;
    std::uint64_t k = 0;
    Operand a = {};  ///< [m][k]
    Operand b = {};  ///< [k][n]
    Matrix c = {};   ///< [m][n]
    numerics::ResultFormat c_format = numerics::ResultFormat::Fp32;
    bool accumulate = false;
    bool saturate = false;

    [[nodiscard]] constexpr std::uint64_t m() const { return c.rows; }
    [[nodiscard]] constexpr std::uint64_t n() const { return c.columns; }
};

struct DecodedMatmul {
    Status status = Status::Ok;
    Matmul matmul;  ///< only the tag unless the status is Ok
};

/// Checks in the order of README.md: BadOpcode, Reserved, UnsupportedFormat, BadFlags,
/// BadAlignment, BadRange, Overlap.
void decode_matmul(CommandLine line, std::uint64_t l1_bytes, DecodedMatmul& decoded);
[[nodiscard]] inline DecodedMatmul decode_matmul(CommandLine line, std::uint64_t l1_bytes) {
    DecodedMatmul decoded;
    decode_matmul(line, l1_bytes, decoded);
    return decoded;
}

/// The product of `rows` rows of A from `first` on, which is a multiple of 16 unless it is all.
[[nodiscard]] Matmul rows_of(const Matmul& matmul, std::uint64_t first, std::uint64_t rows);

/// Runs a command that decode_matmul() accepted for an L1 of this size. Bytes between C's rows are
/// untouched.
void run_matmul(const Matmul& matmul, std::span<std::byte> l1, numerics::Workspace& workspace);

}  // namespace athena::tile
