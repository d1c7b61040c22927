// SPDX-License-Identifier: Apache-2.0
// The tile's commands, cycle by cycle: queue, check ahead, the one that runs, completion stream.
//
//   queue       A line shows in the cycle behind its beat. The oldest one is checked in the
//               kCheckCycles cycles from the first on in which it is the oldest.
//   pop         In the first cycle behind its check in which nothing runs (the one before may just
//               complete) and the completion stream has room for its record.
//   run         T cycles from the pop to the completion (schedule.h); one if there is nothing to
//   do. completion  The record is pushed: it shows, and registers and interrupt change, in the
//   cycle
//               behind.
#pragma once

#include <array>
#include <optional>

#include "tile/fifo.h"
#include "tile/schedule.h"
#include "tile/tile_core.h"
#include "tile/tile_ports.h"

namespace athena::tile {

/// Cycles are those since reset; "in a cycle" is the state before the clock edge that ends it.
class TimedCommands {
  public:
    explicit TimedCommands(const TileConfig& config);

    void reset();

    /// A command that has completed.
    struct Finished {
        Completion completion;
        Matmul matmul;             ///< only the tag unless the status is Ok
        std::uint64_t cycles = 0;  ///< from pop to completion
    };

    [[nodiscard]] bool full() const { return queue_.full(); }
    [[nodiscard]] std::size_t queued() const { return queue_.size(); }
    [[nodiscard]] std::size_t records() const { return records_.size(); }
    /// Of the oldest command that has not completed.
    [[nodiscard]] std::optional<std::uint32_t> oldest_tag() const {
        return busy_            ? running_.matmul.tag
               : queue_.empty() ? std::nullopt
                                : std::optional(queue_.front().matmul.tag);
    }
    /// From the cycle behind the pop to that of the completion.
    [[nodiscard]] bool busy() const { return busy_; }
    [[nodiscard]] bool idle() const { return !busy_ && queue_.empty() && records_.empty(); }
    /// Cycles before `cycle` in which a command ran.
    [[nodiscard]] std::uint64_t busy_cycles(std::uint64_t cycle) const {
        return busy_cycles_ + (busy_ ? cycle - 1 - popped_ : 0);
    }
    /// The completion stream.
    [[nodiscard]] const Completion* record() const {
        return records_.empty() ? nullptr : &records_.front();
    }
    /// Whether the array has L1 in this cycle.
    [[nodiscard]] bool uses_l1(std::uint64_t cycle) const {
        return busy_ && running_.status == Status::Ok && schedule_.uses_l1(cycle - popped_);
    }
    /// Where the command that runs puts its result.
    [[nodiscard]] Range in_flight() const {
        return busy_ && running_.status == Status::Ok ? running_.matmul.c.range() : Range{};
    }
    /// The command whose results are in L1 from this cycle on, and were not before.
    [[nodiscard]] const Matmul* results(std::uint64_t cycle) const {
        return busy_ && completes_ == cycle && running_.status == Status::Ok ? &running_.matmul
                                                                             : nullptr;
    }
    /// The first cycle from `cycle` on at whose end something happens by itself, records left
    /// alone; nothing if that waits for others.
    [[nodiscard]] std::optional<std::uint64_t> next_event(std::uint64_t cycle) const;

    /// The clock edge that ends `cycle`. What reaches the queue at it:
    struct Arrivals {
        const std::array<std::byte, kBeatBytes>* line = nullptr;  ///< not if full()
        bool abort = false;
        bool record_taken = false;
    };
    /// Returns the command that completes in `cycle`, or null; valid until the next edge.
    const Finished* edge(std::uint64_t cycle, const Arrivals& arrivals);

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Command {
        std::array<std::byte, kBeatBytes> line;
        Matmul matmul;
        Status status;  ///< of its check
        bool aborted;
    };

    void fill(Command& command, const std::array<std::byte, kBeatBytes>& line) const;
    [[nodiscard]] bool pops(std::uint64_t cycle) const;
    void pop(std::uint64_t cycle);
    void abort(std::uint64_t cycle);
    void schedule();

    TileConfig config_;
    Fifo<Command> queue_;
    Fifo<Completion> records_;
    std::uint64_t checked_ = 0;  // cycle from which on the oldest line is checked
    bool busy_ = false;
    Command running_{};
    std::uint64_t popped_ = 0;       // cycle
    std::uint64_t completes_ = 0;    // cycle
    std::uint64_t busy_cycles_ = 0;  // of completed commands
    Schedule schedule_;
    Finished finished_;
};

}  // namespace athena::tile
