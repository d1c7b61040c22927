// SPDX-License-Identifier: Apache-2.0
// The optimiser's update by SIMD: each element has a lane of its own.
#include "numerics/fp32_environment.h"
#include "numerics/optimiser.h"
#include "numerics/simd_targets.h"
#include "numerics/vector_arguments.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/optimiser_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/vector_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

constexpr std::size_t kRun = 512;

struct Factors {
    explicit Factors(const AdamWFactors& f)
        : decay(set(f.decay)),
          beta1(set(f.beta1)),
          one_less_beta1(set(f.one_less_beta1)),
          beta2(set(f.beta2)),
          one_less_beta2(set(f.one_less_beta2)),
          root_scale(set(f.root_scale)),
          epsilon(set(f.epsilon)),
          step(set(f.step)) {}
    static HWY_INLINE Vector set(float value) { return hn::Set(Fp32Tag(), value); }

    Vector decay, beta1, one_less_beta1, beta2, one_less_beta2, root_scale, epsilon, step;
};

HWY_INLINE void update(const Factors& f, const float* gradient, const float* clip, float* p,
                       float* m, float* v) {
    const Fp32Tag fp32;
    const Vector g = hn::Mul(hn::LoadU(fp32, gradient), hn::LoadU(fp32, clip));
    const Vector next_m = hn::MulAdd(f.beta1, hn::LoadU(fp32, m), hn::Mul(f.one_less_beta1, g));
    const Vector next_v =
        hn::MulAdd(f.beta2, hn::LoadU(fp32, v), hn::Mul(hn::Mul(f.one_less_beta2, g), g));
    const Vector divisor = hn::MulAdd(hn::Sqrt(next_v), f.root_scale, f.epsilon);
    const Vector next_p =
        hn::NegMulAdd(f.step, hn::Div(next_m, divisor), hn::Mul(hn::LoadU(fp32, p), f.decay));
    hn::StoreU(canonical(next_m), fp32, m);
    hn::StoreU(canonical(next_v), fp32, v);
    hn::StoreU(canonical(next_p), fp32, p);
}

void update_run(const Factors& f, const float* gradient, const float* clip,
                float* const (&state)[3], std::size_t count) {
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        update(f, gradient + i, clip + i, state[0] + i, state[1] + i, state[2] + i);
    }
    if (i < count) {
        alignas(64) float rest[5][kLanes] = {};
        std::copy(gradient + i, gradient + count, rest[0]);
        std::copy(clip + i, clip + count, rest[1]);
        for (std::size_t s = 0; s < 3; ++s) {
            std::copy(state[s] + i, state[s] + count, rest[2 + s]);
        }
        update(f, rest[0], rest[1], rest[2], rest[3], rest[4]);
        for (std::size_t s = 0; s < 3; ++s) {
            std::copy_n(rest[2 + s], count - i, state[s] + i);
        }
    }
}

void run(const AdamWArgs& args) {
    alignas(64) float scratch[2][kRun];
    const Factors factors(load_factors(args.factors));
    const VectorOutput* const outputs[3] = {&args.p, &args.m, &args.v};
    for (std::size_t row = 0; row < args.rows; ++row) {
        for (std::size_t begin = 0; begin < args.columns; begin += kRun) {
            const std::size_t count = std::min(kRun, args.columns - begin);
            const float* gradient = read_run(args.gradient, row, begin, count, scratch[0]);
            const float* clip = read_run(args.clip, row, begin, count, scratch[1]);
            float* state[3];
            for (std::size_t s = 0; s < 3; ++s) {
                state[s] = run_target(*outputs[s], row, begin, nullptr);
            }
            update_run(factors, gradient, clip, state, count);
        }
    }
}

#else  // no vector FMA: std::fma is exact everywhere

void run(const AdamWArgs& args) {
    adamw_reference(args);
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

void adamw(const AdamWArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run)(args);
}

}  // namespace athena::numerics
#endif
