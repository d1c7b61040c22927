// SPDX-License-Identifier: Apache-2.0
// Vector core of a cluster: a queue of VECTOR commands that run on its shared SRAM (README.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <systemc>

#include "base/clock_domain.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/fifo.h"
#include "base/protection.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "memory/shared_sram.h"
#include "vector/vector_command.h"
#include "vector/vector_kernel.h"

namespace athena::vector {

class VectorCore : public sc_core::sc_module,
                   public base::StatisticsSource,
                   private base::EventTarget,
                   private base::Target,
                   private base::Initiator {
  public:
    struct Config {
        std::uint32_t lanes = 64;       ///< FP32 lanes, a power of two
        std::uint32_t queue_depth = 8;  ///< commands held, the running one included; 1 to 255
        std::uint64_t clock_hz = 1'500'000'000;
        std::uint32_t launch_cycles = 40;  ///< of each command, before its first vector
        std::uint32_t owner = 0;           ///< for claims of the SRAM
    };

    base::TargetSocket socket;  ///< registers and queue, offsets of vector.regs.toml
    /// Completion stream: a 16-byte write at address 0 for each command that ended: u32 tag, u32
    /// status, u64 address.
    base::InitiatorSocket completion;

    VectorCore(const sc_core::sc_module_name& name, const Config& config, memory::SharedSram& sram,
               base::EventQueue& events, base::Diagnostics& diagnostics,
               base::HostThreads& threads);

    /// Operands are checked from now on, when a command starts; SRAM begins at `sram_address` of
    /// the board.
    void connect(base::Protection& protection, std::uint64_t sram_address) {
        protection_ = &protection;
        sram_address_ = sram_address;
    }

    void reset();
    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] bool idle() const { return queue_.empty(); }
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    using Lines = std::array<std::byte, 128>;
    struct Queued {
        Lines lines{};
        std::uint32_t ring = 0;  // of the Origin that came with it
    };
    enum Kind : std::uint32_t { kDone };
    struct Counters {
        std::uint64_t commands = 0;
        std::uint64_t elements = 0;
        std::uint64_t busy_cycles = 0;
        std::uint64_t errors = 0;
    };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    void bind_registers();
    void push(tlm::tlm_generic_payload& payload);
    void start();
    void take_claims();
    void finish();
    [[nodiscard]] std::optional<std::uint64_t> refused_operand() const;
    void send_completion(std::uint32_t tag, Status status, std::uint64_t address);

    Config config_;
    memory::SharedSram& sram_;
    base::Protection* protection_ = nullptr;
    std::uint64_t sram_address_ = 0;
    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    base::RegisterBank registers_;
    base::Fifo<Queued> queue_;  // the front one is running
    DecodedVector running_;
    std::uint64_t refused_address_ = 0;  // if that is what it ends with
    Counters counters_;                  // since reset, as registers show them
    Counters before_reset_;              // sums; statistics go on over a reset
    mutable VectorKernel kernel_;        // of running_
    tlm::tlm_generic_payload record_;
};

}  // namespace athena::vector
