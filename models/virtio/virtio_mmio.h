// SPDX-License-Identifier: Apache-2.0
// Virtio over MMIO: registers, queues and interrupt of one device (README.md).
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/origin.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "virtio/device.h"

namespace athena::virtio {

class VirtioMmio : public sc_core::sc_module,
                   public base::StatisticsSource,
                   private base::Target,
                   private base::Initiator,
                   private base::EventTarget,
                   private MemoryPort,
                   private Transport {
  public:
    struct Config {
        std::uint32_t initiator_id = 0;  ///< for Origin
        base::Picoseconds latency{5'000'000};
        std::uint64_t bytes_per_second = 2'000'000'000;  ///< of a buffer's data
    };

    base::TargetSocket socket;     ///< registers, offsets of virtio_mmio.regs.toml
    base::InitiatorSocket memory;  ///< physical addresses of the board
    base::IrqLine irq;

    /// `device` null: an empty slot.
    VirtioMmio(const sc_core::sc_module_name& name, const Config& config,
               std::unique_ptr<Device> device, base::EventQueue& events,
               base::Diagnostics& diagnostics);
    ~VirtioMmio() override;

    void reset();
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    enum Kind : std::uint32_t { kServe };
    struct State {
        std::uint64_t driver_features = 0;
        std::uint32_t status = 0;
        std::uint32_t interrupts = 0;
        std::uint64_t selected = 0;  ///< queue
        bool serving = false;        ///< kServe is pending
        std::uint32_t turn = 0;      ///< queue that is looked at first
    };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;
    void wake() override { serve_in(config_.latency); }
    [[nodiscard]] bool running() const override;
    bool read(std::uint64_t address, std::span<std::byte> bytes) override;
    bool write(std::uint64_t address, std::span<const std::byte> bytes) override;
    bool access(tlm::tlm_command command, std::uint64_t address, std::byte* bytes,
                std::size_t length);

    void bind_reads();
    void bind_writes();
    void bind_queue_writes();
    [[nodiscard]] std::uint64_t offered() const;
    [[nodiscard]] Virtqueue* selected();
    void set_status(std::uint32_t value);
    void read_configuration(tlm::tlm_generic_payload& payload) const;
    void serve_in(base::Picoseconds time);
    void serve();
    void serve_buffer(unsigned queue, const Buffer& buffer);
    void break_off(unsigned queue);
    void interrupt(std::uint32_t causes);

    Config config_;
    std::unique_ptr<Device> device_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    base::RegisterBank registers_;
    std::vector<Virtqueue> queues_;
    State state_;
    Buffer buffer_;
    base::Origin origin_;
    tlm::tlm_generic_payload payload_;
    std::uint64_t buffers_ = 0;  // served, since power-on
    std::uint64_t broken_ = 0;
};

}  // namespace athena::virtio
