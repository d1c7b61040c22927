// SPDX-License-Identifier: Apache-2.0
// The elementary functions of elementary.h over arrays, by the widest vectors of this CPU.
#pragma once

#include <cstddef>
#include <span>

namespace athena::numerics {

enum class Elementary { Exp, Log, Tanh, Gelu, GeluDerivative, Rsqrt, Reciprocal };
inline constexpr std::size_t kElementaryFunctions = 7;

// to[i] = function(from[i]), the bits of elementary.h under any floating-point environment. The
// spans have the same size and are the same memory or apart; else std::invalid_argument.
void apply_elementary(Elementary function, std::span<const float> from, std::span<float> to);

// As apply_elementary(), one element after another by elementary.h.
void apply_elementary_reference(Elementary function, std::span<const float> from,
                                std::span<float> to);

// The target that apply_elementary() takes on this CPU: its Highway name, or "scalar".
[[nodiscard]] const char* elementary_kernel_name();

}  // namespace athena::numerics
