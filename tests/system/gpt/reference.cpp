// SPDX-License-Identifier: Apache-2.0
#include "reference.h"

#include <cmath>
#include <cstring>

#include "numerics/fp32_environment.h"
#include "numerics/indexed_rows.h"
#include "numerics/optimiser.h"
#include "numerics/ordered_sums.h"
#include "numerics/random_rows.h"
#include "numerics/row_operations.h"

namespace athena::gpt {

namespace {

using numerics::Elementwise;
using numerics::Fp32Environment;

Matrix layer_norm(const Matrix& x, const Parameter& weight, const Parameter& bias,
                  Matrix& statistics, VectorFormat format) {
    const Fp32Environment environment;
    numerics::Workspace workspace;
    Matrix out(x.rows, x.columns, format);
    statistics = Matrix(x.rows, 2);
    numerics::LayerNormArgs args{.rows = x.rows, .columns = x.columns};
    args.x = x.input();
    args.weight = weight.value.one_row();
    args.bias = bias.value.one_row();
    args.output = out.output();
    args.statistics = statistics.output();
    numerics::layer_norm(args, workspace);
    return out;
}

float ordered_sum(const Matrix& a) {
    const Fp32Environment environment;
    Matrix sum(1, 1);
    numerics::ordered_sum({a.rows, a.columns, a.input(), sum.output()});
    return sum.floats()[0];
}

}  // namespace

VectorFormat Reference::half_format() const {
    return options_.mxfp8 != 0 ? VectorFormat::Fp32 : VectorFormat::Bf16;
}

Matrix Reference::half(const Matrix& x) const {
    return options_.mxfp8 != 0 ? x : bf(x);
}

Matrix Reference::multiply(Factor a, Factor b, Flags flags, const Matrix* initial,
                           VectorFormat format) const {
    if (options_.mxfp8 == 0) {
        return product(a.matrix, b.matrix, flags, initial, format);
    }
    const auto format_of = [&](const Factor& factor) {
        return factor.is_gradient && options_.e5m2 != 0 ? numerics::OperandFormat::Mxfp8E5m2
                                                        : numerics::OperandFormat::Mxfp8E4m3;
    };
    return mx_product(a.matrix, format_of(a), b.matrix, format_of(b), flags, initial);
}

void Reference::add_parameter(const std::string& name, std::size_t rows, std::size_t columns,
                              bool is_matrix, float start) {
    const Fp32Environment environment;
    Parameter& added = parameters_.emplace_back();
    added = {name,
             is_matrix,
             Matrix(rows, columns),
             Matrix(rows, columns),
             Matrix(rows, columns),
             Matrix(rows, columns)};
    if (is_matrix) {
        numerics::random_rows({.distribution = numerics::Distribution::Normal,
                               .rows = rows,
                               .columns = columns,
                               .key = options_.seed,
                               .stream = static_cast<std::uint32_t>(parameters_.size() - 1),
                               .scale = start,
                               .output = added.value.output()});
    } else {
        std::fill_n(added.value.floats(), columns, start);
    }
}

Reference::Reference(const Options& options) : options_(options), clip_(1, 1) {
    const std::size_t c = options.channels;
    const float deep = 0.02F * (1.0F / std::sqrt(static_cast<float>(2 * options.layers)));
    add_parameter("wte", options.vocabulary, c, true, 0.02F);
    add_parameter("wpe", options.block, c, true, 0.02F);
    for (std::uint32_t layer = 0; layer < options.layers; ++layer) {
        const std::string name = std::to_string(layer) + ".";
        add_parameter(name + "ln1.w", 1, c, false, 1);
        add_parameter(name + "ln1.b", 1, c, false, 0);
        add_parameter(name + "qkv.w", 3 * width(), c, true, 0.02F);
        add_parameter(name + "qkv.b", 1, 3 * width(), false, 0);
        add_parameter(name + "proj.w", c, width(), true, deep);
        add_parameter(name + "proj.b", 1, c, false, 0);
        add_parameter(name + "ln2.w", 1, c, false, 1);
        add_parameter(name + "ln2.b", 1, c, false, 0);
        add_parameter(name + "fc.w", 4 * width(), c, true, 0.02F);
        add_parameter(name + "fc.b", 1, 4 * width(), false, 0);
        add_parameter(name + "out.w", c, 4 * width(), true, deep);
        add_parameter(name + "out.b", 1, c, false, 0);
    }
    add_parameter("lnf.w", 1, c, false, 1);
    add_parameter("lnf.b", 1, c, false, 0);
}

std::uint64_t Reference::elements() const {
    std::uint64_t sum = 0;
    for (const Parameter& parameter : parameters_) {
        sum += parameter.value.rows * parameter.value.columns;
    }
    return sum;
}

void Reference::forward(State& state) {
    const std::size_t n = state.tokens.rows;
    const Parameter& wte = parameters_[kWte];
    Matrix x(n, options_.channels);
    numerics::gather({.rows = n,
                      .columns = options_.channels,
                      .entries = options_.vocabulary,
                      .table = wte.value.input(),
                      .indices = state.tokens.column(),
                      .output = x.output()});
    for (std::size_t row = 0; row < n; row += options_.block) {
        const Matrix sum = binary(Elementwise::Add, part(x, row, options_.block, 0, x.columns),
                                  parameters_[kWpe].value);
        put_part(x, sum, row, 0);
    }
    state.x = x;
    state.sequences = n / options_.block;
    state.layers.resize(options_.layers);
    for (std::size_t layer = 0; layer < options_.layers; ++layer) {
        layer_forward(state, layer);
    }
    state.z = layer_norm(state.x, last_norm(0), last_norm(1), state.sf, half_format());
    state.logits = multiply({state.z}, {half(wte.value)}, kByRows);
}

void Reference::layer_forward(State& state, std::size_t number) {
    Layer& layer = state.layers[number];
    const auto linear = [&](const Matrix& x, unsigned weight) {
        return multiply({x}, {half(of_layer(number, weight).value)}, kByRows,
                        &of_layer(number, weight + 1).value);
    };
    layer.x = state.x;
    layer.h = layer_norm(layer.x, of_layer(number, kLn1W), of_layer(number, kLn1B), layer.s1,
                         half_format());
    layer.qkv = half(linear(layer.h, kQkvW));
    attention(state, layer);
    layer.r = binary(Elementwise::Add, linear(layer.o, kProjW), layer.x);
    layer.g = layer_norm(layer.r, of_layer(number, kLn2W), of_layer(number, kLn2B), layer.s2,
                         half_format());
    layer.u = linear(layer.g, kFcW);
    layer.f = unary(Elementwise::Gelu, layer.u, half_format());
    state.x = binary(Elementwise::Add, linear(layer.f, kOutW), layer.r);
}

void Reference::attention(State& state, Layer& layer) {
    const Fp32Environment environment;
    numerics::Workspace workspace;
    const std::size_t t = options_.block;
    const std::size_t c = width();
    const std::size_t d = c / heads();
    const Matrix lengths = causal_lengths(t);
    layer.o = Matrix(state.x.rows, c, half_format());
    layer.p.clear();
    for (std::size_t s = 0; s < state.sequences; ++s) {
        for (std::size_t h = 0; h < heads(); ++h) {
            const Matrix q = part(layer.qkv, s * t, t, h * d, d);
            const Matrix k = part(layer.qkv, s * t, t, c + h * d, d);
            const Matrix v = part(layer.qkv, s * t, t, 2 * c + h * d, d);
            const Matrix scores = multiply({q}, {k}, kByRows);
            Matrix& p = layer.p.emplace_back(t, t, half_format());
            numerics::SoftmaxArgs args{.rows = t, .columns = t};
            args.scale = 1.0F / std::sqrt(static_cast<float>(d));
            args.x = scores.input();
            args.lengths = lengths.column();
            args.output = p.output();
            numerics::softmax(args, workspace);
            put_part(layer.o, multiply({p}, {v}, kBackToBack, nullptr, half_format()), s * t,
                     h * d);
        }
    }
}

float Reference::losses(State& state) {
    const Fp32Environment environment;
    numerics::Workspace workspace;
    const float share = 1.0F / static_cast<float>(state.logits.rows);
    state.rows = Matrix(state.logits.rows, 1);
    state.dl = Matrix(state.logits.rows, state.logits.columns, half_format());
    numerics::CrossEntropyArgs args{.rows = state.logits.rows, .columns = state.logits.columns};
    args.scale = share;
    args.x = state.logits.input();
    args.targets = state.targets.column();
    args.loss = state.rows.output();
    args.dx = state.dl.output();
    numerics::cross_entropy(args, workspace);
    return ordered_sum(state.rows) * share;
}

float Reference::loss(const Batch& batch) {
    State state;
    state.tokens = column_of(batch.tokens);
    state.targets = column_of(batch.targets);
    forward(state);
    return losses(state);
}

float Reference::gradients(const Batch& batch) {
    State state;
    state.tokens = column_of(batch.tokens);
    state.targets = column_of(batch.targets);
    forward(state);
    const float loss = losses(state);
    backward(state);
    return loss;
}

void Reference::find_norm() {
    const Fp32Environment environment;
    numerics::Workspace workspace;
    std::size_t rows = 0;
    for (const Parameter& parameter : parameters_) {
        rows += parameter.gradient.rows;
    }
    Matrix partials(rows, 1);
    std::size_t row = 0;
    for (const Parameter& parameter : parameters_) {
        const Matrix& gradient = parameter.gradient;
        Matrix sums(gradient.rows, 1);
        numerics::ReduceRowsArgs args{.reduction = numerics::Reduction::SumOfSquares,
                                      .rows = gradient.rows,
                                      .columns = gradient.columns};
        args.a = gradient.input();
        args.output = sums.output();
        numerics::reduce_rows(args, workspace);
        put_part(partials, sums, row, 0);
        row += gradient.rows;
    }
    norm_ = std::sqrt(ordered_sum(partials));
    const float factor = options_.clip / (norm_ + 1e-6F);
    clip_.floats()[0] = factor < 1.0F ? factor : 1.0F;
}

void Reference::update(std::uint32_t step) {
    find_norm();
    const Fp32Environment environment;
    gpt_factors factors{};
    gpt_step_factors(&options_.schedule, &powers_, step, &factors);
    for (Parameter& parameter : parameters_) {
        Matrix row(1, GPT_FACTORS);
        std::memcpy(row.bytes.data(), parameter.is_matrix ? factors.matrix : factors.vector,
                    row.bytes.size());
        numerics::adamw({.rows = parameter.value.rows,
                         .columns = parameter.value.columns,
                         .gradient = parameter.gradient.input(),
                         .factors = row.one_row(),
                         .clip = clip_.column(true),
                         .p = parameter.value.output(),
                         .m = parameter.m.output(),
                         .v = parameter.v.output()});
    }
}

Matrix Reference::next_symbol(const std::vector<std::int32_t>& tokens) {
    State state;
    state.tokens = column_of(tokens);
    forward(state);
    const Fp32Environment environment;
    numerics::Workspace workspace;
    const Matrix last = part(state.logits, options_.block - 1, 1, 0, options_.vocabulary);
    const Matrix length = column_of({static_cast<std::int32_t>(options_.vocabulary)});
    Matrix out(1, options_.vocabulary);
    numerics::SoftmaxArgs args{.rows = 1, .columns = options_.vocabulary};
    args.scale = 1.0F / options_.temperature;
    args.x = last.input();
    args.lengths = length.column();
    args.output = out.output();
    numerics::softmax(args, workspace);
    return out;
}

}  // namespace athena::gpt
