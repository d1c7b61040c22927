// SPDX-License-Identifier: Apache-2.0
// Runs a board in steps and, between them, serves console, limits, pace and Ctrl-C.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/units.h"
#include "platform/board.h"
#include "sim/options.h"
#include "sim/outside.h"

namespace athena::sim {

/// Between two steps input is taken: its stamps are multiples of this, as long as time is not
/// skipped.
inline constexpr base::Picoseconds kStep{100'000'000};

/// Somebody who may make the board stand: a debugger.
class Holder {
  public:
    virtual ~Holder() = default;
    /// The board stands between two steps. Returns when it may go on.
    virtual void between_steps() = 0;
    /// A hart has paused the board within a step. Returns when it may go on.
    virtual void paused() = 0;
};

class Session {
  public:
    struct Limits {
        std::optional<base::Picoseconds> max_time;
        std::optional<std::uint64_t> max_instructions;
        std::uint64_t clock_hz = 0;  ///< of the harts: most instructions a second of each
        std::uint64_t harts = 1;
    };

    /// `console`: the descriptor that takes the guest's output. `holder`: who may hold the board,
    /// or nobody.
    Session(platform::Board& board, OutsidePort& outside, int console, const Limits& limits,
            const Pace& pace, Holder* holder = nullptr);

    /// Returns when the board has stopped.
    void run();

    /// What the guest has said it has done, and the seconds of wall time until it last said so.
    struct Done {
        perf::Work work;
        double seconds = 0;
        [[nodiscard]] double per_second() const {
            return seconds > 0 ? static_cast<double>(work.amount) / seconds : 0;
        }
    };
    [[nodiscard]] const Done& done() const { return done_; }

  private:
    void run_to(base::Picoseconds target);
    void serve_console();
    void serve_network();
    void serve_input();
    bool check_limits();
    bool check_dead();
    [[nodiscard]] base::Picoseconds next_stop() const;
    /// Holds board time back, by a shorter target or by none at all.
    void keep_pace(base::Picoseconds& target);
    /// Somebody outside may send what the sleeping guest waits for.
    [[nodiscard]] bool console_may_wake() const;
    [[nodiscard]] bool network_may_wake() const;
    /// Waits for wall time, input, a signal, or a while. True: the time has come.
    bool wait_until(base::Picoseconds wall);
    /// Since the start, without what board time has been forgiven.
    [[nodiscard]] base::Picoseconds wall_time() const;
    void forgive_lag();
    void note_work();
    void show_progress();
    void erase_progress();

    platform::Board& board_;
    OutsidePort& outside_;
    int console_;
    Limits limits_;
    Pace pace_;
    Holder* holder_;
    std::chrono::steady_clock::time_point start_;
    base::Picoseconds lag_{};   // of board time behind the time since the start, as it is forgiven
    bool idle_online_ = false;  // all harts have slept since board time was last set right
    Done done_;
    bool progress_ = false;      // there is a terminal to show it on
    bool shared_ = false;        // which also shows the console
    bool at_line_start_ = true;  // of the console
    bool progress_shown_ = false;
    std::chrono::steady_clock::time_point next_progress_;
};

}  // namespace athena::sim
