// SPDX-License-Identifier: Apache-2.0
// Loops that wait for somebody else: whose turns all do the same as long as memory stays as it is.
#pragma once

#include <span>

namespace athena::riscv {

/// Instructions of the loop that begins with the first byte of `code`, 0 if there is none: loads,
/// integer arithmetic and branches out of it, up to a jump or branch back to its start, in which
/// no register is read that the loop writes later. While nobody else writes memory, all turns after
/// one whole turn are equal to it.
[[nodiscard]] unsigned spin_length(std::span<const unsigned char> code);

}  // namespace athena::riscv
