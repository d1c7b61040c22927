// SPDX-License-Identifier: Apache-2.0
// The sequences of elementary.h on Highway vectors, once per target, for targets with a vector FMA:
// the same operations on each lane, both sides of each choice computed and one selected. For use in
// kernels inside foreach_target; D is a tag of float.
#if defined(ATHENA_NUMERICS_ELEMENTARY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_ELEMENTARY_INL_H
#undef ATHENA_NUMERICS_ELEMENTARY_INL_H
#else
#define ATHENA_NUMERICS_ELEMENTARY_INL_H
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "numerics/elementary.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

namespace hn = hwy::HWY_NAMESPACE;

namespace elementary {

template <class D>
using V = hn::Vec<D>;
template <class D>
using Int = hn::RebindToSigned<D>;
template <class D>
using IntV = hn::Vec<Int<D>>;

template <class D>
struct TwoVectors {
    V<D> high;
    V<D> low;
};

template <class D>
struct ReducedExpV {
    V<D> high;
    V<D> low;
    IntV<D> n;
};

template <class D>
struct GeluExponentV {
    TwoVectors<D> v;
    TwoVectors<D> cubic;
};

template <class D>
struct GeluSigmoidV {
    V<D> power;
    TwoVectors<D> denominator;
    V<D> inverse;
    IntV<D> excess;
};

template <class D, std::size_t kCount>
HWY_INLINE V<D> polynomial(D d, V<D> x, const std::array<float, kCount>& coefficients) {
    V<D> sum = hn::Set(d, coefficients[kCount - 1]);
    for (std::size_t i = kCount - 1; i-- > 0;) {
        sum = hn::MulAdd(sum, x, hn::Set(d, coefficients[i]));
    }
    return sum;
}

template <class D>
HWY_INLINE V<D> power_of_two(D d, IntV<D> n) {
    const auto biased = hn::Add(n, hn::Set(Int<D>(), 127));
    return hn::BitCast(d, hn::ShiftLeft<23>(biased));
}

template <class D>
HWY_INLINE V<D> canonical(D d, V<D> x) {
    return hn::IfThenElse(hn::IsNaN(x), hn::Set(d, kNan), x);
}

template <class D>
HWY_INLINE V<D> at_least(D d, float low, V<D> x) {
    const V<D> bound = hn::Set(d, low);
    return hn::IfThenElse(hn::Lt(x, bound), bound, x);
}

template <class D>
HWY_INLINE V<D> at_most(D d, float high, V<D> x) {
    const V<D> bound = hn::Set(d, high);
    return hn::IfThenElse(hn::Gt(x, bound), bound, x);
}

template <class D>
HWY_INLINE TwoVectors<D> exact_sum(V<D> a, V<D> b) {
    const V<D> sum = hn::Add(a, b);
    const V<D> added = hn::Sub(sum, a);
    return {sum, hn::Add(hn::Sub(a, hn::Sub(sum, added)), hn::Sub(b, added))};
}

template <class D>
HWY_INLINE ReducedExpV<D> reduced_exp(D d, V<D> high, V<D> low) {
    const V<D> shift = hn::Set(d, kRoundingShift);
    const V<D> one = hn::Set(d, 1.0F);
    const V<D> shifted = hn::MulAdd(high, hn::Set(d, kLog2E), shift);
    const V<D> count = hn::Sub(shifted, shift);
    const IntV<D> n = hn::Sub(hn::BitCast(Int<D>(), shifted), hn::BitCast(Int<D>(), shift));
    const V<D> r = hn::NegMulAdd(count, hn::Set(d, kLn2High), high);
    const V<D> r_low = hn::NegMulAdd(count, hn::Set(d, kLn2Low), low);
    const V<D> both = hn::Add(r, r_low);
    const V<D> sum = hn::Add(one, r);
    const V<D> sum_low = hn::Add(hn::Sub(r, hn::Sub(sum, one)), r_low);
    const V<D> tail = hn::MulAdd(hn::Mul(both, both), polynomial(d, both, kExpTail), sum_low);
    return {sum, tail, n};
}

template <class D>
HWY_INLINE GeluExponentV<D> gelu_exponent(D d, V<D> x) {
    const V<D> cubic_high = hn::Set(d, kGeluCubicHigh);
    const V<D> square = hn::Mul(x, x);
    const V<D> square_low = hn::MulSub(x, x, square);
    const V<D> cubic = hn::Mul(square, cubic_high);
    V<D> cubic_low = hn::MulSub(square, cubic_high, cubic);
    cubic_low = hn::MulAdd(square_low, cubic_high, cubic_low);
    cubic_low = hn::MulAdd(square, hn::Set(d, kGeluCubicLow), cubic_low);
    const auto factor = exact_sum<D>(hn::Set(d, kGeluLinearHigh), cubic);
    const V<D> factor_low = hn::Add(factor.low, hn::Add(cubic_low, hn::Set(d, kGeluLinearLow)));
    const V<D> v = hn::Mul(x, factor.high);
    const V<D> v_low = hn::MulAdd(x, factor_low, hn::MulSub(x, factor.high, v));
    return {{v, v_low}, {cubic, cubic_low}};
}

template <class D>
HWY_INLINE GeluSigmoidV<D> gelu_sigmoid(D d, TwoVectors<D> v) {
    const V<D> one = hn::Set(d, 1.0F);
    const auto e = reduced_exp(d, v.high, v.low);
    const IntV<D> n = hn::Min(e.n, hn::Set(Int<D>(), kGeluLargestPower));
    const V<D> scale = power_of_two(d, n);
    const V<D> rounded = hn::Add(e.high, e.low);
    const V<D> power = hn::Mul(rounded, scale);
    const V<D> power_low = hn::Mul(hn::Sub(e.low, hn::Sub(rounded, e.high)), scale);
    const auto sum = exact_sum<D>(power, one);
    return {
        power, {sum.high, hn::Add(sum.low, power_low)}, hn::Div(one, sum.high), hn::Sub(e.n, n)};
}

template <class D>
HWY_INLINE V<D> corrected_quotient(V<D> x, const GeluSigmoidV<D>& s) {
    const V<D> quotient = hn::Mul(x, s.inverse);
    V<D> remainder = hn::NegMulAdd(quotient, s.denominator.high, x);
    remainder = hn::NegMulAdd(quotient, s.denominator.low, remainder);
    return hn::MulAdd(remainder, s.inverse, quotient);
}

}  // namespace elementary

template <class D>
HWY_INLINE hn::Vec<D> exp_fp32(D d, hn::Vec<D> x) {
    using namespace elementary;
    const V<D> y = at_most(d, kExpHighest, at_least(d, kExpLowest, x));
    const auto e = reduced_exp(d, y, hn::Zero(d));
    const IntV<D> half = hn::ShiftRight<1>(e.n);
    const V<D> scaled = hn::Mul(hn::Add(e.high, e.low), power_of_two(d, half));
    return canonical(d, hn::Mul(scaled, power_of_two(d, hn::Sub(e.n, half))));
}

template <class D>
HWY_INLINE hn::Vec<D> log_fp32(D d, hn::Vec<D> x) {
    using namespace elementary;
    const Int<D> integers;
    const auto is_subnormal = hn::Lt(x, hn::Set(d, kLeastNormal));
    const V<D> y = hn::IfThenElse(is_subnormal, hn::Mul(x, hn::Set(d, 0x1p23F)), x);
    const IntV<D> bits = hn::BitCast(integers, y);
    const IntV<D> k = hn::ShiftRight<23>(
        hn::Sub(bits, hn::Set(integers, static_cast<std::int32_t>(kSqrtHalfBits))));
    const V<D> m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(k)));
    const V<D> f = hn::Sub(m, hn::Set(d, 1.0F));
    const auto shifted_k = hn::IfThenElse(hn::RebindMask(integers, is_subnormal),
                                          hn::Sub(k, hn::Set(integers, 23)), k);
    const V<D> count = hn::ConvertTo(d, shifted_k);
    const V<D> high = hn::Mul(count, hn::Set(d, kLn2High));
    const V<D> sum = hn::Add(high, f);
    const V<D> low = hn::MulAdd(count, hn::Set(d, kLn2Low), hn::Sub(f, hn::Sub(sum, high)));
    const V<D> finite = hn::Add(sum, hn::MulAdd(hn::Mul(f, f), polynomial(d, f, kLogTail), low));
    const V<D> infinity = hn::Set(d, kInfinity);
    const V<D> positive = hn::IfThenElse(hn::Lt(x, infinity), finite, x);
    const V<D> number = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), positive);
    return hn::IfThenElse(hn::Ge(x, hn::Zero(d)), number, hn::Set(d, kNan));
}

template <class D>
HWY_INLINE hn::Vec<D> tanh_fp32(D d, hn::Vec<D> x) {
    using namespace elementary;
    const V<D> one = hn::Set(d, 1.0F);
    const V<D> square = hn::Mul(x, x);
    const V<D> small = hn::MulAdd(hn::Mul(x, square), polynomial(d, square, kTanhTail), x);
    const V<D> magnitude = hn::Abs(x);
    const V<D> y = at_most(d, kTanhHighest, magnitude);
    const auto e = reduced_exp(d, hn::Add(y, y), hn::Zero(d));
    const V<D> power = hn::Mul(hn::Add(e.high, e.low), power_of_two(d, e.n));
    const V<D> large = hn::Sub(one, hn::Div(hn::Set(d, 2.0F), hn::Add(power, one)));
    const auto is_small = hn::Lt(magnitude, hn::Set(d, kTanhSplit));
    return canonical(d, hn::CopySign(hn::IfThenElse(is_small, small, large), x));
}

template <class D>
HWY_INLINE hn::Vec<D> gelu_fp32(D d, hn::Vec<D> x) {
    using namespace elementary;
    const V<D> y = at_most(d, kGeluHighest, at_least(d, kGeluLowest, x));
    const auto s = gelu_sigmoid(d, gelu_exponent(d, y).v);
    const V<D> result = hn::Mul(corrected_quotient(y, s), power_of_two(d, hn::Neg(s.excess)));
    const auto is_large = hn::Gt(x, hn::Set(d, kGeluHighest));
    return canonical(d, hn::IfThenElse(is_large, x, hn::CopySign(result, x)));
}

template <class D>
HWY_INLINE hn::Vec<D> gelu_derivative_fp32(D d, hn::Vec<D> x) {
    using namespace elementary;
    const V<D> one = hn::Set(d, 1.0F);
    const V<D> y = at_most(d, kGeluHighest, at_least(d, kGeluLowest, x));
    const auto exponent = gelu_exponent(d, y);
    const auto s = gelu_sigmoid(d, exponent.v);
    const V<D> sigmoid = corrected_quotient(one, s);
    const V<D> complement =
        hn::IfThenElse(hn::Gt(s.power, one), hn::Sub(one, sigmoid), hn::Mul(s.power, sigmoid));
    const V<D> twice = hn::Add(y, y);
    const V<D> growth = hn::Mul(twice, exponent.cubic.high);
    const V<D> growth_low =
        hn::MulAdd(twice, exponent.cubic.low, hn::MulSub(twice, exponent.cubic.high, growth));
    const auto slope = exact_sum<D>(exponent.v.high, growth);
    const V<D> slope_low = hn::Add(slope.low, hn::Add(exponent.v.low, growth_low));
    const V<D> sum =
        hn::NegMulAdd(slope.high, complement, hn::NegMulAdd(slope_low, complement, one));
    const V<D> scaled = hn::Mul(hn::Mul(sigmoid, sum), power_of_two(d, hn::Neg(s.excess)));
    const auto is_large = hn::Gt(x, hn::Set(d, kGeluHighest));
    return canonical(d, hn::IfThenElse(is_large, one, scaled));
}

template <class D>
HWY_INLINE hn::Vec<D> rsqrt_fp32(D d, hn::Vec<D> x) {
    using namespace elementary;
    const V<D> one = hn::Set(d, 1.0F);
    const V<D> y = hn::Div(one, hn::Sqrt(x));
    const V<D> product = hn::Mul(x, y);
    const V<D> product_low = hn::MulSub(x, y, product);
    const V<D> residue = hn::NegMulAdd(product_low, y, hn::NegMulAdd(product, y, one));
    const V<D> corrected = hn::MulAdd(hn::Mul(hn::Set(d, 0.5F), y), residue, y);
    const auto is_finite = hn::And(hn::Gt(x, hn::Zero(d)), hn::Lt(x, hn::Set(d, kInfinity)));
    return canonical(d, hn::IfThenElse(is_finite, corrected, y));
}

template <class D>
HWY_INLINE hn::Vec<D> reciprocal_fp32(D d, hn::Vec<D> x) {
    return elementary::canonical(d, hn::Div(hn::Set(d, 1.0F), x));
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
