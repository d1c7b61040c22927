// SPDX-License-Identifier: Apache-2.0
#include "numerics/gemm_arguments.h"

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace athena::numerics {
namespace {

struct Shape {
    const char* name;
    std::size_t rows;
    std::size_t columns;
    std::uint32_t element_bits;
    std::size_t ld;
};

[[noreturn]] void reject(const Shape& shape, const std::string& rule) {
    throw std::invalid_argument("gemm: matrix " + std::string(shape.name) + " of " +
                                std::to_string(shape.rows) + " x " + std::to_string(shape.columns) +
                                ": " + rule);
}

void check_matrix(const Shape& shape, const std::byte* base, std::size_t size) {
    if (shape.rows == 0 || shape.columns == 0) {
        return;
    }
    const std::size_t largest = std::numeric_limits<std::size_t>::max();
    const std::uint32_t bits = shape.element_bits;
    const std::size_t element_bytes = (bits + 7) / 8;
    const std::size_t room = size / bits * 8 + size % bits * 8 / bits;  // in elements
    if (shape.columns > room) {
        reject(shape, "a row does not fit its " + std::to_string(size) + " bytes");
    }
    if (reinterpret_cast<std::uintptr_t>(base) % element_bytes != 0) {
        reject(shape, "the base is not aligned to an element");
    }
    if (shape.rows == 1) {
        return;
    }
    const std::size_t row_bytes = shape.columns / 8 * bits + (shape.columns % 8 * bits + 7) / 8;
    if (shape.ld % element_bytes != 0) {
        reject(shape, "ld " + std::to_string(shape.ld) + " is not a multiple of the element size");
    }
    if (shape.ld < row_bytes) {
        reject(shape, "ld " + std::to_string(shape.ld) + " is shorter than a row");
    }
    if (shape.rows - 1 > (largest - row_bytes) / shape.ld ||
        (shape.rows - 1) * shape.ld + row_bytes > size) {
        reject(shape, "does not fit its " + std::to_string(size) + " bytes");
    }
}

// `rows` and `columns` are those of the operand, `along_k` whether k runs along a stored row.
void check_operand(const char* name, const Operand& operand, std::size_t rows, std::size_t columns,
                   bool along_k) {
    if (operand.transposed) {
        std::swap(rows, columns);
    }
    const Shape shape{name, rows, columns, element_bits(operand.format), operand.ld};
    if (has_scales(operand.format)) {
        if (!along_k) {
            reject(shape, "MX elements are contiguous in k");
        }
        const std::size_t blocks = columns / kMxBlock + (columns % kMxBlock == 0 ? 0 : 1);
        const std::string scales = std::string(name) + "'s scales";
        check_matrix({scales.c_str(), rows, blocks, 8, operand.scale_ld}, operand.scales.data(),
                     operand.scales.size());
    }
    check_matrix(shape, operand.data.data(), operand.data.size());
}

}  // namespace

void check_arguments(const GemmArgs& args) {
    if (args.m == 0 || args.n == 0) {
        return;
    }
    if (args.accumulate && args.c.format != ResultFormat::Fp32) {
        throw std::invalid_argument("gemm: accumulation starts from an FP32 C only");
    }
    if (args.saturate && !is_fp8(args.c.format)) {
        throw std::invalid_argument("gemm: only an FP8 C saturates");
    }
    check_operand("A", args.a, args.m, args.k, !args.a.transposed);
    check_operand("B", args.b, args.k, args.n, args.b.transposed);
    check_matrix({"C", args.m, args.n, 8 * element_bytes(args.c.format), args.c.ld},
                 args.c.data.data(), args.c.data.size());
}

}  // namespace athena::numerics
