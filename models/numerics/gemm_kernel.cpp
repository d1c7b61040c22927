// SPDX-License-Identifier: Apache-2.0
// The SIMD matrix product. It equals gemm_reference() bit for bit because every output has a lane
// of its own, which runs the same chain of fused multiply-adds in the same order; blocking decides
// only when a chain runs, and between two chunks of K it rests unrounded in FP32 memory. Lanes
// beyond N multiply zeros and are dropped; there are no products beyond K.
#include "numerics/gemm_kernel.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "numerics/bf16.h"

// Targets without a vector FMA would only repeat the scalar one; AVX3_DL would repeat AVX3; and
// vectors of unknown size cannot be held in arrays.
#define HWY_DISABLED_TARGETS \
    (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/gemm_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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
// they fill the 32 registers of AVX-512 and NEON, the 16 of AVX2.
constexpr std::size_t kTileRows = HWY_TARGET == HWY_AVX2 ? 6 : 14;
constexpr std::size_t kTileVectors = 2;
constexpr std::size_t kTileColumns = kTileVectors * kLanes;

// Cache blocks: the decoded rows of A for one row of tiles stay in level 1, a block of B (512 KiB)
// in level 2. Decoded rows of A start kRowStride apart so that they do not share cache sets.
constexpr std::size_t kDepth = 256;
constexpr std::size_t kColumns = 512;
constexpr std::size_t kRowStride = kDepth + 16;
static_assert(kColumns % kTileColumns == 0);

enum class Finish { Unrounded, Fp32, Bf16 };

// One register tile. A: rows kRowStride apart. B: depth rows of the tile's width, without gaps.
// `from` (FP32, null: start from +0) and `to` have room for the tile's full width; ld in bytes.
struct Tile {
    const float* a;
    const float* b;
    std::size_t depth;
    const std::byte* from;
    std::size_t from_ld;
    std::byte* to;
    std::size_t to_ld;
    Finish finish;
};

HWY_INLINE Vector decode_bf16(const std::byte* from) {
    const auto half = hn::LoadU(HalfTag(), reinterpret_cast<const std::uint16_t*>(from));
    return hn::BitCast(Fp32Tag(), hn::ShiftLeft<16>(hn::PromoteTo(BitsTag(), half)));
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

template <std::size_t kRows, std::size_t kVectors>
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
    const float* b = tile.b;
    for (const float* end = a + tile.depth; a != end; ++a, b += kVectors * kLanes) {
        Vector columns[kVectors];
        for (std::size_t v = 0; v < kVectors; ++v) {
            columns[v] = hn::Load(fp32, b + v * kLanes);
        }
        for (std::size_t row = 0; row < kRows; ++row) {
            const Vector factor = hn::Set(fp32, a[row * kRowStride]);
            for (std::size_t v = 0; v < kVectors; ++v) {
                sums[row][v] = hn::MulAdd(factor, columns[v], sums[row][v]);
            }
        }
    }
    const std::size_t vector_bytes = kLanes * (tile.finish == Finish::Bf16 ? 2 : 4);
    for (std::size_t row = 0; row < kRows; ++row) {
        for (std::size_t v = 0; v < kVectors; ++v) {
            store(sums[row][v], tile.to + row * tile.to_ld + v * vector_bytes, tile.finish);
        }
    }
}

using Multiply = void (*)(const Tile&);

template <std::size_t kVectors, std::size_t... kRowsLessOne>
constexpr std::array<Multiply, kTileRows> kernels(std::index_sequence<kRowsLessOne...>) {
    return {&multiply<kRowsLessOne + 1, kVectors>...};
}

constexpr std::array<std::array<Multiply, kTileRows>, kTileVectors> kKernels = {
    kernels<1>(std::make_index_sequence<kTileRows>()),
    kernels<2>(std::make_index_sequence<kTileRows>())};

// `count` elements of a row as FP32; the only place that knows operand formats.
HWY_INLINE void decode_row(const std::byte* from, std::size_t count, float* to) {
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        hn::StoreU(decode_bf16(from + 2 * i), Fp32Tag(), to + i);
    }
    for (; i < count; ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, from + 2 * i, sizeof bits);
        to[i] = fp32_from_bf16(bits);
    }
}

struct Range {
    std::size_t begin;
    std::size_t size;
};

// Part `index` of `total`, cut into the fewest parts of at most `largest`, as equal as can be.
Range part(std::size_t total, std::size_t parts, std::size_t index) {
    const std::size_t base = total / parts;
    const std::size_t longer = total % parts;
    return {index * base + std::min(index, longer), base + (index < longer ? 1 : 0)};
}

std::size_t parts_of(std::size_t total, std::size_t largest) {
    return (total + largest - 1) / largest;
}

std::size_t vectors_for(std::size_t columns) {
    return (columns + kLanes - 1) / kLanes;
}

// Columns `columns` of the rows `depths` of B: one panel of tile width after the other.
void pack_b(const Operand& operand, Range depths, Range columns, float* to) {
    for (std::size_t done = 0; done < columns.size; done += kTileColumns) {
        const std::size_t count = std::min(kTileColumns, columns.size - done);
        const std::size_t width = vectors_for(count) * kLanes;
        const std::byte* from =
            operand.data.data() + depths.begin * operand.ld + (columns.begin + done) * 2;
        for (std::size_t k = 0; k < depths.size; ++k, from += operand.ld, to += width) {
            if (count == kTileColumns) {
                decode_row(from, kTileColumns, to);
            } else {
                decode_row(from, count, to);
                std::fill(to + count, to + width, 0.0F);
            }
        }
    }
}

void pack_a(const Operand& operand, Range rows, Range depths, float* to) {
    for (std::size_t row = 0; row < rows.size; ++row) {
        decode_row(operand.data.data() + (rows.begin + row) * operand.ld + depths.begin * 2,
                   depths.size, to + row * kRowStride);
    }
}

void copy_rows(const std::byte* from, std::size_t from_ld, std::byte* to, std::size_t to_ld,
               std::size_t rows, std::size_t bytes) {
    for (std::size_t row = 0; row < rows; ++row) {
        std::memcpy(to + row * to_ld, from + row * from_ld, bytes);
    }
}

// A tile that is narrower than its vectors runs on a copy of its part of C.
void multiply_narrow(const Tile& tile, Multiply kernel, std::size_t rows, std::size_t columns) {
    alignas(64) std::byte copy[kTileRows * kTileColumns * 4] = {};
    constexpr std::size_t kLd = kTileColumns * 4;
    Tile padded = tile;
    if (tile.from != nullptr) {
        copy_rows(tile.from, tile.from_ld, copy, kLd, rows, columns * 4);
        padded.from = copy;
        padded.from_ld = kLd;
    }
    padded.to = copy;
    padded.to_ld = kLd;
    kernel(padded);
    copy_rows(copy, kLd, tile.to, tile.to_ld, rows,
              columns * (tile.finish == Finish::Bf16 ? 2 : 4));
}

// All tiles of one row of tiles. `tile` describes the first; its b, from and to are moved along.
void multiply_row(Tile tile, std::size_t rows, std::size_t columns) {
    const std::size_t to_bytes = kTileColumns * (tile.finish == Finish::Bf16 ? 2 : 4);
    for (std::size_t done = 0; done < columns; done += kTileColumns) {
        const std::size_t count = std::min(kTileColumns, columns - done);
        const Multiply kernel = kKernels[vectors_for(count) - 1][rows - 1];
        if (count % kLanes == 0) {
            kernel(tile);
        } else {
            multiply_narrow(tile, kernel, rows, count);
        }
        tile.b += tile.depth * kTileColumns;
        tile.from = tile.from == nullptr ? nullptr : tile.from + kTileColumns * 4;
        tile.to += to_bytes;
    }
}

// Where the sums rest between chunks of K: in C if it is FP32, else in scratch.
struct Sums {
    std::byte* data;
    std::size_t ld;
};

// One block of columns of C over one chunk of K.
void multiply_block(const GemmArgs& args, Range columns, Range depths, float* packed_a,
                    float* packed_b, Sums sums) {
    pack_b(args.b, depths, columns, packed_b);
    const bool is_first = depths.begin == 0;
    const bool is_last = depths.begin + depths.size == args.k;
    const bool is_fp32 = args.c.format == ResultFormat::Fp32;
    std::byte* const c = args.c.data.data() + columns.begin * (is_fp32 ? 4 : 2);
    const std::size_t row_tiles = parts_of(args.m, kTileRows);
    for (std::size_t index = 0; index < row_tiles; ++index) {
        const Range rows = part(args.m, row_tiles, index);
        pack_a(args.a, rows, depths, packed_a);
        Tile tile{};
        tile.a = packed_a;
        tile.b = packed_b;
        tile.depth = depths.size;
        tile.from = is_first && !args.accumulate ? nullptr : sums.data + rows.begin * sums.ld;
        tile.from_ld = sums.ld;
        tile.to = is_last ? c + rows.begin * args.c.ld : sums.data + rows.begin * sums.ld;
        tile.to_ld = is_last ? args.c.ld : sums.ld;
        tile.finish = !is_last ? Finish::Unrounded : is_fp32 ? Finish::Fp32 : Finish::Bf16;
        multiply_row(tile, rows.size, columns.size);
    }
}

void run(const GemmArgs& args, GemmWorkspace& workspace) {
    const std::size_t column_blocks = parts_of(args.n, kColumns);
    const std::size_t chunks = std::max<std::size_t>(1, parts_of(args.k, kDepth));
    const std::size_t depth = std::min(args.k, kDepth);
    const std::size_t width = vectors_for(std::min(args.n, kColumns)) * kLanes;
    const bool is_fp32 = args.c.format == ResultFormat::Fp32;
    const std::size_t a_floats = kTileRows * kRowStride;
    const std::size_t b_floats = (depth * width + 15) / 16 * 16;
    const std::size_t c_floats = is_fp32 || chunks == 1 ? 0 : args.m * width;
    const auto scratch = workspace.floats(a_floats + b_floats + c_floats);
    float* const packed_a = scratch.data();
    float* const packed_b = packed_a + a_floats;
    for (std::size_t block = 0; block < column_blocks; ++block) {
        const Range columns{block * kColumns, std::min(kColumns, args.n - block * kColumns)};
        const Sums sums = is_fp32
                              ? Sums{args.c.data.data() + columns.begin * 4, args.c.ld}
                              : Sums{reinterpret_cast<std::byte*>(packed_b + b_floats), width * 4};
        for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
            multiply_block(args, columns, part(args.k, chunks, chunk), packed_a, packed_b, sums);
        }
    }
}

const char* name() {
    return hwy::TargetName(HWY_TARGET);
}

#else  // no vector FMA: std::fma is exact everywhere

void run(const GemmArgs& args, GemmWorkspace&) {
    gemm_reference(args);
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
}  // namespace

void gemm_by_widest_kernel(const GemmArgs& args, GemmWorkspace& workspace) {
    HWY_DYNAMIC_DISPATCH(run)(args, workspace);
}

const char* gemm_kernel_name() {
    return HWY_DYNAMIC_DISPATCH(name)();
}

}  // namespace athena::numerics
#endif
