// SPDX-License-Identifier: Apache-2.0
// What a tile was asked lately, from moments on whose L1 and outstanding commands are known: it
// repeats a difference without the board, and from a state of the tile its clock cycles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tile/implementation.h"
#include "tile/recording.h"

namespace athena::tile {

/// Whether a tile keeps one.
enum class History : std::uint8_t { None, Kept };

class PortHistory {
  public:
    /// Not kept: all calls do nothing.
    explicit PortHistory(History history) : kept_(history == History::Kept) {}

    [[nodiscard]] bool kept() const { return kept_; }

    /// How far back: the latest stretch, with the one before it, or with all that is kept.
    enum class Reach : std::uint8_t { Latest, Before, All };

    /// From one such moment to the next.
    struct Stretch {
        std::uint64_t cycle = 0;    ///< of the moment, since reset
        std::uint64_t running = 0;  ///< cycles that the oldest command may have run by then
        std::byte ctrl{};           ///< CTRL's first byte
        std::vector<std::byte> l1;  ///< empty: there is no stretch
        std::vector<std::array<std::byte, kBeatBytes>> lines;  ///< outstanding, oldest first
        std::vector<RecordedAccess> accesses;
        std::vector<std::byte> state = {};  ///< of the port's driver and the tile, if it was taken
    };

    /// There is no stretch.
    [[nodiscard]] bool empty() const { return latest_.l1.empty(); }
    /// Whether a new one is to begin before the next access: there is none yet, or the latest one
    /// has become long.
    [[nodiscard]] bool due() const;
    /// Whether that is to be with the tile's state, which costs more.
    [[nodiscard]] bool state_due() const;
    /// L1 as the outstanding commands find it, the oldest one's result not written yet.
    void begin(std::uint64_t cycle, std::byte ctrl, std::span<const std::byte> l1,
               std::vector<std::byte> state);

    /// An access has been served in that cycle, and is in recording(), where it stays, as refused
    /// if the queue was full.
    void accessed(std::uint64_t cycle, const Request& request, bool ok);
    /// A record has become visible.
    void completed(std::uint64_t cycle);
    /// L1 has changed by another way than the port.
    void forget();
    /// The tile is in another state, with so many commands outstanding.
    void restart(std::size_t outstanding);

    /// Where the port's driver puts every access.
    [[nodiscard]] std::vector<RecordedAccess>& recording() { return latest_.accesses; }

    [[nodiscard]] const Stretch& latest() const { return latest_; }
    /// The one before the latest.
    [[nodiscard]] const Stretch& before() const { return before_; }
    /// From the oldest on, whose accesses follow each other; none if there is none so old. With
    /// Reach::All the first one has a state.
    [[nodiscard]] std::vector<const Stretch*> stretches(Reach reach) const;

  private:
    bool kept_;
    Stretch latest_;
    Stretch before_;
    // Long ones with a state, whose accesses are those of many stretches: since then up to the
    // latest one, and from the one before.
    Stretch long_;
    Stretch long_before_;
    std::vector<std::array<std::byte, kBeatBytes>> lines_;  // outstanding now
    std::uint64_t since_ = 0;                               // from when on the oldest one may run
    bool marked_ = false;                                   // some of them have been aborted
    std::size_t unknown_ = 0;                               // older ones than lines_
    std::size_t early_ = 0;        // records that came before their line's response
    std::size_t pushes_ = 0;       // of the latest stretch
    std::uint64_t bytes_ = 0;      // likewise
    std::size_t long_pushes_ = 0;  // of long_
    std::uint64_t long_bytes_ = 0;
};

}  // namespace athena::tile
