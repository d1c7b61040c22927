// SPDX-License-Identifier: Apache-2.0
#include "numerics/elementary_apply.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "numerics/elementary.h"
#include "numerics/fp32_environment.h"

// As in gemm_kernel.cpp: targets with a vector FMA and vectors of known size.
#define HWY_DISABLED_TARGETS \
    (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/elementary_apply.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/elementary-inl.h"

#ifndef ATHENA_NUMERICS_ELEMENTARY_APPLY_ONCE
#define ATHENA_NUMERICS_ELEMENTARY_APPLY_ONCE
namespace athena::numerics {
namespace {

template <typename Function>
void map(Function function, std::span<const float> from, std::span<float> to) {
    std::transform(from.begin(), from.end(), to.begin(), function);
}

void run_reference(Elementary function, std::span<const float> from, std::span<float> to) {
    switch (function) {
        case Elementary::Exp:
            return map([](float x) { return exp_fp32(x); }, from, to);
        case Elementary::Log:
            return map([](float x) { return log_fp32(x); }, from, to);
        case Elementary::Tanh:
            return map([](float x) { return tanh_fp32(x); }, from, to);
        case Elementary::Gelu:
            return map([](float x) { return gelu_fp32(x); }, from, to);
        case Elementary::GeluDerivative:
            return map([](float x) { return gelu_derivative_fp32(x); }, from, to);
        case Elementary::Rsqrt:
            return map([](float x) { return rsqrt_fp32(x); }, from, to);
        case Elementary::Reciprocal:
            return map([](float x) { return reciprocal_fp32(x); }, from, to);
    }
}

}  // namespace
}  // namespace athena::numerics
#endif

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

using Fp32Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Fp32Tag>;

template <typename Function>
void map_vectors(Function function, std::span<const float> from, std::span<float> to) {
    const Fp32Tag d;
    const std::size_t lanes = hn::Lanes(d);
    const std::size_t whole = from.size() / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) {
        hn::StoreU(function(hn::LoadU(d, from.data() + i)), d, to.data() + i);
    }
    HWY_ALIGN float rest[hn::MaxLanes(d)] = {};
    std::copy(from.begin() + static_cast<std::ptrdiff_t>(whole), from.end(), rest);
    hn::Store(function(hn::Load(d, rest)), d, rest);
    std::copy_n(rest, from.size() - whole, to.begin() + static_cast<std::ptrdiff_t>(whole));
}

void run(Elementary function, std::span<const float> from, std::span<float> to) {
    const Fp32Tag d;
    switch (function) {
        case Elementary::Exp:
            return map_vectors([d](Vector x) { return exp_fp32(d, x); }, from, to);
        case Elementary::Log:
            return map_vectors([d](Vector x) { return log_fp32(d, x); }, from, to);
        case Elementary::Tanh:
            return map_vectors([d](Vector x) { return tanh_fp32(d, x); }, from, to);
        case Elementary::Gelu:
            return map_vectors([d](Vector x) { return gelu_fp32(d, x); }, from, to);
        case Elementary::GeluDerivative:
            return map_vectors([d](Vector x) { return gelu_derivative_fp32(d, x); }, from, to);
        case Elementary::Rsqrt:
            return map_vectors([d](Vector x) { return rsqrt_fp32(d, x); }, from, to);
        case Elementary::Reciprocal:
            return map_vectors([d](Vector x) { return reciprocal_fp32(d, x); }, from, to);
    }
}

const char* name() {
    return hwy::TargetName(HWY_TARGET);
}

#else  // no vector FMA: std::fma is exact everywhere

void run(Elementary function, std::span<const float> from, std::span<float> to) {
    run_reference(function, from, to);
}

const char* name() {
    return "scalar";
}

#endif

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::numerics {
namespace {

HWY_EXPORT(run);
HWY_EXPORT(name);

void check_spans(std::span<const float> from, std::span<const float> to) {
    if (from.size() != to.size()) {
        throw std::invalid_argument("elementary: spans of different sizes");
    }
    const std::less<const float*> before;
    const bool overlaps =
        before(from.data(), to.data() + to.size()) && before(to.data(), from.data() + from.size());
    if (overlaps && from.data() != to.data()) {
        throw std::invalid_argument("elementary: spans overlap in part");
    }
}

}  // namespace

void apply_elementary(Elementary function, std::span<const float> from, std::span<float> to) {
    check_spans(from, to);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run)(function, from, to);
}

void apply_elementary_reference(Elementary function, std::span<const float> from,
                                std::span<float> to) {
    check_spans(from, to);
    const Fp32Environment environment;
    run_reference(function, from, to);
}

const char* elementary_kernel_name() {
    return HWY_DYNAMIC_DISPATCH(name)();
}

}  // namespace athena::numerics
#endif
