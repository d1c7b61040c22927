// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: the rules that GemmArgs must obey.
#pragma once

#include "numerics/gemm.h"

namespace athena::numerics {

// Throws std::invalid_argument naming the matrix and the rule.
void check_arguments(const GemmArgs& args);

}  // namespace athena::numerics
