// SPDX-License-Identifier: Apache-2.0
// Control and status registers. Where the specification leaves a choice, QEMU 7.2's is taken.
#include "riscv/csr_numbers.h"
#include "riscv/hart_core.h"

namespace athena::riscv {

namespace {

constexpr std::uint64_t extension(char letter) {
    return 1ULL << (letter - 'A');
}
constexpr std::uint64_t kMisa = 2ULL << 62 | extension('I') | extension('M') | extension('A') |
                                extension('F') | extension('D') | extension('C') | extension('S') |
                                extension('U');

constexpr std::uint64_t kMstatusWritable =
    mstatus::kSie | mstatus::kMie | mstatus::kSpie | mstatus::kMpie | mstatus::kSpp |
    mstatus::kMpp | mstatus::kFs | mstatus::kMprv | mstatus::kSum | mstatus::kMxr | mstatus::kTvm |
    mstatus::kTw | mstatus::kTsr;
constexpr std::uint64_t kSstatusWritable =
    mstatus::kSie | mstatus::kSpie | mstatus::kSpp | mstatus::kFs | mstatus::kSum | mstatus::kMxr;
constexpr std::uint64_t kSstatusReadable = kSstatusWritable | mstatus::kUxl64 | mstatus::kSd;

constexpr std::uint64_t kSsip = 1ULL << 1;
constexpr std::uint64_t kSupervisorInterrupts = 0x222;
constexpr std::uint64_t kAllInterrupts = 0xAAA;
constexpr std::uint64_t kDelegableExceptions = 0xB3FF;  // all but ecall from M
constexpr std::uint64_t kCountersStoppable = 5;         // cycle, instret
constexpr std::uint64_t kCycleBit = 1;
constexpr std::uint64_t kInstretBit = 4;
constexpr std::uint64_t kEnvcfgWritable = 1;  // FIOM
constexpr std::uint64_t kLow32 = 0xFFFF'FFFF;
constexpr std::uint64_t kFsDirty = mstatus::kFs;

constexpr std::uint64_t kSatpModeShift = 60;
constexpr std::uint64_t kSatpSv39 = 8;

}  // namespace

std::uint64_t HartCore::read_mstatus() const {
    std::uint64_t value = state_.mstatus;
    if (state_.fp_dirty && (value & mstatus::kFs) != 0) {
        value |= kFsDirty;
    }
    if ((value & mstatus::kFs) == kFsDirty) {
        value |= mstatus::kSd;
    }
    return value;
}

bool HartCore::csr_allowed(unsigned number, bool write) const {
    const unsigned lowest = (number >> 8) & 3;
    if (static_cast<unsigned>(state_.privilege) < lowest || (write && number >> 10 == 3)) {
        return false;
    }
    if (number <= csr::kFcsr) {
        return (state_.mstatus & mstatus::kFs) != 0;
    }
    if (number == csr::kSatp && state_.privilege == Privilege::Supervisor) {
        return (state_.mstatus & mstatus::kTvm) == 0;
    }
    if (number >= csr::kCycle && number <= csr::kHpmcounter31) {
        const std::uint64_t bit = 1ULL << (number & 31);
        const bool by_machine =
            state_.privilege == Privilege::Machine || (state_.mcounteren & bit) != 0;
        const bool by_supervisor =
            state_.privilege != Privilege::User || (state_.scounteren & bit) != 0;
        return by_machine && by_supervisor;
    }
    return true;
}

bool HartCore::read_counter(unsigned number, std::uint64_t& value) {
    if (number >= csr::kCycle && number == csr::kTime) {
        value = bus_.time(state_.cycles);
        return true;
    }
    switch (number & 31) {
        case 0:
            value =
                state_.mcycle_base + ((state_.mcountinhibit & kCycleBit) != 0 ? 0 : state_.cycles);
            return true;
        case 1:
            return false;
        case 2:
            value = state_.minstret_base +
                    ((state_.mcountinhibit & kInstretBit) != 0 ? 0 : state_.instructions);
            return true;
        default:
            value = 0;
            return true;
    }
}

bool HartCore::read_supervisor_csr(unsigned number, std::uint64_t& value) {
    switch (number) {
        case csr::kSstatus:
            value = read_mstatus() & kSstatusReadable;
            return true;
        case csr::kSie:
            value = state_.mie & state_.mideleg;
            return true;
        case csr::kStvec:
            value = state_.stvec;
            return true;
        case csr::kScounteren:
            value = state_.scounteren;
            return true;
        case csr::kSenvcfg:
            value = state_.senvcfg;
            return true;
        case csr::kSscratch:
            value = state_.sscratch;
            return true;
        case csr::kSepc:
            value = state_.sepc;
            return true;
        case csr::kScause:
            value = state_.scause;
            return true;
        case csr::kStval:
            value = state_.stval;
            return true;
        case csr::kSip:
            value = pending_interrupts() & state_.mideleg;
            return true;
        case csr::kSatp:
            value = state_.satp;
            return true;
        default:
            return false;
    }
}

bool HartCore::read_machine_csr(unsigned number, std::uint64_t& value) {
    value = 0;
    if (number == csr::kPmpcfg0 || number == csr::kPmpcfg2) {
        for (unsigned i = 0; i < 8; ++i) {
            const unsigned entry = (number - csr::kPmpcfg0) * 4 + i;
            value |= std::uint64_t{state_.pmpcfg[entry]} << (8 * i);
        }
        return true;
    }
    if (number >= csr::kPmpaddr0 && number <= csr::kPmpaddr15) {
        value = state_.pmpaddr[number - csr::kPmpaddr0];
        return true;
    }
    if (number >= csr::kMhpmevent3 && number <= csr::kMhpmevent31) {
        return true;
    }
    switch (number) {
        case csr::kMstatus:
            value = read_mstatus();
            return true;
        case csr::kMisa:
            value = kMisa;
            return true;
        case csr::kMedeleg:
            value = state_.medeleg;
            return true;
        case csr::kMideleg:
            value = state_.mideleg;
            return true;
        case csr::kMie:
            value = state_.mie;
            return true;
        case csr::kMtvec:
            value = state_.mtvec;
            return true;
        case csr::kMcounteren:
            value = state_.mcounteren;
            return true;
        case csr::kMenvcfg:
            value = state_.menvcfg;
            return true;
        case csr::kMcountinhibit:
            value = state_.mcountinhibit;
            return true;
        case csr::kMscratch:
            value = state_.mscratch;
            return true;
        case csr::kMepc:
            value = state_.mepc;
            return true;
        case csr::kMcause:
            value = state_.mcause;
            return true;
        case csr::kMtval:
            value = state_.mtval;
            return true;
        case csr::kMip:
            value = pending_interrupts();
            return true;
        case csr::kMhartid:
            value = options_.hart_id;
            return true;
        case csr::kMvendorid:
        case csr::kMarchid:
        case csr::kMimpid:
        case csr::kMconfigptr:
            return true;
        default:
            return false;
    }
}

bool HartCore::read_csr(unsigned number, std::uint64_t& value) {
    switch (number) {
        case csr::kFflags:
            value = state_.fflags;
            return true;
        case csr::kFrm:
            value = state_.frm;
            return true;
        case csr::kFcsr:
            value = state_.fflags | state_.frm << 5;
            return true;
        default:
            break;
    }
    const bool user_counter = number >= csr::kCycle && number <= csr::kHpmcounter31;
    const bool machine_counter = number >= csr::kMcycle && number <= csr::kMhpmcounter31;
    if (user_counter || machine_counter) {
        return read_counter(number, value);
    }
    return number >> 8 == 1 ? read_supervisor_csr(number, value) : read_machine_csr(number, value);
}

void HartCore::write_mstatus(std::uint64_t value, std::uint64_t mask) {
    if ((value & mstatus::kMpp) == (2ULL << mstatus::kMppShift)) {
        mask &= ~mstatus::kMpp;  // no such privilege: keeps its value
    }
    const std::uint64_t before = state_.mstatus;
    state_.mstatus = (before & ~mask) | (value & mask);
    if ((mask & mstatus::kFs) != 0) {
        state_.fp_dirty = (value & mstatus::kFs) == kFsDirty;
    }
    if (((before ^ state_.mstatus) & mstatus::kMxr) != 0) {
        flush_translations();
    }
    update_context();
}

void HartCore::write_satp(std::uint64_t value) {
    const std::uint64_t mode = value >> kSatpModeShift;
    if (mode != 0 && mode != kSatpSv39) {
        return;  // no effect at all (Volume II, 4.1.11)
    }
    if (value != state_.satp) {
        state_.satp = value;
        flush_translations();
    }
}

void HartCore::write_mcountinhibit(std::uint64_t value) {
    // Takes effect after this instruction, which still counts as the old value says.
    const std::uint64_t changed = (state_.mcountinhibit ^ value) & kCountersStoppable;
    if ((changed & kCycleBit) != 0) {
        state_.mcycle_base = (value & kCycleBit) != 0 ? state_.mcycle_base + (state_.cycles + 1)
                                                      : state_.mcycle_base - (state_.cycles + 1);
    }
    if ((changed & kInstretBit) != 0) {
        state_.minstret_base = (value & kInstretBit) != 0
                                   ? state_.minstret_base + (state_.instructions + 1)
                                   : state_.minstret_base - (state_.instructions + 1);
    }
    state_.mcountinhibit = value & kCountersStoppable;
}

bool HartCore::write_supervisor_csr(unsigned number, std::uint64_t value) {
    switch (number) {
        case csr::kSstatus:
            write_mstatus(value, kSstatusWritable);
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
            state_.menvcfg = value & kEnvcfgWritable;
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
            state_.mip = value & kSupervisorInterrupts;
            return true;
        default:
            return write_pmp(number, value);
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
        const bool stopped = (state_.mcountinhibit & kCycleBit) != 0;
        state_.mcycle_base = stopped ? value : value - (state_.cycles + 1);
        return true;
    }
    if (number == csr::kMinstret) {
        const bool stopped = (state_.mcountinhibit & kInstretBit) != 0;
        state_.minstret_base = stopped ? value : value - (state_.instructions + 1);
        return true;
    }
    if (number >= csr::kMhpmcounter3 && number <= csr::kMhpmcounter31) {
        return true;  // read-only zero
    }
    return number >> 8 == 1 ? write_supervisor_csr(number, value)
                            : write_machine_csr(number, value);
}

bool HartCore::execute_csr(const DecodedOp& op) {
    const auto operation = static_cast<Operation>(op.operation);
    const unsigned number = static_cast<unsigned>(op.immediate) & 0xFFF;
    const bool immediate = operation >= Operation::Csrrwi;
    const bool swaps = operation == Operation::Csrrw || operation == Operation::Csrrwi;
    const bool clears = operation == Operation::Csrrc || operation == Operation::Csrrci;
    const bool writes = swaps || op.rs1 != 0;
    const bool is_fp = number <= csr::kFcsr && number != 0;
    if (!csr_allowed(number, writes)) {
        return false;
    }
    if (is_fp && fpu_ != nullptr) {
        state_.fflags |= fpu_->take_flags();
    }
    std::uint64_t old = 0;
    if (!read_csr(number, old)) {
        return false;
    }
    if (writes) {
        const std::uint64_t operand = immediate ? op.rs1 : state_.x[op.rs1];
        // Set and clear leave the external line out of SEIP (Volume II, 3.1.9).
        const std::uint64_t base = number == csr::kMip ? state_.mip : old;
        const std::uint64_t value = swaps ? operand : (clears ? base & ~operand : base | operand);
        if (!write_csr(number, value)) {
            return false;
        }
    }
    if (is_fp && fpu_ != nullptr) {
        fpu_->set_rounding(native_rounding() ? state_.frm : 0);
    }
    state_.x[op.rd] = old;
    return true;
}

}  // namespace athena::riscv
