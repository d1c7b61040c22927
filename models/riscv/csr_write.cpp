// SPDX-License-Identifier: Apache-2.0
// Writes of control and status registers. Where the specification leaves a choice, QEMU 7.2's is
// taken.
#include "riscv/csr_numbers.h"
#include "riscv/hart_core.h"

namespace athena::riscv {

namespace {

constexpr std::uint64_t kMstatusWritable =
    mstatus::kSie | mstatus::kMie | mstatus::kSpie | mstatus::kMpie | mstatus::kSpp |
    mstatus::kMpp | mstatus::kFs | mstatus::kMprv | mstatus::kSum | mstatus::kMxr | mstatus::kTvm |
    mstatus::kTw | mstatus::kTsr;
constexpr std::uint64_t kSsip = 1ULL << 1;
constexpr std::uint64_t kSupervisorInterrupts = 0x222;
constexpr std::uint64_t kAllInterrupts = 0xAAA;
constexpr std::uint64_t kDelegableExceptions = 0xB3FF;  // all but ecall from M
constexpr std::uint64_t kCountersStoppable = 5;         // cycle, instret
constexpr std::uint64_t kEnvcfgWritable = 1;            // FIOM
constexpr std::uint64_t kLow32 = 0xFFFF'FFFF;

}  // namespace

void HartCore::write_mstatus(std::uint64_t value, std::uint64_t mask) {
    if ((value & mstatus::kMpp) == (2ULL << mstatus::kMppShift)) {
        mask &= ~mstatus::kMpp;  // no such privilege: keeps its value
    }
    const std::uint64_t before = state_.mstatus;
    state_.mstatus = (before & ~mask) | (value & mask);
    if ((mask & mstatus::kFs) != 0) {
        state_.fp_dirty = (value & mstatus::kFs) == mstatus::kFs;
    }
    if (((before ^ state_.mstatus) & mstatus::kMxr) != 0) {
        flush_translations();
    }
    update_context();
}

void HartCore::write_satp(std::uint64_t value) {
    const std::uint64_t mode = value >> satp::kModeShift;
    if (mode != satp::kBare && mode != satp::kSv39 && mode != satp::kSv48) {
        return;  // no effect at all (Volume II, 4.1.11)
    }
    if (value != state_.satp) {
        state_.satp = value;
        flush_translations();
    }
}

void HartCore::write_mip(std::uint64_t value) {
    const std::uint64_t mask = has_timer() ? kSupervisorInterrupts & ~kTimerBit  // read-only then
                                           : kSupervisorInterrupts;
    state_.mip = (state_.mip & ~mask) | (value & mask);
}

void HartCore::write_mcountinhibit(std::uint64_t value) {
    // Takes effect after this instruction, which still counts as the old value says.
    const std::uint64_t changed = (state_.mcountinhibit ^ value) & kCountersStoppable;
    if ((changed & csr::kCycleBit) != 0) {
        state_.mcycle_base = (value & csr::kCycleBit) != 0
                                 ? state_.mcycle_base + (state_.cycles + 1)
                                 : state_.mcycle_base - (state_.cycles + 1);
    }
    if ((changed & csr::kInstretBit) != 0) {
        state_.minstret_base = (value & csr::kInstretBit) != 0
                                   ? state_.minstret_base + (state_.instructions + 1)
                                   : state_.minstret_base - (state_.instructions + 1);
    }
    state_.mcountinhibit = value & kCountersStoppable;
}

bool HartCore::write_supervisor_csr(unsigned number, std::uint64_t value) {
    switch (number) {
        case csr::kSstatus:
            write_mstatus(value, csr::kSstatusWritable);
            return true;
        case csr::kSie:
            state_.mie = (state_.mie & ~state_.mideleg) | (value & state_.mideleg);
            return true;
        case csr::kStvec:
            if ((value & 3) < 2) {
                state_.stvec = value;
            }
            return true;
        case csr::kScounteren:
            state_.scounteren = value & kLow32;
            return true;
        case csr::kSenvcfg:
            state_.senvcfg = value & kEnvcfgWritable;
            return true;
        case csr::kSscratch:
            state_.sscratch = value;
            return true;
        case csr::kSepc:
            state_.sepc = value & ~1ULL;
            return true;
        case csr::kScause:
            state_.scause = value;
            return true;
        case csr::kStval:
            state_.stval = value;
            return true;
        case csr::kSip: {
            const std::uint64_t mask = kSsip & state_.mideleg;
            state_.mip = (state_.mip & ~mask) | (value & mask);
            return true;
        }
        case csr::kStimecmp:
            state_.stimecmp = value;
            write_timer();
            return true;
        case csr::kSatp:
            write_satp(value);
            return true;
        default:
            return false;
    }
}

bool HartCore::write_pmp(unsigned number, std::uint64_t value) {
    bool changed = false;
    if (number == csr::kPmpcfg0 || number == csr::kPmpcfg2) {
        for (unsigned i = 0; i < 8; ++i) {
            changed |= write_pmpcfg(state_, (number - csr::kPmpcfg0) * 4 + i,
                                    static_cast<std::uint8_t>(value >> (8 * i)));
        }
    } else if (number >= csr::kPmpaddr0 && number <= csr::kPmpaddr15) {
        changed = write_pmpaddr(state_, number - csr::kPmpaddr0, value);
    } else {
        return false;
    }
    if (changed) {
        flush_translations();
    }
    return true;
}

bool HartCore::write_machine_csr(unsigned number, std::uint64_t value) {
    if (number >= csr::kMhpmevent3 && number <= csr::kMhpmevent31) {
        return true;  // read-only zero
    }
    switch (number) {
        case csr::kMstatus:
            write_mstatus(value, kMstatusWritable);
            return true;
        case csr::kMisa:
            return true;
        case csr::kMedeleg:
            state_.medeleg = value & kDelegableExceptions;
            return true;
        case csr::kMideleg:
            state_.mideleg = value & kSupervisorInterrupts;
            return true;
        case csr::kMie:
            state_.mie = value & kAllInterrupts;
            return true;
        case csr::kMtvec:
            if ((value & 3) < 2) {
                state_.mtvec = value;
            }
            return true;
        case csr::kMcounteren:
            state_.mcounteren = value & kLow32;
            return true;
        case csr::kMenvcfg:
            state_.menvcfg = value & (kEnvcfgWritable | kStce);
            write_timer();
            return true;
        case csr::kMcountinhibit:
            write_mcountinhibit(value);
            return true;
        case csr::kMscratch:
            state_.mscratch = value;
            return true;
        case csr::kMepc:
            state_.mepc = value & ~1ULL;
            return true;
        case csr::kMcause:
            state_.mcause = value;
            return true;
        case csr::kMtval:
            state_.mtval = value;
            return true;
        case csr::kMip:
            write_mip(value);
            return true;
        default:
            return write_pmp(number, value) || write_trigger(number, value);
    }
}

bool HartCore::write_csr(unsigned number, std::uint64_t value) {
    constexpr std::uint64_t kFlags = 31;
    constexpr std::uint64_t kMode = 7;
    if (number <= csr::kFcsr && number != 0) {
        state_.fp_dirty = true;
        if (number != csr::kFrm) {
            state_.fflags = value & kFlags;
        }
        if (number != csr::kFflags) {
            state_.frm = (number == csr::kFrm ? value : value >> 5) & kMode;
        }
        update_context();
        return true;
    }
    if (number == csr::kMcycle) {
        const bool stopped = (state_.mcountinhibit & csr::kCycleBit) != 0;
        state_.mcycle_base = stopped ? value : value - (state_.cycles + 1);
        return true;
    }
    if (number == csr::kMinstret) {
        const bool stopped = (state_.mcountinhibit & csr::kInstretBit) != 0;
        state_.minstret_base = stopped ? value : value - (state_.instructions + 1);
        return true;
    }
    if (number >= csr::kMhpmcounter3 && number <= csr::kMhpmcounter31) {
        return true;  // read-only zero
    }
    return number >> 8 == 1 ? write_supervisor_csr(number, value)
                            : write_machine_csr(number, value);
}

}  // namespace athena::riscv
