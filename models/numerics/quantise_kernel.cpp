// SPDX-License-Identifier: Apache-2.0
// Quantising to the MX formats by SIMD. It equals quantise_reference.cpp bit for bit: along rows a
// block lies in neighbouring lanes, along columns each lane has a block of its own.
#include <algorithm>
#include <array>
#include <cstring>

#include "numerics/fp32_environment.h"
#include "numerics/mx.h"
#include "numerics/packed_elements.h"
#include "numerics/quantise.h"
#include "numerics/simd_targets.h"
#include "numerics/vector_arguments.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/quantise_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/vector_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

using Bits = hn::Vec<BitsTag>;

constexpr std::uint32_t kInfinityBits = 0x7F80'0000;
constexpr std::uint32_t kMagnitudeMask = 0x7FFF'FFFF;

// The elements of a block, a byte each.
struct Block {
    alignas(64) std::array<std::uint8_t, kMxBlock> codes;
};

constexpr std::uint32_t largest_magnitude(OperandFormat format) {
    switch (format) {
        case OperandFormat::Mxfp8E4m3:
            return kLargestE4m3;
        case OperandFormat::Mxfp8E5m2:
            return kLargestE5m2;
        default:
            return (1U << (element_bits(format) - 1)) - 1;
    }
}

// Finite values, scaled, as elements.
template <OperandFormat kFormat>
HWY_INLINE Bits encode(Vector value) {
    const Fp32Tag fp32;
    const BitsTag bits;
    if constexpr (kFormat == OperandFormat::Mxint8) {
        const hn::RebindToSigned<BitsTag> integers;
        const auto nearest = hn::NearestInt(hn::Mul(value, hn::Set(fp32, 64.0F)));
        const auto clamped =
            hn::Min(hn::Max(nearest, hn::Set(integers, -127)), hn::Set(integers, 127));
        return hn::And(hn::BitCast(bits, clamped), hn::Set(bits, 0xFF));
    } else {
        constexpr Minifloat kShape = shape_of(kFormat);
        constexpr int kSign = 31 - kShape.exponent_bits - kShape.fraction_bits;
        const Bits raw = hn::BitCast(bits, value);
        const Bits magnitude = hn::And(raw, hn::Set(bits, kMagnitudeMask));
        const Bits rounded = round_to_minifloat<kShape.fraction_bits, kShape.bias>(magnitude);
        const Bits sign = hn::ShiftRight<kSign>(hn::Xor(raw, magnitude));
        return hn::Or(hn::Min(rounded, hn::Set(bits, largest_magnitude(kFormat))), sign);
    }
}

// The scale of a block whose largest magnitude has these bits; above it, of a NaN or infinity.
template <OperandFormat kFormat>
HWY_INLINE std::uint32_t scale_of(std::uint32_t largest) {
    constexpr auto kExponent = static_cast<std::uint32_t>(largest_exponent(kFormat));
    const std::uint32_t field = largest >> 23;
    return field == 0xFF ? 0xFF : field - std::min(field, kExponent);
}
template <OperandFormat kFormat>
HWY_INLINE Bits scale_of(Bits largest) {
    const BitsTag bits;
    const Bits exponent = hn::Set(bits, static_cast<std::uint32_t>(largest_exponent(kFormat)));
    const Bits field = hn::ShiftRight<23>(largest);
    const auto is_finite = hn::Lt(largest, hn::Set(bits, kInfinityBits));
    return hn::IfThenElse(is_finite, hn::Sub(field, hn::Min(field, exponent)), field);
}

// The inverse of a scale that is not 0xFF.
HWY_INLINE Vector inverse_of(Bits scale) {
    const BitsTag bits;
    const Bits field = hn::Sub(hn::Set(bits, 254), scale);
    const auto is_zero = hn::Eq(field, hn::Zero(bits));
    // 2^-127 is subnormal.
    return hn::BitCast(
        Fp32Tag(), hn::IfThenElse(is_zero, hn::Set(bits, 0x0040'0000), hn::ShiftLeft<23>(field)));
}

// The first `count` elements of a block; those behind them are 0.
template <OperandFormat kFormat>
HWY_INLINE void put(const Block& block, std::size_t count, std::byte* to) {
    constexpr unsigned kBits = element_bits(kFormat);
    if constexpr (kBits == 8) {
        std::memcpy(to, block.codes.data(), count);
    } else {
        std::array<std::byte, 4 * kBits + 8> row;
        for (std::size_t i = 0; i < kMxBlock / 8; ++i) {
            std::uint64_t bytes = 0;
            std::memcpy(&bytes, block.codes.data() + 8 * i, sizeof bytes);
            bytes = packed<kBits>(bytes);
            std::memcpy(row.data() + kBits * i, &bytes, sizeof bytes);
        }
        std::memcpy(to, row.data(), row_bytes(kFormat, count));
    }
}

// kMxBlock values; returns their scale.
template <OperandFormat kFormat>
HWY_INLINE std::uint8_t quantise_run(const float* values, Block& block) {
    const Fp32Tag fp32;
    const BitsTag bits;
    const hn::RebindToSigned<BitsTag> integers;
    const hn::Rebind<std::uint8_t, Fp32Tag> bytes;
    Bits magnitudes = hn::Zero(bits);
    for (std::size_t i = 0; i < kMxBlock; i += kLanes) {
        const Bits raw = hn::BitCast(bits, hn::LoadU(fp32, values + i));
        magnitudes = hn::Max(magnitudes, hn::And(raw, hn::Set(bits, kMagnitudeMask)));
    }
    const std::uint32_t largest = hn::GetLane(hn::MaxOfLanes(bits, magnitudes));
    const std::uint32_t scale = scale_of<kFormat>(largest);
    if (scale == 0xFF) {
        block.codes = {};
        return 0xFF;
    }
    const Vector inverse = inverse_of(hn::Set(bits, scale));
    for (std::size_t i = 0; i < kMxBlock; i += kLanes) {
        const Bits codes = encode<kFormat>(hn::Mul(hn::LoadU(fp32, values + i), inverse));
        hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(integers, codes)), bytes,
                   block.codes.data() + i);
    }
    return static_cast<std::uint8_t>(scale);
}

// The first `count` of `room` columns, followed by zeros.
HWY_INLINE const float* padded_run(const VectorInput& x, std::size_t row, std::size_t begin,
                                   std::size_t count, std::size_t room, float* scratch) {
    const float* from = read_run(x, row, begin, count, scratch);
    if (count == room) {
        return from;
    }
    if (from != scratch) {
        std::copy_n(from, count, scratch);
    }
    std::fill(scratch + count, scratch + room, 0.0F);
    return scratch;
}

template <OperandFormat kFormat>
void quantise_rows(const QuantiseArgs& args) {
    alignas(64) float scratch[kMxBlock];
    Block block;
    for (std::size_t row = 0; row < args.rows; ++row) {
        std::byte* to = args.elements.data() + row * args.element_ld;
        std::byte* scale = args.scales.data() + row * args.scale_ld;
        for (std::size_t first = 0; first < args.columns; first += kMxBlock) {
            const std::size_t count = std::min(kMxBlock, args.columns - first);
            const float* values = padded_run(args.x, row, first, count, kMxBlock, scratch);
            *scale++ = std::byte{quantise_run<kFormat>(values, block)};
            put<kFormat>(block, count, to);
            to += 4 * element_bits(kFormat);
        }
    }
}

// kMxBlock rows of kLanes columns: a block and a scale for each lane.
template <OperandFormat kFormat>
HWY_INLINE void quantise_lanes(const std::array<const float*, kMxBlock>& rows,
                               std::array<Block, kLanes>& blocks, std::uint32_t* scales) {
    const Fp32Tag fp32;
    const BitsTag bits;
    Bits largest = hn::Zero(bits);
    for (const float* row : rows) {
        const Bits raw = hn::BitCast(bits, hn::LoadU(fp32, row));
        largest = hn::Max(largest, hn::And(raw, hn::Set(bits, kMagnitudeMask)));
    }
    const Bits scale = scale_of<kFormat>(largest);
    hn::StoreU(scale, bits, scales);
    const Vector inverse = inverse_of(scale);
    const auto is_finite = hn::Lt(largest, hn::Set(bits, kInfinityBits));
    // Four rows are the four bytes of a lane, and four of those a lane's 16 bytes.
    const auto four = [&](std::size_t row) HWY_ATTR {
        const auto code = [&](std::size_t i) HWY_ATTR {
            return encode<kFormat>(hn::Mul(hn::LoadU(fp32, rows[row + i]), inverse));
        };
        const Bits low = hn::Or(code(0), hn::ShiftLeft<8>(code(1)));
        const Bits high = hn::Or(hn::ShiftLeft<16>(code(2)), hn::ShiftLeft<24>(code(3)));
        return hn::IfThenElseZero(is_finite, hn::Or(low, high));
    };
    alignas(64) std::uint32_t turned[4 * kLanes];
    for (std::size_t row = 0; row < kMxBlock; row += 16) {
        hn::StoreInterleaved4(four(row), four(row + 4), four(row + 8), four(row + 12), bits,
                              turned);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            std::memcpy(blocks[lane].codes.data() + row, turned + 4 * lane, 16);
        }
    }
}

template <OperandFormat kFormat>
void quantise_columns(const QuantiseArgs& args) {
    alignas(64) float scratch[kMxBlock][kLanes];
    constexpr std::array<float, kLanes> kZeros{};
    std::array<const float*, kMxBlock> rows;
    std::array<Block, kLanes> blocks;
    std::uint32_t scales[kLanes];
    for (std::size_t first = 0; first < args.rows; first += kMxBlock) {
        const std::size_t count = std::min(kMxBlock, args.rows - first);
        std::byte* const to = args.elements.data() + first / 8 * element_bits(kFormat);
        std::byte* const scale = args.scales.data() + first / kMxBlock;
        for (std::size_t column = 0; column < args.columns; column += kLanes) {
            const std::size_t width = std::min(kLanes, args.columns - column);
            for (std::size_t row = 0; row < count; ++row) {
                rows[row] = padded_run(args.x, first + row, column, width, kLanes, scratch[row]);
            }
            std::fill(rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(), kZeros.data());
            quantise_lanes<kFormat>(rows, blocks, scales);
            for (std::size_t lane = 0; lane < width; ++lane) {
                put<kFormat>(blocks[lane], count, to + (column + lane) * args.element_ld);
                scale[(column + lane) * args.scale_ld] = static_cast<std::byte>(scales[lane]);
            }
        }
    }
}

template <OperandFormat kFormat>
void quantise_to(const QuantiseArgs& args) {
    args.along_columns ? quantise_columns<kFormat>(args) : quantise_rows<kFormat>(args);
}

void run(const QuantiseArgs& args) {
    switch (args.format) {
        case OperandFormat::Mxfp8E4m3:
            return quantise_to<OperandFormat::Mxfp8E4m3>(args);
        case OperandFormat::Mxfp8E5m2:
            return quantise_to<OperandFormat::Mxfp8E5m2>(args);
        case OperandFormat::Mxfp6E3m2:
            return quantise_to<OperandFormat::Mxfp6E3m2>(args);
        case OperandFormat::Mxfp6E2m3:
            return quantise_to<OperandFormat::Mxfp6E2m3>(args);
        case OperandFormat::Mxfp4:
            return quantise_to<OperandFormat::Mxfp4>(args);
        default:
            return quantise_to<OperandFormat::Mxint8>(args);
    }
}

#else  // the vectors' conversions are there with a vector FMA only

void run(const QuantiseArgs& args) {
    quantise_reference(args);
}

#endif

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::numerics {
namespace {
HWY_EXPORT(run);
}  // namespace

void quantise(const QuantiseArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run)(args);
}

}  // namespace athena::numerics
#endif
