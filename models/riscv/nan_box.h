// SPDX-License-Identifier: Apache-2.0
// Single precision in 64-bit registers (Volume I, 12.2).
#pragma once

#include <cstdint>

#include "riscv/fp_soft.h"

namespace athena::riscv {

constexpr std::uint64_t box(std::uint32_t bits) {
    return 0xFFFF'FFFF'0000'0000 | bits;
}

template <typename Bits>
constexpr Bits unbox(std::uint64_t value) {
    if constexpr (sizeof(Bits) == 8) {
        return value;
    } else {
        return __builtin_expect(value >> 32 == 0xFFFF'FFFF, 1) ? static_cast<Bits>(value)
                                                               : fp::Format<Bits>::kNan;
    }
}

}  // namespace athena::riscv
