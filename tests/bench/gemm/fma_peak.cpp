// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/gemm/fma_peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/gemm/fma_peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace athena::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains hide a latency of up to 6 cycles at two FMAs a cycle, and fit 16 registers.
FmaLoop fma_loop(std::uint64_t iterations) {
    const hn::ScalableTag<float> fp32;
    const auto factor = hn::Set(fp32, 0.5F);
    const auto term = hn::Set(fp32, 0.25F);
    auto s0 = hn::Iota(fp32, 0), s1 = hn::Iota(fp32, 1), s2 = hn::Iota(fp32, 2);
    auto s3 = hn::Iota(fp32, 3), s4 = hn::Iota(fp32, 4), s5 = hn::Iota(fp32, 5);
    auto s6 = hn::Iota(fp32, 6), s7 = hn::Iota(fp32, 7), s8 = hn::Iota(fp32, 8);
    auto s9 = hn::Iota(fp32, 9), s10 = hn::Iota(fp32, 10), s11 = hn::Iota(fp32, 11);
    for (std::uint64_t i = 0; i < iterations; ++i) {
        s0 = hn::MulAdd(s0, factor, term);
        s1 = hn::MulAdd(s1, factor, term);
        s2 = hn::MulAdd(s2, factor, term);
        s3 = hn::MulAdd(s3, factor, term);
        s4 = hn::MulAdd(s4, factor, term);
        s5 = hn::MulAdd(s5, factor, term);
        s6 = hn::MulAdd(s6, factor, term);
        s7 = hn::MulAdd(s7, factor, term);
        s8 = hn::MulAdd(s8, factor, term);
        s9 = hn::MulAdd(s9, factor, term);
        s10 = hn::MulAdd(s10, factor, term);
        s11 = hn::MulAdd(s11, factor, term);
    }
    const auto low = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(s4, s5));
    const auto high = hn::Add(hn::Add(hn::Add(s6, s7), hn::Add(s8, s9)), hn::Add(s10, s11));
    return {iterations * 12 * 2 * hn::Lanes(fp32), hn::GetLane(hn::Add(low, high))};
}

}  // namespace
}  // namespace athena::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::bench {
namespace {
HWY_EXPORT(fma_loop);
}  // namespace

FmaLoop run_fma_loop(std::uint64_t iterations) {
    return HWY_DYNAMIC_DISPATCH(fma_loop)(iterations);
}

}  // namespace athena::bench
#endif
