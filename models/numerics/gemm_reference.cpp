// SPDX-License-Identifier: Apache-2.0
// The specification of the matrix product (docs/numerics.md).
#include <cstring>
#include <utility>

#include "numerics/fp32_environment.h"
#include "numerics/gemm.h"
#include "numerics/gemm_arguments.h"

namespace athena::numerics {
namespace {

std::uint16_t byte_at(std::span<const std::byte> bytes, std::size_t index) {
    return std::to_integer<std::uint16_t>(bytes[index]);
}

// Element `column` of a stored row: little endian, packed, the first in the lowest bits.
std::uint16_t stored_element(const Operand& operand, std::size_t row, std::size_t column) {
    const std::uint32_t bits = element_bits(operand.format);
    const std::size_t first = column * bits;
    const std::size_t last = first + bits - 1;
    std::uint32_t window = byte_at(operand.data, row * operand.ld + first / 8);
    if (last / 8 != first / 8) {
        window |= std::uint32_t{byte_at(operand.data, row * operand.ld + last / 8)} << 8;
    }
    return static_cast<std::uint16_t>(window >> first % 8 & ((1U << bits) - 1));
}

// Element [row][column] of A or B as FP32.
float load(const Operand& operand, std::size_t row, std::size_t column) {
    if (operand.transposed) {
        std::swap(row, column);
    }
    const float element = fp32_from_element(operand.format, stored_element(operand, row, column));
    if (!has_scales(operand.format)) {
        return element;
    }
    const auto scale = byte_at(operand.scales, row * operand.scale_ld + column / kMxBlock);
    return scaled(element, fp32_from_e8m0(static_cast<std::uint8_t>(scale)));
}

float load_fp32(const Result& result, std::size_t row, std::size_t column) {
    float value = 0;
    std::memcpy(&value, &result.data[row * result.ld + column * sizeof value], sizeof value);
    return value;
}

template <typename Element>
void put(const Result& result, std::size_t row, std::size_t column, Element element) {
    std::memcpy(&result.data[row * result.ld + column * sizeof element], &element, sizeof element);
}

// The one conversion from FP32 to the format of C.
void store(const Result& result, std::size_t row, std::size_t column, float value, bool saturate) {
    switch (result.format) {
        case ResultFormat::Fp32:
            return put(result, row, column, canonical(value));
        case ResultFormat::Bf16:
            return put(result, row, column, bf16_from_fp32(value));
        case ResultFormat::E4m3:
            return put(result, row, column, e4m3_from_fp32(value, saturate));
        case ResultFormat::E5m2:
            return put(result, row, column, e5m2_from_fp32(value, saturate));
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
            store(args.c, m, n, acc, args.saturate);
        }
    }
}

}  // namespace athena::numerics
