// SPDX-License-Identifier: Apache-2.0
// From FP32 to the OCP MX formats (docs/vector-numerics.md; OCP Microscaling Formats 1.0, 6.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "numerics/formats.h"
#include "numerics/vector_operand.h"

namespace athena::numerics {

/// The exponent of the largest normal number (OCP MX 1.0, table 1); of MXINT8 of 1.
[[nodiscard]] constexpr int largest_exponent(OperandFormat format) {
    switch (format) {
        case OperandFormat::Mxfp8E4m3:
            return 8;
        case OperandFormat::Mxfp8E5m2:
            return 15;
        case OperandFormat::Mxfp6E3m2:
            return 4;
        case OperandFormat::Mxfp6E2m3:
        case OperandFormat::Mxfp4:
            return 2;
        default:
            return 0;
    }
}

/// One block: up to 32 values to elements (a byte each here) and the scale that is returned. With m
/// the largest magnitude: a NaN or infinity among them gives scale 0xFF and elements 0; m = 0 scale
/// 0x00 and zeros with their sign (of MXINT8 plain 0); otherwise the scale is 2^e, e = clamp(floor
/// (log2 m) - emax, -127, 127), and the elements are value * 2^-e, rounded once to nearest even and
/// clamped to the largest normal number (MXINT8: ±127).
[[nodiscard]] std::uint8_t quantise_block(OperandFormat format, std::span<const float> values,
                                          std::span<std::uint8_t> elements);

/// Elements are packed, the first in the lowest bits, the last byte filled with zeros; rows lie
/// `element_ld` bytes apart; scales are a
/// byte for each 32 elements begun, rows `scale_ld` bytes apart. Along rows: [rows][columns] to the
/// same. Along columns: the result is transposed, [columns][rows], so that what is contracted over
/// is contiguous.
struct QuantiseArgs {
    OperandFormat format = OperandFormat::Mxfp8E4m3;  ///< one with scales
    std::size_t rows = 0;
    std::size_t columns = 0;
    bool along_columns = false;
    VectorInput x{};
    std::span<std::byte> elements{};
    std::size_t element_ld = 0;
    std::span<std::byte> scales{};
    std::size_t scale_ld = 0;
};

/// The scalar specification. Throws std::invalid_argument, with nothing written, if an operand does
/// not fit or the format has no scales. Floating-point environment as elementwise().
void quantise_reference(const QuantiseArgs& args);
/// By SIMD; the same bits.
void quantise(const QuantiseArgs& args);

}  // namespace athena::numerics
