// SPDX-License-Identifier: Apache-2.0
// What a person sees while a suite runs: one line a run; on a terminal also what is going on, on a
// line that is written over.
#pragma once

#include <chrono>
#include <cstddef>

#include "sim/regress/history.h"
#include "sim/regress/runner.h"

namespace athena::regress {

class Display {
  public:
    /// Of `runs`, which the history says how long to expect of.
    Display(const std::vector<const Run*>& runs, const History& history, unsigned jobs);

    void outcome(const Outcome& outcome, const Progress& progress);
    void tick(const Progress& progress) const;
    /// The line that is written over goes.
    void erase() const;

  private:
    [[nodiscard]] double expected(const Run& run) const;
    [[nodiscard]] double seconds_left(const Progress& progress) const;

    const History& history_;
    unsigned jobs_;
    std::size_t total_;
    bool terminal_;
    double expected_left_ = 0;    // of runs that the history knows and that have not ended …
    std::size_t known_left_ = 0;  // … and their number
    double measured_ = 0;         // of those that have ended
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace athena::regress
