// SPDX-License-Identifier: Apache-2.0
#include "numerics/gemm.h"

#include "numerics/fp32_environment.h"
#include "numerics/gemm_arguments.h"
#include "numerics/gemm_kernel.h"

namespace athena::numerics {

void gemm(const GemmArgs& args, Workspace& workspace) {
    if (args.m == 0 || args.n == 0 || args.k == 0) {
        gemm_reference(args);  // no products: nothing to speed up
        return;
    }
    check_arguments(args);
    const Fp32Environment environment;
    // With fewer rows packing B takes longer than what pairs save (measured).
    constexpr std::size_t kLeastRows = 4;
    if (args.m < kLeastRows || !gemm_by_pairs(args, workspace)) {
        gemm_by_widest_kernel(args, workspace);
    }
}

}  // namespace athena::numerics
