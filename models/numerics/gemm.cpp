// SPDX-License-Identifier: Apache-2.0
#include "numerics/gemm.h"

namespace athena::numerics {

void gemm(const GemmArgs& args, GemmWorkspace&) {
    gemm_reference(args);
}

const char* gemm_kernel_name() {
    return "scalar";
}

std::span<float> GemmWorkspace::floats(std::size_t count) {
    constexpr std::size_t kPerLine = sizeof(Line) / sizeof(float);
    const std::size_t lines = (count + kPerLine - 1) / kPerLine;
    if (lines_.size() < lines) {
        lines_.resize(lines);
    }
    return {lines_.empty() ? nullptr : lines_.front().value, count};
}

}  // namespace athena::numerics
