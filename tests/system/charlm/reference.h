// SPDX-License-Identifier: Apache-2.0
// The training of docs/charlm.md written down once more, on the host: products by
// athena::numerics, exp, log and BF16 rounding by firmware/lib/fpmath.c, all else here. Its losses
// are the bits that the board must print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "numerics/gemm.h"
#include "options.h"

namespace athena::charlm {

class Reference {
  public:
    Reference(const Options& options, const Text& text);

    // One step of training; the loss of its batch before the update, in nats a character.
    float train_step(std::uint32_t step);

    // Mean loss over `count` characters spread evenly over the last tenth, all of them for 0.
    [[nodiscard]] float validate(std::uint32_t count);

    // `count` characters that follow the first ones of the last tenth.
    [[nodiscard]] std::string generate(std::uint32_t count);

    [[nodiscard]] std::size_t parameters() const;

    struct Tensor {
        std::vector<float> value;
        std::vector<float> gradient;
        std::vector<float> velocity;
        std::vector<std::uint16_t> rounded;  // value in BF16, for tensors that the tile reads

        void resize(std::size_t count);
    };
    Tensor embedding;  // [vocabulary][embedding]
    Tensor weight1;    // [context * embedding][hidden]
    Tensor bias1;      // [hidden]
    Tensor weight2;    // [hidden][vocabulary]
    Tensor bias2;      // [vocabulary]

  private:
    void gather(std::span<const std::uint32_t> positions);
    void gather_row(std::size_t row, const std::uint8_t* next);
    void forward(std::size_t rows);
    float row_loss(std::size_t row, std::uint8_t target);
    void backward(std::size_t rows);
    void update(Tensor& tensor, float rate) const;

    void multiply(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b,
                  std::vector<float>& c, std::size_t m, std::size_t n, std::size_t k);

    const Options options_;
    const Text& text_;
    const std::size_t vocabulary_;
    const std::size_t inputs_;  // context * embedding
    numerics::Workspace workspace_;

    std::vector<std::uint32_t> positions_;
    std::vector<std::uint16_t> x_;        // [batch][inputs]
    std::vector<float> z1_;               // [batch][hidden]
    std::vector<std::uint16_t> a1_;       // [batch][hidden]
    std::vector<float> logits_;           // [batch][vocabulary], becomes exp(logit - max)
    std::vector<float> row_sum_;          // [batch]
    std::vector<std::uint16_t> dlogits_;  // [batch][vocabulary]
    std::vector<float> da1_;              // [batch][hidden]
    std::vector<std::uint16_t> dz1_;      // [batch][hidden]
    std::vector<float> dx_;               // [batch][inputs]
};

// Validation loss of add-one-smoothed pair counts of the first nine tenths, over all of the rest.
[[nodiscard]] float bigram_loss(const Text& text);

}  // namespace athena::charlm
