// SPDX-License-Identifier: Apache-2.0
#include "riscv/trap_names.h"

namespace athena::riscv {

namespace {

const char* interrupt_name(std::uint64_t cause) {
    switch (static_cast<Interrupt>(cause)) {
        case Interrupt::SupervisorSoftware:
            return "supervisor software interrupt";
        case Interrupt::MachineSoftware:
            return "machine software interrupt";
        case Interrupt::SupervisorTimer:
            return "supervisor timer interrupt";
        case Interrupt::MachineTimer:
            return "machine timer interrupt";
        case Interrupt::SupervisorExternal:
            return "supervisor external interrupt";
        case Interrupt::MachineExternal:
            return "machine external interrupt";
    }
    return nullptr;
}

const char* exception_name(std::uint64_t cause) {
    switch (static_cast<Exception>(cause)) {
        case Exception::FetchMisaligned:
            return "instruction address misaligned";
        case Exception::FetchAccess:
            return "instruction access fault";
        case Exception::IllegalInstruction:
            return "illegal instruction";
        case Exception::Breakpoint:
            return "breakpoint";
        case Exception::LoadMisaligned:
            return "load address misaligned";
        case Exception::LoadAccess:
            return "load access fault";
        case Exception::StoreMisaligned:
            return "store address misaligned";
        case Exception::StoreAccess:
            return "store access fault";
        case Exception::EcallFromUser:
            return "environment call from U-mode";
        case Exception::EcallFromSupervisor:
            return "environment call from S-mode";
        case Exception::EcallFromMachine:
            return "environment call from M-mode";
        case Exception::FetchPage:
            return "instruction page fault";
        case Exception::LoadPage:
            return "load page fault";
        case Exception::StorePage:
            return "store page fault";
    }
    return nullptr;
}

}  // namespace

std::string trap_name(bool interrupt, std::uint64_t cause) {
    const char* name = cause > 63  ? nullptr
                       : interrupt ? interrupt_name(cause)
                                   : exception_name(cause);
    return name != nullptr ? name : (interrupt ? "interrupt " : "cause ") + std::to_string(cause);
}

}  // namespace athena::riscv
