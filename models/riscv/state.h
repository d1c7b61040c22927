// SPDX-License-Identifier: Apache-2.0
// All of a hart that must survive a save; what it names by number is in Volume II, 20211203.
#pragma once

#include <array>
#include <cstdint>

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::riscv {

enum class Privilege : std::uint8_t { User = 0, Supervisor = 1, Machine = 3 };

/// Bits of mip and mie, and codes of interrupt causes.
enum class Interrupt : unsigned {
    SupervisorSoftware = 1,
    MachineSoftware = 3,
    SupervisorTimer = 5,
    MachineTimer = 7,
    SupervisorExternal = 9,
    MachineExternal = 11,
};

enum class Exception : unsigned {
    FetchMisaligned = 0,
    FetchAccess = 1,
    IllegalInstruction = 2,
    Breakpoint = 3,
    LoadMisaligned = 4,
    LoadAccess = 5,
    StoreMisaligned = 6,
    StoreAccess = 7,
    EcallFromUser = 8,
    EcallFromSupervisor = 9,
    EcallFromMachine = 11,
    FetchPage = 12,
    LoadPage = 13,
    StorePage = 15,
};

namespace mstatus {
inline constexpr std::uint64_t kSie = 1ULL << 1;
inline constexpr std::uint64_t kMie = 1ULL << 3;
inline constexpr std::uint64_t kSpie = 1ULL << 5;
inline constexpr std::uint64_t kMpie = 1ULL << 7;
inline constexpr std::uint64_t kSpp = 1ULL << 8;
inline constexpr unsigned kMppShift = 11;
inline constexpr std::uint64_t kMpp = 3ULL << kMppShift;
inline constexpr std::uint64_t kFs = 3ULL << 13;
inline constexpr std::uint64_t kMprv = 1ULL << 17;
inline constexpr std::uint64_t kSum = 1ULL << 18;
inline constexpr std::uint64_t kMxr = 1ULL << 19;
inline constexpr std::uint64_t kTvm = 1ULL << 20;
inline constexpr std::uint64_t kTw = 1ULL << 21;
inline constexpr std::uint64_t kTsr = 1ULL << 22;
inline constexpr std::uint64_t kUxl64 = 2ULL << 32;
inline constexpr std::uint64_t kSxl64 = 2ULL << 34;
inline constexpr std::uint64_t kSd = 1ULL << 63;
}  // namespace mstatus

namespace satp {
inline constexpr unsigned kModeShift = 60;
inline constexpr std::uint64_t kBare = 0;
inline constexpr std::uint64_t kSv39 = 8;
inline constexpr std::uint64_t kSv48 = 9;
}  // namespace satp

inline constexpr unsigned kPmpEntries = 16;
/// Register number that takes what is written to x0.
inline constexpr unsigned kDiscard = 32;

struct HartState {
    std::array<std::uint64_t, 33> x{};  ///< x[0] is always 0; x[kDiscard] means nothing
    std::array<std::uint64_t, 32> f{};  ///< single precision is NaN-boxed
    std::uint64_t pc = 0;
    Privilege privilege = Privilege::Machine;
    bool waiting = false;   ///< in WFI
    bool fp_dirty = false;  ///< mstatus.FS reads as Dirty
    bool reserved = false;
    std::uint8_t reserved_size = 0;
    std::uint64_t reserved_address = 0;  ///< physical

    std::uint64_t fflags = 0;
    std::uint64_t frm = 0;

    std::uint64_t mstatus = mstatus::kUxl64 | mstatus::kSxl64;  ///< without SD
    std::uint64_t medeleg = 0;
    std::uint64_t mideleg = 0;
    std::uint64_t mie = 0;
    std::uint64_t mip = 0;    ///< bits that software wrote: SSIP, STIP, SEIP
    std::uint64_t lines = 0;  ///< interrupt inputs, as bits of mip; with Sstc STIP is one
    std::uint64_t mtvec = 0;
    std::uint64_t mscratch = 0;
    std::uint64_t mepc = 0;
    std::uint64_t mcause = 0;
    std::uint64_t mtval = 0;
    std::uint64_t mcounteren = 0;
    std::uint64_t mcountinhibit = 0;
    std::uint64_t menvcfg = 0;
    std::uint64_t stvec = 0;
    std::uint64_t sscratch = 0;
    std::uint64_t sepc = 0;
    std::uint64_t scause = 0;
    std::uint64_t stval = 0;
    std::uint64_t scounteren = 0;
    std::uint64_t senvcfg = 0;
    std::uint64_t satp = 0;
    std::uint64_t stimecmp = 0;
    std::array<std::uint8_t, kPmpEntries> pmpcfg{};
    std::array<std::uint64_t, kPmpEntries> pmpaddr{};
    std::uint64_t tdata1 = 0;  ///< of the trigger, without its type
    std::uint64_t tdata2 = 0;
    std::uint64_t tcontrol = 0;

    std::uint64_t cycles = 0;        ///< clock cycles since reset, those asleep included
    std::uint64_t instructions = 0;  ///< retired since reset
    /// mcycle and minstret are these plus cycles and instructions, or, while mcountinhibit stops
    /// one, this alone.
    std::uint64_t mcycle_base = 0;
    std::uint64_t minstret_base = 0;

    std::uint64_t exceptions = 0;  ///< taken since reset, ecalls included
    std::uint64_t interrupts = 0;
    std::uint8_t vector_faults = 0;  ///< consecutive exceptions on the trap vector itself

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);
};

}  // namespace athena::riscv
