// SPDX-License-Identifier: Apache-2.0
// The specification of quantising to the MX formats (docs/vector-numerics.md).
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "numerics/fp32_environment.h"
#include "numerics/mx.h"
#include "numerics/quantise.h"
#include "numerics/vector_arguments.h"

namespace athena::numerics {
namespace {

/// Without infinities: all ones is the largest number.
std::uint8_t clamped_minifloat(const Minifloat& format, float value) {
    const Rounded rounded = round_to_minifloat(format, value);
    const unsigned bits = static_cast<unsigned>(format.exponent_bits + format.fraction_bits);
    const std::uint32_t largest = (1U << bits) - 1;
    return static_cast<std::uint8_t>(rounded.sign << bits | std::min(rounded.magnitude, largest));
}

std::uint8_t element_of(OperandFormat format, float value) {
    switch (format) {
        case OperandFormat::Mxfp8E4m3:
            return e4m3_from_fp32(value, true);
        case OperandFormat::Mxfp8E5m2:
            return e5m2_from_fp32(value, true);
        case OperandFormat::Mxfp6E3m2:
            return clamped_minifloat(kE3m2, value);
        case OperandFormat::Mxfp6E2m3:
            return clamped_minifloat(kE2m3, value);
        case OperandFormat::Mxfp4:
            return clamped_minifloat(kE2m1, value);
        default:
            break;
    }
    const float sixty_fourths = std::nearbyint(value * 64.0F);
    return static_cast<std::uint8_t>(
        static_cast<std::int8_t>(std::clamp(sixty_fourths, -127.0F, 127.0F)));
}

/// 2^exponent, from -127, which is subnormal, to 127.
float power(int exponent) {
    return exponent == -127 ? power_of_two(-126) / 2 : power_of_two(exponent);
}

/// Into bytes that are 0 so far.
void add_element(const QuantiseArgs& args, std::size_t row, std::size_t column,
                 std::uint32_t element) {
    const std::size_t first = column * element_bits(args.format);
    const std::uint32_t placed = element << first % 8;
    const std::span<std::byte> bytes = args.elements.subspan(row * args.element_ld + first / 8);
    bytes[0] |= static_cast<std::byte>(placed);
    if (placed > 0xFF) {
        bytes[1] |= static_cast<std::byte>(placed >> 8);
    }
}

}  // namespace

void check_arguments(const QuantiseArgs& args) {
    if (!has_scales(args.format)) {
        throw std::invalid_argument("vector operation: the format has no scales");
    }
    check_real("x", args.x, {args.rows, args.columns});
    const std::size_t rows = args.along_columns ? args.columns : args.rows;
    const std::size_t columns = args.along_columns ? args.rows : args.columns;
    const auto bytes = [](std::span<std::byte> data, std::size_t ld) {
        return VectorOutput{.data = data, .ld = ld, .format = VectorFormat::E4m3};
    };
    check_output("elements", bytes(args.elements, args.element_ld), rows,
                 row_bytes(args.format, columns));
    check_output("scales", bytes(args.scales, args.scale_ld), rows,
                 (columns + kMxBlock - 1) / kMxBlock);
}

std::uint8_t quantise_block(OperandFormat format, std::span<const float> values,
                            std::span<std::uint8_t> elements) {
    float largest = 0;
    bool is_finite = true;
    for (const float value : values) {
        is_finite = is_finite && std::isfinite(value);
        largest = std::max(largest, std::abs(value));
    }
    if (!is_finite) {
        std::ranges::fill(elements.first(values.size()), std::uint8_t{0});
        return 0xFF;
    }
    const int exponent =
        largest == 0 ? -127 : std::clamp(std::ilogb(largest) - largest_exponent(format), -127, 127);
    for (std::size_t i = 0; i < values.size(); ++i) {
        elements[i] = element_of(format, values[i] * power(-exponent));
    }
    return static_cast<std::uint8_t>(exponent + 127);
}

void quantise_reference(const QuantiseArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    const std::size_t rows = args.along_columns ? args.columns : args.rows;
    const std::size_t columns = args.along_columns ? args.rows : args.columns;
    for (std::size_t row = 0; row < rows; ++row) {
        std::ranges::fill(
            args.elements.subspan(row * args.element_ld, row_bytes(args.format, columns)),
            std::byte{0});
        for (std::size_t first = 0; first < columns; first += kMxBlock) {
            const std::size_t count = std::min<std::size_t>(kMxBlock, columns - first);
            std::array<float, kMxBlock> values{};
            std::array<std::uint8_t, kMxBlock> elements{};
            for (std::size_t i = 0; i < count; ++i) {
                values[i] = args.along_columns ? load(args.x, first + i, row)
                                               : load(args.x, row, first + i);
            }
            const std::uint8_t scale =
                quantise_block(args.format, std::span(values).first(count), elements);
            for (std::size_t i = 0; i < count; ++i) {
                add_element(args, row, first + i, elements[i]);
            }
            args.scales[row * args.scale_ld + first / kMxBlock] = std::byte{scale};
        }
    }
}

}  // namespace athena::numerics
