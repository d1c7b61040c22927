// SPDX-License-Identifier: Apache-2.0
// A whole board: assembled from its description, loaded, run, asked. Each board has a SystemC
// kernel of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/statistics.h"
#include "base/units.h"
#include "command/command_core.h"
#include "devices/flash.h"
#include "perf/sections.h"
#include "perf/work.h"
#include "platform/board_config.h"
#include "platform/debug_port.h"
#include "platform/device.h"
#include "platform/fidelity.h"
#include "platform/simulation.h"
#include "riscv/trace.h"
#include "tile/difference.h"
#include "virtio/block.h"
#include "virtio/net.h"

namespace athena::command {
class CommandObserver;
}  // namespace athena::command

namespace athena::tile {
class PortHistory;
}  // namespace athena::tile

namespace athena::platform {

/// What harts find in the boot ROM's table (docs/firmware.md).
struct BootTable {
    std::uint64_t entry = 0;        ///< where every hart goes, in M-mode
    std::uint64_t device_tree = 0;  ///< its address
    std::uint64_t next_entry = 0;   ///< S-mode's entry for OpenSBI, 0 if there is none
};

/// Where the network device's cable leads.
enum class Network {
    None,     ///< there is no network device
    Outside,  ///< to whoever runs the board
    Loop,     ///< to a neighbour on the board (virtio/loop_peer.h)
};

/// What the board tells of its work, and whom.
struct LogOptions {
    base::LogLevels levels{};
    base::LogSink* sink = nullptr;  ///< lives as long as the board; null: no levels are on
};

struct BoardOptions {
    std::vector<Block> blocks;                   ///< of blocks_of(), with the fidelities chosen
    std::optional<base::Picoseconds> quantum{};  ///< otherwise the hart's own
    bool strict = false;                         ///< the first guest fault ends the run
    unsigned threads = 1;                        ///< of the host
    std::uint64_t seed = 0;                      ///< of the entropy device
    /// Of the flash banks; those without are erased.
    std::vector<std::unique_ptr<devices::FlashFile>> flashes{};
    /// Of block devices, in this order; up to kMostDrives.
    std::vector<std::unique_ptr<virtio::BlockStorage>> drives{};
    Network network = Network::None;
    bool virtio_console = false;  ///< there is one, and it takes the console's input
    LogOptions log{};
    DeviceKinds device_kinds{};  ///< of the program's own
};

/// A tile in lockstep whose RTL and model differ.
struct Diverged {
    std::string path;
    Fidelity fidelity = Fidelity::Lockstep;  ///< or LockstepData
    tile::Difference difference;
    const tile::PortHistory* history = nullptr;
    std::uint64_t taken = 0;  ///< commands that the tile's queue has taken, since power-on
    std::optional<command::CommandCore::Sender> sender = {};  ///< of the command that differs
    base::Picoseconds time = {};                              ///< of the board
};

class BoardModules;

class Board : public base::StatisticsSource {
  public:
    /// Guest faults are told to `log`, one a line. Throws std::exception if the board cannot be
    /// built.
    Board(const BoardConfig& config, BoardOptions options, std::ostream& log);
    ~Board();
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    /// The ROM's image; the table is written into it. Throws std::invalid_argument if it does not
    /// fit.
    void load_rom(std::span<const std::byte> image, const BootTable& table);
    /// Puts bytes into RAM or HBM, followed by zeros up to `size`, now and at each reset in place.
    /// Throws std::out_of_range if they do not lie within one memory.
    void load(std::uint64_t address, std::vector<std::byte> bytes, std::uint64_t size);
    /// The HTIF word that ends the run. Before the run.
    void watch_tohost(std::uint64_t address);

    /// Harts `first` to `last` tell `sink` what they do in a window of board time; it lives as long
    /// as the board runs. Throws std::out_of_range if there are no such harts.
    void trace_harts(riscv::TraceSink& sink, const riscv::TraceWindow& window, std::uint64_t first,
                     std::uint64_t last);

    /// Tells the observer of all that the cluster's command processor does; it lives as long as the
    /// board runs.
    void observe(std::uint64_t cluster, command::CommandObserver& observer);

    /// Tells it of what all harts do, and of marks that software sets, likewise.
    void observe_harts(riscv::HartObserver& observer);
    void observe_marks(perf::MarkObserver& observer);

    /// Runs until board time is `time`, the run has ended, or a hart has paused the board for a
    /// debugger: then a call with the same `time` goes on as if nothing had been. At the end no
    /// hart has passed `time`; what is due at `time` itself is the next call's, after the input
    /// that is given until then.
    void run_until(base::Picoseconds time);

    [[nodiscard]] base::Picoseconds now() const;
    [[nodiscard]] const std::optional<base::Diagnostics::Stop>& stopped() const;
    /// Ends the run from outside. The first request counts.
    void stop(base::ExitStatus status, const std::string& reason);
    /// The code that a failed guest gave.
    [[nodiscard]] std::optional<std::uint64_t> guest_code() const;

    /// All harts sleep: nothing happens before next_event() unless input comes.
    [[nodiscard]] bool idle() const;
    /// kNever if nothing is pending.
    [[nodiscard]] base::Picoseconds next_event() const;
    /// What each hart waits for, in words.
    [[nodiscard]] std::string waits() const;
    /// What each ring and engine that cannot go on waits for, a line each, and the cycles of such
    /// waits: for the time when nothing moves any more.
    [[nodiscard]] std::vector<std::string> engine_waits() const;
    /// What the timed fabric has lost, so that no time of the run is to be trusted; nothing: all
    /// that came in went out or is on its way.
    [[nodiscard]] std::optional<std::string> imbalance() const;
    /// Retired by all harts.
    [[nodiscard]] std::uint64_t instructions() const;
    /// What the guest says it has done.
    [[nodiscard]] const perf::Work& work() const;
    /// The sections of work that the guest has named.
    [[nodiscard]] const perf::Sections& sections() const;

    /// The first one, if there is one: the run has ended then.
    [[nodiscard]] std::optional<Diverged> diverged() const;
    /// One line for each tile that has taken fewer commands than its next change of fidelity wants.
    [[nodiscard]] std::vector<std::string> changes_to_come() const;

    /// "[PATH=]X", as --fidelity takes it: now, or as soon as the tile is drained
    /// (docs/tile-swap.md). Throws FidelityError, and changes nothing then.
    void set_fidelity(const std::string& setting);

    /// What the guest has sent to the console since the last call: by the uart, then by the virtio
    /// console.
    [[nodiscard]] std::vector<std::byte> take_console_output();
    /// Bytes that can be taken now by the device that takes the console's input.
    [[nodiscard]] std::size_t console_room() const;
    /// Hands them to it at the present instant.
    void console_input(std::span<const std::byte> bytes);
    /// Input on the console would interrupt a hart.
    [[nodiscard]] bool console_wakes() const;

    /// Frames that the guest has sent to Network::Outside since the last call.
    [[nodiscard]] std::vector<virtio::Frame> take_sent_frames();
    /// Frames that the network device can take now.
    [[nodiscard]] std::size_t network_room() const;
    /// A frame reaches the network device at the present instant.
    void network_input(std::span<const std::byte> frame);
    /// A frame would interrupt a hart.
    [[nodiscard]] bool network_wakes() const;

    /// A debugger's read of any memory. False: not all of it is readable.
    [[nodiscard]] bool read_memory(std::uint64_t address, std::span<std::byte> bytes);

    [[nodiscard]] DebugPort& debug() { return *debug_; }
    /// In the order of `athena describe`, with the fidelities that were last asked for.
    [[nodiscard]] std::span<const Block> blocks() const { return blocks_; }

    /// Counters of all blocks, under their paths.
    void report(base::StatisticsVisitor& visitor) const override;

  private:
    Simulation simulation_;
    std::vector<Block> blocks_;
    std::unique_ptr<BoardModules> modules_;
    std::unique_ptr<DebugPort> debug_;
};

}  // namespace athena::platform
