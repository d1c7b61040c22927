// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a suite runs.
#pragma once

#include <array>
#include <csignal>

namespace athena::regress {

/// Takes SIGINT, SIGTERM and SIGHUP while it lives.
class Interrupts {
  public:
    Interrupts();
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    /// Whether one has come.
    [[nodiscard]] static bool came();

  private:
    static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace athena::regress
