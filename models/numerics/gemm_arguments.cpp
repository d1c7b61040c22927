// SPDX-License-Identifier: Apache-2.0
#include "numerics/gemm_arguments.h"

#include <limits>
#include <stdexcept>
#include <string>

namespace athena::numerics {
namespace {

struct Shape {
    const char* name;
    std::size_t rows;
    std::size_t columns;
    std::size_t element_bytes;
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
    if (shape.columns > size / shape.element_bytes) {
        reject(shape, "a row does not fit its " + std::to_string(size) + " bytes");
    }
    if (reinterpret_cast<std::uintptr_t>(base) % shape.element_bytes != 0) {
        reject(shape, "the base is not aligned to an element");
    }
    if (shape.rows == 1) {
        return;
    }
    const std::size_t row_bytes = shape.columns * shape.element_bytes;
    if (shape.ld % shape.element_bytes != 0) {
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

}  // namespace

void check_arguments(const GemmArgs& args) {
    if (args.m == 0 || args.n == 0) {
        return;
    }
    if (args.accumulate && args.c.format != ResultFormat::Fp32) {
        throw std::invalid_argument("gemm: accumulation starts from an FP32 C only");
    }
    check_matrix({"A", args.m, args.k, element_bytes(args.a.format), args.a.ld}, args.a.data.data(),
                 args.a.data.size());
    check_matrix({"B", args.k, args.n, element_bytes(args.b.format), args.b.ld}, args.b.data.data(),
                 args.b.data.size());
    check_matrix({"C", args.m, args.n, element_bytes(args.c.format), args.c.ld}, args.c.data.data(),
                 args.c.data.size());
}

}  // namespace athena::numerics
