// SPDX-License-Identifier: Apache-2.0
// The board's running counter (mtime), read at an instant: a hart that runs ahead of board time
// reads it at its own.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"

namespace athena::base {

/// Is told that the counter does not run on from where it was.
class TimeCounterListener {
  public:
    /// Between the counter's change and whatever else happens at this instant.
    virtual void on_counter_set() = 0;

  protected:
    ~TimeCounterListener() = default;
};

class TimeCounter {
  public:
    /// Value of the counter at board time `at`, in ticks; no side effects.
    [[nodiscard]] virtual std::uint64_t count(Picoseconds at) const = 0;

    /// The first instant at which the counter has made `ticks` steps more than at `at`; kNever if
    /// board time ends before.
    [[nodiscard]] virtual Picoseconds after(Picoseconds at, std::uint64_t ticks) const = 0;

    /// The listener stays for as long as the counter.
    void add_listener(TimeCounterListener& listener) { listeners_.push_back(&listener); }

  protected:
    ~TimeCounter() = default;

    void tell_listeners() {
        for (TimeCounterListener* listener : listeners_) {
            listener->on_counter_set();
        }
    }

  private:
    std::vector<TimeCounterListener*> listeners_;
};

}  // namespace athena::base
