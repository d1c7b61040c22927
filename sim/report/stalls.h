// SPDX-License-Identifier: Apache-2.0
// Why the tiles of a cluster stand still: for each gap between two commands of a tile, what the
// second one waited for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "command/observer.h"

namespace athena::sim {

/// What a tile waits for, by who ended the wait.
enum class Stall : std::uint8_t {
    Load,    ///< a DMA channel that writes to L1
    Store,   ///< one that writes elsewhere, as results that make room
    Tile,    ///< another tile
    Vector,  ///< a vector core
    Order,   ///< a fence, a barrier between clusters, or a semaphore that nobody seen has signalled
    Queue,   ///< the ring stands before another engine's full queue
    Fetch,   ///< the descriptor is being read
    None,    ///< nothing to do: the ring is empty
};
inline constexpr std::size_t kStalls = 8;
inline constexpr std::array<std::string_view, kStalls> kStallNames = {
    "load", "store", "tile", "vector", "order", "queue", "fetch", "none"};

/// Picoseconds, by cause.
using StallTimes = std::array<std::uint64_t, kStalls>;

inline std::uint64_t& at(StallTimes& times, Stall stall) {
    return times[static_cast<std::size_t>(stall)];
}

/// Of one cluster. A ring is always in one of these: before a full queue, in a fence or wait of its
/// own, reading, or empty; the time that a tile's next descriptor was not read yet goes by that.
/// What comes after goes to the semaphore that it waited for.
class StallTracker {
  public:
    /// `fetch`: picoseconds between two descriptors of a ring that reading may take; what is longer
    /// is an empty ring, unless both are of one list.
    StallTracker(std::uint32_t rings, std::uint32_t tiles, std::uint32_t semaphores,
                 std::uint64_t fetch);

    /// The ring's past up to where a command was read, taken when that has left the ring.
    struct Before {
        std::uint32_t number = 0;  ///< of the ring
        StallTimes ring{};
    };

    /// A descriptor has left its ring, whose next one may come now.
    Before left_ring(const command::CommandFacts& facts);
    /// A semaphore was signalled by who is to blame for waits that end now.
    void signalled(std::uint32_t semaphore, Stall by) { signallers_[semaphore] = by; }
    [[nodiscard]] Stall signaller(std::uint32_t semaphore) const { return signallers_[semaphore]; }

    /// Of a tile's command that is issued to it while it is idle: what the time since its last
    /// command's end went to; all of them add up to that time.
    [[nodiscard]] StallTimes begins(std::uint32_t tile, const command::CommandFacts& facts,
                                    const Before& before) const;
    /// The tile has ended its last command.
    void ends(std::uint32_t tile, std::uint64_t now);
    /// Since when a tile is idle.
    [[nodiscard]] std::uint64_t idle_since(std::uint32_t tile) const { return tiles_[tile].since; }

  private:
    struct Ring {
        std::uint64_t known = 0;  ///< up to here `times` is the ring's past
        StallTimes times{};
        std::optional<std::uint32_t> position;  ///< of the last that left; a list has one for all
    };
    /// The part of a ring's past that is before the tile's idleness.
    struct Tile {
        std::uint64_t since = 0;
        std::vector<StallTimes> rings;
    };

    void extend(std::uint32_t ring, std::uint64_t end, Stall stall);

    std::uint64_t fetch_;
    std::vector<Ring> rings_;
    std::vector<Tile> tiles_;
    std::vector<Stall> signallers_;
};

}  // namespace athena::sim
