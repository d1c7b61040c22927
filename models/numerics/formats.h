// SPDX-License-Identifier: Apache-2.0
// The number formats of operands and results. Values are those of the matmul descriptor's mode
// fields (models/command/descriptor.regs.toml).
#pragma once

#include <cstddef>
#include <cstdint>

#include "numerics/bf16.h"
#include "numerics/mx.h"
#include "numerics/ofp8.h"

namespace athena::numerics {

enum class OperandFormat : std::uint8_t {
    Bf16 = 0,
    E4m3 = 1,
    E5m2 = 2,
    Mxfp8E4m3 = 3,
    Mxfp8E5m2 = 4,
    Mxfp6E3m2 = 5,
    Mxfp6E2m3 = 6,
    Mxfp4 = 7,
    Mxint8 = 8,
};
inline constexpr unsigned kOperandFormats = 9;

enum class ResultFormat : std::uint8_t { Fp32 = 0, Bf16 = 1, E4m3 = 2, E5m2 = 3 };
inline constexpr unsigned kResultFormats = 4;

[[nodiscard]] constexpr std::uint32_t element_bits(OperandFormat format) {
    switch (format) {
        case OperandFormat::Bf16:
            return 16;
        case OperandFormat::Mxfp6E3m2:
        case OperandFormat::Mxfp6E2m3:
            return 6;
        case OperandFormat::Mxfp4:
            return 4;
        default:
            return 8;
    }
}

// Whether each 32 elements have a scale.
[[nodiscard]] constexpr bool has_scales(OperandFormat format) {
    return format >= OperandFormat::Mxfp8E4m3;
}

[[nodiscard]] constexpr std::uint32_t element_bytes(ResultFormat format) {
    switch (format) {
        case ResultFormat::Fp32:
            return 4;
        case ResultFormat::Bf16:
            return 2;
        default:
            return 1;
    }
}

[[nodiscard]] constexpr bool is_fp8(ResultFormat format) {
    return element_bytes(format) == 1;
}

// The bytes of a row; the last may hold less than a whole element.
[[nodiscard]] constexpr std::uint64_t row_bytes(OperandFormat format, std::uint64_t elements) {
    return elements / 8 * element_bits(format) + (elements % 8 * element_bits(format) + 7) / 8;
}

// One element without its scale.
[[nodiscard]] constexpr float fp32_from_element(OperandFormat format, std::uint16_t bits) {
    const auto byte = static_cast<std::uint8_t>(bits);
    switch (format) {
        case OperandFormat::Bf16:
            return fp32_from_bf16(bits);
        case OperandFormat::E4m3:
        case OperandFormat::Mxfp8E4m3:
            return fp32_from_e4m3(byte);
        case OperandFormat::E5m2:
        case OperandFormat::Mxfp8E5m2:
            return fp32_from_e5m2(byte);
        case OperandFormat::Mxfp6E3m2:
            return fp32_from_e3m2(byte);
        case OperandFormat::Mxfp6E2m3:
            return fp32_from_e2m3(byte);
        case OperandFormat::Mxfp4:
            return fp32_from_e2m1(byte);
        case OperandFormat::Mxint8:
            break;
    }
    return fp32_from_mxint8(byte);
}

}  // namespace athena::numerics
