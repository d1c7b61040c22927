// SPDX-License-Identifier: Apache-2.0
// The register tile of the SIMD matrix product, once per Highway target.
#if defined(ATHENA_NUMERICS_GEMM_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_GEMM_TILE_INL_H
#undef ATHENA_NUMERICS_GEMM_TILE_INL_H
#else
#define ATHENA_NUMERICS_GEMM_TILE_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "numerics/convert-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

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
// the rows do not share cache sets. Of an A that is stored transposed the columns are decoded, as
// they lie there, each in a column of kColumnStride floats.
constexpr std::size_t kDepth = 256;
constexpr std::size_t kRowStride = kDepth + 16;
constexpr std::size_t kColumnStride = (kTileRows + kLanes - 1) / kLanes * kLanes;
constexpr std::size_t kPackedA = std::max(kTileRows * kRowStride, kDepth* kColumnStride);
enum class Order { Rows, Columns };

// How a tile finds B: decoded by pack_b(), as it is in the operand, or as pack_pairs_b() leaves it,
// with A as pack_pairs_a() does.
enum class Source { Packed, Bf16, Pairs };

// One register tile. A: as pack_a() leaves it. B: a row for each step. `from` (FP32, null: start
// from +0) and `to` have room for the tile's full width. All ld in bytes.
struct Tile {
    const float* a;
    const std::byte* b;
    std::size_t b_ld;
    std::size_t steps;
    const std::byte* from;
    std::size_t from_ld;
    std::byte* to;
    std::size_t to_ld;
    Finish finish;
    bool saturate;
};

template <Source kSource>
HWY_INLINE Vector load_b(const std::byte* row, std::size_t vector) {
    if constexpr (kSource != Source::Bf16) {
        return hn::Load(Fp32Tag(), reinterpret_cast<const float*>(row) + vector * kLanes);
    } else {
        return decode_bf16(row + vector * kLanes * 2);
    }
}

// sum + a * b; of pairs the product of the upper halves first, then that of the lower.
template <Source kSource>
HWY_INLINE Vector add_products(Vector a, Vector b, Vector sum) {
    if constexpr (kSource == Source::Pairs) {
#if HWY_TARGET == HWY_AVX3
        asm("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
#endif
        return sum;
    } else {
        return hn::MulAdd(a, b, sum);
    }
}

template <Source kSource, Order kOrder, std::size_t kVectors, std::size_t kRows>
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
    constexpr std::size_t kRowStep = kOrder == Order::Rows ? kRowStride : 1;
    constexpr std::size_t kDepthStep = kOrder == Order::Rows ? 1 : kColumnStride;
    const float* a = tile.a;
    const std::byte* b = tile.b;
    const float* const end = a + tile.steps * kDepthStep;
    for (; a != end; a += kDepthStep, b += tile.b_ld) {
        Vector columns[kVectors];
        for (std::size_t v = 0; v < kVectors; ++v) {
            columns[v] = load_b<kSource>(b, v);
        }
        for (std::size_t row = 0; row < kRows; ++row) {
            const Vector factor = hn::Set(fp32, a[row * kRowStep]);
            for (std::size_t v = 0; v < kVectors; ++v) {
                sums[row][v] = add_products<kSource>(factor, columns[v], sums[row][v]);
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

template <Source kSource, Order kOrder, std::size_t kVectors, std::size_t kRows>
constexpr Multiply kernel() {
    if constexpr (fits_registers(kRows, kVectors)) {
        return &multiply<kSource, kOrder, kVectors, kRows>;
    } else {
        return nullptr;
    }
}

template <Source kSource, Order kOrder, std::size_t kVectors, std::size_t... kRowsLessOne>
constexpr KernelsByRows kernels(std::index_sequence<kRowsLessOne...>) {
    return {kernel<kSource, kOrder, kVectors, kRowsLessOne + 1>()...};
}

template <Source kSource, Order kOrder, std::size_t kVectors>
constexpr KernelsByRows kKernels =
    kernels<kSource, kOrder, kVectors>(std::make_index_sequence<kTileRows>());

// By order, then by the logarithm of the vectors: B packed, and B as it is.
template <Source kSource, Order kOrder>
constexpr std::array<KernelsByRows, 2> kPackedOf = {kKernels<kSource, kOrder, 1>,
                                                    kKernels<kSource, kOrder, 2>};
template <Order kOrder>
constexpr std::array<KernelsByRows, 4> kDirectOf = {
    kKernels<Source::Bf16, kOrder, 1>, kKernels<Source::Bf16, kOrder, 2>,
    kKernels<Source::Bf16, kOrder, 4>, kKernels<Source::Bf16, kOrder, kWidestVectors>};

// The kernel that takes B packed, by pairs or not, for 1 or 2 vectors.
template <Source kSource>
Multiply packed_kernel(Order order, std::size_t vectors, std::size_t rows) {
    return (order == Order::Rows ? kPackedOf<kSource, Order::Rows>
                                 : kPackedOf<kSource, Order::Columns>)[vectors - 1][rows - 1];
}

// The kernel that takes B as it is, for a power of two of vectors.
Multiply direct_kernel(Order order, std::size_t vectors, std::size_t rows) {
    return (order == Order::Rows ? kDirectOf<Order::Rows>
                                 : kDirectOf<Order::Columns>)[std::countr_zero(vectors)][rows - 1];
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
