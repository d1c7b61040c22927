// SPDX-License-Identifier: Apache-2.0
// The matmul tile without sockets and time: L1, command queue, registers and the execution of
// commands (README.md). Whoever owns it says when a command starts and ends; the RTL is compared
// with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/fifo.h"
#include "base/register_bank.h"
#include "memory/sparse_storage.h"
#include "numerics/gemm.h"
#include "tile/cycles.h"
#include "tile/matmul.h"
#include "tile/tile_config.h"

namespace athena::tile {

/// A record of the completion stream.
struct Completion {
    std::uint32_t tag = 0;
    Status status = Status::Ok;

    bool operator==(const Completion&) const = default;
};

class TileCore {
  public:
    explicit TileCore(const TileConfig& config);

    /// Everything but L1.
    void reset();

    [[nodiscard]] const TileConfig& config() const { return config_; }
    [[nodiscard]] std::span<std::byte> l1() { return l1_.bytes(); }
    [[nodiscard]] std::span<const std::byte> l1() const { return l1_.bytes(); }

    /// A line in the command queue's window; false, and REFUSED counts, if the queue is full.
    [[nodiscard]] bool push(CommandLine line);
    /// For whoever follows the decisions of another tile: the two outcomes of push(), and an abort
    /// of the oldest command alone.
    void accept(CommandLine line);
    void refuse();
    void abort_oldest();

    /// Pops the oldest command of the queue, which runs from now on. Nothing runs and the queue is
    /// not empty.
    void start(std::uint64_t cycle);
    /// The running command writes its results, if it is to have any and they are not `written`, and
    /// completes.
    Completion finish(std::uint64_t cycle, bool written = false);

    [[nodiscard]] bool running() const { return state_.running; }
    [[nodiscard]] std::size_t queued() const {
        return state_.commands.size() - (state_.running ? 1 : 0);
    }
    /// The line of command number `index` of those that have not completed, the oldest first.
    [[nodiscard]] std::optional<CommandLine> outstanding(std::size_t index) const;
    [[nodiscard]] std::uint64_t start_cycle() const { return state_.start_cycle; }
    /// Cycles that the oldest command takes, from its pop to its completion record; nothing without
    /// one.
    [[nodiscard]] std::optional<std::uint64_t> oldest_cycles() const {
        if (state_.commands.empty()) {
            return std::nullopt;
        }
        const Command& command = state_.commands.front();
        return command.aborted ? kNothingCycles : command.cycles;
    }

    /// Registers, offsets of tile.regs.toml, as a guest sees them at `cycle`; nothing, or false,
    /// where an access is an error.
    [[nodiscard]] std::optional<std::uint64_t> read(std::uint64_t offset, unsigned size,
                                                    std::uint64_t cycle);
    [[nodiscard]] bool write(std::uint64_t offset, unsigned size, std::uint64_t value);
    /// A debugger's read, without side effects.
    [[nodiscard]] std::optional<std::uint64_t> peek(std::uint64_t offset, unsigned size,
                                                    std::uint64_t cycle);
    /// Level of the interrupt wire.
    [[nodiscard]] bool irq() const;
    [[nodiscard]] std::uint64_t busy_cycles(std::uint64_t cycle) const;

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Command {
        std::array<std::byte, 64> line;
        bool aborted;
        // Both follow from the line.
        DecodedMatmul decoded;
        std::uint64_t cycles;  // that it takes unless it is aborted
    };
    struct State {
        base::Fifo<Command> commands;   ///< that have not completed
        bool running = false;           ///< the first of them, which has left the queue
        std::uint64_t start_cycle = 0;  ///< of the running command
        std::uint64_t busy_cycles = 0;  ///< of completed commands
    };

    void put(CommandLine line, bool aborted);
    void abort();
    void refresh(std::uint64_t cycle);
    void add(unsigned index, std::uint64_t count) {
        registers_.set(index, registers_.get(index) + count);
    }

    TileConfig config_;
    memory::SparseStorage l1_;  ///< boards of hundreds of tiles leave most of it untouched
    base::RegisterBank registers_;
    State state_;
};

}  // namespace athena::tile
