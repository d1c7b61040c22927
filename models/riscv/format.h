// SPDX-License-Identifier: Apache-2.0
// The last column of operations.inc: which fields an instruction has (Volume I, 2.2), and, of those
// with floating-point registers, which operands are integers and whether there is a rounding mode.
#pragma once

#include <cstdint>

namespace athena::riscv {

enum class Format : std::uint8_t {
    R,
    I,
    S,
    B,
    U,
    J,
    Shift,
    None,
    FpI,
    FpS,
    FpR,
    FpR4,
    FpRound,
    FpToInt,
    FpToIntRound,
};

}  // namespace athena::riscv
