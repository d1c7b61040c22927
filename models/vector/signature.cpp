// SPDX-License-Identifier: Apache-2.0
#include "vector/signature.h"

#include <optional>
#include <vector>

#include "numerics/elementwise.h"

namespace athena::vector {

namespace {

using Operation = regs::descriptor::VectorOperation;

constexpr Slot kReal{Extent::Full, Kind::Real};
constexpr Slot kIndices{Extent::RowValues, Kind::Integer};
constexpr std::uint32_t kTree = 4;  // levels of the tree that ends a reduction

// Cycles of a vector in the pipelines: moves and arithmetic 1; division and root 4; the functions
// by the length of their sequences.
constexpr std::uint32_t passes_of(numerics::Elementwise operation) {
    using numerics::Elementwise;
    switch (operation) {
        case Elementwise::Divide:
        case Elementwise::SquareRoot:
        case Elementwise::Reciprocal:
            return 4;
        case Elementwise::ReciprocalSquareRoot:
        case Elementwise::Exp:
            return 8;
        case Elementwise::Log:
        case Elementwise::Tanh:
            return 12;
        case Elementwise::Gelu:
            return 16;
        case Elementwise::GeluBackward:
            return 20;
        default:
            return 1;
    }
}

Signature elementwise(numerics::Elementwise operation) {
    Signature signature{.in_place = true, .passes = passes_of(operation)};
    const Kind input = operation == numerics::Elementwise::Copy ? Kind::Any
                       : numerics::takes_integers(operation)    ? Kind::Integer
                                                                : Kind::Real;
    for (unsigned i = 0; i < numerics::inputs_of(operation); ++i) {
        signature.inputs[i] = {Extent::Full, input};
    }
    signature.outputs[0] = {Extent::Full, operation == numerics::Elementwise::Copy ? Kind::Any
                                          : numerics::gives_integers(operation)    ? Kind::Integer
                                                                                   : Kind::Real};
    return signature;
}

Signature reduction(unsigned inputs) {
    Signature signature{.row_cycles = kTree};
    for (unsigned i = 0; i < inputs; ++i) {
        signature.inputs[i] = kReal;
    }
    signature.outputs[0] = {Extent::RowValues, Kind::Real};
    return signature;
}

std::optional<Signature> make_signature(Operation operation) {
    const auto number = static_cast<std::uint32_t>(operation);
    if (number < numerics::kElementwiseOperations) {
        return elementwise(static_cast<numerics::Elementwise>(number));
    }
    switch (operation) {
        case Operation::RowSum:
        case Operation::RowSumOfSquares:
        case Operation::RowMaximum:
        case Operation::RowMinimum:
            return reduction(1);
        case Operation::RowDot:
            return reduction(2);
        case Operation::Softmax:
            return Signature{.inputs = {kReal, kIndices},
                             .outputs = {kReal},
                             .scales = true,
                             .in_place = true,
                             .passes = 11,
                             .row_cycles = 2 * kTree + 4};
        case Operation::SoftmaxBackward:
            return Signature{.inputs = {kReal, kReal, kIndices},
                             .outputs = {kReal},
                             .scales = true,
                             .in_place = true,
                             .passes = 4,
                             .row_cycles = kTree};
        case Operation::LayerNorm:
            return Signature{.inputs = {kReal, kReal, kReal},
                             .outputs = {kReal, {Extent::RowPairs, Kind::Fp32}},
                             .scales = true,
                             .in_place = true,
                             .passes = 5,
                             .row_cycles = 2 * kTree + 8};
        case Operation::LayerNormBackward:
            return Signature{.inputs = {kReal, kReal, kReal, {Extent::RowPairs, Kind::Fp32}},
                             .outputs = {kReal, kReal},
                             .in_place = true,
                             .passes = 9,
                             .row_cycles = 2 * kTree};
        case Operation::CrossEntropy:
            return Signature{.inputs = {kReal, kIndices},
                             .outputs = {kReal, {Extent::RowValues, Kind::Real}},
                             .scales = true,
                             .in_place = true,
                             .passes = 12,
                             .row_cycles = 2 * kTree + 16};
        case Operation::ColumnSum:
            return Signature{.inputs = {kReal},
                             .outputs = {{{Extent::ColumnValues, Kind::Fp32}}},
                             .accumulates = true};
        case Operation::OrderedSum:
            return Signature{.inputs = {kReal},
                             .outputs = {{{Extent::One, Kind::Fp32}}},
                             .accumulates = true,
                             .passes = 64};
        case Operation::AdamW:
            return Signature{.inputs = {kReal, Slot{Extent::Factors, Kind::Fp32}, kReal},
                             .outputs = {{{Extent::Full, Kind::Fp32},
                                          {Extent::Full, Kind::Fp32},
                                          {Extent::Full, Kind::Fp32}}},
                             .passes = 16};
        case Operation::Quantise:
        case Operation::QuantiseColumns:
            return Signature{
                .inputs = {kReal},
                .outputs = {Slot{Extent::MxElements, Kind::Any}, Slot{Extent::MxScales, Kind::Any}},
                .passes = 3};
        case Operation::Gather:
            return Signature{.inputs = {Slot{Extent::Table, Kind::Real}, kIndices},
                             .outputs = {kReal},
                             .offsets = true,
                             .row_cycles = 2};
        case Operation::ScatterAdd:
            return Signature{.inputs = {kReal, kIndices},
                             .outputs = {{{Extent::Table, Kind::Fp32}}},
                             .offsets = true,
                             .row_cycles = 2};
        case Operation::RandomUniform:
            return Signature{
                .outputs = {kReal}, .scales = true, .offsets = true, .counts = true, .passes = 20};
        case Operation::RandomNormal:
            return Signature{
                .outputs = {kReal}, .scales = true, .offsets = true, .counts = true, .passes = 40};
        default:
            return std::nullopt;
    }
}

std::vector<std::optional<Signature>> make_all() {
    std::vector<std::optional<Signature>> all(256);  // the field has 8 bits
    for (std::size_t number = 0; number < all.size(); ++number) {
        all[number] = make_signature(static_cast<Operation>(number));
    }
    return all;
}

}  // namespace

const Signature* signature_of(Operation operation) {
    static const std::vector<std::optional<Signature>> all = make_all();
    const auto number = static_cast<std::uint32_t>(operation);
    return number < all.size() && all[number] ? &*all[number] : nullptr;
}

}  // namespace athena::vector
