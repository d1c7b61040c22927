// SPDX-License-Identifier: Apache-2.0
// Decoded instructions as text, and what they do to registers and memory: for traces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "riscv/decode.h"

namespace athena::riscv {

/// ABI names: "a0", "fa0". `index` 0 to 31.
[[nodiscard]] std::string_view integer_register_name(unsigned index);
[[nodiscard]] std::string_view float_register_name(unsigned index);

/// The name of a control and status register that the hart has, or nothing.
[[nodiscard]] std::string_view csr_name(unsigned number);

/// GNU syntax without aliases, compressed instructions as such, one space before the operands:
/// "c.mv a0,a1", "fence iorw,iorw", "beq a0,a1,0x80000010". Illegal ones are ".4byte 0x..." or
/// ".2byte 0x...".
[[nodiscard]] std::string disassemble(const Instruction& instruction, std::uint64_t pc);

enum class Destination : std::uint8_t { None, Integer, Float };

/// Of an instruction that does not trap.
struct Effects {
    Destination destination = Destination::None;  ///< what rd names
    std::uint8_t access_size = 0;                 ///< bytes of memory at x[rs1] + immediate, or 0
    bool loads = false;
    bool stores = false;        ///< rs2, or, with `loads`, an atomic that may store
    bool stores_float = false;  ///< rs2 is a floating-point register
};
[[nodiscard]] Effects effects_of(const Instruction& instruction);

}  // namespace athena::riscv
