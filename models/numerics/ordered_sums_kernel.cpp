// SPDX-License-Identifier: Apache-2.0
// The column sum by SIMD: each column has a lane of its own.
#include "numerics/fp32_environment.h"
#include "numerics/ordered_sums.h"
#include "numerics/simd_targets.h"
#include "numerics/vector_arguments.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/ordered_sums_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/vector_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

constexpr std::size_t kRun = 512;  // columns at once: sums stay in level 1

// to += from, of whole vectors.
HWY_INLINE void add_run(const float* from, float* to, std::size_t count) {
    const Fp32Tag fp32;
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        hn::Store(hn::Add(hn::Load(fp32, to + i), hn::LoadU(fp32, from + i)), fp32, to + i);
    }
    for (; i < count; ++i) {
        to[i] += from[i];
    }
}

void sum_run(const ColumnSumArgs& args, std::size_t begin, std::size_t count) {
    alignas(64) float scratch[kRun];
    alignas(64) float chunk[kRun];
    alignas(64) float total[kRun];
    for (std::size_t i = 0; i < count; ++i) {
        total[i] = args.accumulate ? load_fp32(args.output, 0, begin + i) : 0.0F;
    }
    for (std::size_t first = 0; first < args.rows; first += kColumnSumRows) {
        const std::size_t end = std::min(args.rows, first + kColumnSumRows);
        std::copy_n(read_run(args.a, first, begin, count, scratch), count, chunk);
        for (std::size_t row = first + 1; row < end; ++row) {
            add_run(read_run(args.a, row, begin, count, scratch), chunk, count);
        }
        if (first == 0 && !args.accumulate) {
            std::copy_n(chunk, count, total);
        } else {
            add_run(chunk, total, count);
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        numerics::store(args.output, 0, begin + i, total[i]);
    }
}

void run(const ColumnSumArgs& args) {
    for (std::size_t begin = 0; begin < args.columns; begin += kRun) {
        sum_run(args, begin, std::min(kRun, args.columns - begin));
    }
}

#else  // no vector FMA: std::fma is exact everywhere

void run(const ColumnSumArgs& args) {
    column_sum_reference(args);
}

#endif

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::numerics {
namespace {
HWY_EXPORT(run);
}  // namespace

void column_sum(const ColumnSumArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run)(args);
}

}  // namespace athena::numerics
#endif
