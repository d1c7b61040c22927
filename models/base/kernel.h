// SPDX-License-Identifier: Apache-2.0
// The host's work for an engine's running command. From the command's start to its completion the
// bytes that it reads and writes are its own, so that the work may be done on any thread at any
// time in between (DESIGN section 3, "Host threads"). Whoever looks at the bytes past the engine
// settles it first, with any number of threads, so that what it sees does not depend on it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

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

    /// The command's rows may run from now on, in parts of whole steps of rows; it has work for
    /// `parts` of them. Whoever derives settles before it is destroyed.
    void begin(std::uint64_t rows, std::uint64_t step, std::uint64_t parts) {
        if (threads_.count() == 1) {  // at once, while what has just been copied is in the cache
            run_rows(0, rows);
            state_ = State::Done;
            return;
        }
        state_ = State::Begun;
        rows_ = rows;
        parts = std::clamp<std::uint64_t>(parts, 1, threads_.most_parts());
        const std::uint64_t steps = parts_of(rows, step);
        part_rows_ = std::max<std::uint64_t>(parts_of(steps, parts), 1) * step;
        threads_.post(*this, std::max<std::uint64_t>(parts_of(rows, part_rows_), 1));
    }
    /// The results were there when the engine's state was saved.
    void restore(bool done) { state_ = done ? State::Done : State::None; }

  private:
    enum class State { None, Begun, Done };

    /// On any thread, also several at a time. Once for a command without rows.
    virtual void run_rows(std::uint64_t first, std::uint64_t rows) = 0;
    void run_part(std::size_t part) final {
        const std::uint64_t first = part * part_rows_;
        run_rows(first, std::min(part_rows_, rows_ - first));
    }
    [[nodiscard]] static constexpr std::uint64_t parts_of(std::uint64_t all, std::uint64_t one) {
        return (all + one - 1) / one;
    }

    HostThreads& threads_;
    State state_ = State::None;
    std::uint64_t rows_ = 0;
    std::uint64_t part_rows_ = 1;
};

/// A command of an engine as a work of a Backlog: what `Derived` does with it on these bytes.
template <typename Derived, typename Command>
struct KernelWork {
    Command command;
    std::span<std::byte> bytes;

    void run(HostThreads& threads) const {
        Derived kernel(threads, bytes);
        kernel.begin(command);
        kernel.settle();
    }
};

}  // namespace athena::base
