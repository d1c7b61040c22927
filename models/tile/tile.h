// SPDX-License-Identifier: Apache-2.0
// Matmul tile: L1, registers, command queue, completion stream and interrupt behind one TLM socket
// (README.md). The same front serves the functional model and the Verilated RTL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "base/backlog.h"
#include "base/clock_domain.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/fifo.h"
#include "base/irq.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "tile/carried_registers.h"
#include "tile/implementation.h"
#include "tile/tile_clock.h"
#include "tile/transfers.h"

namespace athena::tile {

class Tile : public sc_core::sc_module,
             public base::StatisticsSource,
             private base::EventTarget,
             private ClockedTile,
             private base::Target,
             private base::Initiator {
  public:
    enum class Mode { Functional, Timed, Rtl, Lockstep, LockstepData };
    /// Another mode from a command on; commands count from 0, since the board's start, as the queue
    /// takes them.
    struct ModeChange {
        std::uint64_t command = 0;
        Mode mode = Mode::Functional;
    };

    struct Config {
        std::uint32_t rows = 16;
        std::uint32_t cols = 16;
        std::uint32_t l1_bytes = 1 << 20;
        std::uint32_t queue_depth = 8;  ///< commands that wait; 1 to 255
        std::uint64_t clock_hz = 1'500'000'000;
        Mode mode = Mode::Functional;
        std::vector<ModeChange> changes{};  ///< by ascending command
    };

    base::TargetSocket socket;  ///< L1 at 0, registers at 0x80'0000, command queue at 0x81'0000
    /// Completion stream: an 8-byte write at address 0 for each command that ended: u32 tag, u32
    /// status.
    base::InitiatorSocket completion;
    base::IrqLine irq;

    /// Modes with clock cycles are clocked by `rtl_clock`, whose frequency is the tile's, or
    /// without one by the tile alone. Throws std::invalid_argument if the mode needs a Verilated
    /// build that does not exist. A functional tile's commands are works of `lane`, its cluster's.
    Tile(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
         base::Diagnostics& diagnostics, base::HostThreads& threads, TileClock* rtl_clock = nullptr,
         base::Backlog::Lane lane = {});

    /// Whether there is a Verilated build with these parameters (whatever the mode).
    [[nodiscard]] static bool has_rtl(const Config& config);

    void reset();

    /// Puts another implementation in the place of the present one, now or as soon as the tile is
    /// drained: commands completed and their records delivered. Lines pushed until then wait.
    /// Throws as the constructor.
    void set_mode(Mode mode);
    /// Of the implementation at work.
    [[nodiscard]] Mode mode() const { return mode_; }
    /// How often it has changed.
    [[nodiscard]] std::uint64_t swaps() const { return counters_.swaps; }
    [[nodiscard]] Implementation& implementation() { return *implementation_; }

    /// Lines that the implementations' queues have taken, since power-on.
    [[nodiscard]] std::uint64_t taken() const { return accepted_ - held_; }
    /// The first change of mode by the configuration that is still to come.
    [[nodiscard]] std::optional<ModeChange> next_change() const {
        return next_change_ == config_.changes.size()
                   ? std::nullopt
                   : std::optional(config_.changes[next_change_]);
    }

    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] bool idle() const { return commands_.empty(); }
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    enum Kind : std::uint32_t { kAdvance, kDeliver, kTransfer, kRespond };
    using Line = std::array<std::byte, kBeatBytes>;

    /// A command from its push to its completion. The oldest one owns its ranges of L1.
    struct Command {
        Line line;
        bool aborted;
        DecodedMatmul decoded;
        std::uint64_t pushed = 0;  ///< cycle, not later than its line shows in the queue
    };
    struct Counters {
        std::uint64_t commands = 0;
        std::uint64_t errors = 0;
        std::uint64_t refused = 0;
        std::uint64_t multiply_accumulates = 0;
        std::uint64_t bytes_read = 0;
        std::uint64_t bytes_written = 0;
        std::uint64_t in_flight_faults = 0;
        std::uint64_t busy_cycles_before_reset = 0;  ///< and before the last change of mode
        std::uint64_t swaps = 0;
        std::uint64_t compared = 0;      ///< in lockstep, before the last change of mode
        std::uint64_t equal_cycles = 0;  ///< likewise
    };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    tlm::tlm_sync_enum nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
    bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;
    [[nodiscard]] std::optional<std::uint64_t> next_cycle() const override;
    [[nodiscard]] std::uint64_t quiet_until() const override;
    void clock_to(std::uint64_t limit) override { implementation_->advance(limit); }
    void after_clocks() override;

    [[nodiscard]] tlm::tlm_response_status access_l1(tlm::tlm_generic_payload& payload,
                                                     std::uint64_t& cycle);
    [[nodiscard]] tlm::tlm_response_status access_register(tlm::tlm_generic_payload& payload,
                                                           std::uint64_t& cycle);
    [[nodiscard]] tlm::tlm_response_status push(tlm::tlm_generic_payload& payload,
                                                std::uint64_t& cycle);
    [[nodiscard]] Response push_line(std::uint64_t cycle, std::span<std::byte, kBeatBytes> line);
    [[nodiscard]] Response access_registers(std::uint64_t cycle, const Request& request);
    [[nodiscard]] Response read_adjusted(std::uint64_t cycle, const Request& request);
    [[nodiscard]] bool adjusts(std::uint64_t place) const;
    [[nodiscard]] std::uint64_t adjusted(const CarriedRegisters& carried, std::uint64_t place,
                                         std::uint64_t value) const;
    [[nodiscard]] std::optional<std::uint64_t> peek_register(std::uint64_t offset, unsigned size);
    [[nodiscard]] bool overlaps(const tlm::tlm_generic_payload& payload) const;
    void access_piecewise(tlm::tlm_generic_payload& payload, std::uint64_t& cycle);
    [[nodiscard]] bool in_flight(const tlm::tlm_generic_payload& payload) const;
    [[nodiscard]] bool refuses(Range touched, bool write) const;
    void report_in_flight(const tlm::tlm_generic_payload& payload);

    void check(Mode mode) const;
    [[nodiscard]] std::unique_ptr<Implementation> make(Mode mode) const;
    void follow_schedule(std::uint64_t command);
    [[nodiscard]] bool drained() const;
    void proceed();
    void change_implementation();
    void hand_over(std::uint64_t& cycle);
    void hand_over_all(std::uint64_t& cycle);
    void report_lockstep(base::StatisticsVisitor& visitor) const;

    void take_outputs();
    void settle();
    void run_ahead();
    void begin_kernel();
    void drop_transfers();
    void deliver();
    [[nodiscard]] std::size_t undelivered_records() const;
    void complete(const Completion& record);
    void arm();
    void arm_transfers();
    [[nodiscard]] std::uint64_t commands_quiet_until() const;
    /// By the clock that runs RTL tiles together, on the host's threads. A timed one is looked at
    /// when its command ends, by the formula.
    [[nodiscard]] bool clocked() const {
        return rtl_clock_ != nullptr && mode_ != Mode::Functional && mode_ != Mode::Timed;
    }
    [[nodiscard]] std::uint64_t cycle_now() const { return clock_.elapsed(events_.now()).value; }
    [[nodiscard]] base::Picoseconds time_of(std::uint64_t cycle) const;

    Config config_;
    Mode mode_;
    Mode wanted_;                    // differs while a change waits for the tile to drain
    std::size_t next_change_ = 0;    // of config_.changes
    std::uint64_t accepted_ = 0;     // lines, since power-on
    std::size_t held_ = 0;           // youngest of commands_, which wait for a change
    std::uint64_t reset_cycle_ = 0;  // of the last reset
    CarriedRegisters carried_;
    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    base::HostThreads& threads_;
    TileClock* rtl_clock_;
    base::Backlog::Lane lane_;
    std::unique_ptr<Implementation> implementation_;
    std::uint64_t last_completion_ = 0;  // cycle of the last record
    base::Fifo<Command> commands_;
    base::Fifo<Output> undelivered_;           // a kDeliver is pending for each
    std::uint64_t armed_ = ~std::uint64_t{0};  // cycle of the kAdvance that is pending
    Transfers transfers_;
    std::uint64_t transfers_armed_ = ~std::uint64_t{0};  // cycle of the first kTransfer
    Counters counters_;  // since power-on; the registers' own are the implementation's
    std::vector<std::byte> scratch_;
    std::vector<unsigned char> enables_;
    tlm::tlm_generic_payload record_;
};

}  // namespace athena::tile
