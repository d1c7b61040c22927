// SPDX-License-Identifier: Apache-2.0
// The host's work for an engine's running command. From the command's start to its completion the
// bytes that it reads and writes are its own, so that the work may be done on any thread at any
// time in between (DESIGN section 3, "Host threads"). Whoever looks at the bytes past the engine
// settles it first, with any number of threads, so that what it sees does not depend on it.
#pragma once

#include <cstddef>

#include "base/host_threads.h"

namespace athena::base {

class Kernel : private HostThreads::Task {
  public:
    explicit Kernel(HostThreads& threads) : threads_(threads) {}

    /// The command's bytes hold its results from here on, though it has not completed.
    void settle() {
        if (state_ == State::Begun) {
            threads_.finish(*this);
            state_ = State::Done;
        }
    }
    [[nodiscard]] bool idle() const { return state_ == State::None; }
    [[nodiscard]] bool is_done() const { return state_ == State::Done; }
    /// The command has ended; returns whether this did its work, which is done then.
    bool end() {
        settle();
        const bool done = is_done();
        state_ = State::None;
        return done;
    }

  protected:
    ~Kernel() = default;

    [[nodiscard]] HostThreads& threads() { return threads_; }
    /// `parts` may run from now on. Whoever derives settles before it is destroyed.
    void begin(std::size_t parts) {
        state_ = State::Begun;
        threads_.post(*this, parts);
    }
    /// The results were there when the engine's state was saved.
    void restore(bool done) { state_ = done ? State::Done : State::None; }

  private:
    enum class State { None, Begun, Done };

    HostThreads& threads_;
    State state_ = State::None;
};

}  // namespace athena::base
