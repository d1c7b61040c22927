// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: the SIMD kernels behind gemm().
#pragma once

#include "numerics/gemm.h"

namespace athena::numerics {

// gemm() for checked arguments with m, n and k above 0, in the environment of Fp32Environment.
void gemm_by_widest_kernel(const GemmArgs& args, Workspace& workspace);

}  // namespace athena::numerics
