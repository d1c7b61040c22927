// SPDX-License-Identifier: Apache-2.0
// The AdamW update (Loshchilov and Hutter, "Decoupled weight decay regularization", algorithm 2) as
// a vector operation (docs/vector-numerics.md).
#pragma once

#include <cstddef>

#include "numerics/vector_operand.h"

namespace athena::numerics {

/// Of one step, as a row of FP32 in memory, in this order.
struct AdamWFactors {
    float decay;  ///< 1 - rate * weight decay
    float beta1;
    float one_less_beta1;  ///< 1 - beta1
    float beta2;
    float one_less_beta2;
    float root_scale;  ///< 1 / sqrt(1 - beta2^t)
    float epsilon;
    float step;  ///< rate / (1 - beta1^t)
};

inline constexpr std::size_t kAdamWFactors = 8;

/// For each element, with g the gradient times `clip`:
///     m = fma(beta1, m, one_less_beta1 * g)
///     v = fma(beta2, v, one_less_beta2 * g * g)
///     p = fma(-step, m / fma(sqrt(v), root_scale, epsilon), p * decay)
/// p, m, v: FP32, read and written.
struct AdamWArgs {
    std::size_t rows = 0;
    std::size_t columns = 0;
    VectorInput gradient{};
    VectorInput factors{};  ///< FP32, [1][8]: AdamWFactors
    VectorInput clip{};     ///< FP32; one for all
    VectorOutput p{};
    VectorOutput m{};
    VectorOutput v{};
};

/// Throw std::invalid_argument, with nothing written, if an operand does not fit or its format is
/// not the one asked for. Floating-point environment as elementwise().
void adamw_reference(const AdamWArgs& args);
void adamw(const AdamWArgs& args);

}  // namespace athena::numerics
