// SPDX-License-Identifier: Apache-2.0
#include "devices/syscon.h"

#include <string>
#include <utility>

#include "base/hexadecimal.h"
#include "base/state.h"
#include "devices/access.h"
#include "regs/syscon_regs.h"

namespace athena::devices {

namespace {

namespace regs = athena::regs::syscon;

}  // namespace

Syscon::Syscon(const sc_core::sc_module_name& name, base::Diagnostics& diagnostics,
               std::function<void()> reset_board)
    : sc_core::sc_module(name),
      socket("socket", *this),
      diagnostics_(diagnostics),
      reset_board_(std::move(reset_board)),
      registers_(regs::kRegisters) {
    registers_.on_write(regs::kFinisherIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        registers_.set(regs::kFinisherIndex, 0);
        finish(static_cast<std::uint32_t>(value));
    });
}

void Syscon::reset() {
    registers_.reset();
    failure_.reset();
}

void Syscon::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                         sc_core::sc_time& /*delay*/) {
    // The high half alone is no command.
    const bool low = payload.get_address() == regs::kFinisherOffset;
    if (check_size(payload, low ? kSize2 | kSize4 : kSize4)) {
        registers_.transport(payload);
    }
}

unsigned Syscon::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return registers_.transport_dbg(payload);
}

void Syscon::finish(std::uint32_t value) {
    const std::uint32_t code = (value & regs::kFinisherCodeMask) >> regs::kFinisherCodeShift;
    switch (static_cast<regs::Command>(value & regs::kFinisherCommandMask)) {
        case regs::Command::Pass:
            diagnostics_.stop(base::ExitStatus::Passed, "");
            return;
        case regs::Command::Fail:
            failure_ = code;
            diagnostics_.stop(base::ExitStatus::GuestFailed,
                              "the guest failed with code " + std::to_string(code));
            return;
        case regs::Command::Reset:
            ++resets_;
            reset_board_();
            return;
    }
    diagnostics_.guest_fault(name(), "FINISHER: unknown command " + base::hexadecimal(value));
}

void Syscon::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("resets", resets_);
}

void Syscon::save(base::StateWriter& writer) const {
    writer.begin("syscon", 1);
    writer.value("resets", resets_);
    writer.end();
}

// A run that has failed is over and cannot be saved.
void Syscon::load(base::StateReader& reader) {
    reader.begin("syscon", 1);
    resets_ = reader.value("resets");
    reader.end();
    reset();
}

}  // namespace athena::devices
