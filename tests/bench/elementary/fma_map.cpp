// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/elementary/fma_map.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/elementary/fma_map.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace athena::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void run(std::span<const float> from, std::span<float> to) {
    const hn::ScalableTag<float> d;
    const auto factor = hn::Set(d, 0.5F);
    const auto term = hn::Set(d, 0.25F);
    const std::size_t lanes = hn::Lanes(d);
    for (std::size_t i = 0; i + lanes <= from.size(); i += lanes) {
        hn::StoreU(hn::MulAdd(hn::LoadU(d, from.data() + i), factor, term), d, to.data() + i);
    }
}

}  // namespace
}  // namespace athena::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::bench {
namespace {
HWY_EXPORT(run);
}  // namespace

void fma_map(std::span<const float> from, std::span<float> to) {
    HWY_DYNAMIC_DISPATCH(run)(from, to);
}

}  // namespace athena::bench
#endif
