// SPDX-License-Identifier: Apache-2.0
// Operands of the vector operations with memory of their own, random contents and guard bytes.
#pragma once

#include <bit>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "../numerics/kernels.h"
#include "numerics/vector_operand.h"

namespace athena::test {

/// What elements are drawn from.
enum class Mix {
    Numbers,  // around 1
    Finite,   // all finite classes
    All       // with infinities and NaNs
};
inline constexpr int kMixes = 3;

[[nodiscard]] inline std::uint32_t random_fp32(std::mt19937& random, Mix mix) {
    if (mix == Mix::Numbers) {
        return std::bit_cast<std::uint32_t>(std::normal_distribution<float>(0.0F, 2.0F)(random));
    }
    const auto bits = static_cast<std::uint32_t>(random());
    switch (random() % 8) {
        case 0:
            return bits & 0x8000'0000;  // zeros
        case 1:
            return bits & 0x807F'FFFF;  // subnormals
        case 2:
            return mix == Mix::All ? bits | 0x7F80'0000 : bits & 0xBFFF'FFFF;
        case 3:
            return mix == Mix::All && random() % 4 == 0 ? (bits & 0x8000'0000) | 0x7F80'0000
                                                        : bits & 0xBFFF'FFFF;
        case 4:
            return (bits & 0x80FF'FFFF) | 0x7E00'0000;  // large
        default:
            return (bits & 0x81FF'FFFF) | 0x3E00'0000;  // around 1
    }
}

/// A matrix in the middle of memory that holds something else.
class Matrix {
  public:
    Matrix(std::size_t rows, std::size_t columns, numerics::VectorFormat format, std::size_t gap)
        : format_(format),
          ld_((columns + gap) * numerics::element_bytes(format)),
          memory_(kGuard + rows * ld_ + columns * numerics::element_bytes(format) + kGuard,
                  std::byte{0xA5}) {}

    void fill(std::mt19937& random, Mix mix) {
        const std::size_t size = numerics::element_bytes(format_);
        for (std::size_t at = kGuard; at + size + kGuard <= memory_.size(); at += size) {
            numerics::store_bits(format_, true, random_fp32(random, mix), &memory_[at]);
        }
    }
    void fill_integers(std::mt19937& random, std::int32_t least, std::int32_t most) {
        for (std::size_t at = kGuard; at + 4 + kGuard <= memory_.size(); at += 4) {
            const std::int32_t value =
                std::uniform_int_distribution<std::int32_t>(least, most)(random);
            std::memcpy(&memory_[at], &value, 4);
        }
    }

    [[nodiscard]] numerics::VectorInput input(
        numerics::Spread spread = numerics::Spread::Matrix) const {
        return {std::span(memory_).subspan(kGuard), ld_, format_, spread, 0};
    }
    /// The first row for all.
    [[nodiscard]] numerics::VectorInput row_for_all() const {
        return {std::span(memory_).subspan(kGuard), 0, format_, numerics::Spread::Matrix, 0};
    }
    [[nodiscard]] numerics::VectorOutput output(bool saturate = false) {
        return {std::span(memory_).subspan(kGuard), ld_, format_, saturate};
    }
    [[nodiscard]] std::vector<std::byte>& memory() { return memory_; }
    [[nodiscard]] std::size_t ld() const { return ld_; }
    [[nodiscard]] numerics::VectorFormat format() const { return format_; }

    void set(std::size_t row, std::size_t column, float value) {
        numerics::store_bits(output(), row, column, std::bit_cast<std::uint32_t>(value));
    }
    [[nodiscard]] float at(std::size_t row, std::size_t column) const {
        return numerics::load(input(), row, column);
    }

  private:
    static constexpr std::size_t kGuard = 64;

    numerics::VectorFormat format_;
    std::size_t ld_;
    std::vector<std::byte> memory_;
};

[[nodiscard]] inline unsigned seed_of_run() {
    const char* seed = std::getenv("ATHENA_SEED");
    return seed != nullptr ? static_cast<unsigned>(std::strtoul(seed, nullptr, 0)) : 1;
}

/// Prints on failure how to run this case again.
#define ATHENA_REPLAY(seed)                                            \
    INFO("replay: ATHENA_SEED=" << (seed) << " unit_vector_numerics '" \
                                << Catch::getResultCapture().getCurrentTestName() << "'")

/// Runs `reference` and, for each kernel of this CPU, `kernel` from the same memories; fails if one
/// byte differs.
template <class Reference, class Kernel>
void check_equal(std::vector<Matrix*> outputs, const Reference& reference, const Kernel& kernel) {
    std::vector<std::vector<std::byte>> before;
    for (Matrix* output : outputs) {
        before.push_back(output->memory());
    }
    reference();
    std::vector<std::vector<std::byte>> expected;
    for (Matrix* output : outputs) {
        expected.push_back(output->memory());
    }
    for (const std::int64_t target : kernel_targets()) {
        const KernelScope scope(target);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            // In place: spans of inputs lie in this memory.
            std::ranges::copy(before[i], outputs[i]->memory().begin());
        }
        kernel();
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const auto& is = outputs[i]->memory();
            const auto differs = std::ranges::mismatch(is, expected[i]);
            INFO("kernel " << numerics::gemm_kernel_name() << ", output " << i
                           << ", first different byte " << differs.in1 - is.begin());
            REQUIRE((differs.in1 == is.end()));
        }
    }
}

}  // namespace athena::test
