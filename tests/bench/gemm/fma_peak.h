// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace athena::bench {

struct FmaLoop {
    std::uint64_t operations;  // two for each element of an FMA
    float sum;                 // depends on all of them
};

// Runs a loop of independent FP32 fused multiply-adds in the CPU's widest registers, without memory
// accesses.
FmaLoop run_fma_loop(std::uint64_t iterations);

}  // namespace athena::bench
