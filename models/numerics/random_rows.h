// SPDX-License-Identifier: Apache-2.0
// Random matrices (docs/vector-numerics.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include "numerics/philox_fill.h"
#include "numerics/vector_operand.h"

namespace athena::numerics {

/// Elements of a stream of random numbers.
inline constexpr std::uint64_t kMostRandom = std::uint64_t{1} << 34;

/// out[r][c] = fma(deviate, scale, offset), with deviate number first + r * columns + c of the
/// stream.
struct RandomRowsArgs {
    Distribution distribution = Distribution::Uniform;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::uint64_t key = 0;
    std::uint32_t stream = 0;
    std::uint64_t first = 0;
    float scale = 1;
    float offset = 0;
    VectorOutput output{};
};

/// Throws std::invalid_argument, with nothing written, if the output does not fit or is Int32, or
/// if the stream ends before it. Floating-point environment as elementwise().
void random_rows(const RandomRowsArgs& args);

}  // namespace athena::numerics
