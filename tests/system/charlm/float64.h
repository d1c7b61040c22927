// SPDX-License-Identifier: Apache-2.0
// The training of docs/charlm.md in float64: formulas in their plain form, exp and log of the C
// library, no rounding but double's own. With Rounding::Bf16 operands of products are rounded to
// BF16 where the board rounds them; what then differs is FP32 arithmetic and the order of sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "options.h"

namespace athena::charlm {

enum class Rounding { None, Bf16 };

class Float64 {
  public:
    Float64(const Options& options, const Text& text, Rounding rounding);

    // Row-major matrix.
    struct Matrix {
        std::size_t rows = 0;
        std::size_t columns = 0;
        std::vector<double> at;

        Matrix() = default;
        Matrix(std::size_t r, std::size_t c) : rows{r}, columns{c}, at(r * c, 0.0) {}
        [[nodiscard]] double* row(std::size_t r) { return at.data() + r * columns; }
        [[nodiscard]] const double* row(std::size_t r) const { return at.data() + r * columns; }
    };
    struct Tensor {
        Matrix value;
        Matrix gradient;
        Matrix velocity;
    };
    Tensor embedding, weight1, bias1, weight2, bias2;

    // Mean loss of the characters at `positions`, each by those before it.
    [[nodiscard]] double loss(std::span<const std::uint32_t> positions);

    // The same, and the gradient of that mean by every parameter.
    double loss_and_gradient(std::span<const std::uint32_t> positions);

    // One step of training; the loss of its batch before the update.
    double train_step(std::uint32_t step);

  private:
    [[nodiscard]] Matrix rounded(Matrix matrix) const;
    [[nodiscard]] Matrix inputs(std::span<const std::uint32_t> positions) const;
    [[nodiscard]] std::vector<Tensor*> tensors();

    Options options_;
    const Text& text_;
    Rounding rounding_;

    Matrix x_, a1_, probabilities_;  // of the batch last seen by loss()
};

}  // namespace athena::charlm
