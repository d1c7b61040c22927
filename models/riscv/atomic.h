// SPDX-License-Identifier: Apache-2.0
// What the atomic memory operations write (Volume I, 8.4).
#pragma once

#include "riscv/decode.h"

namespace athena::riscv {

/// The new value of a cell that holds `old`. Unsigned, Signed: of the cell's size.
template <typename Unsigned, typename Signed>
constexpr Unsigned combine(Operation operation, Unsigned old, Unsigned operand) {
    const auto a = static_cast<Signed>(old);
    const auto b = static_cast<Signed>(operand);
    switch (operation) {
        case Operation::AmoswapW:
        case Operation::AmoswapD:
            return operand;
        case Operation::AmoaddW:
        case Operation::AmoaddD:
            return old + operand;
        case Operation::AmoxorW:
        case Operation::AmoxorD:
            return old ^ operand;
        case Operation::AmoandW:
        case Operation::AmoandD:
            return old & operand;
        case Operation::AmoorW:
        case Operation::AmoorD:
            return old | operand;
        case Operation::AmominW:
        case Operation::AmominD:
            return a < b ? old : operand;
        case Operation::AmomaxW:
        case Operation::AmomaxD:
            return a > b ? old : operand;
        case Operation::AmominuW:
        case Operation::AmominuD:
            return old < operand ? old : operand;
        default:
            return old > operand ? old : operand;
    }
}

}  // namespace athena::riscv
