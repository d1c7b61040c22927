// SPDX-License-Identifier: Apache-2.0
// The specification of the operations along rows (docs/vector-numerics.md).
#include <algorithm>
#include <limits>

#include "numerics/elementary.h"
#include "numerics/fp32_environment.h"
#include "numerics/row_operations.h"
#include "numerics/vector_arguments.h"
#include "numerics/vector_arithmetic.h"

namespace athena::numerics {
namespace {

float reduce_row(const ReduceRowsArgs& args, std::size_t row) {
    RowSum sum;
    float largest = -kInfinity;
    float least = kInfinity;
    for (std::size_t i = 0; i < args.columns; ++i) {
        const float a = load(args.a, row, i);
        switch (args.reduction) {
            case Reduction::Sum:
                sum.add(a);
                break;
            case Reduction::SumOfSquares:
                sum.add_product(a, a);
                break;
            case Reduction::Dot:
                sum.add_product(a, load(args.b, row, i));
                break;
            case Reduction::Maximum:
                largest = maximum(largest, a);
                break;
            case Reduction::Minimum:
                least = minimum(least, a);
                break;
        }
    }
    return args.reduction == Reduction::Maximum   ? largest
           : args.reduction == Reduction::Minimum ? least
                                                  : sum.result();
}

}  // namespace

void reduce_rows_reference(const ReduceRowsArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    for (std::size_t row = 0; row < args.rows; ++row) {
        store(args.output, row, 0, reduce_row(args, row));
    }
}

void softmax_reference(const SoftmaxArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::size_t length = valid_length(args.lengths, row, args.columns);
        const auto scaled_x = [&](std::size_t i) { return load(args.x, row, i) * args.scale; };
        float largest = -kInfinity;
        for (std::size_t i = 0; i < length; ++i) {
            largest = maximum(largest, scaled_x(i));
        }
        RowSum sum;
        for (std::size_t i = 0; i < length; ++i) {
            sum.add(exp_fp32(scaled_x(i) - largest));
        }
        const float factor = reciprocal_fp32(sum.result());
        for (std::size_t i = 0; i < args.columns; ++i) {
            store(args.output, row, i,
                  i < length ? exp_fp32(scaled_x(i) - largest) * factor : 0.0F);
        }
    }
}

void softmax_backward_reference(const SoftmaxBackwardArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::size_t length = valid_length(args.lengths, row, args.columns);
        RowSum sum;
        for (std::size_t i = 0; i < length; ++i) {
            sum.add_product(load(args.y, row, i), load(args.dy, row, i));
        }
        for (std::size_t i = 0; i < args.columns; ++i) {
            store(args.output, row, i,
                  i < length
                      ? (load(args.dy, row, i) - sum.result()) * load(args.y, row, i) * args.scale
                      : 0.0F);
        }
    }
}

void layer_norm_reference(const LayerNormArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    const float share = 1.0F / static_cast<float>(args.columns);
    for (std::size_t row = 0; row < args.rows; ++row) {
        RowSum sum;
        for (std::size_t i = 0; i < args.columns; ++i) {
            sum.add(load(args.x, row, i));
        }
        const float mean = sum.result() * share;
        RowSum squares;
        for (std::size_t i = 0; i < args.columns; ++i) {
            const float distance = load(args.x, row, i) - mean;
            squares.add_product(distance, distance);
        }
        const float rstd = rsqrt_fp32(squares.result() * share + args.epsilon);
        for (std::size_t i = 0; i < args.columns; ++i) {
            store(args.output, row, i,
                  fused_multiply_add((load(args.x, row, i) - mean) * rstd,
                                     load(args.weight, row, i), load(args.bias, row, i)));
        }
        store(args.statistics, row, 0, mean);
        store(args.statistics, row, 1, rstd);
    }
}

void layer_norm_backward_reference(const LayerNormBackwardArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    const float share = 1.0F / static_cast<float>(args.columns);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const float mean = load(args.statistics, row, 0);
        const float rstd = load(args.statistics, row, 1);
        const auto normal = [&](std::size_t i) { return (load(args.x, row, i) - mean) * rstd; };
        const auto gradient = [&](std::size_t i) {
            return load(args.dy, row, i) * load(args.weight, row, i);
        };
        RowSum gradients;
        RowSum products;
        for (std::size_t i = 0; i < args.columns; ++i) {
            gradients.add(gradient(i));
            products.add_product(gradient(i), normal(i));
        }
        const float mean_gradient = gradients.result() * share;
        const float mean_product = products.result() * share;
        for (std::size_t i = 0; i < args.columns; ++i) {
            const float dn = load(args.dy, row, i) * normal(i);
            const float dx =
                fused_multiply_add(-normal(i), mean_product, gradient(i) - mean_gradient) * rstd;
            store(args.dx, row, i, dx);
            store(args.dn, row, i, dn);
        }
    }
}

void cross_entropy_reference(const CrossEntropyArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::uint32_t target = load_bits(args.targets, row, 0);
        const bool counts = target < args.columns;
        float largest = -kInfinity;
        for (std::size_t i = 0; i < args.columns; ++i) {
            largest = maximum(largest, load(args.x, row, i));
        }
        RowSum sum;
        for (std::size_t i = 0; i < args.columns; ++i) {
            sum.add(exp_fp32(load(args.x, row, i) - largest));
        }
        store(args.loss, row, 0,
              counts ? log_fp32(sum.result()) - (load(args.x, row, target) - largest) : 0.0F);
        const float factor = reciprocal_fp32(sum.result());
        for (std::size_t i = 0; i < args.columns; ++i) {
            const float share = exp_fp32(load(args.x, row, i) - largest) * factor;
            const float dx = (share - (i == target ? 1.0F : 0.0F)) * args.scale;
            store(args.dx, row, i, counts ? dx : 0.0F);
        }
    }
}

}  // namespace athena::numerics
