// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "riscv/state.h"

namespace athena::riscv {

/// "load page fault", "machine timer interrupt" (Volume II, table 3.6); "cause 24" for what the
/// manual reserves.
[[nodiscard]] std::string trap_name(bool interrupt, std::uint64_t cause);

[[nodiscard]] constexpr char privilege_letter(Privilege privilege) {
    return privilege == Privilege::Machine ? 'M' : privilege == Privilege::Supervisor ? 'S' : 'U';
}

}  // namespace athena::riscv
