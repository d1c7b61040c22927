// SPDX-License-Identifier: Apache-2.0
// A MATMUL line's fields as they stand, right or wrong: its matrices and the bytes that they would
// take. Own arithmetic, so that plans do not lean on the checks that they are to test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "regs/descriptor_regs.h"
#include "tile/matmul.h"

namespace athena::cosim {

using Line = std::array<std::byte, 64>;

inline constexpr std::uint64_t kAlignment = 32;   ///< of addresses; unit of leading dimensions
inline constexpr std::uint64_t kScaleBlock = 32;  ///< elements that share a scale
inline constexpr unsigned kOperandFormats = 9;
inline constexpr unsigned kResultFormats = 4;

/// Bits of an element; of values without a name 8.
[[nodiscard]] unsigned element_bits(regs::descriptor::OperandFormat format);
[[nodiscard]] unsigned element_bits(regs::descriptor::ResultFormat format);

[[nodiscard]] constexpr bool is_mx(regs::descriptor::OperandFormat format) {
    return format >= regs::descriptor::OperandFormat::Mxfp8E4m3;
}

/// A matrix as it is stored.
struct Part {
    std::uint64_t address = 0;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t ld = 0;  ///< in 32 bytes
    unsigned bits = 8;     ///< of an element

    [[nodiscard]] constexpr bool empty() const { return rows == 0 || columns == 0; }
    [[nodiscard]] constexpr std::uint64_t row_bytes() const { return (columns * bits + 7) / 8; }
    /// The least leading dimension that a row fits into.
    [[nodiscard]] constexpr std::uint64_t least_ld() const {
        return (row_bytes() + kAlignment - 1) / kAlignment;
    }
    [[nodiscard]] constexpr std::uint64_t size() const {
        return empty() ? 0 : (rows - 1) * ld * kAlignment + row_bytes();
    }
    [[nodiscard]] constexpr tile::Range range() const {
        return empty() ? tile::Range{} : tile::Range{address, address + size()};
    }
};

struct Shape {
    explicit Shape(const Line& line);

    std::uint64_t m = 0;
    std::uint64_t n = 0;
    std::uint64_t k = 0;
    bool a_is_mx = false;
    bool b_is_mx = false;
    Part a;
    Part b;
    Part c;
    Part a_scale;  ///< without elements unless A is MX
    Part b_scale;

    /// What the command reads besides C.
    [[nodiscard]] std::array<Part, 4> operands() const { return {a, b, a_scale, b_scale}; }
};

}  // namespace athena::cosim
