// SPDX-License-Identifier: Apache-2.0
// The tile by its pins and clock cycles, without RTL: equal to rtl/tile/athena_tile.sv in every
// output in every cycle (README.md says what is excluded). Its blocks are the specification of the
// tile's time:
//
//   port_write.h, port_read.h   the two halves of the AXI port
//   timed_commands.h            queue, check, completion stream; schedule.h: when the array has L1
//   timed_registers.h           registers and interrupt
//
// L1 serves one of them a cycle: the array always wins, then reads and writes of the port take
// turns. The results of a command appear in L1 as a whole, in the cycle of its completion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tile/port_read.h"
#include "tile/port_write.h"
#include "tile/timed_commands.h"
#include "tile/timed_registers.h"

namespace athena::tile {

/// The same calls as VerilatedTile.
class TimedTile {
  public:
    explicit TimedTile(const TileConfig& config);

    [[nodiscard]] const TileConfig& config() const { return config_; }

    /// Everything but L1.
    void reset();

    TileInputs inputs;

    /// One clock cycle under `inputs`.
    const TileOutputs& cycle();
    /// Up to `most` cycles without any AXI channel valid and with the completion stream ready; ends
    /// behind the first one that shows a record, a change of the interrupt, or an idle tile.
    /// Returns their number; outputs() are those of the last.
    std::uint64_t run_quiet(std::uint64_t most);
    [[nodiscard]] const TileOutputs& outputs() const { return outputs_; }

    /// While idle: the state after `count` cycles without input.
    void skip(std::uint64_t count) { cycle_ += count; }

    /// L1 by the back door: no time.
    void peek(std::uint64_t offset, std::span<std::byte> data) const;
    void poke(std::uint64_t offset, std::span<const std::byte> data);
    [[nodiscard]] std::span<const std::byte> l1() const { return l1_; }
    /// While idle: a burst of L1 has been served without being clocked.
    void served(bool write) { read_turn_ = write; }

    /// The value of the register at `offset`, a multiple of 8, by the back door; nothing where
    /// there is none.
    [[nodiscard]] std::optional<std::uint64_t> register_value(std::uint64_t offset) const {
        return registers_.value(offset, shown());
    }

    /// The command that completed in the last cycle() or run_quiet(), if one did.
    [[nodiscard]] const TimedCommands::Finished* finished() const { return finished_; }
    /// What R shows, as read now; for reports.
    [[nodiscard]] ReadPort::Place shown_read() const { return read_.shown(); }
    /// Cycles since reset.
    [[nodiscard]] std::uint64_t cycle_count() const { return cycle_; }
    /// Those that have not completed.
    [[nodiscard]] std::size_t outstanding() const {
        return commands_.queued() + (commands_.busy() ? 1 : 0);
    }

    /// All of the state, L1 and what is on its way included.
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

    /// The tag of the oldest of them.
    [[nodiscard]] std::optional<std::uint32_t> oldest_tag() const { return commands_.oldest_tag(); }

    /// It has no assertions that could.
    [[nodiscard]] static bool failed() { return false; }

  private:
    [[nodiscard]] TimedRegisters::Shown shown() const;
    [[nodiscard]] bool port_idle() const { return write_.idle() && read_.idle(); }
    void serve_write(TimedCommands::Arrivals& arrivals);
    void serve_read();
    void serve_port(TimedCommands::Arrivals& arrivals);
    void advance(std::uint64_t cycles);
    void show_behind();

    TileConfig config_;
    std::vector<std::byte> l1_;
    WritePort write_;
    ReadPort read_;
    TimedCommands commands_;
    TimedRegisters registers_;
    std::uint64_t cycle_ = 0;  // since reset
    bool read_turn_ = false;   // if both halves of the port want L1
    Beat line_{};              // a command on its way to the queue
    const TimedCommands::Finished* finished_ = nullptr;
    TileOutputs outputs_;
};

}  // namespace athena::tile
