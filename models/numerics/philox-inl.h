// SPDX-License-Identifier: Apache-2.0
// The sequences of philox.h on Highway vectors, once per target, for targets with a vector FMA: a
// lane is a block. For use in kernels inside foreach_target; D is a tag of float.
#if defined(ATHENA_NUMERICS_PHILOX_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_PHILOX_INL_H
#undef ATHENA_NUMERICS_PHILOX_INL_H
#else
#define ATHENA_NUMERICS_PHILOX_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "numerics/elementary-inl.h"
#include "numerics/philox.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

template <class D>
using WordTag = hn::RebindToUnsigned<D>;
template <class D>
using Words = hn::Vec<WordTag<D>>;

// Word w of the blocks of all lanes.
template <class D>
struct PhiloxVectors {
    Words<D> w0;
    Words<D> w1;
    Words<D> w2;
    Words<D> w3;
};

template <class D>
struct Products {
    Words<D> high;
    Words<D> low;
};

template <class D>
HWY_INLINE Products<D> wide_product(D, Words<D> a, Words<D> factor) {
    const WordTag<D> words;
    const hn::RepartitionToWide<WordTag<D>> pairs;
    const auto even = hn::MulEven(a, factor);
    const auto odd =
        hn::MulEven(hn::BitCast(words, hn::ShiftRight<32>(hn::BitCast(pairs, a))), factor);
    return {hn::OddEven(hn::BitCast(words, odd), hn::BitCast(words, hn::ShiftRight<32>(even))),
            hn::OddEven(hn::BitCast(words, hn::ShiftLeft<32>(odd)), hn::BitCast(words, even))};
}

template <class D>
HWY_INLINE PhiloxVectors<D> philox(D d, PhiloxVectors<D> counter, std::uint64_t key) {
    const WordTag<D> words;
    auto key0 = static_cast<std::uint32_t>(key);
    auto key1 = static_cast<std::uint32_t>(key >> 32);
    for (unsigned round = 0; round < kPhiloxRounds; ++round) {
        const auto even = wide_product(d, counter.w0, hn::Set(words, kPhiloxEven));
        const auto odd = wide_product(d, counter.w2, hn::Set(words, kPhiloxOdd));
        counter = {hn::Xor(hn::Xor(odd.high, counter.w1), hn::Set(words, key0)), odd.low,
                   hn::Xor(hn::Xor(even.high, counter.w3), hn::Set(words, key1)), even.low};
        key0 += kPhiloxKeyStep0;
        key1 += kPhiloxKeyStep1;
    }
    return counter;
}

template <class D>
HWY_INLINE hn::Vec<D> unit_float(D d, Words<D> word) {
    const hn::RebindToSigned<D> integers;
    const auto upper = hn::BitCast(integers, hn::ShiftRight<8>(word));
    return hn::Mul(hn::ConvertTo(d, upper), hn::Set(d, 0x1p-24F));
}

template <class D>
HWY_INLINE elementary::TwoVectors<D> normal_pair(D d, Words<D> radius_word, Words<D> angle_word) {
    using V = hn::Vec<D>;
    const WordTag<D> words;
    const V one = hn::Set(d, 1.0F);
    const V logarithm = log_fp32(d, hn::Sub(one, unit_float(d, radius_word)));
    const V radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0F), logarithm));
    const auto angle = hn::ShiftRight<8>(angle_word);
    const auto quarter = hn::ShiftRight<22>(hn::Add(angle, hn::Set(words, 1U << 21)));
    const auto beyond = hn::Sub(angle, hn::ShiftLeft<22>(quarter));
    const auto integer = hn::BitCast(hn::RebindToSigned<D>(), beyond);
    const V f = hn::Mul(hn::ConvertTo(d, integer), hn::Set(d, 0x1p-22F));
    const V square = hn::Mul(f, f);
    const V sine = hn::Mul(f, elementary::polynomial(d, square, kSinHalfPi));
    const V cosine = hn::MulAdd(square, elementary::polynomial(d, square, kCosHalfPi), one);
    const auto bit0 = hn::Set(words, 1);
    const auto bit1 = hn::Set(words, 2);
    const auto is_odd = hn::RebindMask(d, hn::Eq(hn::And(quarter, bit0), bit0));
    const V x = hn::Mul(radius, hn::IfThenElse(is_odd, sine, cosine));
    const V y = hn::Mul(radius, hn::IfThenElse(is_odd, cosine, sine));
    const auto x_sign = hn::ShiftLeft<30>(hn::And(hn::Add(quarter, bit0), bit1));
    const auto y_sign = hn::ShiftLeft<30>(hn::And(quarter, bit1));
    return {hn::Xor(x, hn::BitCast(d, x_sign)), hn::Xor(y, hn::BitCast(d, y_sign))};
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
