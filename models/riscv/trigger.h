// SPDX-License-Identifier: Apache-2.0
// The hart's one trigger: an address match, mcontrol of type 2 ("RISC-V External Debug Support"
// 0.13.2, 5.2). What is not named here is read-only 0: action is a breakpoint exception, taken
// before the instruction has any effect; match is equality; size is any.
#pragma once

#include <cstdint>

namespace athena::riscv::trigger {

// Bits of tdata1.
inline constexpr std::uint64_t kLoad = 1 << 0;
inline constexpr std::uint64_t kStore = 1 << 1;
inline constexpr std::uint64_t kExecute = 1 << 2;
inline constexpr std::uint64_t kUser = 1 << 3;
inline constexpr std::uint64_t kSupervisor = 1 << 4;
inline constexpr std::uint64_t kMachine = 1 << 6;
inline constexpr std::uint64_t kWritable =
    kLoad | kStore | kExecute | kUser | kSupervisor | kMachine;
inline constexpr unsigned kTypeShift = 60;
inline constexpr std::uint64_t kAddressMatch = 2;  ///< the type

// Bits of tcontrol: in M-mode the trigger fires only with MTE; a trap to M-mode saves it in MPTE
// and clears it, MRET brings it back.
inline constexpr std::uint64_t kMte = 1 << 3;
inline constexpr std::uint64_t kMpte = 1 << 7;

}  // namespace athena::riscv::trigger
