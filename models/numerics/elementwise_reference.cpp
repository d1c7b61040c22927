// SPDX-License-Identifier: Apache-2.0
// The specification of the elementwise operations (docs/vector-numerics.md).
#include <algorithm>
#include <bit>
#include <cmath>

#include "numerics/elementary.h"
#include "numerics/elementwise.h"
#include "numerics/fp32_environment.h"
#include "numerics/vector_arithmetic.h"

namespace athena::numerics {
namespace {

constexpr std::uint32_t kSign = 0x8000'0000;

float arithmetic(Elementwise operation, float a, float b, float c) {
    switch (operation) {
        case Elementwise::Add:
            return a + b;
        case Elementwise::Subtract:
            return a - b;
        case Elementwise::Multiply:
            return a * b;
        case Elementwise::Divide:
            return a / b;
        case Elementwise::Fma:
            return fused_multiply_add(a, b, c);
        case Elementwise::SquareRoot:
            return std::sqrt(a);
        case Elementwise::Maximum:
            return maximum(a, b);
        case Elementwise::Minimum:
            return minimum(a, b);
        case Elementwise::Less:
            return a < b ? 1.0F : 0.0F;
        case Elementwise::Equal:
            return a == b ? 1.0F : 0.0F;
        case Elementwise::Reciprocal:
            return reciprocal_fp32(a);
        case Elementwise::ReciprocalSquareRoot:
            return rsqrt_fp32(a);
        case Elementwise::Exp:
            return exp_fp32(a);
        case Elementwise::Log:
            return log_fp32(a);
        case Elementwise::Tanh:
            return tanh_fp32(a);
        case Elementwise::Gelu:
            return gelu_fp32(a);
        default:
            return a * gelu_derivative_fp32(b);
    }
}

std::uint32_t integer(Elementwise operation, std::uint32_t a, std::uint32_t b) {
    switch (operation) {
        case Elementwise::IntegerAdd:
            return a + b;
        case Elementwise::IntegerSubtract:
            return a - b;
        case Elementwise::IntegerMultiply:
            return a * b;
        case Elementwise::And:
            return a & b;
        case Elementwise::Or:
            return a | b;
        case Elementwise::Xor:
            return a ^ b;
        case Elementwise::ShiftLeft:
            return a << b % 32;
        case Elementwise::ShiftRight:
            return a >> b % 32;
        default:
            return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) ? 1 : 0;
    }
}

/// The bits of the FP32 or Int32 result.
std::uint32_t apply(Elementwise operation, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    const auto fp32 = [](std::uint32_t bits) { return std::bit_cast<float>(bits); };
    switch (operation) {
        case Elementwise::Copy:
            return a;
        case Elementwise::Negate:
            return a ^ kSign;
        case Elementwise::Abs:
            return a & ~kSign;
        case Elementwise::Select:
            return fp32(a) == 0 ? c : b;
        case Elementwise::FromInteger:
            return std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(a)));
        case Elementwise::ToInteger:
            return static_cast<std::uint32_t>(nearest_integer(fp32(a)));
        default:
            break;
    }
    if (takes_integers(operation)) {
        return integer(operation, a, b);
    }
    return std::bit_cast<std::uint32_t>(
        canonical(arithmetic(operation, fp32(a), fp32(b), fp32(c))));
}

}  // namespace

void elementwise_reference(const ElementwiseArgs& args) {
    check_elementwise(args);
    const Fp32Environment environment;
    const unsigned inputs = inputs_of(args.operation);
    for (std::size_t row = 0; row < args.rows; ++row) {
        for (std::size_t column = 0; column < args.columns; ++column) {
            std::array<std::uint32_t, 3> bits{};
            for (unsigned input = 0; input < inputs; ++input) {
                bits[input] = load_bits(args.inputs[input], row, column);
            }
            store_bits(args.output, row, column, apply(args.operation, bits[0], bits[1], bits[2]));
        }
    }
}

}  // namespace athena::numerics
