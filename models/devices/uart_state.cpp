// SPDX-License-Identifier: Apache-2.0
// Statistics and saved state of the uart.
#include "base/state.h"
#include "devices/uart.h"

namespace athena::devices {

void Uart::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("bytes_sent", state_.bytes_sent);
    visitor.counter("bytes_received", state_.bytes_received);
    visitor.counter("overruns", state_.overruns);
}

void Uart::save(base::StateWriter& writer) const {
    writer.begin("uart", 1);
    writer.bytes("fifo", std::as_bytes(std::span(state_.fifo)));
    writer.value("received", state_.received);
    writer.value("interrupt_enable", state_.interrupt_enable);
    writer.value("fifo_control", state_.fifo_control);
    writer.value("line_control", state_.line_control);
    writer.value("modem_control", state_.modem_control);
    writer.value("modem_status", state_.modem_status);
    writer.value("scratch", state_.scratch);
    writer.value("divisor", state_.divisor);
    writer.value("overrun", state_.overrun);
    writer.value("transmitter_interrupt", state_.transmitter_interrupt);
    writer.value("timed_out", state_.timed_out);
    writer.value("bytes_sent", state_.bytes_sent);
    writer.value("bytes_received", state_.bytes_received);
    writer.value("overruns", state_.overruns);
    writer.bytes("output", output_);
    writer.end();
}

// Pending events are the event queue's to load, before or after this.
void Uart::load(base::StateReader& reader) {
    const auto byte = [&](const char* field) {
        return static_cast<std::uint8_t>(reader.value(field));
    };
    reader.begin("uart", 1);
    reader.bytes("fifo", std::as_writable_bytes(std::span(state_.fifo)));
    state_.received = byte("received");
    state_.interrupt_enable = byte("interrupt_enable");
    state_.fifo_control = byte("fifo_control");
    state_.line_control = byte("line_control");
    state_.modem_control = byte("modem_control");
    state_.modem_status = byte("modem_status");
    state_.scratch = byte("scratch");
    state_.divisor = static_cast<std::uint16_t>(reader.value("divisor"));
    state_.overrun = reader.value("overrun") != 0;
    state_.transmitter_interrupt = reader.value("transmitter_interrupt") != 0;
    state_.timed_out = reader.value("timed_out") != 0;
    state_.bytes_sent = reader.value("bytes_sent");
    state_.bytes_received = reader.value("bytes_received");
    state_.overruns = reader.value("overruns");
    output_ = reader.bytes("output");
    reader.end();
    update_outputs();
}

}  // namespace athena::devices
