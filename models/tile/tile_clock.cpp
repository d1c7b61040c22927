// SPDX-License-Identifier: Apache-2.0
#include "tile/tile_clock.h"

#include <algorithm>
#include <iterator>

namespace athena::tile {

namespace {

/// Without another event in sight a batch ends after so many cycles.
constexpr std::uint64_t kLongestBatch = 4096;
/// Shorter ones are not worth the way to another thread and back, some 10 microseconds.
constexpr std::uint64_t kShortestShared = 32;

}  // namespace

TileClock::TileClock(base::EventQueue& events, std::uint64_t clock_hz, base::HostThreads& threads)
    : events_(events),
      clock_(clock_hz),
      threads_(threads),
      id_(events.add_target("tile_clock", *this)) {}

void TileClock::arm(base::Picoseconds when) {
    if (when < armed_) {
        if (armed_ != base::kNever) {
            events_.cancel(id_, 0);
        }
        armed_ = when;
        events_.schedule(when, id_, 0);
    }
}

// Not beyond what the board does next, which may be an access, nor beyond the first output of
// another tile, which may lead to one.
std::uint64_t TileClock::limit(std::uint64_t present) const {
    std::uint64_t limit = present + kLongestBatch;
    if (const base::Picoseconds next = events_.next_time(); next != base::kNever) {
        limit = std::min(limit, clock_.elapsed(next).value);
    }
    if (running_.size() > 1) {
        for (const ClockedTile* tile : running_) {
            limit = std::min(limit, std::max(tile->quiet_until(), present + 1));
        }
    }
    return limit;
}

void TileClock::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    armed_ = base::kNever;
    running_.clear();
    std::ranges::copy_if(tiles_, std::back_inserter(running_),
                         [](const ClockedTile* tile) { return tile->next_cycle().has_value(); });
    const std::uint64_t present = clock_.elapsed(events_.now()).value;
    const std::uint64_t end = limit(present);
    if (end >= present + kShortestShared) {
        threads_.run(running_.size(), [&](std::size_t i) { running_[i]->clock_to(end); });
    } else {
        std::ranges::for_each(running_, [&](ClockedTile* tile) { tile->clock_to(end); });
    }
    std::ranges::for_each(running_, [](ClockedTile* tile) { tile->after_clocks(); });
}

}  // namespace athena::tile
