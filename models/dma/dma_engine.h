// SPDX-License-Identifier: Apache-2.0
// DMA engine of a cluster: channels with command queues that copy between and fill any memories of
// the board (README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <systemc>
#include <vector>

#include "base/backlog.h"
#include "base/clock_domain.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/fifo.h"
#include "base/loan.h"
#include "base/origin.h"
#include "base/protection.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "dma/mover.h"
#include "dma/timed_channels.h"
#include "dma/transfer.h"

namespace athena::dma {

class DmaEngine : public sc_core::sc_module,
                  public base::StatisticsSource,
                  private base::EventTarget,
                  private base::Target,
                  private base::Initiator,
                  private TransferPort,
                  private TransferHost {
  public:
    struct Config {
        std::uint32_t channels = 1;  ///< 1 to 16
        std::uint32_t queue_depth =
            8;  ///< commands a channel holds, the running one included; 1 to 255
        std::uint64_t clock_hz = 1'500'000'000;
        std::uint32_t launch_cycles = 100;   ///< from a command's start to its first beat
        std::uint32_t bytes_per_cycle = 64;  ///< of a channel; timed: of all
        bool timed = false;                  ///< bursts go through the fabric one by one
        std::uint32_t start_cycles = 8;      ///< timed: from a command's start to its first burst
        std::uint32_t outstanding = 32;      ///< timed: bursts of a channel on their way
        std::uint32_t initiator_id = 0;      ///< for Origin
    };

    base::TargetSocket socket;     ///< registers and queues, offsets of dma.regs.toml
    base::InitiatorSocket fabric;  ///< physical addresses of the board
    /// Completion stream: a 16-byte write at address 0 for each command that ended: u32 tag, u32
    /// status, u64 address.
    base::InitiatorSocket completion;

    /// Commands between memories that allow it are works of `lane`, its cluster's.
    DmaEngine(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
              base::Diagnostics& diagnostics, base::Backlog::Lane lane = {});
    ~DmaEngine() override;

    /// Commands are checked from now on, when their bytes are to move.
    void connect(base::Protection& protection) { protection_ = &protection; }

    void reset();
    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] bool idle() const;
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Counters {
        std::uint64_t commands = 0;
        std::uint64_t bytes = 0;
        std::uint64_t busy_cycles = 0;
        std::uint64_t errors = 0;
    };
    struct Command {
        CommandLines lines{};
        std::uint32_t ring = 0;  // base::Origin::ring of who wrote it
        std::uint32_t tag = 0;   // of its descriptor, as the driver gave it
    };
    struct Channel {
        base::Fifo<Command> queue;  // the front one is running
        Decoded running{};          // what it says
        Counters counters{};        // since reset, as registers show them
        Counters before_reset{};    // sums; statistics go on over a reset
        std::uint64_t started = 0;  // timed: cycle
    };
    enum Kind : std::uint32_t { kDone, kStart };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t channel) override;
    bool read(std::uint64_t address, std::span<std::byte> data) override;
    bool write(std::uint64_t address, std::span<const std::byte> data) override;

    [[nodiscard]] static Counters sum(const Counters& a, const Counters& b);
    static void save_counters(base::StateWriter& writer, const Counters& counters);
    [[nodiscard]] static Counters load_counters(base::StateReader& reader);
    void bind_registers();
    void push(tlm::tlm_generic_payload& payload);
    void start(std::uint32_t channel);
    void finish(std::uint32_t channel);
    void begin_bursts(std::uint32_t channel);
    void transferred(std::uint32_t channel, const TransferResult& result) override;
    tlm::tlm_sync_enum nb_transport_bw(unsigned port, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
    void conclude(std::uint32_t channel, const TransferResult& result);
    void record_error(std::uint32_t channel, const TransferResult& result);
    void send_completion(std::uint32_t tag, const TransferResult& result);
    bool access(tlm::tlm_command command, std::uint64_t address, std::byte* data,
                std::size_t length);
    [[nodiscard]] std::optional<TransferResult> refusal(const Transfer& transfer);
    [[nodiscard]] std::optional<std::uint64_t> refused_source(const Transfer& transfer);
    [[nodiscard]] std::optional<std::uint64_t> refused_destination(const Transfer& transfer,
                                                                   std::uint64_t offset);
    [[nodiscard]] bool all_served(const Transfer& transfer);
    [[nodiscard]] bool is_served(tlm::tlm_command command, const Extent& extent);
    [[nodiscard]] bool move_by_loan(const Transfer& transfer, TransferResult& result);
    /// A side of a transfer in host memory.
    struct Borrowed {
        std::byte* bytes = nullptr;  // of the extent's first; null: to be accessed burst by burst
        base::LoanCounters counters{};
        bool may_wait = false;
        memory::PendingUses* uses = nullptr;
        std::uint64_t uses_offset = 0;
    };
    void defer(const Transfer& transfer, const Borrowed& source);
    [[nodiscard]] bool note_uses(const Transfer& transfer, const Borrowed& source,
                                 const Borrowed& destination) const;
    [[nodiscard]] Borrowed borrow(tlm::tlm_command command, const Extent& extent);

    Config config_;
    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    base::Backlog::Lane lane_;
    base::Protection* protection_ = nullptr;
    base::RegisterBank registers_;
    std::vector<Channel> channels_;
    std::optional<TimedChannels> bursts_;  // if timed
    std::vector<std::byte> buffer_;
    std::vector<Borrowed> destinations_;  // of the command that is moving
    base::Origin origin_;
    base::Loan loan_;
    tlm::tlm_generic_payload payload_;
    tlm::tlm_generic_payload loan_payload_;
};

}  // namespace athena::dma
