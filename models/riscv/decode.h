// SPDX-License-Identifier: Apache-2.0
// RV64GC instruction words to records; knows nothing of execution. Reserved encodings are Illegal.
#pragma once

#include <cstdint>

namespace athena::riscv {

enum class Operation : std::uint8_t {
    Illegal,
#define RV_OPERATION(name, mask, match, format) name,
#include "riscv/operations.inc"
#undef RV_OPERATION
    Count,
};

/// Rounding modes of the rm field and frm (Volume I, 11.2).
enum class RoundingMode : std::uint8_t {
    NearestEven = 0,
    TowardZero = 1,
    Down = 2,
    Up = 3,
    NearestMaxMagnitude = 4,
    Dynamic = 7,
};

struct Instruction {
    Operation operation = Operation::Illegal;
    std::uint8_t rd = 0;
    std::uint8_t rs1 = 0;  ///< also the 5-bit immediate of the CSR instructions
    std::uint8_t rs2 = 0;
    std::uint8_t rs3 = 0;
    std::uint8_t length = 4;     ///< bytes: 2 or 4
    bool uses_fp = false;        ///< illegal while mstatus.FS is Off
    bool rounds = false;         ///< has an rm field, in `rounding`
    bool writes_integer = true;  ///< rd names an integer register
    RoundingMode rounding = RoundingMode::Dynamic;
    std::int32_t immediate = 0;  ///< sign-extended; shift amount; CSR number
    std::uint32_t bits = 0;      ///< as fetched: 16 or 32 bits
};

/// Whether the low half-word begins a 32-bit instruction.
[[nodiscard]] constexpr bool is_full_length(std::uint32_t half) {
    return (half & 3) == 3;
}

/// `bits`: a 32-bit instruction, or a compressed one in the low 16 bits (the rest is ignored).
[[nodiscard]] Instruction decode(std::uint32_t bits);

/// The 32-bit instruction that a compressed one stands for (Volume I, 16); 0, which is illegal, for
/// reserved encodings.
[[nodiscard]] std::uint32_t expand_compressed(std::uint32_t half);

}  // namespace athena::riscv
