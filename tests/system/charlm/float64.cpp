// SPDX-License-Identifier: Apache-2.0
#include "float64.h"

#include <algorithm>
#include <cmath>

namespace athena::charlm {
namespace {

using Matrix = Float64::Matrix;

Matrix multiply(const Matrix& a, const Matrix& b) {
    Matrix c(a.rows, b.columns);
    for (std::size_t i = 0; i < a.rows; ++i) {
        double* const out = c.row(i);
        for (std::size_t k = 0; k < a.columns; ++k) {
            const double factor = a.row(i)[k];
            const double* const in = b.row(k);
            for (std::size_t j = 0; j < b.columns; ++j) {
                out[j] += factor * in[j];
            }
        }
    }
    return c;
}

Matrix transposed(const Matrix& in) {
    Matrix out(in.columns, in.rows);
    for (std::size_t i = 0; i < in.rows; ++i) {
        for (std::size_t j = 0; j < in.columns; ++j) {
            out.row(j)[i] = in.row(i)[j];
        }
    }
    return out;
}

Matrix column_sums(const Matrix& in) {
    Matrix out(1, in.columns);
    for (std::size_t i = 0; i < in.rows; ++i) {
        for (std::size_t j = 0; j < in.columns; ++j) {
            out.at[j] += in.row(i)[j];
        }
    }
    return out;
}

// Nearest double with 8 significant bits, ties to even: BF16 but for its range, which training
// stays far inside of.
double to_bf16(double value) {
    if (value == 0.0) {
        return value;
    }
    const double unit = std::ldexp(1.0, std::ilogb(value) - 7);
    return std::nearbyint(value / unit) * unit;
}

Float64::Tensor make_tensor(std::size_t rows, std::size_t columns) {
    return {Matrix(rows, columns), Matrix(rows, columns), Matrix(rows, columns)};
}

// The board's initial values: they are FP32 numbers, so the float64 start is the same one.
void initialise(Matrix& matrix, std::uint64_t seed, Stream stream, float scale) {
    for (std::size_t i = 0; i < matrix.at.size(); ++i) {
        const float unit =
            numerics::unit_float(training::draw(seed, stream, 0, static_cast<std::uint32_t>(i)));
        matrix.at[i] = static_cast<double>((unit * 2.0f - 1.0f) * scale);
    }
}

}  // namespace

Float64::Float64(const Options& options, const Text& text, Rounding rounding)
    : options_{options}, text_{text}, rounding_{rounding} {
    const std::size_t input_count = std::size_t{options.context} * options.embedding;
    embedding = make_tensor(text.vocabulary(), options.embedding);
    weight1 = make_tensor(input_count, options.hidden);
    bias1 = make_tensor(1, options.hidden);
    weight2 = make_tensor(options.hidden, text.vocabulary());
    bias2 = make_tensor(1, text.vocabulary());
    initialise(embedding.value, options.seed, kEmbedding, 0.5f);
    initialise(weight1.value, options.seed, kLayer1,
               std::sqrt(3.0f / static_cast<float>(input_count)));
    initialise(weight2.value, options.seed, kLayer2,
               std::sqrt(1.0f / static_cast<float>(options.hidden)));
}

std::vector<Float64::Tensor*> Float64::tensors() {
    return {&embedding, &weight1, &bias1, &weight2, &bias2};
}

Matrix Float64::rounded(Matrix matrix) const {
    if (rounding_ == Rounding::Bf16) {
        std::transform(matrix.at.begin(), matrix.at.end(), matrix.at.begin(), to_bf16);
    }
    return matrix;
}

Matrix Float64::inputs(std::span<const std::uint32_t> positions) const {
    Matrix x(positions.size(), weight1.value.rows);
    for (std::size_t row = 0; row < positions.size(); ++row) {
        for (std::size_t j = 0; j < options_.context; ++j) {
            const std::size_t symbol = text_.symbols[positions[row] - options_.context + j];
            std::copy_n(embedding.value.row(symbol), options_.embedding,
                        x.row(row) + j * options_.embedding);
        }
    }
    return rounded(x);
}

double Float64::loss(std::span<const std::uint32_t> positions) {
    x_ = inputs(positions);
    Matrix z1 = multiply(x_, rounded(weight1.value));
    for (std::size_t i = 0; i < z1.at.size(); ++i) {
        z1.at[i] = std::max(z1.at[i] + bias1.value.at[i % z1.columns], 0.0);
    }
    a1_ = rounded(z1);
    probabilities_ = multiply(a1_, rounded(weight2.value));
    double sum = 0.0;
    for (std::size_t row = 0; row < positions.size(); ++row) {
        double* const logit = probabilities_.row(row);
        const std::size_t count = probabilities_.columns;
        for (std::size_t v = 0; v < count; ++v) {
            logit[v] += bias2.value.at[v];
        }
        const double largest = *std::max_element(logit, logit + count);
        const double target = logit[text_.symbols[positions[row]]] - largest;
        double total = 0.0;
        for (std::size_t v = 0; v < count; ++v) {
            total += logit[v] = std::exp(logit[v] - largest);
        }
        std::for_each(logit, logit + count, [&](double& value) { value /= total; });
        sum += std::log(total) - target;
    }
    return sum / static_cast<double>(positions.size());
}

double Float64::loss_and_gradient(std::span<const std::uint32_t> positions) {
    const double mean = loss(positions);
    Matrix dlogits = probabilities_;
    for (std::size_t row = 0; row < positions.size(); ++row) {
        dlogits.row(row)[text_.symbols[positions[row]]] -= 1.0;
    }
    for (double& value : dlogits.at) {
        value /= static_cast<double>(positions.size());
    }
    bias2.gradient = column_sums(dlogits);
    dlogits = rounded(dlogits);
    weight2.gradient = multiply(transposed(a1_), dlogits);
    Matrix dz1 = multiply(dlogits, transposed(rounded(weight2.value)));
    for (std::size_t i = 0; i < dz1.at.size(); ++i) {
        dz1.at[i] = a1_.at[i] > 0.0 ? dz1.at[i] : 0.0;
    }
    bias1.gradient = column_sums(dz1);
    dz1 = rounded(dz1);
    weight1.gradient = multiply(transposed(x_), dz1);
    const Matrix dx = multiply(dz1, transposed(rounded(weight1.value)));
    std::fill(embedding.gradient.at.begin(), embedding.gradient.at.end(), 0.0);
    for (std::size_t row = 0; row < positions.size(); ++row) {
        for (std::size_t j = 0; j < dx.columns; ++j) {
            const std::size_t position = positions[row] - options_.context + j / options_.embedding;
            embedding.gradient.row(text_.symbols[position])[j % options_.embedding] +=
                dx.row(row)[j];
        }
    }
    return mean;
}

double Float64::train_step(std::uint32_t step) {
    const std::uint64_t choices = text_.train_length - options_.context;
    std::vector<std::uint32_t> positions(options_.batch);
    for (std::uint32_t row = 0; row < options_.batch; ++row) {
        const std::uint32_t word = training::draw(options_.seed, kBatch, step, row);
        positions[row] = options_.context + training::scaled(word, choices);
    }
    const double mean = loss_and_gradient(positions);
    const double progress = static_cast<double>(step) / options_.steps;
    const double rate = static_cast<double>(options_.rate) * (1.0 - 0.9 * progress);
    for (Tensor* tensor : tensors()) {
        for (std::size_t i = 0; i < tensor->value.at.size(); ++i) {
            double& velocity = tensor->velocity.at[i];
            velocity = static_cast<double>(options_.momentum) * velocity + tensor->gradient.at[i];
            tensor->value.at[i] -= rate * velocity;
        }
    }
    return mean;
}

}  // namespace athena::charlm
