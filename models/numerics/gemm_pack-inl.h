// SPDX-License-Identifier: Apache-2.0
// Packing of operands for the register tiles, once per Highway target.
#if defined(ATHENA_NUMERICS_GEMM_PACK_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_GEMM_PACK_INL_H
#undef ATHENA_NUMERICS_GEMM_PACK_INL_H
#else
#define ATHENA_NUMERICS_GEMM_PACK_INL_H
#endif

#include <algorithm>
#include <cstring>

#include "numerics/decode-inl.h"
#include "numerics/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

constexpr std::size_t kTileColumns = kTileVectors * kLanes;

struct Range {
    std::size_t begin;
    std::size_t size;
};

std::size_t vectors_for(std::size_t columns) {
    return (columns + kLanes - 1) / kLanes;
}

// `count` elements of a BF16 row as FP32.
HWY_INLINE void decode_bf16_row(const std::byte* from, std::size_t count, float* to) {
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

// `columns` begin at a multiple of kMxBlock if the format has scales.
template <OperandFormat kFormat>
HWY_INLINE void decode_part(const Operand& operand, std::size_t row, Range columns, float* to) {
    const std::byte* from = operand.data.data() + row * operand.ld;
    if constexpr (has_scales(kFormat)) {
        const std::byte* scales =
            operand.scales.data() + row * operand.scale_ld + columns.begin / kMxBlock;
        decode_codes<kFormat>(from + columns.begin / 8 * element_bits(kFormat), scales,
                              columns.size, to);
    } else {
        decode_codes<kFormat>(from + columns.begin, nullptr, columns.size, to);
    }
}

// Part of a stored row as FP32.
void decode_row(const Operand& operand, std::size_t row, Range columns, float* to) {
    switch (operand.format) {
        case OperandFormat::Bf16:
            return decode_bf16_row(operand.data.data() + row * operand.ld + 2 * columns.begin,
                                   columns.size, to);
        case OperandFormat::E4m3:
            return decode_part<OperandFormat::E4m3>(operand, row, columns, to);
        case OperandFormat::E5m2:
            return decode_part<OperandFormat::E5m2>(operand, row, columns, to);
        case OperandFormat::Mxfp8E4m3:
            return decode_part<OperandFormat::Mxfp8E4m3>(operand, row, columns, to);
        case OperandFormat::Mxfp8E5m2:
            return decode_part<OperandFormat::Mxfp8E5m2>(operand, row, columns, to);
        case OperandFormat::Mxfp6E3m2:
            return decode_part<OperandFormat::Mxfp6E3m2>(operand, row, columns, to);
        case OperandFormat::Mxfp6E2m3:
            return decode_part<OperandFormat::Mxfp6E2m3>(operand, row, columns, to);
        case OperandFormat::Mxfp4:
            return decode_part<OperandFormat::Mxfp4>(operand, row, columns, to);
        case OperandFormat::Mxint8:
            return decode_part<OperandFormat::Mxint8>(operand, row, columns, to);
    }
}

// Rows that are transposed together: four elements are stored at once.
constexpr std::size_t kTogether = 4;

// Element j of row r goes to to[j * to_ld + r].
HWY_INLINE void transpose_rows(const float (*row)[kDepth], std::size_t count, float* to,
                               std::size_t to_ld) {
    const Fp32Tag fp32;
    const hn::FixedTag<float, kTogether> four;
    alignas(64) float turned[kTogether * kLanes];
    std::size_t j = 0;
    for (; j + kLanes <= count; j += kLanes) {
        hn::StoreInterleaved4(hn::Load(fp32, row[0] + j), hn::Load(fp32, row[1] + j),
                              hn::Load(fp32, row[2] + j), hn::Load(fp32, row[3] + j), fp32, turned);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            hn::StoreU(hn::Load(four, turned + kTogether * lane), four, to + (j + lane) * to_ld);
        }
    }
    for (; j < count; ++j) {
        for (std::size_t r = 0; r < kTogether; ++r) {
            to[j * to_ld + r] = row[r][j];
        }
    }
}

// Rows of `count` words, at most kDepth, transposed: what fill(i, row) puts into a row becomes
// column i of `to`, whose rows are to_ld words apart.
template <typename Fill>
HWY_INLINE void transpose_filled(std::size_t rows, std::size_t count, float* to, std::size_t to_ld,
                                 const Fill& fill) {
    alignas(64) float row[kTogether][kDepth];
    std::size_t i = 0;
    for (; i + kTogether <= rows; i += kTogether) {
        for (std::size_t r = 0; r < kTogether; ++r) {
            fill(i + r, row[r]);
        }
        transpose_rows(row, count, to + i, to_ld);
    }
    for (; i < rows; ++i) {
        fill(i, row[0]);
        for (std::size_t j = 0; j < count; ++j) {
            to[j * to_ld + i] = row[0][j];
        }
    }
}

// Stored rows `rows`, columns `columns`, transposed.
void transpose(const Operand& operand, Range rows, Range columns, float* to, std::size_t to_ld) {
    transpose_filled(rows.size, columns.size, to, to_ld, [&](std::size_t i, float* row) HWY_ATTR {
        decode_row(operand, rows.begin + i, columns, row);
    });
}

// Columns `columns` of the rows `depths` of B: one panel of tile width after the other.
void pack_b(const Operand& operand, Range depths, Range columns, float* to) {
    for (std::size_t done = 0; done < columns.size; done += kTileColumns) {
        const std::size_t count = std::min(kTileColumns, columns.size - done);
        const std::size_t width = vectors_for(count) * kLanes;
        const Range panel{columns.begin + done, count};
        if (operand.transposed) {
            transpose(operand, panel, depths, to, width);
        } else {
            for (std::size_t k = 0; k < depths.size; ++k) {
                decode_row(operand, depths.begin + k, panel, to + k * width);
            }
        }
        for (std::size_t k = 0; k < depths.size && count < width; ++k) {
            std::fill(to + k * width + count, to + (k + 1) * width, 0.0F);
        }
        to += depths.size * width;
    }
}

// Rows `rows` of column `k` of an A that is stored transposed; also what follows them there, where
// that saves a loop over the last few. `to` has room for kColumnStride.
HWY_INLINE void decode_column(const Operand& operand, std::size_t k, Range rows, float* to) {
    const std::size_t at = k * operand.ld + 2 * rows.begin;
    if (operand.format != OperandFormat::Bf16 || at + 2 * kColumnStride > operand.data.size()) {
        decode_row(operand, k, rows, to);
        return;
    }
    for (std::size_t i = 0; i < kColumnStride; i += kLanes) {
        hn::Store(decode_bf16(operand.data.data() + at + 2 * i), Fp32Tag(), to + i);
    }
}

// Rows `rows` of the columns `depths` of A: rows kRowStride apart, or columns kColumnStride apart
// if they are stored as rows.
void pack_a(const Operand& operand, Range rows, Range depths, float* to) {
    if (operand.transposed) {
        for (std::size_t k = 0; k < depths.size; ++k) {
            decode_column(operand, depths.begin + k, rows, to + k * kColumnStride);
        }
        return;
    }
    for (std::size_t row = 0; row < rows.size; ++row) {
        decode_row(operand, rows.begin + row, depths, to + row * kRowStride);
    }
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
