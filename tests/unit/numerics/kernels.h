// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hwy/targets.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "numerics/fp32_environment.h"
#include "numerics/gemm.h"
#include "numerics/gemm_kernel.h"

namespace athena::test {

// Makes the library take the kernels of one Highway target until the end of the scope.
class KernelScope {
  public:
    explicit KernelScope(std::int64_t target) { choose(target); }
    ~KernelScope() { choose(0); }
    KernelScope(const KernelScope&) = delete;
    KernelScope& operator=(const KernelScope&) = delete;

  private:
    static void choose(std::int64_t target) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
};

// What gemm() runs where it does not add by pairs; m, n and k are above 0.
inline void gemm_by_fma(const numerics::GemmArgs& args, numerics::Workspace& workspace) {
    const numerics::Fp32Environment environment;
    numerics::gemm_by_widest_kernel(args, workspace);
}

// One Highway target of this CPU for each different kernel, told apart by their names.
inline std::vector<std::int64_t> kernel_targets() {
    std::vector<std::int64_t> targets;
    std::set<std::string> names;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        const KernelScope scope(target);
        if (names.insert(numerics::gemm_kernel_name()).second) {
            targets.push_back(target);
        }
    }
    return targets;
}

}  // namespace athena::test
