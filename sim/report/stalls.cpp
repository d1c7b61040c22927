// SPDX-License-Identifier: Apache-2.0
#include "sim/report/stalls.h"

#include <algorithm>

namespace athena::sim {

StallTracker::StallTracker(std::uint32_t rings, std::uint32_t tiles, std::uint32_t semaphores,
                           std::uint64_t fetch)
    : fetch_(fetch),
      rings_(rings),
      tiles_(tiles, Tile{.since = 0, .rings = std::vector<StallTimes>(rings)}),
      signallers_(semaphores, Stall::Order) {}

// The ring's past grows by one piece; what of it is before a tile's idleness is noted there.
void StallTracker::extend(std::uint32_t index, std::uint64_t end, Stall stall) {
    Ring& ring = rings_[index];
    if (end <= ring.known) {
        return;
    }
    for (Tile& tile : tiles_) {
        if (tile.since > ring.known) {
            at(tile.rings[index], stall) += std::min(tile.since, end) - ring.known;
        }
    }
    at(ring.times, stall) += end - ring.known;
    ring.known = end;
}

StallTracker::Before StallTracker::left_ring(const command::CommandFacts& facts) {
    Ring& ring = rings_[facts.ring];
    const std::uint64_t read = facts.life.read;
    const bool was_read = ring.position == facts.position || read <= ring.known + fetch_;
    ring.position = facts.position;
    extend(facts.ring, read, was_read ? Stall::Fetch : Stall::None);
    const Before before{facts.ring, ring.times};
    extend(facts.ring, facts.life.queued, facts.engine ? Stall::Queue : Stall::Order);
    return before;
}

StallTimes StallTracker::begins(std::uint32_t index, const command::CommandFacts& facts,
                                const Before& before) const {
    const Tile& tile = tiles_[index];
    StallTimes times{};
    std::uint64_t from = tile.since;
    if (facts.life.read > from) {
        for (std::size_t stall = 0; stall < kStalls; ++stall) {
            times[stall] = before.ring[stall] - tile.rings[facts.ring][stall];
        }
        from = facts.life.read;
    }
    if (facts.life.queued > from) {
        at(times, Stall::Queue) += facts.life.queued - from;
        from = facts.life.queued;
    }
    if (facts.life.issued > from) {
        const bool waited = facts.life.wait.value != 0;
        at(times, waited ? signallers_[facts.life.wait.semaphore] : Stall::Queue) +=
            facts.life.issued - from;
    }
    return times;
}

void StallTracker::ends(std::uint32_t index, std::uint64_t now) {
    Tile& tile = tiles_[index];
    tile.since = now;
    for (std::size_t ring = 0; ring < rings_.size(); ++ring) {
        tile.rings[ring] = rings_[ring].times;
    }
}

}  // namespace athena::sim
