// SPDX-License-Identifier: Apache-2.0
// Command processor of a cluster: registers, sockets and time around the core (README.md).
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "base/clock_domain.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/origin.h"
#include "base/protection.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "command/command_core.h"
#include "command/wait_report.h"

namespace athena::command {

class CommandProcessor : public sc_core::sc_module,
                         public base::StatisticsSource,
                         private base::EventTarget,
                         private base::Target,
                         private base::Initiator,
                         private CommandHost {
  public:
    struct Config {
        CommandCore::Config core;
        std::uint64_t clock_hz = 1'500'000'000;
        std::uint32_t fetch_cycles = 40;  ///< from the decision to read a descriptor to having it
        std::uint32_t initiator_id = 0;   ///< for Origin
        base::PhysAddr registers;         ///< its own, as `fabric` sees them
        std::vector<base::PhysAddr>
            tile_queues;  ///< command queue window of each tile, as `fabric` sees it
        std::vector<base::PhysAddr> tile_l1;        ///< of each tile
        std::uint64_t l1_bytes = 0;                 ///< of a tile
        std::vector<base::PhysAddr> dma_queues;     ///< of each DMA channel
        std::vector<base::PhysAddr> vector_queues;  ///< of each vector core
    };

    base::TargetSocket socket;  ///< registers, offsets of command.regs.toml
    base::TargetSocket
        completions;  ///< records of all engines: u32 slot, u32 status, and optionally u64 address
    base::InitiatorSocket fabric;  ///< rings in memory and the engines' queues
    base::IrqLine irq;

    CommandProcessor(const sc_core::sc_module_name& name, const Config& config,
                     base::EventQueue& events, base::Diagnostics& diagnostics);
    ~CommandProcessor() override;

    /// Accesses to memory are checked from now on, and the operands of tiles, which have no access
    /// of their own; those to the engines' queues are not.
    void connect(base::Protection& protection) { protection_ = &protection; }

    void reset();
    /// CommandCore::observe()
    void observe(CommandObserver& observer) { core_.observe(observer); }
    [[nodiscard]] const CommandCore& core() const { return core_; }
    [[nodiscard]] WaitSource wait_source() const;
    /// CommandCore::sender()
    [[nodiscard]] std::optional<CommandCore::Sender> sender(std::uint32_t slot) const {
        return core_.sender(slot);
    }
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    /// kWatch + ring: each ring's is cancelled alone.
    enum Kind : std::uint32_t { kFetch, kWatch };
    enum Port : unsigned { kRegisters, kCompletions };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t ring) override;

    void fetch(std::uint32_t ring) override;
    HandOver issue(EngineId engine, std::uint32_t ring, std::uint32_t slot,
                   const Descriptor& descriptor) override;
    Status write_timestamp(std::uint32_t ring, std::uint64_t address) override;
    Status write_word(std::uint32_t ring, std::uint64_t address, std::uint32_t value) override;
    void update_outputs() override;
    [[nodiscard]] std::uint64_t cycles() const override;
    [[nodiscard]] std::uint64_t now() const override { return events_.now().value; }
    [[nodiscard]] Accessor accessor() const override { return accessor_; }
    void watch(std::uint32_t ring, std::optional<std::uint64_t> cycle) override;
    void timed_out(std::uint32_t ring) override;
    void stopped(std::uint32_t ring) override;
    void completed(std::uint32_t ring, std::uint32_t position,
                   const Descriptor& descriptor) override;

    template <typename Text>
    void log(base::LogLevel level, const Text& text) {
        diagnostics_.log().write(base::LogSubsystem::Command, level, name(), text);
    }
    void read_lines(std::uint32_t ring);
    void bind_registers();
    void bind_ring_controls();
    void bind_ring_status();
    void take_completion(tlm::tlm_generic_payload& payload);
    void add_semaphore(tlm::tlm_generic_payload& payload);
    [[nodiscard]] std::optional<std::uint64_t> refused_operand(std::uint32_t tile,
                                                               std::uint32_t ring,
                                                               LineView line) const;
    [[nodiscard]] base::PhysAddr queue_of(EngineId engine) const;
    [[nodiscard]] Status access_memory(tlm::tlm_command command, std::uint32_t ring,
                                       std::uint64_t address, void* data, unsigned length);
    [[nodiscard]] bool access(tlm::tlm_command command, std::uint32_t ring, std::uint32_t tag,
                              std::uint64_t address, void* data, unsigned length);

    Config config_;
    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    base::Protection* protection_ = nullptr;
    base::RegisterBank registers_;
    base::Origin origin_;
    tlm::tlm_generic_payload payload_;
    Accessor accessor_;  // of registers, now
    CommandCore core_;
};

}  // namespace athena::command
