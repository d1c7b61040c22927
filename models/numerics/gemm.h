// SPDX-License-Identifier: Apache-2.0
// C = A x B, or C += A x B, by the numerics contract (docs/numerics.md): the same bits on every
// host, for every tiling of M and N, and for every cut of K into ascending chunks through an FP32
// C.
#pragma once

#include <cstddef>
#include <span>

#include "numerics/formats.h"
#include "numerics/workspace.h"

namespace athena::numerics {

// A row-major matrix. `data` starts at element [0][0] and reaches at least to the end of the last
// row; `ld` is the distance between rows in bytes. Elements are little endian; those of less than a
// byte are packed, the first in the lowest bits. Base and ld are multiples of the element size, or
// of a byte if that is less; a row is not longer than ld unless it is the only one. Without
// elements, data and ld are not looked at.
//
// Of a transposed operand the matrix holds the transpose. MX formats are stored with k along the
// rows, that is A as it is, B transposed, and have a byte of `scales` for each row and each 32
// elements begun: a matrix of its own, `scale_ld` bytes between rows.
struct Operand {
    std::span<const std::byte> data;
    std::size_t ld = 0;
    OperandFormat format = OperandFormat::Bf16;
    bool transposed = false;
    std::span<const std::byte> scales = {};
    std::size_t scale_ld = 0;
};

// A row-major matrix with the rules of Operand.
struct Result {
    std::span<std::byte> data;
    std::size_t ld = 0;
    ResultFormat format = ResultFormat::Fp32;
};

// A is [m][k], B is [k][n], C is [m][n]; each of m, n, k may be 0. C shares no bytes with operands
// and scales.
struct GemmArgs {
    std::size_t m = 0;
    std::size_t n = 0;
    std::size_t k = 0;
    Operand a;
    Operand b;
    Result c;
    bool accumulate = false;  // start from C, which is FP32 then, instead of from +0
    bool saturate = false;    // C, which is FP8 then, takes its largest number for overflow
};

// Both throw std::invalid_argument, C untouched, if the arguments break a rule stated above. Both
// leave the caller's rounding mode and exception flags as they were.

// The specification, one output after the other.
void gemm_reference(const GemmArgs& args);

// The same bits, by the widest SIMD kernel that this CPU runs.
void gemm(const GemmArgs& args, Workspace& workspace);

// The name of the kernel that gemm() takes on this CPU, as Highway names it: "AVX2", "AVX3", …, or
// "scalar" where there is no vector FMA and gemm() is gemm_reference().
[[nodiscard]] const char* gemm_kernel_name();

}  // namespace athena::numerics
