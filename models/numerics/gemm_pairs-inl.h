// SPDX-License-Identifier: Apache-2.0
// Packing of operands by pairs of BF16 along k, and when products may be added so, once per Highway
// target.
#if defined(ATHENA_NUMERICS_GEMM_PAIRS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_GEMM_PAIRS_INL_H
#undef ATHENA_NUMERICS_GEMM_PAIRS_INL_H
#else
#define ATHENA_NUMERICS_GEMM_PAIRS_INL_H
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "numerics/gemm_pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

template <Source kSource>
constexpr std::size_t steps_of(std::size_t depth) {
    return kSource == Source::Pairs ? (depth + 1) / 2 : depth;
}

// In the place of a last odd element: their product -0 leaves every sum as it is.
constexpr std::uint32_t kPadA = 0x8000;
constexpr std::uint32_t kPadB = 0;

// The element of the lower k into the upper half, which the instruction takes first. Each is an
// FP32 number whose lower half is zero.
constexpr std::uint32_t pair_of(std::uint32_t first, std::uint32_t second) {
    return first | second >> 16;
}

// Columns `depths` of a stored row, k along it: a word for each two.
HWY_INLINE void pair_row(const Operand& operand, std::size_t row, Range depths, std::uint32_t pad,
                         std::uint32_t* to) {
    const std::size_t whole = depths.size / 2;
    if (operand.format == OperandFormat::Bf16) {
        const BitsTag bits;
        const std::byte* from = operand.data.data() + row * operand.ld + 2 * depths.begin;
        std::size_t i = 0;
        for (; i + kLanes <= whole; i += kLanes) {
            const auto word = hn::LoadU(bits, reinterpret_cast<const std::uint32_t*>(from + 4 * i));
            hn::StoreU(hn::RotateRight<16>(word), bits, to + i);
        }
        for (; i < whole; ++i) {
            std::uint32_t word = 0;
            std::memcpy(&word, from + 4 * i, sizeof word);
            to[i] = std::rotr(word, 16);
        }
        if (depths.size % 2 != 0) {
            std::uint16_t last = 0;
            std::memcpy(&last, from + 4 * whole, sizeof last);
            to[whole] = std::uint32_t{last} << 16 | pad;
        }
        return;
    }
    alignas(64) std::uint32_t element[2 * kDepth];
    decode_row(operand, row, depths, reinterpret_cast<float*>(element));
    for (std::size_t i = 0; i < whole; ++i) {
        to[i] = pair_of(element[2 * i], element[2 * i + 1]);
    }
    if (depths.size % 2 != 0) {
        to[whole] = element[2 * whole] | pad;
    }
}

// `lanes` of the stored rows `k` and, if it `has_second`, the next: a word for each lane.
HWY_INLINE void pair_rows(const Operand& operand, std::size_t k, bool has_second, Range lanes,
                          std::uint32_t pad, std::uint32_t* to) {
    if (operand.format == OperandFormat::Bf16 && has_second) {
        const BitsTag bits;
        const std::byte* first = operand.data.data() + k * operand.ld + 2 * lanes.begin;
        const std::byte* second = first + operand.ld;
        std::size_t i = 0;
        for (; i + kLanes <= lanes.size; i += kLanes) {
            const auto upper = hn::BitCast(bits, decode_bf16(first + 2 * i));
            const auto lower = hn::PromoteTo(
                bits, hn::LoadU(HalfTag(), reinterpret_cast<const std::uint16_t*>(second + 2 * i)));
            hn::StoreU(hn::Or(upper, lower), bits, to + i);
        }
        for (; i < lanes.size; ++i) {
            std::uint16_t upper = 0;
            std::uint16_t lower = 0;
            std::memcpy(&upper, first + 2 * i, sizeof upper);
            std::memcpy(&lower, second + 2 * i, sizeof lower);
            to[i] = std::uint32_t{upper} << 16 | lower;
        }
        return;
    }
    alignas(64) std::uint32_t element[2][kTileColumns];
    decode_row(operand, k, lanes, reinterpret_cast<float*>(element[0]));
    if (has_second) {
        decode_row(operand, k + 1, lanes, reinterpret_cast<float*>(element[1]));
    } else {
        std::fill_n(element[1], lanes.size, pad << 16);
    }
    for (std::size_t i = 0; i < lanes.size; ++i) {
        to[i] = pair_of(element[0][i], element[1][i]);
    }
}

// As transpose(), of pairs.
void transpose_pairs(const Operand& operand, Range rows, Range depths, std::uint32_t* to,
                     std::size_t to_ld) {
    const std::size_t steps = steps_of<Source::Pairs>(depths.size);
    transpose_filled(rows.size, steps, reinterpret_cast<float*>(to), to_ld,
                     [&](std::size_t i, float* row) HWY_ATTR {
                         pair_row(operand, rows.begin + i, depths, kPadB,
                                  reinterpret_cast<std::uint32_t*>(row));
                     });
}

// As pack_b(), of pairs.
void pack_pairs_b(const Operand& operand, Range depths, Range columns, float* floats) {
    auto* to = reinterpret_cast<std::uint32_t*>(floats);
    const std::size_t steps = steps_of<Source::Pairs>(depths.size);
    for (std::size_t done = 0; done < columns.size; done += kTileColumns) {
        const std::size_t count = std::min(kTileColumns, columns.size - done);
        const std::size_t width = vectors_for(count) * kLanes;
        const Range panel{columns.begin + done, count};
        if (operand.transposed) {
            transpose_pairs(operand, panel, depths, to, width);
        } else {
            for (std::size_t step = 0; step < steps; ++step) {
                pair_rows(operand, depths.begin + 2 * step, 2 * step + 1 < depths.size, panel,
                          kPadB, to + step * width);
            }
        }
        for (std::size_t step = 0; step < steps && count < width; ++step) {
            std::fill(to + step * width + count, to + (step + 1) * width, 0U);
        }
        to += steps * width;
    }
}

// As pack_a(), of pairs.
void pack_pairs_a(const Operand& operand, Range rows, Range depths, float* floats) {
    auto* to = reinterpret_cast<std::uint32_t*>(floats);
    if (operand.transposed) {
        for (std::size_t step = 0; step < steps_of<Source::Pairs>(depths.size); ++step) {
            const std::size_t k = depths.begin + 2 * step;
            const bool has_second = 2 * step + 1 < depths.size;
            // Also what follows the rows there, where that saves a loop over the last few.
            const std::size_t end = (k + 1) * operand.ld + 2 * (rows.begin + kColumnStride);
            const bool whole =
                operand.format == OperandFormat::Bf16 && has_second && end <= operand.data.size();
            pair_rows(operand, k, has_second, {rows.begin, whole ? kColumnStride : rows.size},
                      kPadA, to + step * kColumnStride);
        }
        return;
    }
    for (std::size_t row = 0; row < rows.size; ++row) {
        pair_row(operand, rows.begin + row, depths, kPadA, to + row * kRowStride);
    }
}

// The least magnitude of a matrix of words but for zeros, less 1; all ones if all are zeros.
template <typename Word>
Word least_less_one(const std::byte* data, std::size_t ld, std::size_t rows, std::size_t columns) {
    const hn::ScalableTag<Word> words;
    constexpr Word kAll = static_cast<Word>(~Word{0});
    constexpr std::size_t kCount = hn::MaxLanes(words);
    const auto magnitude = hn::Set(words, kAll >> 1);
    const auto one = hn::Set(words, Word{1});
    auto least = hn::Set(words, kAll);
    for (std::size_t row = 0; row < rows; ++row, data += ld) {
        const auto* from = reinterpret_cast<const Word*>(data);
        std::size_t i = 0;
        for (; i + kCount <= columns; i += kCount) {
            const auto word = hn::And(hn::LoadU(words, from + i), magnitude);
            least = hn::Min(least, hn::Sub(word, one));
        }
        if (i < columns) {
            const auto rest = hn::MaskedLoad(hn::FirstN(words, columns - i), words, from + i);
            least = hn::Min(least, hn::Sub(hn::And(rest, magnitude), one));
        }
    }
    alignas(64) Word lanes[kCount];
    hn::Store(least, words, lanes);
    return *std::min_element(lanes, lanes + kCount);
}

bool is_zero(const Operand& operand, std::size_t row, Range columns) {
    const std::byte* from =
        operand.data.data() + row * operand.ld + row_bytes(operand.format, columns.begin);
    constexpr std::array<std::byte, kMxBlock> kZeros{};
    if (std::memcmp(from, kZeros.data(), row_bytes(operand.format, columns.size)) == 0) {
        return true;
    }
    alignas(64) float element[kMxBlock];
    decode_row(operand, row, columns, element);  // some may be -0
    return std::all_of(element, element + columns.size, [](float value) { return value == 0; });
}

// The least scale of a block that is not all zeros or NaN; 0xFF: there is none.
int least_scale(const Operand& operand, std::size_t rows, std::size_t columns) {
    int least = 0xFF;
    for (std::size_t row = 0; row < rows; ++row) {
        const std::byte* scales = operand.scales.data() + row * operand.scale_ld;
        for (std::size_t begin = 0; begin < columns; begin += kMxBlock) {
            const int scale = std::to_integer<int>(scales[begin / kMxBlock]);
            const Range block{begin, std::min(kMxBlock, columns - begin)};
            if (scale < least && !is_zero(operand, row, block)) {
                least = scale;
            }
        }
    }
    return least;
}

// All finite numbers of an operand of so many stored rows and columns are multiples of 2 to this
// power, which is above 0 where all are zeros.
int grid_of(const Operand& operand, std::size_t rows, std::size_t columns) {
    constexpr int kBias = 127;
    if (operand.format == OperandFormat::Bf16) {
        constexpr int kFractionBits = 7;
        const auto least =
            least_less_one<std::uint16_t>(operand.data.data(), operand.ld, rows, columns);
        return std::max((least + 1) >> kFractionBits, 1) - kBias - kFractionBits;
    }
    const int of_elements = std::ilogb(fp32_from_element(operand.format, 1));
    if (!has_scales(operand.format)) {
        return of_elements;
    }
    return least_scale(operand, rows, columns) - kBias + of_elements;
}

// Whether no number of a product is subnormal, wherever it is cut: the instruction takes such as
// zero. If all elements of A are multiples of 2^a, those of B of 2^b, and what C starts from of
// 2^c, all sums are multiples of the least of 2^(a + b) and 2^c, as rounding only makes them
// multiples of more. A multiple of 2^-126, FP32's least normal number, is zero or normal.
bool meets_no_subnormal(const GemmArgs& args) {
    constexpr int kLeastNormal = -126;
    const int a =
        args.a.transposed ? grid_of(args.a, args.k, args.m) : grid_of(args.a, args.m, args.k);
    const int b =
        args.b.transposed ? grid_of(args.b, args.n, args.k) : grid_of(args.b, args.k, args.n);
    if (std::min({a, b, a + b}) < kLeastNormal) {
        return false;
    }
    // The least number whose last bit, 23 below its first, counts 2^-126.
    constexpr std::uint32_t kLeastC = std::bit_cast<std::uint32_t>(0x1p-103F);
    return !args.accumulate || least_less_one<std::uint32_t>(args.c.data.data(), args.c.ld, args.m,
                                                             args.n) >= kLeastC - 1;
}

#if HWY_TARGET == HWY_AVX3
// Whether this CPU has the instruction, and it adds as two fused multiply-adds in the order above
// (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VDPBF16PS). Tried on
// numbers of which a tenth would round differently: no bit may hang on a promise.
bool adds_pairs_in_order() {
    if (!__builtin_cpu_supports("avx512bf16")) {
        return false;
    }
    constexpr int kTrials = 64;
    const Fp32Tag fp32;
    std::uint32_t state = 1;
    // A sign, one of 16 exponents around 1, and so many of the uppermost bits of the fraction.
    const auto draw = [&state](unsigned fraction_bits) {
        const unsigned dropped = 23 - fraction_bits;
        state = state * 1664525 + 1013904223;
        const std::uint32_t fraction = state >> 9 >> dropped << dropped;
        state = state * 1664525 + 1013904223;
        const std::uint32_t exponent = 119 + (state >> 28);
        return (state >> 4 & 1) << 31 | exponent << 23 | fraction;
    };
    alignas(64) std::uint32_t a[2][kLanes];
    alignas(64) std::uint32_t b[2][kLanes];
    alignas(64) std::uint32_t pairs[2][kLanes];
    alignas(64) float sum[kLanes];
    alignas(64) float found[kLanes];
    bool is_right = true;
    for (int trial = 0; trial < kTrials; ++trial) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            for (int half = 0; half < 2; ++half) {
                a[half][lane] = draw(7);
                b[half][lane] = draw(7);
            }
            pairs[0][lane] = pair_of(a[0][lane], a[1][lane]);
            pairs[1][lane] = pair_of(b[0][lane], b[1][lane]);
            sum[lane] = std::bit_cast<float>(draw(23));
        }
        const auto load = [&](const std::uint32_t* from) HWY_ATTR {
            return hn::Load(fp32, reinterpret_cast<const float*>(from));
        };
        const auto start = hn::Load(fp32, sum);
        hn::Store(add_products<Source::Pairs>(load(pairs[0]), load(pairs[1]), start), fp32, found);
        const auto first = hn::MulAdd(load(a[0]), load(b[0]), start);
        hn::Store(hn::MulAdd(load(a[1]), load(b[1]), first), fp32, sum);
        is_right = is_right && std::memcmp(found, sum, sizeof sum) == 0;
    }
    return is_right;
}
#endif

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
