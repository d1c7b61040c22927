// SPDX-License-Identifier: Apache-2.0
// Registers as GDB numbers them for RISC-V, and their description for it (target.xml).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace athena::sim::gdb {

/// x0 to x31, pc, f0 to f31, then 4096 control and status registers, then the privilege.
inline constexpr std::uint64_t kPc = 32;
inline constexpr std::uint64_t kFirstFloat = 33;
inline constexpr std::uint64_t kFirstCsr = 65;
inline constexpr std::uint64_t kCsrs = 4096;
inline constexpr std::uint64_t kPrivilege = kFirstCsr + kCsrs;
/// Registers of a g packet.
inline constexpr std::uint64_t kGeneral = kPc + 1;

struct Csr {
    unsigned number = 0;
    std::string_view name;
};

/// Of a machine with these control and status registers.
[[nodiscard]] std::string describe_registers(std::span<const Csr> csrs);

}  // namespace athena::sim::gdb
