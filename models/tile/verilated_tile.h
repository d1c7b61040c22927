// SPDX-License-Identifier: Apache-2.0
// One instance of the Verilated tile: clock, ports and back door. Only its source file knows
// Verilator; several instances live in one process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tile/tile_config.h"
#include "tile/tile_ports.h"

namespace athena::tile {

class VerilatedTile {
  public:
    /// Parameters of the build.
    [[nodiscard]] static const TileConfig& config();

    VerilatedTile();
    ~VerilatedTile();
    VerilatedTile(const VerilatedTile&) = delete;
    VerilatedTile& operator=(const VerilatedTile&) = delete;

    /// Pulses the reset; L1 keeps its bytes.
    void reset();

    TileInputs inputs;

    /// One clock cycle under `inputs`.
    const TileOutputs& cycle();
    /// Up to `most` cycles without any AXI channel valid and with the completion stream ready; ends
    /// behind the first one that shows a record, a change of the interrupt, or an idle tile.
    /// Returns their number; outputs() are those of the last.
    std::uint64_t run_quiet(std::uint64_t most);
    [[nodiscard]] const TileOutputs& outputs() const { return outputs_; }

    /// Whether the Verilated class is our own tile, whose inside is known; of another one L1 and
    /// registers are reached by its port.
    [[nodiscard]] static bool is_ours();

    /// While idle: the state after `count` cycles without input. Another design than ours is
    /// clocked, unless its cycle counter is known (docs/own-tile.md).
    void skip(std::uint64_t count);

    /// L1 by the back door: no time. Of another design than ours by its port, in cycles that do not
    /// count.
    void peek(std::uint64_t offset, std::span<std::byte> data) const;
    void poke(std::uint64_t offset, std::span<const std::byte> data);

    /// The value of the register at `offset`, a multiple of 8, by the back door; nothing where
    /// there is none.
    [[nodiscard]] std::optional<std::uint64_t> register_value(std::uint64_t offset) const;

    /// All of the state, L1 included; for the same Verilated build only.
    [[nodiscard]] std::vector<std::byte> save() const;
    /// The data have been checked to come from save() of this build.
    void load(std::span<const std::byte> data);

    /// Writes a waveform of the cycles from `first` to before `last`, counted from the next reset()
    /// on or as if the present one were `now`; two steps of its time are a cycle. An empty name
    /// ends it. Cycles that are skipped are missing.
    void wave(const std::string& file, std::uint64_t first, std::uint64_t last,
              std::uint64_t now = 0);

    /// An assertion of the RTL failed.
    [[nodiscard]] bool failed() const;
    /// The first one that did since reset(), as Verilator tells of it: file, line, instance and
    /// name, message. Empty: none.
    [[nodiscard]] const std::string& assertion() const;

  private:
    struct Model;

    void clock(bool level);
    void apply();
    void sample_before();
    void sample_behind();

    std::unique_ptr<Model> model_;
    TileOutputs outputs_;
    bool record_came_ = false;  // during poke() of another design than ours
};

}  // namespace athena::tile
