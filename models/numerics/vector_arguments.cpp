// SPDX-License-Identifier: Apache-2.0
#include "numerics/vector_arguments.h"

#include <stdexcept>
#include <string>

namespace athena::numerics {
namespace {

[[noreturn]] void reject(const char* name, const char* rule) {
    throw std::invalid_argument("vector operation: " + std::string(name) + rule);
}

}  // namespace

void check_real(const char* name, const VectorInput& input, Shape shape) {
    if (input.format == VectorFormat::Int32) {
        reject(name, " is Int32");
    }
    check_input(name, input, shape.rows, shape.columns);
}

void check_real(const char* name, const VectorOutput& output, Shape shape) {
    if (output.format == VectorFormat::Int32) {
        reject(name, " is Int32");
    }
    check_output(name, output, shape.rows, shape.columns);
}

void check_fp32(const char* name, const VectorOutput& output, Shape shape) {
    if (output.format != VectorFormat::Fp32) {
        reject(name, " is not FP32");
    }
    check_output(name, output, shape.rows, shape.columns);
}

void check_integers(const char* name, const VectorInput& input, Shape shape) {
    if (input.format != VectorFormat::Int32 || input.spread == Spread::Matrix) {
        reject(name, " is not a column of Int32");
    }
    check_input(name, input, shape.rows, shape.columns);
}

void check_arguments(const ReduceRowsArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("a", args.a, shape);
    if (args.reduction == Reduction::Dot) {
        check_real("b", args.b, shape);
    }
    check_real("out", args.output, {args.rows, 1});
}

void check_arguments(const SoftmaxArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("x", args.x, shape);
    check_integers("lengths", args.lengths, shape);
    check_real("out", args.output, shape);
}

void check_arguments(const SoftmaxBackwardArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("y", args.y, shape);
    check_real("dy", args.dy, shape);
    check_integers("lengths", args.lengths, shape);
    check_real("out", args.output, shape);
}

void check_arguments(const LayerNormArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("x", args.x, shape);
    check_real("weight", args.weight, shape);
    check_real("bias", args.bias, shape);
    check_real("out", args.output, shape);
    check_real("statistics", args.statistics, {args.rows, 2});
}

void check_arguments(const LayerNormBackwardArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("dy", args.dy, shape);
    check_real("x", args.x, shape);
    check_real("weight", args.weight, shape);
    check_real("statistics", args.statistics, {args.rows, 2});
    check_real("dx", args.dx, shape);
    check_real("dn", args.dn, shape);
}

void check_arguments(const CrossEntropyArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("x", args.x, shape);
    check_integers("targets", args.targets, shape);
    check_real("loss", args.loss, {args.rows, 1});
    check_real("dx", args.dx, shape);
}

}  // namespace athena::numerics
