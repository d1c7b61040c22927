// SPDX-License-Identifier: Apache-2.0
// The SIMD matrix product. It equals gemm_reference() bit for bit because every output has a lane
// of its own, which runs the same chain of fused multiply-adds in the same order; blocking decides
// only when a chain runs, and between two chunks of K it rests unrounded in FP32 memory. Lanes
// beyond N multiply zeros and are dropped; there are no products beyond K.
#include "numerics/gemm_kernel.h"

#include <algorithm>
#include <cstring>

#include "numerics/bf16.h"
#include "numerics/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/gemm_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/gemm_pack-inl.h"
#include "numerics/gemm_pairs-inl.h"
#include "numerics/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

// Cache blocks: the decoded rows of A for one row of tiles (kDepth long) stay in level 1, a block
// of B (512 KiB) in level 2.
constexpr std::size_t kColumns = 512;
static_assert(kDepth % kMxBlock == 0);
static_assert(kColumns % kTileColumns == 0);

// Up to so many rows of tiles, decoding B in each is cheaper than packing it once (measured).
constexpr std::size_t kDirectRowTiles = 2;

// Part `index` of `total`, cut into `parts` as equal as can be.
Range part(std::size_t total, std::size_t parts, std::size_t index) {
    const std::size_t base = total / parts;
    const std::size_t longer = total % parts;
    return {index * base + std::min(index, longer), base + (index < longer ? 1 : 0)};
}

// Part `index` of K, cut into `parts` as equal as can be with each but the last whole MX blocks.
Range chunk_of(std::size_t k, std::size_t parts, std::size_t index) {
    const Range blocks = part((k + kMxBlock - 1) / kMxBlock, parts, index);
    const std::size_t begin = blocks.begin * kMxBlock;
    return {begin, std::min(blocks.size * kMxBlock, k - begin)};
}

// The fewest parts of at most `largest`.
std::size_t parts_of(std::size_t total, std::size_t largest) {
    return (total + largest - 1) / largest;
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
    copy_rows(copy, kLd, tile.to, tile.to_ld, rows, columns * element_bytes(tile.finish));
}

void move_columns(Tile& tile, std::size_t columns) {
    tile.from = tile.from == nullptr ? nullptr : tile.from + columns * 4;
    tile.to += columns * element_bytes(tile.finish);
}

// All tiles of one row of tiles, B packed. `tile` describes the first.
template <Source kSource>
void multiply_row(Tile tile, Order order, std::size_t rows, std::size_t columns) {
    for (std::size_t done = 0; done < columns; done += kTileColumns) {
        const std::size_t count = std::min(kTileColumns, columns - done);
        const std::size_t vectors = vectors_for(count);
        tile.b_ld = vectors * kLanes * 4;
        const Multiply multiply_tile = packed_kernel<kSource>(order, vectors, rows);
        if (count % kLanes == 0) {
            multiply_tile(tile);
        } else {
            multiply_narrow(tile, multiply_tile, rows, count);
        }
        tile.b += tile.steps * tile.b_ld;
        move_columns(tile, count);
    }
}

// All tiles of one row of tiles, B as it is, for whole vectors of columns.
void multiply_row_directly(Tile tile, Order order, std::size_t rows, std::size_t columns) {
    std::size_t vectors = kWidestVectors;
    for (std::size_t left = columns / kLanes; left > 0; left -= vectors) {
        while (vectors > left || !fits_registers(rows, vectors)) {
            vectors /= 2;
        }
        direct_kernel(order, vectors, rows)(tile);
        tile.b += vectors * kLanes * 2;
        move_columns(tile, vectors * kLanes);
    }
}

Finish finish_of(ResultFormat format) {
    switch (format) {
        case ResultFormat::Fp32:
            return Finish::Fp32;
        case ResultFormat::Bf16:
            return Finish::Bf16;
        case ResultFormat::E4m3:
            return Finish::E4m3;
        case ResultFormat::E5m2:
            break;
    }
    return Finish::E5m2;
}

// Where the sums rest between chunks of K: in C if it is FP32, else in scratch.
struct Sums {
    std::byte* data;
    std::size_t ld;
};

// One block of columns of C over one chunk of K.
template <Source kSource>
void multiply_block(const GemmArgs& args, Range columns, Range depths, float* packed_a,
                    float* packed_b, Sums sums) {
    const bool is_first = depths.begin == 0;
    const bool is_last = depths.begin + depths.size == args.k;
    std::byte* const c = args.c.data.data() + columns.begin * element_bytes(args.c.format);
    const std::size_t row_tiles = parts_of(args.m, kTileRows);
    const Order order = args.a.transposed ? Order::Columns : Order::Rows;
    // Columns whose tiles take B as it is; those beyond the last whole vector cannot.
    const bool takes_b =
        kSource == Source::Packed && args.b.format == OperandFormat::Bf16 && !args.b.transposed;
    const std::size_t direct =
        takes_b && row_tiles <= kDirectRowTiles ? columns.size / kLanes * kLanes : 0;
    const Range packed{columns.begin + direct, columns.size - direct};
    if constexpr (kSource == Source::Pairs) {
        pack_pairs_b(args.b, depths, packed, packed_b);
    } else {
        pack_b(args.b, depths, packed, packed_b);
    }
    for (std::size_t index = 0; index < row_tiles; ++index) {
        const Range rows = part(args.m, row_tiles, index);
        if constexpr (kSource == Source::Pairs) {
            pack_pairs_a(args.a, rows, depths, packed_a);
        } else {
            pack_a(args.a, rows, depths, packed_a);
        }
        Tile tile{};
        tile.a = packed_a;
        tile.steps = steps_of<kSource>(depths.size);
        tile.from = is_first && !args.accumulate ? nullptr : sums.data + rows.begin * sums.ld;
        tile.from_ld = sums.ld;
        tile.to = is_last ? c + rows.begin * args.c.ld : sums.data + rows.begin * sums.ld;
        tile.to_ld = is_last ? args.c.ld : sums.ld;
        tile.finish = is_last ? finish_of(args.c.format) : Finish::Unrounded;
        tile.saturate = args.saturate;
        if (direct > 0) {
            tile.b = args.b.data.data() + depths.begin * args.b.ld + columns.begin * 2;
            tile.b_ld = depths.size > 1 ? args.b.ld : 0;
            multiply_row_directly(tile, order, rows.size, direct);
            move_columns(tile, direct);
        }
        tile.b = reinterpret_cast<const std::byte*>(packed_b);
        multiply_row<kSource>(tile, order, rows.size, packed.size);
    }
}

template <Source kSource>
void run_blocks(const GemmArgs& args, Workspace& workspace) {
    constexpr std::size_t kLongest = kSource == Source::Pairs ? 2 * kDepth : kDepth;
    const std::size_t column_blocks = parts_of(args.n, kColumns);
    const std::size_t chunks = parts_of(args.k, kLongest);
    const std::size_t depth = std::min(args.k, kDepth);
    const std::size_t width = vectors_for(std::min(args.n, kColumns)) * kLanes;
    const bool is_fp32 = args.c.format == ResultFormat::Fp32;
    const std::size_t b_floats = (depth * width + 15) / 16 * 16;
    const std::size_t c_floats = is_fp32 || chunks == 1 ? 0 : args.m * width;
    const auto scratch = workspace.floats(kPackedA + b_floats + c_floats);
    float* const packed_a = scratch.data();
    float* const packed_b = packed_a + kPackedA;
    for (std::size_t block = 0; block < column_blocks; ++block) {
        const Range columns{block * kColumns, std::min(kColumns, args.n - block * kColumns)};
        const Sums sums = is_fp32
                              ? Sums{args.c.data.data() + columns.begin * 4, args.c.ld}
                              : Sums{reinterpret_cast<std::byte*>(packed_b + b_floats), width * 4};
        for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
            multiply_block<kSource>(args, columns, chunk_of(args.k, chunks, chunk), packed_a,
                                    packed_b, sums);
        }
    }
}

void run(const GemmArgs& args, Workspace& workspace) {
    run_blocks<Source::Packed>(args, workspace);
}

#if HWY_TARGET == HWY_AVX3

bool has_pairs() {
    static const bool has = adds_pairs_in_order();
    return has;
}

bool run_pairs(const GemmArgs& args, Workspace& workspace) {
    if (!has_pairs() || !meets_no_subnormal(args)) {
        return false;
    }
    run_blocks<Source::Pairs>(args, workspace);
    return true;
}

#else

bool has_pairs() {
    return false;
}

bool run_pairs(const GemmArgs&, Workspace&) {
    return false;
}

#endif

const char* name() {
    return hwy::TargetName(HWY_TARGET);
}

#else  // no vector FMA: std::fma is exact everywhere

void run(const GemmArgs& args, Workspace&) {
    gemm_reference(args);
}

bool has_pairs() {
    return false;
}

bool run_pairs(const GemmArgs&, Workspace&) {
    return false;
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
HWY_EXPORT(has_pairs);
HWY_EXPORT(run_pairs);
HWY_EXPORT(name);
}  // namespace

void gemm_by_widest_kernel(const GemmArgs& args, Workspace& workspace) {
    HWY_DYNAMIC_DISPATCH(run)(args, workspace);
}

bool gemm_has_pairs() {
    return HWY_DYNAMIC_DISPATCH(has_pairs)();
}

bool gemm_by_pairs(const GemmArgs& args, Workspace& workspace) {
    return HWY_DYNAMIC_DISPATCH(run_pairs)(args, workspace);
}

const char* gemm_kernel_name() {
    return HWY_DYNAMIC_DISPATCH(name)();
}

}  // namespace athena::numerics
#endif
