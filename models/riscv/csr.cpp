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

constexpr std::uint64_t kSstatusReadable = csr::kSstatusWritable | mstatus::kUxl64 | mstatus::kSd;

}  // namespace

std::uint64_t HartCore::read_mstatus() const {
    std::uint64_t value = state_.mstatus;
    if (state_.fp_dirty && (value & mstatus::kFs) != 0) {
        value |= mstatus::kFs;
    }
    if ((value & mstatus::kFs) == mstatus::kFs) {
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
    if (number == csr::kStimecmp && state_.privilege == Privilege::Supervisor) {
        return has_timer() && (state_.mcounteren & csr::kTimeBit) != 0;
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
            value = state_.mcycle_base +
                    ((state_.mcountinhibit & csr::kCycleBit) != 0 ? 0 : state_.cycles);
            return true;
        case 1:
            return false;
        case 2:
            value = state_.minstret_base +
                    ((state_.mcountinhibit & csr::kInstretBit) != 0 ? 0 : state_.instructions);
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
        case csr::kStimecmp:
            value = state_.stimecmp;
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
            return read_trigger(number, value);
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
