// SPDX-License-Identifier: Apache-2.0
// A matrix product with memory of its own: random operands, rows with gaps, and guard bytes that
// show a write outside C.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "numerics/gemm.h"

namespace athena::test {

struct Shape {
    std::size_t m = 0;
    std::size_t n = 0;
    std::size_t k = 0;
    numerics::ResultFormat format = numerics::ResultFormat::Fp32;
    bool accumulate = false;
};

// What operands and the old C are drawn from.
enum class Mix {
    Numbers,    // all around 1: sums round at each step
    Subnormal,  // products and sums in and around the subnormals
    Large,      // sums overflow
    Finite,     // all finite classes
    All,        // finite classes with some infinities and NaNs
};
inline constexpr int kMixes = 5;

class Product {
  public:
    // `gap` elements lie between the end of a row and the next.
    Product(std::mt19937& random, const Shape& shape, Mix mix, std::size_t gap);
    Product(const Product&) = delete;
    Product& operator=(const Product&) = delete;

    [[nodiscard]] const numerics::GemmArgs& args() const { return args_; }
    // C as it was before any run.
    void restore_c() { c_ = old_c_; }
    // C with its gaps and guards.
    [[nodiscard]] const std::vector<std::uint8_t>& c() const { return c_; }
    // The encoding of an element of the operands, and of C before any run (FP32 only).
    [[nodiscard]] std::uint16_t a(std::size_t m, std::size_t k) const;
    [[nodiscard]] std::uint16_t b(std::size_t k, std::size_t n) const;
    [[nodiscard]] std::uint32_t old_c(std::size_t m, std::size_t n) const;
    // The encoding of an element of C as it is now.
    [[nodiscard]] std::uint32_t c(std::size_t m, std::size_t n) const;

  private:
    std::vector<std::uint16_t> a_;
    std::vector<std::uint16_t> b_;
    std::vector<std::uint8_t> c_;
    std::vector<std::uint8_t> old_c_;
    numerics::GemmArgs args_;
};

}  // namespace athena::test
