// SPDX-License-Identifier: Apache-2.0
// The specification of the matrix product (docs/numerics.md).
#include <cstring>

#include "numerics/bf16.h"
#include "numerics/fp32_environment.h"
#include "numerics/gemm.h"
#include "numerics/gemm_arguments.h"

namespace athena::numerics {
namespace {

// Element [row][column] as FP32: the only place that knows operand formats.
float load(const Operand& operand, std::size_t row, std::size_t column) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, &operand.data[row * operand.ld + column * sizeof bits], sizeof bits);
    return fp32_from_bf16(bits);
}

float load_fp32(const Result& result, std::size_t row, std::size_t column) {
    float value = 0;
    std::memcpy(&value, &result.data[row * result.ld + column * sizeof value], sizeof value);
    return value;
}

// The one conversion from FP32 to the format of C.
void store(const Result& result, std::size_t row, std::size_t column, float value) {
    if (result.format == ResultFormat::Fp32) {
        const float element = canonical(value);
        std::memcpy(&result.data[row * result.ld + column * 4], &element, 4);
    } else {
        const std::uint16_t element = bf16_from_fp32(value);
        std::memcpy(&result.data[row * result.ld + column * 2], &element, 2);
    }
}

}  // namespace

void gemm_reference(const GemmArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    for (std::size_t m = 0; m < args.m; ++m) {
        for (std::size_t n = 0; n < args.n; ++n) {
            float acc = args.accumulate ? load_fp32(args.c, m, n) : 0.0F;
            for (std::size_t k = 0; k < args.k; ++k) {
                acc = fused_multiply_add(load(args.a, m, k), load(args.b, k, n), acc);
            }
            store(args.c, m, n, acc);
        }
    }
}

}  // namespace athena::numerics
