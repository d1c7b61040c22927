// SPDX-License-Identifier: Apache-2.0
// The register tile of the SIMD matrix product, once per Highway target.
#if defined(ATHENA_NUMERICS_GEMM_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_GEMM_TILE_INL_H
#undef ATHENA_NUMERICS_GEMM_TILE_INL_H
#else
#define ATHENA_NUMERICS_GEMM_TILE_INL_H
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

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

// A register tile is up to kTileRows x kTileVectors accumulators: with the operands of one step
// they fill the 32 registers of AVX-512 and NEON, the 16 of AVX2. Tiles of few rows may be wider,
// so that they too have enough independent chains to hide the latency of an FMA.
constexpr std::size_t kTileRows = HWY_TARGET == HWY_AVX2 ? 6 : 14;
constexpr std::size_t kTileVectors = 2;
constexpr std::size_t kWidestVectors = 8;
constexpr bool fits_registers(std::size_t rows, std::size_t vectors) {
    return rows * vectors <= kTileRows * kTileVectors;
}

// Floats between decoded rows of A, which hold up to kDepth of them: not a power of two, so that
// the rows do not share cache sets.
constexpr std::size_t kDepth = 256;
constexpr std::size_t kRowStride = kDepth + 16;

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

// How a tile finds B: decoded by pack_b(), or as it is in the operand.
enum class Source { Packed, Bf16 };

// One register tile. A: decoded rows, kRowStride apart. B: depth rows. `from` (FP32, null: start
// from +0) and `to` have room for the tile's full width. All ld in bytes.
struct Tile {
    const float* a;
    const std::byte* b;
    std::size_t b_ld;
    std::size_t depth;
    const std::byte* from;
    std::size_t from_ld;
    std::byte* to;
    std::size_t to_ld;
    Finish finish;
    bool saturate;
};

HWY_INLINE Vector decode_bf16(const std::byte* from) {
    const auto half = hn::LoadU(HalfTag(), reinterpret_cast<const std::uint16_t*>(from));
    return hn::BitCast(Fp32Tag(), hn::ShiftLeft<16>(hn::PromoteTo(BitsTag(), half)));
}

// As e4m3_from_fp32() and e5m2_from_fp32(), whose comments say why.
template <int kFractionBits, int kBias>
HWY_INLINE hn::Vec<BitsTag> round_to_fp8(hn::Vec<BitsTag> magnitude) {
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
    const auto rounded = is_e4m3 ? round_to_fp8<3, 7>(magnitude) : round_to_fp8<2, 15>(magnitude);
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

template <Source kSource>
HWY_INLINE Vector load_b(const std::byte* row, std::size_t vector) {
    if constexpr (kSource == Source::Packed) {
        return hn::Load(Fp32Tag(), reinterpret_cast<const float*>(row) + vector * kLanes);
    } else {
        return decode_bf16(row + vector * kLanes * 2);
    }
}

template <Source kSource, std::size_t kVectors, std::size_t kRows>
void multiply(const Tile& tile) {
    const Fp32Tag fp32;
    Vector sums[kRows][kVectors];
    for (std::size_t row = 0; row < kRows; ++row) {
        for (std::size_t v = 0; v < kVectors; ++v) {
            sums[row][v] = hn::Zero(fp32);
        }
    }
    if (tile.from != nullptr) {
        for (std::size_t row = 0; row < kRows; ++row) {
            const auto* from = reinterpret_cast<const float*>(tile.from + row * tile.from_ld);
            for (std::size_t v = 0; v < kVectors; ++v) {
                sums[row][v] = hn::LoadU(fp32, from + v * kLanes);
            }
        }
    }
    const float* a = tile.a;
    const std::byte* b = tile.b;
    for (const float* end = a + tile.depth; a != end; ++a, b += tile.b_ld) {
        Vector columns[kVectors];
        for (std::size_t v = 0; v < kVectors; ++v) {
            columns[v] = load_b<kSource>(b, v);
        }
        for (std::size_t row = 0; row < kRows; ++row) {
            const Vector factor = hn::Set(fp32, a[row * kRowStride]);
            for (std::size_t v = 0; v < kVectors; ++v) {
                sums[row][v] = hn::MulAdd(factor, columns[v], sums[row][v]);
            }
        }
    }
    const std::size_t vector_bytes = kLanes * element_bytes(tile.finish);
    if (element_bytes(tile.finish) == 1) {
        for (std::size_t row = 0; row < kRows; ++row) {
            for (std::size_t v = 0; v < kVectors; ++v) {
                store_fp8(sums[row][v], tile.to + row * tile.to_ld + v * vector_bytes, tile.finish,
                          tile.saturate);
            }
        }
        return;
    }
    for (std::size_t row = 0; row < kRows; ++row) {
        for (std::size_t v = 0; v < kVectors; ++v) {
            store(sums[row][v], tile.to + row * tile.to_ld + v * vector_bytes, tile.finish);
        }
    }
}

using Multiply = void (*)(const Tile&);
using KernelsByRows = std::array<Multiply, kTileRows>;

template <Source kSource, std::size_t kVectors, std::size_t kRows>
constexpr Multiply kernel() {
    if constexpr (fits_registers(kRows, kVectors)) {
        return &multiply<kSource, kVectors, kRows>;
    } else {
        return nullptr;
    }
}

template <Source kSource, std::size_t kVectors, std::size_t... kRowsLessOne>
constexpr KernelsByRows kernels(std::index_sequence<kRowsLessOne...>) {
    return {kernel<kSource, kVectors, kRowsLessOne + 1>()...};
}

template <Source kSource, std::size_t kVectors>
constexpr KernelsByRows kKernels =
    kernels<kSource, kVectors>(std::make_index_sequence<kTileRows>());

// The kernel that takes B as it is, for a power of two of vectors.
Multiply direct_kernel(std::size_t vectors, std::size_t rows) {
    switch (vectors) {
        case 1:
            return kKernels<Source::Bf16, 1>[rows - 1];
        case 2:
            return kKernels<Source::Bf16, 2>[rows - 1];
        case 4:
            return kKernels<Source::Bf16, 4>[rows - 1];
        default:
            return kKernels<Source::Bf16, kWidestVectors>[rows - 1];
    }
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
