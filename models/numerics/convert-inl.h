// SPDX-License-Identifier: Apache-2.0
// FP32 vectors from and to the formats of memory, once per Highway target.
#if defined(ATHENA_NUMERICS_CONVERT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_CONVERT_INL_H
#undef ATHENA_NUMERICS_CONVERT_INL_H
#else
#define ATHENA_NUMERICS_CONVERT_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "numerics/bf16.h"
#include "numerics/ofp8.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

namespace hn = hwy::HWY_NAMESPACE;
using Fp32Tag = hn::ScalableTag<float>;
using BitsTag = hn::Rebind<std::uint32_t, Fp32Tag>;
using HalfTag = hn::Rebind<std::uint16_t, Fp32Tag>;
using Vector = hn::Vec<Fp32Tag>;

constexpr std::size_t kLanes = hn::MaxLanes(Fp32Tag());

enum class Finish { Unrounded, Fp32, Bf16, E4m3, E5m2 };
constexpr std::size_t element_bytes(Finish finish) {
    switch (finish) {
        case Finish::Unrounded:
        case Finish::Fp32:
            return 4;
        case Finish::Bf16:
            return 2;
        default:
            return 1;
    }
}

HWY_INLINE Vector decode_bf16(const std::byte* from) {
    const auto half = hn::LoadU(HalfTag(), reinterpret_cast<const std::uint16_t*>(from));
    return hn::BitCast(Fp32Tag(), hn::ShiftLeft<16>(hn::PromoteTo(BitsTag(), half)));
}

// As the scalar round_to_minifloat(), of magnitudes.
template <int kFractionBits, int kBias>
HWY_INLINE hn::Vec<BitsTag> round_to_minifloat(hn::Vec<BitsTag> magnitude) {
    const Fp32Tag fp32;
    const BitsTag bits;
    constexpr int kDropped = 23 - kFractionBits;
    const auto is_odd = hn::And(hn::ShiftRight<kDropped>(magnitude), hn::Set(bits, 1));
    const auto half_minus_one = hn::Set(bits, (1U << (kDropped - 1)) - 1);
    const auto rebased = hn::Sub(magnitude, hn::Set(bits, (127U - kBias) << 23));
    const auto normal = hn::ShiftRight<kDropped>(hn::Add(rebased, hn::Add(is_odd, half_minus_one)));
    // Adding 2^23 units of the least subnormal number rounds to such units, into the last places.
    const auto units = hn::Set(bits, (127U + 23 + 1 - kBias - kFractionBits) << 23);
    const auto sum = hn::Add(hn::BitCast(fp32, magnitude), hn::BitCast(fp32, units));
    const auto subnormal = hn::Sub(hn::BitCast(bits, sum), units);
    const auto least_normal = hn::Set(bits, (128U - kBias) << 23);
    return hn::IfThenElse(hn::Lt(magnitude, least_normal), subnormal, normal);
}

HWY_INLINE void store_fp8(Vector sum, std::byte* to, Finish finish, bool saturate) {
    const BitsTag bits;
    const bool is_e4m3 = finish == Finish::E4m3;
    const auto raw = hn::BitCast(bits, sum);
    const auto magnitude = hn::And(raw, hn::Set(bits, 0x7FFF'FFFF));
    const auto rounded =
        is_e4m3 ? round_to_minifloat<3, 7>(magnitude) : round_to_minifloat<2, 15>(magnitude);
    const auto largest = hn::Set(bits, is_e4m3 ? kLargestE4m3 : kLargestE5m2);
    const auto nan = hn::Set(bits, kCanonicalNanFp8);
    const auto sign = hn::Xor(hn::ShiftRight<24>(raw), hn::ShiftRight<24>(magnitude));
    const auto signed_largest = hn::Or(largest, sign);
    const auto overflow = saturate  ? signed_largest
                          : is_e4m3 ? nan
                                    : hn::Or(hn::Set(bits, kInfinityE5m2), sign);
    const auto finite = hn::IfThenElse(hn::Gt(rounded, largest), overflow, hn::Or(rounded, sign));
    const auto is_nan = hn::Gt(magnitude, hn::Set(bits, 0x7F80'0000));
    const auto element = hn::IfThenElse(is_nan, nan, finite);
    const hn::RebindToSigned<BitsTag> integers;
    const hn::Rebind<std::uint8_t, Fp32Tag> bytes;
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(integers, element)), bytes,
               reinterpret_cast<std::uint8_t*>(to));
}

HWY_INLINE void store(Vector sum, std::byte* to, Finish finish) {
    const Fp32Tag fp32;
    const BitsTag bits;
    auto* words = reinterpret_cast<float*>(to);
    if (finish == Finish::Unrounded) {
        hn::StoreU(sum, fp32, words);
        return;
    }
    const auto nan = hn::BitCast(fp32, hn::Set(bits, kCanonicalNanFp32));
    const auto value = hn::IfThenElse(hn::IsNaN(sum), nan, sum);
    if (finish == Finish::Fp32) {
        hn::StoreU(value, fp32, words);
        return;
    }
    // As bf16_from_fp32(); the canonical NaN is even, so rounding leaves it as it is.
    const auto raw = hn::BitCast(bits, value);
    const auto is_odd = hn::And(hn::ShiftRight<16>(raw), hn::Set(bits, 1));
    const auto rounded = hn::ShiftRight<16>(hn::Add(raw, hn::Add(is_odd, hn::Set(bits, 0x7FFF))));
    const hn::RebindToSigned<BitsTag> integers;
    hn::StoreU(hn::DemoteTo(HalfTag(), hn::BitCast(integers, rounded)), HalfTag(),
               reinterpret_cast<std::uint16_t*>(to));
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
