// SPDX-License-Identifier: Apache-2.0
// Traps and the instructions that end them (Volume II, 3.1.6, 3.3 and 4.1).
#include "riscv/hart_core.h"

namespace athena::riscv {

namespace {

constexpr std::uint64_t kInterruptBit = 1ULL << 63;

// Highest priority first (Volume II, 3.1.9).
constexpr Interrupt kByPriority[] = {
    Interrupt::MachineExternal,    Interrupt::MachineSoftware,    Interrupt::MachineTimer,
    Interrupt::SupervisorExternal, Interrupt::SupervisorSoftware, Interrupt::SupervisorTimer,
};

constexpr std::uint64_t vector_target(std::uint64_t vector, std::uint64_t cause, bool interrupt) {
    const std::uint64_t base = vector & ~3ULL;
    return interrupt && (vector & 3) == 1 ? base + 4 * cause : base;
}

}  // namespace

void HartCore::enter_trap(std::uint64_t cause, bool interrupt, std::uint64_t value) {
    const std::uint64_t delegated = interrupt ? state_.mideleg : state_.medeleg;
    const bool to_supervisor =
        state_.privilege != Privilege::Machine && ((delegated >> cause) & 1) != 0;
    const std::uint64_t code = interrupt ? cause | kInterruptBit : cause;
    const Privilege privilege = state_.privilege;
    const auto from = static_cast<std::uint64_t>(privilege);
    std::uint64_t status = state_.mstatus;
    std::uint64_t target = 0;
    if (to_supervisor) {
        const bool enabled = (status & mstatus::kSie) != 0;
        status &= ~(mstatus::kSpie | mstatus::kSie | mstatus::kSpp);
        status |= (enabled ? mstatus::kSpie : 0) |
                  (state_.privilege == Privilege::Supervisor ? mstatus::kSpp : 0);
        state_.sepc = state_.pc;
        state_.scause = code;
        state_.stval = value;
        target = vector_target(state_.stvec, cause, interrupt);
    } else {
        const bool enabled = (status & mstatus::kMie) != 0;
        status &= ~(mstatus::kMpie | mstatus::kMie | mstatus::kMpp);
        status |= (enabled ? mstatus::kMpie : 0) | from << mstatus::kMppShift;
        state_.mepc = state_.pc;
        state_.mcause = code;
        state_.mtval = value;
        state_.tcontrol = (state_.tcontrol & trigger::kMte) != 0 ? trigger::kMpte : 0;
        target = vector_target(state_.mtvec, cause, interrupt);
    }
    const Privilege to = to_supervisor ? Privilege::Supervisor : Privilege::Machine;
    const bool on_vector = !interrupt && state_.pc == target && state_.privilege == to;
    if (!on_vector) {
        state_.vector_faults = 0;
    } else if (state_.vector_faults < kFaultsToDie) {
        ++state_.vector_faults;
    }
    state_.mstatus = status;
    state_.privilege = to;
    state_.pc = target;
    update_context();
    if (options_.tells_traps) {
        bus_.trapped(privilege);
    }
}

void HartCore::take_exception(Exception cause, std::uint64_t value) {
    ++state_.exceptions;
    enter_trap(static_cast<std::uint64_t>(cause), false, value);
}

bool HartCore::take_pending_interrupt() {
    const std::uint64_t pending = pending_interrupts() & state_.mie;
    if (pending == 0) {
        return false;
    }
    const bool machine_enabled =
        state_.privilege != Privilege::Machine || (state_.mstatus & mstatus::kMie) != 0;
    const bool supervisor_enabled =
        state_.privilege == Privilege::User ||
        (state_.privilege == Privilege::Supervisor && (state_.mstatus & mstatus::kSie) != 0);
    std::uint64_t takeable = machine_enabled ? pending & ~state_.mideleg : 0;
    if (takeable == 0 && supervisor_enabled) {
        takeable = pending & state_.mideleg;
    }
    if (takeable == 0) {
        return false;
    }
    for (const Interrupt interrupt : kByPriority) {
        const auto cause = static_cast<unsigned>(interrupt);
        if (((takeable >> cause) & 1) != 0) {
            ++state_.interrupts;
            enter_trap(cause, true, 0);
            return true;
        }
    }
    return false;
}

Exception HartCore::ecall_cause() const {
    switch (state_.privilege) {
        case Privilege::User:
            return Exception::EcallFromUser;
        case Privilege::Supervisor:
            return Exception::EcallFromSupervisor;
        default:
            return Exception::EcallFromMachine;
    }
}

bool HartCore::return_from_machine() {
    if (state_.privilege != Privilege::Machine) {
        return false;
    }
    std::uint64_t status = state_.mstatus;
    const auto to = static_cast<Privilege>((status & mstatus::kMpp) >> mstatus::kMppShift);
    const bool enable = (status & mstatus::kMpie) != 0;
    status &= ~(mstatus::kMie | mstatus::kMpp);
    status |= mstatus::kMpie | (enable ? mstatus::kMie : 0);
    if (to != Privilege::Machine) {
        status &= ~mstatus::kMprv;
    }
    if ((state_.tcontrol & trigger::kMpte) != 0) {
        state_.tcontrol |= trigger::kMte;
    } else {
        state_.tcontrol = 0;
    }
    state_.mstatus = status;
    state_.privilege = to;
    state_.pc = state_.mepc;
    update_context();
    tell_return(Privilege::Machine);
    return true;
}

bool HartCore::return_from_supervisor() {
    std::uint64_t status = state_.mstatus;
    if (state_.privilege == Privilege::User ||
        (state_.privilege == Privilege::Supervisor && (status & mstatus::kTsr) != 0)) {
        return false;
    }
    const bool to_supervisor = (status & mstatus::kSpp) != 0;
    const bool enable = (status & mstatus::kSpie) != 0;
    status &= ~(mstatus::kSie | mstatus::kSpp | mstatus::kMprv);
    status |= mstatus::kSpie | (enable ? mstatus::kSie : 0);
    state_.mstatus = status;
    state_.privilege = to_supervisor ? Privilege::Supervisor : Privilege::User;
    state_.pc = state_.sepc;
    update_context();
    tell_return(Privilege::Supervisor);
    return true;
}

void HartCore::tell_return(Privilege from) {
    if (options_.tells_traps) {
        bus_.returned(from);
    }
}

bool HartCore::wait_for_interrupt() {
    const bool trapped =
        state_.privilege == Privilege::User ||
        (state_.privilege == Privilege::Supervisor && (state_.mstatus & mstatus::kTw) != 0);
    if (trapped) {
        return false;
    }
    state_.waiting = !has_wakeup();
    return true;
}

bool HartCore::fence_translation() {
    if (state_.privilege == Privilege::User ||
        (state_.privilege == Privilege::Supervisor && (state_.mstatus & mstatus::kTvm) != 0)) {
        return false;
    }
    flush_translations();
    return true;
}

}  // namespace athena::riscv
