// SPDX-License-Identifier: Apache-2.0
// The trigger's registers, and when it fires.
#include "riscv/trigger.h"

#include "riscv/csr_numbers.h"
#include "riscv/hart_core.h"

namespace athena::riscv {

bool HartCore::read_trigger(unsigned number, std::uint64_t& value) const {
    switch (number) {
        case csr::kTselect:
        case csr::kTdata3:
            value = 0;
            return true;
        case csr::kTdata1:
            value = trigger::kAddressMatch << trigger::kTypeShift | state_.tdata1;
            return true;
        case csr::kTdata2:
            value = state_.tdata2;
            return true;
        case csr::kTinfo:
            value = 1ULL << trigger::kAddressMatch;
            return true;
        case csr::kTcontrol:
            value = state_.tcontrol;
            return true;
        default:
            return false;
    }
}

bool HartCore::write_trigger(unsigned number, std::uint64_t value) {
    switch (number) {
        case csr::kTselect:
        case csr::kTdata3:
        case csr::kTinfo:
            return true;
        case csr::kTcontrol:
            state_.tcontrol = value & (trigger::kMte | trigger::kMpte);
            return true;
        case csr::kTdata1:
            // Another type is not there: nothing of it may fire.
            state_.tdata1 = value >> trigger::kTypeShift == trigger::kAddressMatch
                                ? value & trigger::kWritable
                                : 0;
            break;
        case csr::kTdata2:
            state_.tdata2 = value;
            break;
        default:
            return false;
    }
    // What caches know without looking at the trigger.
    loads_.flush();
    stores_.flush();
    if ((state_.tdata1 & trigger::kExecute) != 0) {
        blocks_.drop_all();
        update_context();
    }
    return true;
}

bool HartCore::trigger_enabled(std::uint64_t accesses) const {
    if ((state_.tdata1 & accesses) == 0) {
        return false;
    }
    switch (state_.privilege) {
        case Privilege::User:
            return (state_.tdata1 & trigger::kUser) != 0;
        case Privilege::Supervisor:
            return (state_.tdata1 & trigger::kSupervisor) != 0;
        default:
            return (state_.tdata1 & trigger::kMachine) != 0 &&
                   (state_.tcontrol & trigger::kMte) != 0;
    }
}

}  // namespace athena::riscv
