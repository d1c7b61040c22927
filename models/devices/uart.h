// SPDX-License-Identifier: Apache-2.0
// NS16550A uart, National Semiconductor PC16550D data sheet (README.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <systemc>
#include <vector>

#include "base/clock_domain.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/sockets.h"
#include "base/statistics.h"

namespace athena::devices {

class Uart : public sc_core::sc_module,
             public base::StatisticsSource,
             private base::Target,
             private base::EventTarget {
  public:
    struct Config {
        std::uint64_t clock_hz = 3'686'400;  ///< of the baud rate generator
    };
    static constexpr std::size_t kFifoSize = 16;

    base::TargetSocket socket;  ///< registers, offsets of uart.regs.toml
    base::IrqLine irq;

    Uart(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events);

    /// Master reset (table "UART Reset Configuration"). Divisor latches and scratch register keep
    /// their values; what was sent stays to be taken.
    void reset();

    /// What the guest has sent since the last call.
    [[nodiscard]] std::vector<std::byte> take_output();
    /// Bytes that receive() can take without an overrun now.
    [[nodiscard]] std::size_t room() const;
    /// Bytes come in on the line at the present instant. Those without room are lost: an overrun.
    void receive(std::span<const std::byte> bytes);
    /// A byte that comes in will interrupt, at once or after the character timeout.
    [[nodiscard]] bool receive_interrupt_enabled() const;

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct State {
        std::array<std::uint8_t, kFifoSize> fifo{};  // received, oldest first
        std::uint8_t received = 0;                   // bytes in it
        std::uint8_t interrupt_enable = 0;
        std::uint8_t fifo_control = 0;  // FIFO_ENABLE and TRIGGER
        std::uint8_t line_control = 0;
        std::uint8_t modem_control = 0;
        std::uint8_t modem_status = 0;
        std::uint8_t scratch = 0;
        std::uint16_t divisor = 0;
        bool overrun = false;
        bool transmitter_interrupt = false;  // THR has become empty; not yet seen in IIR
        bool timed_out = false;
        std::uint64_t bytes_sent = 0;
        std::uint64_t bytes_received = 0;
        std::uint64_t overruns = 0;
    };
    enum Kind : std::uint32_t { kTimeout };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    /// The value that a read gives; no side effects.
    [[nodiscard]] std::uint8_t peek(std::uint64_t offset) const;
    void after_read(std::uint64_t offset);
    void write(std::uint64_t offset, std::uint8_t value);

    [[nodiscard]] bool fifos_enabled() const;
    [[nodiscard]] bool latch_access() const;
    [[nodiscard]] bool loopback() const;
    [[nodiscard]] std::size_t trigger_level() const;
    [[nodiscard]] std::size_t capacity() const { return fifos_enabled() ? kFifoSize : 1; }
    [[nodiscard]] std::uint8_t interrupt_identification() const;
    [[nodiscard]] std::uint8_t line_status() const;
    [[nodiscard]] base::Picoseconds timeout() const;

    void send(std::uint8_t byte);
    void take_in(std::uint8_t byte);
    std::uint8_t take_out();
    void set_interrupt_enable(std::uint8_t value);
    void set_fifo_control(std::uint8_t value);
    void update_modem_status();
    void restart_timeout();
    void update_outputs();

    Config config_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    State state_;
    std::vector<std::byte> output_;
};

}  // namespace athena::devices
