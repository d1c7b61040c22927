// SPDX-License-Identifier: Apache-2.0
// Operands of the vector operations (docs/vector-numerics.md): matrices of FP32 or of what converts
// to and from it, with broadcasting.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "numerics/bf16.h"
#include "numerics/ofp8.h"

namespace athena::numerics {

/// Of an element in memory, little endian. Int32 is for indices, lengths and the integer
/// operations; the others are read as FP32, exactly, and written with one rounding.
enum class VectorFormat : std::uint8_t { Fp32 = 0, Bf16 = 1, E4m3 = 2, E5m2 = 3, Int32 = 4 };
inline constexpr unsigned kVectorFormats = 5;

[[nodiscard]] constexpr std::size_t element_bytes(VectorFormat format) {
    switch (format) {
        case VectorFormat::Fp32:
        case VectorFormat::Int32:
            return 4;
        case VectorFormat::Bf16:
            return 2;
        default:
            return 1;
    }
}

/// How an input gives a [rows][columns] matrix.
enum class Spread : std::uint8_t {
    Matrix = 0,    ///< an element for each; ld 0: one row for all
    Column = 1,    ///< one element a row, for all its columns; ld 0: one for all
    Immediate = 2  ///< no memory: the 32 bits of `immediate` (FP32 or Int32) for all
};

/// `data` starts at the first element; rows are `ld` bytes apart. Base and ld are multiples of the
/// element size.
struct VectorInput {
    std::span<const std::byte> data;
    std::size_t ld = 0;
    VectorFormat format = VectorFormat::Fp32;
    Spread spread = Spread::Matrix;
    std::uint32_t immediate = 0;
};

/// Rows do not overlap. An output may be exactly an input (same base, ld and element size) where
/// the operation says so; otherwise it shares no bytes with inputs or other outputs.
struct VectorOutput {
    std::span<std::byte> data;
    std::size_t ld = 0;
    VectorFormat format = VectorFormat::Fp32;
    bool saturate = false;  ///< FP8: overflow gives the largest number
};

/// The 32 bits of a value: of the FP32 number that the element stands for, or of the Int32.
[[nodiscard]] inline std::uint32_t load_bits(VectorFormat format, const std::byte* from) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, from, element_bytes(format));
    switch (format) {
        case VectorFormat::Bf16:
            return bits << 16;
        case VectorFormat::E4m3:
            return std::bit_cast<std::uint32_t>(fp32_from_e4m3(static_cast<std::uint8_t>(bits)));
        case VectorFormat::E5m2:
            return std::bit_cast<std::uint32_t>(fp32_from_e5m2(static_cast<std::uint8_t>(bits)));
        default:
            return bits;
    }
}

/// FP32 and Int32 are written as they are.
inline void store_bits(VectorFormat format, bool saturate, std::uint32_t bits, std::byte* to) {
    const auto value = std::bit_cast<float>(bits);
    switch (format) {
        case VectorFormat::Bf16:
            bits = bf16_from_fp32(value);
            break;
        case VectorFormat::E4m3:
            bits = e4m3_from_fp32(value, saturate);
            break;
        case VectorFormat::E5m2:
            bits = e5m2_from_fp32(value, saturate);
            break;
        default:
            break;
    }
    std::memcpy(to, &bits, element_bytes(format));
}

/// Element [row][column].
[[nodiscard]] inline std::uint32_t load_bits(const VectorInput& input, std::size_t row,
                                             std::size_t column) {
    if (input.spread == Spread::Immediate) {
        return input.immediate;
    }
    const std::size_t place = input.spread == Spread::Column ? 0 : column;
    return load_bits(input.format,
                     &input.data[row * input.ld + place * element_bytes(input.format)]);
}
[[nodiscard]] inline float load(const VectorInput& input, std::size_t row, std::size_t column) {
    return std::bit_cast<float>(load_bits(input, row, column));
}

inline void store_bits(const VectorOutput& output, std::size_t row, std::size_t column,
                       std::uint32_t bits) {
    store_bits(output.format, output.saturate, bits,
               &output.data[row * output.ld + column * element_bytes(output.format)]);
}
/// The result of arithmetic: any NaN becomes the one NaN.
inline void store(const VectorOutput& output, std::size_t row, std::size_t column, float value) {
    store_bits(output, row, column, std::bit_cast<std::uint32_t>(canonical(value)));
}

/// Throw std::invalid_argument, naming `name`, if a [rows][columns] matrix does not fit the span or
/// base or ld are not multiples of the element size.
void check_input(const char* name, const VectorInput& input, std::size_t rows, std::size_t columns);
void check_output(const char* name, const VectorOutput& output, std::size_t rows,
                  std::size_t columns);

}  // namespace athena::numerics
