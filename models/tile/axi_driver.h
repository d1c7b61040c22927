// SPDX-License-Identifier: Apache-2.0
// AXI4 manager of one tile by its pins, Verilated, timed or both: queues of bursts, handshakes
// cycle by cycle, and, for co-simulation, seeded gaps on every channel and on the completion
// stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tile/recording.h"
#include "tile/tile_core.h"
#include "tile/tile_pair.h"
#include "tile/timed_tile.h"
#include "tile/verilated_tile.h"

namespace athena::tile {

/// One burst. `data` and `enables` belong to the caller until it has finished.
struct AxiTransfer {
    std::uint64_t ticket = 0;  ///< the caller's, given back
    bool write = false;
    std::uint32_t address = 0;
    std::uint8_t size = 6;  ///< log2 of a beat's bytes
    AxiBurst burst = AxiBurst::Incr;
    /// Bytes from `address` on: read into, or written from. Beats start at multiples of their
    /// size, the first and the last may be partial.
    std::span<std::byte> data;
    std::span<const unsigned char> enables = {};  ///< of a write: as `data`, 0 is off; empty: all

    /// 1 to 256 for what AXI allows.
    [[nodiscard]] std::uint64_t beats() const {
        const std::uint64_t first = address >> size;
        return ((address + data.size() - 1) >> size) - first + 1;
    }
};

struct AxiFinished {
    std::uint64_t ticket = 0;
    bool ok = false;
    std::uint64_t cycle = 0;  ///< of the last response beat's handshake
};

struct TileRecord {
    std::uint64_t cycle = 0;  ///< in which it became visible
    Completion completion;
};

/// Tile is VerilatedTile, TimedTile or TilePair.
template <typename Tile>
class PortDriver {
  public:
    enum Channel : std::uint8_t { kAw, kW, kB, kAr, kR, kCompletion, kChannels };

    /// For each channel and the completion stream the chance in percent that it hesitates in a
    /// cycle, mostly for that cycle alone, sometimes for many; 0 for the board.
    struct Stalls {
        std::array<unsigned, kChannels> percent{};
        std::uint64_t seed = 0;

        [[nodiscard]] bool any() const {
            return std::ranges::any_of(percent, [](unsigned channel) { return channel != 0; });
        }
    };

    /// What the tile is made from.
    template <typename... Parameters>
    explicit PortDriver(const Parameters&... parameters) : tile_(parameters...) {
        reset();
    }

    void reset();
    void set_stalls(const Stalls& stalls);

    /// Queues a burst; reads and writes run side by side, each in order.
    void start(const AxiTransfer& transfer);
    /// From now on every start() is also appended to `to`, which the caller keeps; null ends it.
    void record(std::vector<RecordedAccess>* to) { recording_ = to; }
    [[nodiscard]] bool busy() const { return !writes_.empty() || !reads_.empty(); }

    /// One clock cycle.
    void step();
    /// Runs to cycle `limit`, or behind the first cycle that brings an output, finishes a burst or
    /// leaves the tile idle.
    void run(std::uint64_t limit);
    /// While idle: to a later cycle, without clocking.
    void skip_to(std::uint64_t cycle);
    /// Cycles since reset.
    [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
    /// No burst finishes before this cycle; nothing if none is under way. Exact where nothing makes
    /// one wait.
    [[nodiscard]] std::optional<std::uint64_t> earliest_finish() const;
    /// Nothing happens before the next start(), but that CYCLES counts.
    [[nodiscard]] bool idle() const { return idle_ && !busy(); }
    [[nodiscard]] bool irq() const { return irq_; }

    /// What came out; the caller empties them.
    std::vector<TileRecord> records;
    std::vector<AxiFinished> finished;

    /// Between accesses.
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

    [[nodiscard]] Tile& tile() { return tile_; }
    [[nodiscard]] const Tile& tile() const { return tile_; }

    /// A breach of the protocol by the tile, a failed assertion of it, or a difference of a pair:
    /// one line.
    [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

    static constexpr std::uint64_t kLongestWait = 100'000;  ///< cycles for one beat

  private:
    struct Active {
        AxiTransfer transfer;
        std::uint8_t id = 0;
        std::uint64_t earliest = 0;  // cycle in which it finishes if nothing makes it wait
        bool addressed = false;      // its address has been handed over
        std::uint64_t beats = 0;     // data beats handed over
        bool ok = true;
    };

    [[nodiscard]] bool hesitate(Channel channel);
    [[nodiscard]] Active* next_address(std::deque<Active>& queue);
    [[nodiscard]] Active* next_data();
    void drive_address(Channel channel, AxiAddress& address, std::deque<Active>& queue);
    void drive_data();
    void take(const TileOutputs& outputs);
    void take_write(const TileOutputs& outputs);
    void take_read(const TileOutputs& outputs);
    void take_record(const TileOutputs& outputs);
    void finish(std::deque<Active>& queue);
    void fail(const std::string& text);

    Tile tile_;
    Stalls stalls_;
    std::mt19937_64 random_;
    std::array<std::uint64_t, kChannels> hesitates_until_{};  // by channel
    std::deque<Active> writes_;
    std::deque<Active> reads_;
    std::uint64_t cycle_ = 0;
    std::uint64_t last_progress_ = 0;
    std::uint8_t next_id_ = 0;
    bool idle_ = false;
    bool irq_ = false;
    bool record_waits_ = false;  // a record is visible and not yet taken
    Completion waiting_record_;
    std::optional<std::string> failure_;
    std::vector<RecordedAccess>* recording_ = nullptr;
};

using AxiDriver = PortDriver<VerilatedTile>;

extern template class PortDriver<VerilatedTile>;
extern template class PortDriver<TimedTile>;
extern template class PortDriver<TilePair>;

}  // namespace athena::tile
