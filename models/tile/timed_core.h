// SPDX-License-Identifier: Apache-2.0
// TileCore with the cycles at which its port and its queue work: what takes effect when, and when a
// command starts. The functional model ends commands at the formula's cycles, the reference of
// lockstep at the RTL's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tile/tile_core.h"

namespace athena::tile {

/// Cycles count from reset; calls come in their order. What takes effect at the edge to cycle n
/// sees the state of cycle n - 1. Completions that become visible in cycle n are told after
/// effects at that edge, but for writes of CTRL: they come after.
class TimedCore {
  public:
    explicit TimedCore(const TileConfig& config) : core_(config) {}

    void reset();

    [[nodiscard]] TileCore& core() { return core_; }
    [[nodiscard]] const TileCore& core() const { return core_; }

    /// A line reaches the queue; returns whether it is taken.
    bool push(std::uint64_t cycle, CommandLine line);
    /// The same for who follows another tile's decision: it is taken.
    void accept(std::uint64_t cycle, CommandLine line);
    /// Offsets count from the registers' window. Returns whether the answer is OK.
    bool write_register(std::uint64_t cycle, std::uint64_t offset, std::span<const std::byte> data);
    /// The value in `cycle`; nothing if the answer is an error.
    [[nodiscard]] std::optional<std::uint64_t> read_register(std::uint64_t cycle,
                                                             std::uint64_t offset, unsigned size);
    /// Whether completions of the same cycle go before a write of this register.
    [[nodiscard]] static bool goes_last(std::uint64_t offset);

    /// When the oldest command completes by the formula; nothing without one.
    [[nodiscard]] std::optional<std::uint64_t> next_end() const {
        const auto cycles = core_.oldest_cycles();
        return cycles
                   ? std::optional((core_.running() ? core_.start_cycle() : next_start_) + *cycles)
                   : std::nullopt;
    }
    /// The oldest command completes; its record is visible in `cycle`. As TileCore::finish().
    Completion complete(std::uint64_t cycle, bool written = false);

    /// Of the last complete().
    struct Cycles {
        std::uint64_t found = 0;    ///< from queue pop to completion record
        std::uint64_t formula = 0;  ///< by cycles.h
    };
    [[nodiscard]] const Cycles& last_cycles() const { return last_cycles_; }

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    void start_before(std::uint64_t cycle);
    void start(std::uint64_t cycle);
    [[nodiscard]] std::uint64_t next_start_cycles() const;

    TileCore core_;
    std::uint64_t next_start_ = 0;  // not before this cycle the next command is popped
    Cycles last_cycles_;
};

}  // namespace athena::tile
