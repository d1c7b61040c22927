// SPDX-License-Identifier: Apache-2.0
// The clock of a board's RTL tiles: runs all that are not idle, in batches that end before anything
// can reach one of them, on the host's threads. How many there are changes nothing but the host's
// time (docs/host-threads.md).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock_domain.h"
#include "base/event_queue.h"
#include "base/host_threads.h"

namespace athena::tile {

class ClockedTile {
  public:
    /// Whether it has anything to do, and the first cycle that may bring an output.
    [[nodiscard]] virtual std::optional<std::uint64_t> next_cycle() const = 0;
    /// No output comes before this cycle: by the formula of the commands it has.
    [[nodiscard]] virtual std::uint64_t quiet_until() const = 0;
    /// Up to and with cycle `limit`, or to the first output. Touches nothing but the tile; may run
    /// on another thread.
    virtual void clock_to(std::uint64_t limit) = 0;
    /// Takes the outputs.
    virtual void after_clocks() = 0;

  protected:
    ~ClockedTile() = default;
};

class TileClock : private base::EventTarget {
  public:
    TileClock(base::EventQueue& events, std::uint64_t clock_hz, base::HostThreads& threads);

    /// While the board is built; the tiles' order is that of their outputs.
    void add(ClockedTile& tile) { tiles_.push_back(&tile); }
    /// A tile has something to do from `when` on.
    void arm(base::Picoseconds when);
    /// The board's event queue has been loaded: what was armed before is gone.
    void forget() { armed_ = base::kNever; }

  private:
    void on_event(std::uint32_t kind, std::uint64_t payload) override;
    [[nodiscard]] std::uint64_t limit(std::uint64_t present) const;

    base::EventQueue& events_;
    base::ClockDomain clock_;
    base::HostThreads& threads_;
    base::EventQueue::TargetId id_;
    std::vector<ClockedTile*> tiles_;
    std::vector<ClockedTile*> running_;
    base::Picoseconds armed_ = base::kNever;
};

}  // namespace athena::tile
