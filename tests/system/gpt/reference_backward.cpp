// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "numerics/fp32_environment.h"
#include "numerics/indexed_rows.h"
#include "numerics/row_operations.h"
#include "reference.h"

namespace athena::gpt {

namespace {

using numerics::Elementwise;
using numerics::Fp32Environment;

}  // namespace

// The gradient of x; those of weight and bias are put down.
Matrix Reference::norm_backward(const Matrix& dy, const Matrix& x, Parameter& weight,
                                Parameter& bias, const Matrix& statistics) {
    const Fp32Environment environment;
    numerics::Workspace workspace;
    Matrix dx(x.rows, x.columns);
    Matrix dn(x.rows, x.columns);
    numerics::LayerNormBackwardArgs args{.rows = x.rows, .columns = x.columns};
    args.dy = dy.input();
    args.x = x.input();
    args.weight = weight.value.one_row();
    args.statistics = statistics.input();
    args.dx = dx.output();
    args.dn = dn.output();
    numerics::layer_norm_backward(args, workspace);
    weight.gradient = column_sum2(dn);
    bias.gradient = column_sum2(dy);
    return dx;
}

void Reference::backward(State& state) {
    Parameter& wte = parameters_[kWte];
    const Matrix dz = multiply(gradient(state.dl), {half(wte.value)}, kBackToBack);
    wte.gradient = multiply(gradient(state.dl), {state.z}, kByColumns);
    Matrix dx = norm_backward(dz, state.x, last_norm(0), last_norm(1), state.sf);
    for (std::size_t layer = options_.layers; layer-- > 0;) {
        dx = feed_forward_backward(state.layers[layer], layer, dx);
        dx = attention_backward(state, state.layers[layer], layer, dx);
    }
    Matrix by_sequence = dx;
    by_sequence.rows = state.sequences;
    by_sequence.columns = std::size_t{options_.block} * options_.channels;
    Matrix positions = column_sum2(by_sequence);
    positions.rows = options_.block;
    positions.columns = options_.channels;
    parameters_[kWpe].gradient = positions;
    const Fp32Environment environment;
    numerics::scatter_add({.rows = dx.rows,
                           .columns = dx.columns,
                           .entries = options_.vocabulary,
                           .x = dx.input(),
                           .indices = state.tokens.column(),
                           .table = wte.gradient.output()});
}

Matrix Reference::feed_forward_backward(Layer& layer, std::size_t number, const Matrix& dx) {
    const Matrix dy = half(dx);
    of_layer(number, kOutB).gradient = column_sum2(dx);
    of_layer(number, kOutW).gradient = multiply(gradient(dy), {layer.f}, kByColumns);
    const Matrix df = multiply(gradient(dy), {half(of_layer(number, kOutW).value)}, kBackToBack);
    const Matrix du = binary(Elementwise::GeluBackward, df, layer.u);
    const Matrix d_fc = half(du);
    of_layer(number, kFcB).gradient = column_sum2(du);
    of_layer(number, kFcW).gradient = multiply(gradient(d_fc), {layer.g}, kByColumns);
    const Matrix dg = multiply(gradient(d_fc), {half(of_layer(number, kFcW).value)}, kBackToBack);
    const Matrix dr =
        norm_backward(dg, layer.r, of_layer(number, kLn2W), of_layer(number, kLn2B), layer.s2);
    return binary(Elementwise::Add, dr, dx);
}

Matrix Reference::attention_backward(State& state, Layer& layer, std::size_t number,
                                     const Matrix& dx) {
    const Matrix dy = half(dx);
    of_layer(number, kProjB).gradient = column_sum2(dx);
    of_layer(number, kProjW).gradient = multiply(gradient(dy), {layer.o}, kByColumns);
    const Matrix d_o = multiply(gradient(dy), {half(of_layer(number, kProjW).value)}, kBackToBack,
                                nullptr, half_format());
    const Matrix dqkv = scores_backward(state, layer, d_o);
    const Matrix d_qkv = half(dqkv);
    of_layer(number, kQkvB).gradient = column_sum2(dqkv);
    of_layer(number, kQkvW).gradient = multiply(gradient(d_qkv), {layer.h}, kByColumns);
    const Matrix dh = multiply(gradient(d_qkv), {half(of_layer(number, kQkvW).value)}, kBackToBack);
    const Matrix dr =
        norm_backward(dh, layer.x, of_layer(number, kLn1W), of_layer(number, kLn1B), layer.s1);
    return binary(Elementwise::Add, dr, dx);
}

Matrix Reference::scores_backward(const State& state, const Layer& layer, const Matrix& d_o) {
    const Fp32Environment environment;
    numerics::Workspace workspace;
    const std::size_t t = options_.block;
    const std::size_t c = width();
    const std::size_t d = c / heads();
    const Matrix lengths = causal_lengths(t);
    Matrix dqkv(d_o.rows, 3 * c);
    for (std::size_t s = 0; s < state.sequences; ++s) {
        for (std::size_t h = 0; h < heads(); ++h) {
            const auto of_qkv = [&](std::size_t which) {
                return part(layer.qkv, s * t, t, which * c + h * d, d);
            };
            const Matrix of_o = part(d_o, s * t, t, h * d, d);
            const Matrix& p = layer.p[s * heads() + h];
            const Matrix dp = multiply(gradient(of_o), {of_qkv(2)}, kByRows);
            Matrix ds(t, t, half_format());
            numerics::SoftmaxBackwardArgs args{.rows = t, .columns = t};
            args.scale = 1.0F / std::sqrt(static_cast<float>(d));
            args.y = p.input();
            args.dy = dp.input();
            args.lengths = lengths.column();
            args.output = ds.output();
            numerics::softmax_backward(args, workspace);
            put_part(dqkv, multiply(gradient(ds), {of_qkv(1)}, kBackToBack), s * t, h * d);
            put_part(dqkv, multiply(gradient(ds), {of_qkv(0)}, kByColumns), s * t, c + h * d);
            put_part(dqkv, multiply({p}, gradient(of_o), kByColumns), s * t, 2 * c + h * d);
        }
    }
    return dqkv;
}

}  // namespace athena::gpt
