// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.h"

#include <systemc>

namespace athena::base {

void Diagnostics::guest_fault(std::string_view block, const std::string& text) {
    ++guest_faults_;
    auto found = faults_of_.find(block);
    if (found == faults_of_.end()) {
        found = faults_of_.emplace(block, 0).first;
    }
    const std::uint64_t count = ++found->second;
    log_.write(LogSubsystem::Guest, LogLevel::Warning, block, [&] { return text; });
    if (count <= kFaultLines) {
        *out_ << "athena: guest fault: " << block << ": " << text << '\n';
    }
    if (count == kFaultLines) {
        *out_ << "athena: guest fault: " << block << ": further ones are only counted\n";
    }
    if (strict_) {
        stop(ExitStatus::GuestFailed, std::string(block) + ": " + text + " (--strict)");
    }
}

void Diagnostics::model_gap(std::string_view block, const std::string& text) {
    stop(ExitStatus::Simulator, "not modelled: " + std::string(block) + ": " + text);
}

void Diagnostics::simulator_bug(std::string_view block, const std::string& text) {
    stop(ExitStatus::Simulator, std::string(block) + ": " + text);
}

void Diagnostics::stop(ExitStatus status, const std::string& reason) {
    if (!stop_) {
        stop_ = Stop{status, reason};
        log_.write(LogSubsystem::Board, LogLevel::Info, "board", [&] {
            return "the board stops, status " + std::to_string(static_cast<int>(status)) +
                   (reason.empty() ? "" : ": " + reason);
        });
        sc_core::sc_stop();
    }
}

}  // namespace athena::base
