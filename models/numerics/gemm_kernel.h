// SPDX-License-Identifier: Apache-2.0
// Internal to athena::numerics: the SIMD kernels behind gemm(). All for checked arguments with m, n
// and k above 0, in the environment of Fp32Environment.
#pragma once

#include "numerics/gemm.h"

namespace athena::numerics {

// By fused multiply-adds.
void gemm_by_widest_kernel(const GemmArgs& args, Workspace& workspace);

// By the instruction that adds two products of BF16 numbers, each as a fused multiply-add would, at
// up to twice the rate: VDPBF16PS of AVX-512. False, C untouched, if the CPU has none, or the
// product may meet subnormal numbers, which it takes as zero.
[[nodiscard]] bool gemm_by_pairs(const GemmArgs& args, Workspace& workspace);

// Whether this CPU has such an instruction.
[[nodiscard]] bool gemm_has_pairs();

}  // namespace athena::numerics
