// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace athena::bench {

// to[i] = fma(from[i], 0.5, 0.25) in the CPU's widest registers: what reading, one operation and
// writing cost.
void fma_map(std::span<const float> from, std::span<float> to);

}  // namespace athena::bench
