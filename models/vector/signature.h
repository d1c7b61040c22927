// SPDX-License-Identifier: Apache-2.0
// What each operation of the vector core takes and gives.
#pragma once

#include <array>
#include <cstdint>

#include "regs/descriptor_regs.h"

namespace athena::vector {

/// Elements of an operand; None: the operation does not take it, its fields are zero.
enum class Extent : std::uint8_t {
    None,
    Full,          ///< [rows][columns]
    RowValues,     ///< [rows][1]
    RowPairs,      ///< [rows][2]
    ColumnValues,  ///< [1][columns]
    One,           ///< [1][1]
    Factors,       ///< [1][8]
    Table,         ///< [entries][columns]
    MxElements,    ///< of [rows][columns], or transposed
    MxScales
};

/// Whether it has a part for each row of the command.
[[nodiscard]] constexpr bool has_rows(Extent extent) {
    return extent == Extent::Full || extent == Extent::RowValues || extent == Extent::RowPairs;
}

/// Formats that an operand may have.
enum class Kind : std::uint8_t { Real, Fp32, Integer, Any };

struct Slot {
    Extent extent = Extent::None;
    Kind kind = Kind::Real;
};

struct Signature {
    std::array<Slot, 4> inputs{};   ///< a, b, c, d
    std::array<Slot, 3> outputs{};  ///< out, out1, out2
    bool accumulates = false;       ///< ACCUMULATE is allowed
    bool scales = false;            ///< `scale` is looked at
    bool offsets = false;           ///< `offset`
    bool counts = false;            ///< `seed`, `stream` and `first`
    bool in_place = false;          ///< an output may be exactly an input
    std::uint32_t passes = 1;       ///< cycles for each vector of lanes
    std::uint32_t row_cycles = 0;   ///< and for each row
};

/// Null for an operation that does not exist.
[[nodiscard]] const Signature* signature_of(regs::descriptor::VectorOperation operation);

}  // namespace athena::vector
