// SPDX-License-Identifier: Apache-2.0
// The elementary functions over arrays, by the elementwise operations that carry them.
#pragma once

#include <bit>
#include <span>

#include "numerics/elementwise.h"

namespace athena::test {

// to[i] = function(from[i]); the derivative of gelu is GeluBackward of 1. The spans have one size
// and are the same memory or apart.
[[nodiscard]] inline numerics::ElementwiseArgs elementary_args(numerics::Elementwise function,
                                                               std::span<const float> from,
                                                               std::span<float> to) {
    using numerics::Elementwise;
    const std::size_t ld = from.size_bytes();
    const numerics::VectorInput x{std::as_bytes(from), ld};
    const numerics::VectorInput one{{},
                                    0,
                                    numerics::VectorFormat::Fp32,
                                    numerics::Spread::Immediate,
                                    std::bit_cast<std::uint32_t>(1.0F)};
    const bool backward = function == Elementwise::GeluBackward;
    return {
        function, 1, from.size(), {backward ? one : x, x, {}}, {std::as_writable_bytes(to), ld}};
}

inline void apply_elementary(numerics::Elementwise function, std::span<const float> from,
                             std::span<float> to) {
    numerics::elementwise(elementary_args(function, from, to));
}
inline void apply_elementary_reference(numerics::Elementwise function, std::span<const float> from,
                                       std::span<float> to) {
    numerics::elementwise_reference(elementary_args(function, from, to));
}

}  // namespace athena::test
