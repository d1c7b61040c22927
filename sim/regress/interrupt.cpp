// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/interrupt.h"

#include <atomic>

namespace athena::regress {

namespace {

std::atomic<bool> interrupted{false};

void on_interrupt(int /*signal*/) {
    interrupted = true;
}

}  // namespace

Interrupts::Interrupts() {
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        sigaction(kSignals[i], &action, &before_[i]);
    }
}

Interrupts::~Interrupts() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        sigaction(kSignals[i], &before_[i], nullptr);
    }
}

bool Interrupts::came() {
    return interrupted;
}

}  // namespace athena::regress
