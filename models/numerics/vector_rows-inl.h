// SPDX-License-Identifier: Apache-2.0
// Rows of the vector operations as runs of FP32, once per Highway target.
#if defined(ATHENA_NUMERICS_VECTOR_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHENA_NUMERICS_VECTOR_ROWS_INL_H
#undef ATHENA_NUMERICS_VECTOR_ROWS_INL_H
#else
#define ATHENA_NUMERICS_VECTOR_ROWS_INL_H
#endif

#include <algorithm>
#include <bit>
#include <cstring>

#include "numerics/decode-inl.h"
#include "numerics/elementary-inl.h"
#include "numerics/vector_arithmetic.h"
#include "numerics/vector_operand.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

static_assert(kPartials % kLanes == 0);

// `count` floats, or the bits of integers, from a run in memory.
HWY_INLINE void decode_elements(const VectorInput& input, std::size_t row, std::size_t begin,
                                std::size_t count, float* to) {
    const std::byte* from =
        input.data.data() + row * input.ld + begin * element_bytes(input.format);
    switch (input.format) {
        case VectorFormat::Bf16: {
            std::size_t i = 0;
            for (; i + kLanes <= count; i += kLanes) {
                hn::StoreU(decode_bf16(from + 2 * i), Fp32Tag(), to + i);
            }
            for (; i < count; ++i) {
                to[i] = std::bit_cast<float>(load_bits(VectorFormat::Bf16, from + 2 * i));
            }
            return;
        }
        case VectorFormat::E4m3:
            return decode_codes<OperandFormat::E4m3>(from, nullptr, count, to);
        case VectorFormat::E5m2:
            return decode_codes<OperandFormat::E5m2>(from, nullptr, count, to);
        default:
            std::memcpy(to, from, count * sizeof(float));
    }
}

// Columns [begin, begin + count) of a row: where they lie if they are 4-byte elements, else in
// `scratch`.
HWY_INLINE const float* read_run(const VectorInput& input, std::size_t row, std::size_t begin,
                                 std::size_t count, float* scratch) {
    if (input.spread != Spread::Matrix) {
        std::fill_n(scratch, count, load(input, row, 0));
        return scratch;
    }
    if (element_bytes(input.format) == sizeof(float)) {
        return reinterpret_cast<const float*>(input.data.data() + row * input.ld) + begin;
    }
    decode_elements(input, row, begin, count, scratch);
    return scratch;
}

// As store_bits(): FP32 and integers as they are.
HWY_INLINE void write_run(const VectorOutput& output, std::size_t row, std::size_t begin,
                          std::size_t count, const float* from) {
    const std::size_t bytes = element_bytes(output.format);
    std::byte* const to = output.data.data() + row * output.ld + begin * bytes;
    if (bytes == sizeof(float)) {
        if (reinterpret_cast<const std::byte*>(from) != to) {
            std::memcpy(to, from, count * bytes);
        }
        return;
    }
    const Fp32Tag fp32;
    const auto write = [&](Vector value, std::byte* at) {
        switch (output.format) {
            case VectorFormat::Bf16:
                store(value, at, Finish::Bf16);
                break;
            case VectorFormat::E4m3:
                store_fp8(value, at, Finish::E4m3, output.saturate);
                break;
            default:
                store_fp8(value, at, Finish::E5m2, output.saturate);
        }
    };
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        write(hn::LoadU(fp32, from + i), to + i * bytes);
    }
    if (i < count) {
        alignas(64) float rest[kLanes] = {};
        alignas(64) std::byte written[kLanes * 2];
        std::copy(from + i, from + count, rest);
        write(hn::Load(fp32, rest), written);
        std::memcpy(to + i * bytes, written, (count - i) * bytes);
    }
}

// Where the results of a run may be put: in place, or in `scratch` for write_run().
HWY_INLINE float* run_target(const VectorOutput& output, std::size_t row, std::size_t begin,
                             float* scratch) {
    return element_bytes(output.format) == sizeof(float)
               ? reinterpret_cast<float*>(output.data.data() + row * output.ld) + begin
               : scratch;
}

HWY_INLINE Vector canonical(Vector value) {
    return elementary::canonical(Fp32Tag(), value);
}

HWY_INLINE Vector maximum(Vector a, Vector b) {
    const auto either = hn::IfThenElse(hn::Gt(a, b), a, b);
    const auto ordered = hn::IfThenElse(hn::Eq(a, b), hn::And(a, b), either);
    const auto nan = hn::BitCast(Fp32Tag(), hn::Set(BitsTag(), kCanonicalNanFp32));
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::IsNaN(b)), nan, ordered);
}

HWY_INLINE Vector minimum(Vector a, Vector b) {
    const auto either = hn::IfThenElse(hn::Lt(a, b), a, b);
    const auto ordered = hn::IfThenElse(hn::Eq(a, b), hn::Or(a, b), either);
    const auto nan = hn::BitCast(Fp32Tag(), hn::Set(BitsTag(), kCanonicalNanFp32));
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::IsNaN(b)), nan, ordered);
}

#endif  // HWY_NATIVE_FMA

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
