// SPDX-License-Identifier: Apache-2.0
#include "devices/uart.h"

#include <algorithm>
#include <utility>

#include "devices/access.h"
#include "regs/uart_regs.h"

namespace athena::devices {

namespace {

namespace regs = athena::regs::uart;

constexpr std::uint64_t kRegisters = 8;
constexpr std::uint32_t kWritableInterrupts =
    regs::kIerErbfiMask | regs::kIerEtbeiMask | regs::kIerElsiMask | regs::kIerEdssiMask;
constexpr std::uint32_t kWritableModem = regs::kMcrDtrMask | regs::kMcrRtsMask |
                                         regs::kMcrOut1Mask | regs::kMcrOut2Mask |
                                         regs::kMcrLoopMask;
constexpr std::uint32_t kModemInputs =
    regs::kMsrCtsMask | regs::kMsrDsrMask | regs::kMsrRiMask | regs::kMsrDcdMask;
constexpr std::array<std::size_t, 4> kTriggerLevels{1, 4, 8, 14};
/// Character times without a byte received or read that make a timeout ("FIFO Interrupt Mode
/// Operation").
constexpr std::uint64_t kTimeoutCharacters = 4;

constexpr bool has(std::uint32_t value, std::uint32_t mask) {
    return (value & mask) != 0;
}

constexpr std::uint8_t identify(regs::Interrupt cause) {
    return static_cast<std::uint8_t>(static_cast<std::uint32_t>(cause) << regs::kIirIdShift);
}

}  // namespace

Uart::Uart(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      events_(events),
      id_(events.add_target(this->name(), *this)) {
    reset();
}

void Uart::reset() {
    const State before = std::exchange(state_, State{});
    state_.divisor = before.divisor;
    state_.scratch = before.scratch;
    state_.bytes_sent = before.bytes_sent;
    state_.bytes_received = before.bytes_received;
    state_.overruns = before.overruns;
    state_.modem_status = regs::kMsrReset;
    restart_timeout();
    update_outputs();
}

std::vector<std::byte> Uart::take_output() {
    return std::exchange(output_, {});
}

std::size_t Uart::room() const {
    return loopback() ? 0 : capacity() - state_.received;
}

void Uart::receive(std::span<const std::byte> bytes) {
    if (loopback()) {
        return;  // the receiver's input is cut off from the line
    }
    for (const std::byte byte : bytes) {
        take_in(std::to_integer<std::uint8_t>(byte));
    }
    restart_timeout();
    update_outputs();
}

bool Uart::receive_interrupt_enabled() const {
    return has(state_.interrupt_enable, regs::kIerErbfiMask);
}

void Uart::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& /*delay*/) {
    const std::uint64_t offset = payload.get_address();
    if (payload.get_byte_enable_ptr() != nullptr) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    if (!check_size(payload, kSize1)) {
        return;
    }
    if (payload.get_streaming_width() == 0) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (offset >= kRegisters) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    if (payload.is_read()) {
        *payload.get_data_ptr() = peek(offset);
        after_read(offset);
    } else if (payload.is_write()) {
        write(offset, *payload.get_data_ptr());
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Uart::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    const std::uint64_t offset = payload.get_address();
    if (!payload.is_read() || offset >= kRegisters) {
        return 0;
    }
    const auto length = static_cast<unsigned>(
        std::min<std::uint64_t>(payload.get_data_length(), kRegisters - offset));
    for (unsigned i = 0; i < length; ++i) {
        payload.get_data_ptr()[i] = peek(offset + i);
    }
    return length;
}

void Uart::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    state_.timed_out = state_.received != 0;
    update_outputs();
}

std::uint8_t Uart::peek(std::uint64_t offset) const {
    switch (offset) {
        case regs::kRbrOffset:
            if (latch_access()) {
                return static_cast<std::uint8_t>(state_.divisor);
            }
            return state_.received != 0 ? state_.fifo[0] : 0;
        case regs::kIerOffset:
            return latch_access() ? static_cast<std::uint8_t>(state_.divisor >> 8)
                                  : state_.interrupt_enable;
        case regs::kIirOffset:
            return static_cast<std::uint8_t>(interrupt_identification() |
                                             (fifos_enabled() ? regs::kIirFifosMask : 0));
        case regs::kLcrOffset:
            return state_.line_control;
        case regs::kMcrOffset:
            return state_.modem_control;
        case regs::kLsrOffset:
            return line_status();
        case regs::kMsrOffset:
            return state_.modem_status;
        default:
            return state_.scratch;
    }
}

void Uart::after_read(std::uint64_t offset) {
    switch (offset) {
        case regs::kRbrOffset:
            if (!latch_access()) {
                take_out();
            }
            break;
        case regs::kIirOffset:
            if (interrupt_identification() == identify(regs::Interrupt::TransmitterEmpty)) {
                state_.transmitter_interrupt = false;
            }
            break;
        case regs::kLsrOffset:
            state_.overrun = false;
            break;
        case regs::kMsrOffset:
            state_.modem_status &= kModemInputs;
            break;
        default:
            return;
    }
    update_outputs();
}

void Uart::write(std::uint64_t offset, std::uint8_t value) {
    switch (offset) {
        case regs::kThrOffset:
            if (latch_access()) {
                state_.divisor = static_cast<std::uint16_t>((state_.divisor & 0xFF00) | value);
            } else {
                send(value);
            }
            break;
        case regs::kIerOffset:
            if (latch_access()) {
                state_.divisor = static_cast<std::uint16_t>((state_.divisor & 0x00FF) | value << 8);
            } else {
                set_interrupt_enable(value & kWritableInterrupts);
            }
            break;
        case regs::kFcrOffset:
            set_fifo_control(value);
            break;
        case regs::kLcrOffset:
            state_.line_control = value;
            break;
        case regs::kMcrOffset:
            state_.modem_control = value & kWritableModem;
            update_modem_status();
            break;
        case regs::kScrOffset:
            state_.scratch = value;
            break;
        default:  // LSR and MSR: writes are for factory testing only
            break;
    }
    update_outputs();
}

bool Uart::fifos_enabled() const {
    return has(state_.fifo_control, regs::kFcrFifoEnableMask);
}

bool Uart::latch_access() const {
    return has(state_.line_control, regs::kLcrDlabMask);
}

bool Uart::loopback() const {
    return has(state_.modem_control, regs::kMcrLoopMask);
}

std::size_t Uart::trigger_level() const {
    return fifos_enabled() ? kTriggerLevels[state_.fifo_control >> regs::kFcrTriggerShift] : 1;
}

// Priorities of the table "Interrupt Control Functions".
std::uint8_t Uart::interrupt_identification() const {
    const std::uint32_t enabled = state_.interrupt_enable;
    if (has(enabled, regs::kIerElsiMask) && state_.overrun) {
        return identify(regs::Interrupt::LineStatus);
    }
    if (has(enabled, regs::kIerErbfiMask) && state_.received >= trigger_level()) {
        return identify(regs::Interrupt::ReceivedData);
    }
    if (has(enabled, regs::kIerErbfiMask) && state_.timed_out) {
        return identify(regs::Interrupt::Timeout);
    }
    if (has(enabled, regs::kIerEtbeiMask) && state_.transmitter_interrupt) {
        return identify(regs::Interrupt::TransmitterEmpty);
    }
    if (has(enabled, regs::kIerEdssiMask) && has(state_.modem_status, ~kModemInputs)) {
        return identify(regs::Interrupt::ModemStatus);
    }
    return regs::kIirNoneMask;
}

std::uint8_t Uart::line_status() const {
    return static_cast<std::uint8_t>(regs::kLsrThreMask | regs::kLsrTemtMask |
                                     (state_.received != 0 ? regs::kLsrDrMask : 0) |
                                     (state_.overrun ? regs::kLsrOeMask : 0));
}

// The transmitter is infinitely fast (README.md): THR is full and empty again within one access.
void Uart::send(std::uint8_t byte) {
    ++state_.bytes_sent;
    state_.transmitter_interrupt = true;
    if (loopback()) {
        take_in(byte);
        restart_timeout();
    } else {
        output_.push_back(std::byte{byte});
    }
}

// On an overrun the FIFO keeps what it has; without FIFOs the new byte takes the old one's place
// ("Line Status Register", bit 1).
void Uart::take_in(std::uint8_t byte) {
    ++state_.bytes_received;
    if (state_.received == capacity()) {
        state_.overrun = true;
        ++state_.overruns;
        if (!fifos_enabled()) {
            state_.fifo[0] = byte;
        }
        return;
    }
    state_.fifo[state_.received++] = byte;
}

std::uint8_t Uart::take_out() {
    if (state_.received == 0) {
        return 0;
    }
    const std::uint8_t byte = state_.fifo[0];
    std::shift_left(state_.fifo.begin(), state_.fifo.end(), 1);
    --state_.received;
    restart_timeout();
    return byte;
}

// That ETBEI interrupts at once if THR is empty, even if IIR has been read since, is what 16550s do
// and drivers rely on.
void Uart::set_interrupt_enable(std::uint8_t value) {
    const bool was_enabled = has(state_.interrupt_enable, regs::kIerEtbeiMask);
    state_.interrupt_enable = value;
    if (!was_enabled && has(value, regs::kIerEtbeiMask)) {
        state_.transmitter_interrupt = true;
    }
}

void Uart::set_fifo_control(std::uint8_t value) {
    const bool enable = has(value, regs::kFcrFifoEnableMask);
    const bool clear = enable != fifos_enabled() || has(value, regs::kFcrResetReceiverMask);
    if (!enable && !fifos_enabled()) {
        return;
    }
    state_.fifo_control = enable ? value & (regs::kFcrFifoEnableMask | regs::kFcrTriggerMask) : 0;
    if (clear) {
        state_.received = 0;
        restart_timeout();
    }
}

// "Modem Control Register", bit 4: in loopback the modem outputs are the inputs; otherwise a peer
// is always there and ready.
void Uart::update_modem_status() {
    std::uint32_t inputs = regs::kMsrReset;
    if (loopback()) {
        const std::uint32_t outputs = state_.modem_control;
        inputs = (has(outputs, regs::kMcrRtsMask) ? regs::kMsrCtsMask : 0) |
                 (has(outputs, regs::kMcrDtrMask) ? regs::kMsrDsrMask : 0) |
                 (has(outputs, regs::kMcrOut1Mask) ? regs::kMsrRiMask : 0) |
                 (has(outputs, regs::kMcrOut2Mask) ? regs::kMsrDcdMask : 0);
    }
    const std::uint32_t before = state_.modem_status;
    const std::uint32_t changed = (before ^ inputs) & kModemInputs;
    const std::uint32_t deltas =
        (has(changed, regs::kMsrCtsMask) ? regs::kMsrDctsMask : 0) |
        (has(changed, regs::kMsrDsrMask) ? regs::kMsrDdsrMask : 0) |
        (has(changed & before, regs::kMsrRiMask) ? regs::kMsrTeriMask : 0) |
        (has(changed, regs::kMsrDcdMask) ? regs::kMsrDdcdMask : 0);
    state_.modem_status = static_cast<std::uint8_t>(inputs | (before & ~kModemInputs) | deltas);
}

// Start bit, word, parity bit, stop bits; 16 clocks of the divided clock each.
base::Picoseconds Uart::timeout() const {
    const std::uint32_t line = state_.line_control;
    const std::uint64_t bits = 1 + 5 + ((line & regs::kLcrWlsMask) >> regs::kLcrWlsShift) +
                               (has(line, regs::kLcrPenMask) ? 1 : 0) +
                               (has(line, regs::kLcrStbMask) ? 2 : 1);
    const base::ClockDomain clock(config_.clock_hz);
    return clock.at({kTimeoutCharacters * bits * 16 * state_.divisor});
}

// Called after each byte that came in or was read.
void Uart::restart_timeout() {
    state_.timed_out = false;
    events_.cancel(id_, kTimeout);
    if (fifos_enabled() && state_.received != 0) {
        events_.schedule(events_.now() + timeout(), id_, kTimeout);
    }
}

void Uart::update_outputs() {
    irq.set(interrupt_identification() != regs::kIirNoneMask);
}

}  // namespace athena::devices
