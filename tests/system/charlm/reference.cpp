// SPDX-License-Identifier: Apache-2.0
#include "reference.h"

#include <algorithm>
#include <cmath>

#include "firmware/lib/fpmath.h"

namespace athena::charlm {
namespace {

std::vector<std::uint16_t> transposed(const std::vector<std::uint16_t>& in, std::size_t rows,
                                      std::size_t columns) {
    std::vector<std::uint16_t> out(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            out[c * rows + r] = in[r * columns + c];
        }
    }
    return out;
}

void initialise(Reference::Tensor& tensor, std::uint64_t seed, Stream stream, float scale) {
    for (std::size_t i = 0; i < tensor.value.size(); ++i) {
        const float unit =
            numerics::unit_float(training::draw(seed, stream, 0, static_cast<std::uint32_t>(i)));
        tensor.value[i] = (unit * 2.0f - 1.0f) * scale;
        tensor.rounded[i] = fp_bf16(tensor.value[i]);
    }
}

}  // namespace

void Reference::Tensor::resize(std::size_t count) {
    value.assign(count, 0.0f);
    gradient.assign(count, 0.0f);
    velocity.assign(count, 0.0f);
    rounded.assign(count, 0);
}

Reference::Reference(const Options& options, const Text& text)
    : options_(options),
      text_(text),
      vocabulary_(text.vocabulary()),
      inputs_(std::size_t{options.context} * options.embedding) {
    embedding.resize(vocabulary_ * options.embedding);
    weight1.resize(inputs_ * options.hidden);
    bias1.resize(options.hidden);
    weight2.resize(options.hidden * vocabulary_);
    bias2.resize(vocabulary_);
    initialise(embedding, options.seed, kEmbedding, 0.5f);
    initialise(weight1, options.seed, kLayer1, std::sqrt(3.0f / static_cast<float>(inputs_)));
    initialise(weight2, options.seed, kLayer2,
               std::sqrt(1.0f / static_cast<float>(options.hidden)));
    positions_.resize(options.batch);
    x_.resize(options.batch * inputs_);
    a1_.resize(std::size_t{options.batch} * options.hidden);
    row_sum_.resize(options.batch);
    dlogits_.resize(options.batch * vocabulary_);
    dz1_.resize(std::size_t{options.batch} * options.hidden);
}

std::size_t Reference::parameters() const {
    return embedding.value.size() + weight1.value.size() + bias1.value.size() +
           weight2.value.size() + bias2.value.size();
}

void Reference::multiply(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b,
                         std::vector<float>& c, std::size_t m, std::size_t n, std::size_t k) {
    c.resize(m * n);
    numerics::GemmArgs args;
    args.m = m;
    args.n = n;
    args.k = k;
    args.a = {std::as_bytes(std::span(a)), k * 2, numerics::OperandFormat::Bf16};
    args.b = {std::as_bytes(std::span(b)), n * 2, numerics::OperandFormat::Bf16};
    args.c = {std::as_writable_bytes(std::span(c)), n * 4, numerics::ResultFormat::Fp32};
    numerics::gemm(args, workspace_);
}

// The symbols before *next are the row's input.
void Reference::gather_row(std::size_t row, const std::uint8_t* next) {
    for (std::size_t j = 0; j < options_.context; ++j) {
        const std::size_t symbol = *(next - options_.context + j);
        std::copy_n(
            embedding.rounded.begin() + static_cast<std::ptrdiff_t>(symbol * options_.embedding),
            options_.embedding,
            x_.begin() + static_cast<std::ptrdiff_t>(row * inputs_ + j * options_.embedding));
    }
}

void Reference::gather(std::span<const std::uint32_t> positions) {
    for (std::size_t row = 0; row < positions.size(); ++row) {
        gather_row(row, text_.symbols.data() + positions[row]);
    }
}

void Reference::forward(std::size_t rows) {
    multiply(x_, weight1.rounded, z1_, rows, options_.hidden, inputs_);
    for (std::size_t i = 0; i < z1_.size(); ++i) {
        const float z = z1_[i] + bias1.value[i % options_.hidden];
        a1_[i] = fp_bf16(z > 0.0f ? z : 0.0f);
    }
    multiply(a1_, weight2.rounded, logits_, rows, vocabulary_, options_.hidden);
    for (std::size_t i = 0; i < logits_.size(); ++i) {
        logits_[i] += bias2.value[i % vocabulary_];
    }
}

// Leaves exp(logit - max) in the row and their sum in row_sum_.
float Reference::row_loss(std::size_t row, std::uint8_t target) {
    float* const logit = logits_.data() + row * vocabulary_;
    float largest = logit[0];
    for (std::size_t v = 1; v < vocabulary_; ++v) {
        largest = logit[v] > largest ? logit[v] : largest;
    }
    const float target_logit = logit[target] - largest;
    float sum = 0.0f;
    for (std::size_t v = 0; v < vocabulary_; ++v) {
        logit[v] = fp_exp(logit[v] - largest);
        sum = v == 0 ? logit[v] : sum + logit[v];
    }
    row_sum_[row] = sum;
    return fp_log(sum) - target_logit;
}

void Reference::backward(std::size_t rows) {
    const std::size_t hidden = options_.hidden;
    const float share = 1.0f / static_cast<float>(rows);
    std::fill(bias2.gradient.begin(), bias2.gradient.end(), 0.0f);
    for (std::size_t row = 0; row < rows; ++row) {
        const float inverse = 1.0f / row_sum_[row];
        for (std::size_t v = 0; v < vocabulary_; ++v) {
            const std::size_t i = row * vocabulary_ + v;
            const float probability = logits_[i] * inverse;
            const bool hit = v == text_.symbols[positions_[row]];
            const float gradient = (hit ? probability - 1.0f : probability) * share;
            bias2.gradient[v] += gradient;
            dlogits_[i] = fp_bf16(gradient);
        }
    }
    multiply(transposed(a1_, rows, hidden), dlogits_, weight2.gradient, hidden, vocabulary_, rows);
    multiply(dlogits_, transposed(weight2.rounded, hidden, vocabulary_), da1_, rows, hidden,
             vocabulary_);

    std::fill(bias1.gradient.begin(), bias1.gradient.end(), 0.0f);
    for (std::size_t i = 0; i < da1_.size(); ++i) {
        const float gradient = a1_[i] != 0 ? da1_[i] : 0.0f;
        bias1.gradient[i % hidden] += gradient;
        dz1_[i] = fp_bf16(gradient);
    }
    multiply(transposed(x_, rows, inputs_), dz1_, weight1.gradient, inputs_, hidden, rows);
    multiply(dz1_, transposed(weight1.rounded, inputs_, hidden), dx_, rows, inputs_, hidden);

    std::fill(embedding.gradient.begin(), embedding.gradient.end(), 0.0f);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t j = 0; j < inputs_; ++j) {
            const std::size_t position =
                positions_[row] - options_.context + j / options_.embedding;
            const std::size_t symbol = text_.symbols[position];
            embedding.gradient[symbol * options_.embedding + j % options_.embedding] +=
                dx_[row * inputs_ + j];
        }
    }
}

void Reference::update(Tensor& tensor, float rate) const {
    for (std::size_t i = 0; i < tensor.value.size(); ++i) {
        tensor.velocity[i] = std::fma(options_.momentum, tensor.velocity[i], tensor.gradient[i]);
        tensor.value[i] = std::fma(-rate, tensor.velocity[i], tensor.value[i]);
        tensor.rounded[i] = fp_bf16(tensor.value[i]);
    }
}

float Reference::train_step(std::uint32_t step) {
    const std::size_t rows = options_.batch;
    const std::uint64_t choices = text_.train_length - options_.context;
    for (std::uint32_t row = 0; row < rows; ++row) {
        const std::uint32_t word = training::draw(options_.seed, kBatch, step, row);
        positions_[row] = options_.context + training::scaled(word, choices);
    }
    gather(positions_);
    forward(rows);
    float loss = 0.0f;
    for (std::size_t row = 0; row < rows; ++row) {
        loss += row_loss(row, text_.symbols[positions_[row]]);
    }
    backward(rows);

    const float progress = static_cast<float>(step) / static_cast<float>(options_.steps);
    const float rate = options_.rate * std::fma(-0.9f, progress, 1.0f);
    for (Tensor* tensor : {&embedding, &weight1, &bias1, &weight2, &bias2}) {
        update(*tensor, rate);
    }
    return loss * (1.0f / static_cast<float>(rows));
}

float Reference::validate(std::uint32_t count) {
    const std::size_t first = text_.train_length;
    const std::size_t available = text_.symbols.size() - first;
    const std::size_t total = count == 0 ? available : std::min<std::size_t>(count, available);
    const std::size_t stride = available / total;
    double sum = 0.0;
    std::vector<std::uint32_t> positions;
    for (std::size_t done = 0; done < total; done += positions.size()) {
        positions.resize(std::min<std::size_t>(options_.batch, total - done));
        for (std::size_t i = 0; i < positions.size(); ++i) {
            positions[i] = static_cast<std::uint32_t>(first + (done + i) * stride);
        }
        gather(positions);
        forward(positions.size());
        for (std::size_t row = 0; row < positions.size(); ++row) {
            sum += static_cast<double>(row_loss(row, text_.symbols[positions[row]]));
        }
    }
    return static_cast<float>(sum / static_cast<double>(total));
}

std::string Reference::generate(std::uint32_t count) {
    const std::uint8_t* const start = text_.symbols.data() + text_.train_length;
    std::vector<std::uint8_t> symbols(start, start + options_.context);
    const float inverse_temperature = 1.0f / options_.temperature;
    std::string out;
    for (std::uint32_t i = 0; i < count; ++i) {
        gather_row(0, symbols.data() + symbols.size());
        forward(1);
        for (float& logit : logits_) {
            logit *= inverse_temperature;
        }
        (void)row_loss(0, 0);
        const float limit =
            numerics::unit_float(training::draw(options_.seed, kSample, 0, i)) * row_sum_[0];
        std::size_t chosen = 0;
        float below = logits_[0];
        while (below <= limit && chosen + 1 < vocabulary_) {
            below += logits_[++chosen];
        }
        symbols.push_back(static_cast<std::uint8_t>(chosen));
        out.push_back(static_cast<char>(text_.bytes[chosen]));
    }
    return out;
}

float bigram_loss(const Text& text) {
    const std::size_t vocabulary = text.vocabulary();
    std::vector<std::uint32_t> pairs(vocabulary * vocabulary, 0);
    std::vector<std::uint32_t> firsts(vocabulary, 0);
    for (std::size_t i = 1; i < text.train_length; ++i) {
        ++pairs[text.symbols[i - 1] * vocabulary + text.symbols[i]];
        ++firsts[text.symbols[i - 1]];
    }
    double sum = 0.0;
    for (std::size_t i = text.train_length; i < text.symbols.size(); ++i) {
        const std::size_t before = text.symbols[i - 1];
        const std::uint32_t hits = pairs[before * vocabulary + text.symbols[i]] + 1;
        const std::uint32_t all = firsts[before] + static_cast<std::uint32_t>(vocabulary);
        sum +=
            static_cast<double>(fp_log(static_cast<float>(all)) - fp_log(static_cast<float>(hits)));
    }
    return static_cast<float>(sum / static_cast<double>(text.symbols.size() - text.train_length));
}

}  // namespace athena::charlm
