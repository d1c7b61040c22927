// SPDX-License-Identifier: Apache-2.0
// The board's clock and its pending actions, held as data so that they can be saved (DESIGN
// "Methods, not threads").
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "base/action_heap.h"
#include "base/fifo.h"
#include "base/units.h"

namespace athena::base {

class Diagnostics;
class StateReader;
class StateWriter;

/// A block that has pending actions. `kind` is the block's own enumeration.
class EventTarget {
  public:
    virtual void on_event(std::uint32_t kind, std::uint64_t payload) = 0;

  protected:
    ~EventTarget() = default;
};

/// Runs each action at its instant; actions of one instant run in the order in which they were
/// scheduled. An action scheduled for the present instant from within an action runs in the same
/// instant, after those before it.
///
/// Board time may run ahead of the kernel's, as far as run_ahead() allows and up to the next
/// activity of any other process: a turn of the kernel for each instant costs more than most
/// actions do.
class EventQueue : public sc_core::sc_module {
  public:
    using TargetId = std::uint32_t;

    explicit EventQueue(const sc_core::sc_module_name& name);

    /// Gives `target` its id; call once, while the board is built. `name` stands in saved state.
    /// A target that runs ahead of board time (a hart) does not keep others from doing so.
    TargetId add_target(const std::string& name, EventTarget& target, bool runs_ahead = false);

    /// Board time.
    [[nodiscard]] Picoseconds now() const { return running_ ? present_ : outside_time(); }

    /// From the next turn of the kernel on: instants before `horizon` follow each other at once,
    /// until `diagnostics` ends the run. The caller lets the kernel run up to `horizon`.
    void run_ahead(Picoseconds horizon, const Diagnostics& diagnostics);

    /// From within an action: all that is left of its instant, and all later ones, stay where they
    /// are, and the kernel's present turn ends. In its next turn an action of `target` and `kind`
    /// comes before everything else, at this same instant. For debuggers; not saved.
    void pause(TargetId target, std::uint32_t kind);

    /// What the kernel has to run for to come to `time`: board time may be ahead of its own.
    [[nodiscard]] sc_core::sc_time kernel_distance(Picoseconds time) const;

    /// `when` must not lie before now(): throws std::logic_error.
    void schedule(Picoseconds when, TargetId target, std::uint32_t kind, std::uint64_t payload = 0);

    /// Drops all pending actions of this target and kind.
    void cancel(TargetId target, std::uint32_t kind);

    /// Instant of the earliest pending action, kNever if there is none.
    [[nodiscard]] Picoseconds next_time() const;

    /// As next_time(), leaving out the actions of one target and of those that run ahead: how far a
    /// hart may run.
    [[nodiscard]] Picoseconds next_time_of_others(TargetId target) const;

    void save(StateWriter& writer) const;
    /// The targets must have been added under the same names, in any order.
    void load(StateReader& reader);

  private:
    struct Target {
        std::string name;
        EventTarget* handler;
        bool runs_ahead;
    };

    void run_due();
    void run_instant();
    void run(const Action& action);
    void run_paused();
    [[nodiscard]] bool step_ahead();
    void arm();
    [[nodiscard]] Picoseconds kernel_time() const;
    [[nodiscard]] Picoseconds outside_time() const { return std::max(ahead_, kernel_time()); }

    sc_core::sc_event due_;
    Picoseconds armed_ = kNever;
    bool running_ = false;
    std::optional<Action> paused_;  // what comes first in the next turn
    Picoseconds present_{};         // board time while running
    Picoseconds ahead_{};           // board time, where it is ahead of the kernel's
    Picoseconds horizon_{};
    const Diagnostics* diagnostics_ = nullptr;
    std::vector<Target> targets_;
    ActionHeap heap_;
    Fifo<Action> of_this_time_;  // scheduled from within an action for its own instant
    Picoseconds base_time_{};    // board time at kernel time 0, non-zero after load()
};

}  // namespace athena::base
