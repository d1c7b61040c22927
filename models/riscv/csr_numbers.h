// SPDX-License-Identifier: Apache-2.0
// Numbers of the control and status registers (Volume II, chapter 2), and what reads and writes
// share.
#pragma once

#include "riscv/state.h"

namespace athena::riscv::csr {

enum Number : unsigned {
    kFflags = 0x001,
    kFrm = 0x002,
    kFcsr = 0x003,
    kSstatus = 0x100,
    kSie = 0x104,
    kStvec = 0x105,
    kScounteren = 0x106,
    kSenvcfg = 0x10A,
    kSscratch = 0x140,
    kSepc = 0x141,
    kScause = 0x142,
    kStval = 0x143,
    kSip = 0x144,
    kStimecmp = 0x14D,
    kSatp = 0x180,
    kMstatus = 0x300,
    kMisa = 0x301,
    kMedeleg = 0x302,
    kMideleg = 0x303,
    kMie = 0x304,
    kMtvec = 0x305,
    kMcounteren = 0x306,
    kMenvcfg = 0x30A,
    kMcountinhibit = 0x320,
    kMhpmevent3 = 0x323,
    kMhpmevent31 = 0x33F,
    kMscratch = 0x340,
    kMepc = 0x341,
    kMcause = 0x342,
    kMtval = 0x343,
    kMip = 0x344,
    kPmpcfg0 = 0x3A0,
    kPmpcfg2 = 0x3A2,
    kPmpaddr0 = 0x3B0,
    kPmpaddr15 = 0x3BF,
    kTselect = 0x7A0,
    kTdata1 = 0x7A1,
    kTdata2 = 0x7A2,
    kTdata3 = 0x7A3,
    kTinfo = 0x7A4,
    kTcontrol = 0x7A5,
    kMcycle = 0xB00,
    kMinstret = 0xB02,
    kMhpmcounter3 = 0xB03,
    kMhpmcounter31 = 0xB1F,
    kCycle = 0xC00,
    kTime = 0xC01,
    kInstret = 0xC02,
    kHpmcounter31 = 0xC1F,
    kMvendorid = 0xF11,
    kMarchid = 0xF12,
    kMimpid = 0xF13,
    kMhartid = 0xF14,
    kMconfigptr = 0xF15,
};

// Bits of mcountinhibit and mcounteren.
inline constexpr std::uint64_t kCycleBit = 1;
inline constexpr std::uint64_t kTimeBit = 2;
inline constexpr std::uint64_t kInstretBit = 4;

inline constexpr std::uint64_t kSstatusWritable =
    mstatus::kSie | mstatus::kSpie | mstatus::kSpp | mstatus::kFs | mstatus::kSum | mstatus::kMxr;

}  // namespace athena::riscv::csr
