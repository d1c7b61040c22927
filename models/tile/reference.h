// SPDX-License-Identifier: Apache-2.0
// The functional core as the reference of a Verilated tile: it takes the same commands, data and
// register accesses at the same cycles, completes a command when the RTL does, and says where the
// two differ.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tile/axi_driver.h"
#include "tile/difference.h"
#include "tile/tile_pair.h"
#include "tile/timed_core.h"

namespace athena::tile {

class Reference {
  public:
    explicit Reference(const TileConfig& config) : timed_(config) {}

    void reset() { timed_.reset(); }

    [[nodiscard]] TimedCore& timed() { return timed_; }
    [[nodiscard]] const TimedCore& timed() const { return timed_; }
    [[nodiscard]] TileCore& core() { return timed_.core(); }
    [[nodiscard]] const TileCore& core() const { return timed_.core(); }

    /// Commands that have not completed.
    [[nodiscard]] std::size_t outstanding() const {
        return core().queued() + (core().running() ? 1 : 0);
    }
    /// Of all complete() so far.
    [[nodiscard]] const CycleCount& cycle_count() const { return cycle_count_; }

    void write_l1(std::uint64_t offset, std::span<const std::byte> data,
                  std::span<const unsigned char> enables);
    /// Whether a register counts cycles or shows the queue's momentary state.
    [[nodiscard]] static bool is_timing(std::uint64_t offset);

    /// Where the outstanding command number `index` puts its result if it passes its checks.
    [[nodiscard]] Range result_of(std::size_t index) const;
    /// A record became visible: the oldest command completes. `result` holds the RTL's bytes of
    /// its result_of() at that cycle, or nothing if they are not to be compared.
    [[nodiscard]] Difference complete(const TileRecord& record, std::span<const std::byte> result);

    [[nodiscard]] Difference check_l1_read(std::uint64_t offset,
                                           std::span<const std::byte> data) const;
    /// All of L1; for when no result and no write is on its way.
    [[nodiscard]] Difference compare_l1(const VerilatedTile& rtl);

  private:
    TimedCore timed_;
    CycleCount cycle_count_;
    std::vector<std::byte> scratch_;
};

}  // namespace athena::tile
