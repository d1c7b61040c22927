// SPDX-License-Identifier: Apache-2.0
// The training of docs/gpt.md on the host, written on models/numerics alone.
#pragma once

#include <string>
#include <vector>

#include "matrix.h"
#include "options.h"

namespace athena::gpt {

struct Parameter {
    std::string name;
    bool is_matrix = false;
    Matrix value, gradient, m, v;
};

class Reference {
  public:
    /// The weights as they start. `options.vocabulary` is that of the text.
    explicit Reference(const Options& options);

    /// The loss of a batch; leaves the gradients.
    float gradients(const Batch& batch);
    /// By the gradients; of step 0, 1, … in turn.
    void update(std::uint32_t step);
    [[nodiscard]] float loss(const Batch& batch);
    /// Probabilities of the symbol behind `tokens`, `block` of them.
    [[nodiscard]] Matrix next_symbol(const std::vector<std::int32_t>& tokens);

    [[nodiscard]] float norm() const { return norm_; }
    [[nodiscard]] std::vector<Parameter>& parameters() { return parameters_; }
    [[nodiscard]] std::uint64_t elements() const;

  private:
    enum { kWte, kWpe, kFirstLayer };
    enum {
        kLn1W,
        kLn1B,
        kQkvW,
        kQkvB,
        kProjW,
        kProjB,
        kLn2W,
        kLn2B,
        kFcW,
        kFcB,
        kOutW,
        kOutB,
        kOfLayer
    };
    struct Layer {
        Matrix x, h, s1, qkv, o, r, g, s2, u, f;
        std::vector<Matrix> p;  // of each sequence and head
    };
    struct State {
        std::vector<Layer> layers;
        Matrix tokens, targets, x, z, sf, logits, rows, dl;
        std::size_t sequences = 0;
    };

    /// Of this share of a layer: columns of q, k, v or o, and its heads.
    [[nodiscard]] std::size_t width() const { return options_.channels / options_.shares; }
    [[nodiscard]] std::size_t heads() const { return options_.heads / options_.shares; }
    [[nodiscard]] Parameter& of_layer(std::size_t layer, unsigned which) {
        return parameters_[kFirstLayer + layer * kOfLayer + which];
    }
    [[nodiscard]] Parameter& last_norm(unsigned which) {
        return parameters_[kFirstLayer + options_.layers * kOfLayer + which];
    }
    /// What a product takes, as it is kept for it: bf(x), or x itself where it is to be quantised.
    [[nodiscard]] Matrix half(const Matrix& x) const;
    [[nodiscard]] VectorFormat half_format() const;
    struct Factor {
        const Matrix& matrix;
        bool is_gradient = false;
    };
    static Factor gradient(const Matrix& matrix) { return {matrix, true}; }
    /// Of what half() gives.
    [[nodiscard]] Matrix multiply(Factor a, Factor b, Flags flags, const Matrix* initial = nullptr,
                                  VectorFormat format = VectorFormat::Fp32) const;
    void add_parameter(const std::string& name, std::size_t rows, std::size_t columns,
                       bool is_matrix, float start);
    void forward(State& state);
    void layer_forward(State& state, std::size_t number);
    void attention(State& state, Layer& layer);
    float losses(State& state);
    void backward(State& state);
    Matrix feed_forward_backward(Layer& layer, std::size_t number, const Matrix& dx);
    Matrix attention_backward(State& state, Layer& layer, std::size_t number, const Matrix& dx);
    Matrix scores_backward(const State& state, const Layer& layer, const Matrix& d_o);
    Matrix norm_backward(const Matrix& dy, const Matrix& x, Parameter& weight, Parameter& bias,
                         const Matrix& statistics);
    void find_norm();

    Options options_;
    std::vector<Parameter> parameters_;
    gpt_powers powers_{1, 1};
    float norm_ = 0;
    Matrix clip_;
};

}  // namespace athena::gpt
