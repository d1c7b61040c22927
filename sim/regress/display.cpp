// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/display.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace athena::regress {

Display::Display(const std::vector<const Run*>& runs, const History& history, unsigned jobs)
    : history_(history), jobs_(jobs), total_(runs.size()), terminal_(isatty(STDOUT_FILENO) != 0) {
    for (const Run* run : runs) {
        expected_left_ += expected(*run);
        known_left_ += history.of(run->name).empty() ? 0 : 1;
    }
}

double Display::expected(const Run& run) const {
    const auto& past = history_.of(run.name);
    return past.empty() ? 0 : past.back().seconds;
}

void Display::outcome(const Outcome& outcome, const Progress& progress) {
    measured_ += outcome.seconds;
    expected_left_ -= expected(*outcome.run);
    known_left_ -= history_.of(outcome.run->name).empty() ? 0 : 1;
    erase();
    std::printf("[%zu/%zu] %s %s (%.1f s)%s%s\n", progress.ended, total_,
                outcome.verdict == Verdict::Passed  ? "ok  "
                : outcome.verdict == Verdict::Known ? "know"
                                                    : "FAIL",
                outcome.run->name.c_str(), outcome.seconds, outcome.reason.empty() ? "" : ": ",
                outcome.reason.c_str());
    std::fflush(stdout);
}

// Those that have no history take as long as those that have ended.
double Display::seconds_left(const Progress& progress) const {
    const double mean = progress.ended == 0 ? 0 : measured_ / static_cast<double>(progress.ended);
    const auto unknown = static_cast<double>(total_ - progress.ended - known_left_);
    return (std::max(0.0, expected_left_) + unknown * mean) / jobs_;
}

void Display::tick(const Progress& progress) const {
    if (!terminal_) {
        return;
    }
    std::string names;
    for (const Run* run : progress.running) {
        names += (names.empty() ? "" : ", ") + run->name;
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    erase();
    std::printf("[%zu/%zu] %.0f s, running: %.50s", progress.ended, total_, seconds, names.c_str());
    if (progress.ended != 0 || known_left_ != 0) {
        std::printf("; about %.0f s left", seconds_left(progress));
    }
    std::fflush(stdout);
}

void Display::erase() const {
    if (terminal_) {
        std::printf("\r\033[K");
    }
}

}  // namespace athena::regress
