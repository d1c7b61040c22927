// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: runs of operand elements as FP32, by tables.
#pragma once

#include <cstddef>

#include "numerics/gemm.h"

namespace athena::numerics {

// `count` elements of stored row `row` from column `begin` on, which is a multiple of kMxBlock if
// the format has scales. In the environment of Fp32Environment. Not for BF16.
void decode_run(const Operand& operand, std::size_t row, std::size_t begin, std::size_t count,
                float* to);

}  // namespace athena::numerics
