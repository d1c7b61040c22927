// SPDX-License-Identifier: Apache-2.0
// Physical memory protection, 16 entries of 4-byte granularity (Volume II, 3.7).
#pragma once

#include <cstdint>

#include "riscv/state.h"

namespace athena::riscv {

enum class Access : std::uint8_t { Read, Write, Execute };

namespace pmp {
inline constexpr std::uint8_t kRead = 1;
inline constexpr std::uint8_t kWrite = 2;
inline constexpr std::uint8_t kExecute = 4;
inline constexpr std::uint8_t kLocked = 0x80;
}  // namespace pmp

struct PmpVerdict {
    std::uint8_t permissions = 0;  ///< kRead | kWrite | kExecute
    bool uniform = true;           ///< the same for every access within the bytes asked about
};

/// What `privilege` may do with [address, address + length). An entry that matches some of the
/// bytes only gives no permission, and `uniform` false.
[[nodiscard]] PmpVerdict pmp_check(const HartState& state, std::uint64_t address,
                                   std::uint64_t length, Privilege privilege);

/// Writes of pmpcfg bytes and pmpaddr that respect locks; return whether anything changed.
bool write_pmpcfg(HartState& state, unsigned entry, std::uint8_t value);
bool write_pmpaddr(HartState& state, unsigned entry, std::uint64_t value);

[[nodiscard]] constexpr std::uint8_t pmp_bit(Access access) {
    return access == Access::Read ? pmp::kRead
                                  : (access == Access::Write ? pmp::kWrite : pmp::kExecute);
}

}  // namespace athena::riscv
