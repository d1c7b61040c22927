// SPDX-License-Identifier: Apache-2.0
// The Verilated tile and the timed model side by side under the same inputs: every output is
// compared in every cycle, registers and the bytes of the result whenever a command completes. The
// outputs are the RTL's.
#pragma once

#include <vector>

#include "tile/difference.h"
#include "tile/timed_tile.h"
#include "tile/verilated_tile.h"

namespace athena::tile {

/// How many commands took the cycles of the formula.
struct CycleCount {
    std::uint64_t commands = 0;
    std::uint64_t equal = 0;

    CycleCount& operator+=(const CycleCount& other) {
        commands += other.commands;
        equal += other.equal;
        return *this;
    }
};

/// The same calls as VerilatedTile.
class TilePair {
  public:
    TilePair() : timed_(VerilatedTile::config()) {}

    void reset();

    TileInputs inputs;

    const TileOutputs& cycle();
    std::uint64_t run_quiet(std::uint64_t most);
    [[nodiscard]] const TileOutputs& outputs() const { return rtl_.outputs(); }
    void skip(std::uint64_t count);

    /// The RTL's L1, or both.
    void peek(std::uint64_t offset, std::span<std::byte> data) const { rtl_.peek(offset, data); }
    void poke(std::uint64_t offset, std::span<const std::byte> data);
    [[nodiscard]] std::optional<std::uint64_t> register_value(std::uint64_t offset) const {
        return rtl_.register_value(offset);
    }

    [[nodiscard]] bool failed() const { return rtl_.failed(); }
    [[nodiscard]] const std::string& assertion() const { return rtl_.assertion(); }

    /// Of the oldest command that has not completed, else of the last one that has.
    [[nodiscard]] std::optional<std::uint32_t> nearest_tag() const;

    /// The first one since reset(), in its cycle since then; later ones are not looked for.
    [[nodiscard]] const Difference& difference() const { return difference_; }
    /// Compares all of L1 and all registers; for an idle tile.
    void compare_idle();
    /// Of all commands.
    [[nodiscard]] const CycleCount& cycle_count() const { return cycle_count_; }

    [[nodiscard]] VerilatedTile& rtl() { return rtl_; }
    [[nodiscard]] const VerilatedTile& rtl() const { return rtl_; }
    [[nodiscard]] TimedTile& timed() { return timed_; }
    [[nodiscard]] const TimedTile& timed() const { return timed_; }

  private:
    void differ(Difference difference);
    void differ_in(std::uint64_t cycle, const std::string& text);
    void note_completion();
    /// The outputs of the clock edge to `cycle`.
    void compare(std::uint64_t cycle, const TileOutputs& model, const ReadPort::Place& read);
    void compare_read(std::uint64_t cycle, const ReadPort::Place& read);
    void compare_record(std::uint64_t cycle, const TileOutputs& model);
    void compare_completion(const TimedCommands::Finished& finished);
    [[nodiscard]] Difference compare_registers() const;

    VerilatedTile rtl_;
    TimedTile timed_;
    Difference difference_;
    CycleCount cycle_count_;
    std::optional<std::uint32_t> completed_tag_;  // of the last one
    std::vector<std::byte> scratch_;
};

}  // namespace athena::tile
