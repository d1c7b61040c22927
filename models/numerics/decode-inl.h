// SPDX-License-Identifier: Apache-2.0
// Elements of 8 bits or less as FP32, once per Highway target.
#if defined(ATHENA_NUMERICS_DECODE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_DECODE_INL_H
#undef ATHENA_NUMERICS_DECODE_INL_H
#else
#define ATHENA_NUMERICS_DECODE_INL_H
#endif

#include <algorithm>
#include <array>
#include <cstring>

#include "numerics/convert-inl.h"
#include "numerics/formats.h"
#include "numerics/packed_elements.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

static_assert(kMxBlock % kLanes == 0);

constexpr Minifloat shape_of(OperandFormat format) {
    switch (format) {
        case OperandFormat::E4m3:
        case OperandFormat::Mxfp8E4m3:
            return kE4m3;
        case OperandFormat::E5m2:
        case OperandFormat::Mxfp8E5m2:
            return kE5m2;
        case OperandFormat::Mxfp6E3m2:
            return kE3m2;
        case OperandFormat::Mxfp6E2m3:
            return kE2m3;
        default:
            return kE2m1;
    }
}

// As fp32_from_element(), of kLanes codes, a byte each.
template <OperandFormat kFormat>
HWY_INLINE Vector decode(const std::uint8_t* codes) {
    const Fp32Tag fp32;
    const BitsTag bits;
    if constexpr (kFormat == OperandFormat::Mxint8) {
        const hn::Rebind<std::int8_t, Fp32Tag> bytes;
        const hn::RebindToSigned<BitsTag> integers;
        const auto code = hn::LoadU(bytes, reinterpret_cast<const std::int8_t*>(codes));
        const auto value = hn::ConvertTo(fp32, hn::PromoteTo(integers, code));
        return hn::Mul(value, hn::Set(fp32, 1.0F / 64));
    } else {
        constexpr Minifloat kShape = shape_of(kFormat);
        constexpr int kMagnitudeBits = kShape.exponent_bits + kShape.fraction_bits;
        const hn::Rebind<std::uint8_t, Fp32Tag> bytes;
        const auto code = hn::PromoteTo(bits, hn::LoadU(bytes, codes));
        const auto magnitude = hn::And(code, hn::Set(bits, (1U << kMagnitudeBits) - 1));
        const auto sign = hn::ShiftLeft<31 - kMagnitudeBits>(hn::Xor(code, magnitude));
        const auto placed = hn::ShiftLeft<23 - kShape.fraction_bits>(magnitude);
        const auto normal = hn::Add(placed, hn::Set(bits, (127U - kShape.bias) << 23));
        // With the hidden bit, which is then taken off.
        const auto least_normal = hn::Set(bits, (128U - kShape.bias) << 23);
        const auto subnormal =
            hn::BitCast(bits, hn::Sub(hn::BitCast(fp32, hn::Add(placed, least_normal)),
                                      hn::BitCast(fp32, least_normal)));
        const auto is_subnormal = hn::Lt(magnitude, hn::Set(bits, 1U << kShape.fraction_bits));
        auto value = hn::Or(hn::IfThenElse(is_subnormal, subnormal, normal), sign);
        if constexpr (kFormat == OperandFormat::E5m2 || kFormat == OperandFormat::Mxfp8E5m2) {
            const auto infinity = hn::Or(hn::Set(bits, 0x7F80'0000), sign);
            value =
                hn::IfThenElse(hn::Eq(magnitude, hn::Set(bits, kInfinityE5m2)), infinity, value);
        }
        if constexpr (element_bits(kFormat) == 8) {
            constexpr std::uint32_t kLast =
                kShape.exponent_bits == kE4m3.exponent_bits ? kLargestE4m3 : kInfinityE5m2;
            const auto nan = hn::Set(bits, kCanonicalNanFp32);
            value = hn::IfThenElse(hn::Gt(magnitude, hn::Set(bits, kLast)), nan, value);
        }
        return hn::BitCast(fp32, value);
    }
}

constexpr bool is_mxfp8(OperandFormat format) {
    return format == OperandFormat::Mxfp8E4m3 || format == OperandFormat::Mxfp8E5m2;
}

// Whether one of the kMxBlock codes of an MXFP8 block is a NaN.
template <OperandFormat kFormat>
HWY_INLINE bool has_nan(const std::uint8_t* codes) {
    constexpr std::uint64_t kEach = 0x0101'0101'0101'0101;
    // What carries a NaN's magnitude, and no number's, into the sign's bit.
    constexpr std::uint64_t kCarry =
        0x7F - (kFormat == OperandFormat::Mxfp8E4m3 ? kLargestE4m3 : kInfinityE5m2);
    std::array<std::uint64_t, kMxBlock / 8> groups;
    std::memcpy(groups.data(), codes, kMxBlock);
    std::uint64_t carried = 0;
    for (const std::uint64_t group : groups) {
        carried |= (group & 0x7F * kEach) + kCarry * kEach;
    }
    return (carried & 0x80 * kEach) != 0;
}

// As decode(), of MXFP8 without NaNs: FP16 holds these numbers, E4M3's times 2^-8.
template <OperandFormat kFormat>
HWY_INLINE Vector decode_without_nan(const std::uint8_t* codes) {
    const Fp32Tag fp32;
    const hn::Rebind<std::int8_t, Fp32Tag> bytes;
    const hn::Rebind<std::int16_t, Fp32Tag> integers;
    const hn::Rebind<hwy::float16_t, Fp32Tag> halves;
    const auto code = hn::LoadU(bytes, reinterpret_cast<const std::int8_t*>(codes));
    const auto wide = hn::PromoteTo(integers, code);
    if constexpr (kFormat == OperandFormat::Mxfp8E5m2) {
        return hn::PromoteTo(fp32, hn::BitCast(halves, hn::ShiftLeft<8>(wide)));
    } else {
        // The sign is in the place of the uppermost exponent bit, too.
        const auto half = hn::AndNot(hn::Set(integers, 0x4000), hn::ShiftLeft<7>(wide));
        return hn::Mul(hn::PromoteTo(fp32, hn::BitCast(halves, half)), hn::Set(fp32, 256.0F));
    }
}

// The first `count` codes of a block that begins on a byte, a byte each: in place, or in `room`.
template <OperandFormat kFormat>
HWY_INLINE const std::uint8_t* codes_of(const std::byte* from, std::size_t count,
                                        std::uint8_t* room) {
    constexpr unsigned kBits = element_bits(kFormat);
    if constexpr (kBits == 8) {
        if (count == kMxBlock) {
            return reinterpret_cast<const std::uint8_t*>(from);
        }
        std::memcpy(room, from, count);
    } else {
        for (std::size_t i = 0; i < count; i += 8, from += kBits) {
            std::uint64_t group = 0;
            if (i + 8 <= count) {
                std::memcpy(&group, from, kBits);
            } else {
                std::memcpy(&group, from, row_bytes(kFormat, count - i));
            }
            group = unpacked<kBits>(group);
            std::memcpy(room + i, &group, sizeof group);
        }
    }
    return room;
}

// Stores the first `count` elements of a block, value(i) being those from element i on.
template <class Value>
HWY_INLINE void store_block(std::size_t count, float* to, const Value& value) {
    const Fp32Tag fp32;
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        hn::StoreU(value(i), fp32, to + i);
    }
    if (i < count) {
        alignas(64) float rest[kLanes];
        hn::Store(value(i), fp32, rest);
        std::copy_n(rest, count - i, to + i);
    }
}

// `count` elements that begin on a byte; `scales`: of each 32 of them, if the format has scales. In
// the environment of Fp32Environment.
template <OperandFormat kFormat>
void decode_codes(const std::byte* from, const std::byte* scales, std::size_t count, float* to) {
    const Fp32Tag fp32;
    alignas(64) std::uint8_t room[kMxBlock] = {};
    for (std::size_t begin = 0; begin < count; begin += kMxBlock, to += kMxBlock) {
        const std::size_t size = std::min(kMxBlock, count - begin);
        const std::uint8_t* codes = codes_of<kFormat>(from, size, room);
        from += 4 * element_bits(kFormat);
        if constexpr (!has_scales(kFormat)) {
            store_block(size, to,
                        [&](std::size_t i) HWY_ATTR { return decode<kFormat>(codes + i); });
        } else {
            const auto scale = std::to_integer<std::uint8_t>(scales[begin / kMxBlock]);
            const Vector factor = hn::Set(fp32, fp32_from_e8m0(scale));
            if constexpr (is_mxfp8(kFormat)) {
                if (!has_nan<kFormat>(codes)) {
                    store_block(size, to, [&](std::size_t i) HWY_ATTR {
                        return hn::Mul(decode_without_nan<kFormat>(codes + i), factor);
                    });
                    continue;
                }
            }
            store_block(size, to, [&](std::size_t i) HWY_ATTR {
                return hn::Mul(decode<kFormat>(codes + i), factor);
            });
        }
    }
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
