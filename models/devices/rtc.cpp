// SPDX-License-Identifier: Apache-2.0
#include "devices/rtc.h"

#include "base/state.h"
#include "devices/access.h"
#include "regs/rtc_regs.h"

namespace athena::devices {

namespace {

namespace regs = athena::regs::rtc;

constexpr std::uint64_t kPicosecondsPerNanosecond = 1000;
constexpr std::uint64_t kLowHalf = 0xFFFF'FFFF;

std::uint64_t with_low(std::uint64_t value, std::uint64_t low) {
    return (value & ~kLowHalf) | (low & kLowHalf);
}

std::uint64_t with_high(std::uint64_t value, std::uint64_t high) {
    return (value & kLowHalf) | high << 32;
}

}  // namespace

Rtc::Rtc(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events)
    : sc_core::sc_module(name),
      socket("socket", *this),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      registers_(regs::kRegisters) {
    state_.base_ns = config.epoch_ns;
    bind_reads();
    bind_writes();
}

void Rtc::bind_reads() {
    registers_.on_read(regs::kTimeLowIndex, [this](unsigned, std::uint64_t) {
        const std::uint64_t present = time();
        state_.latched_high = static_cast<std::uint32_t>(present >> 32);
        return present & kLowHalf;
    });
    registers_.on_read(regs::kTimeHighIndex, [this](unsigned, std::uint64_t) {
        return std::uint64_t{state_.latched_high};
    });
    registers_.on_read(regs::kAlarmLowIndex,
                       [this](unsigned, std::uint64_t) { return state_.alarm_ns & kLowHalf; });
    registers_.on_read(regs::kAlarmHighIndex,
                       [this](unsigned, std::uint64_t) { return state_.alarm_ns >> 32; });
    registers_.on_read(regs::kAlarmStatusIndex, [this](unsigned, std::uint64_t) {
        return state_.armed ? regs::kAlarmStatusArmedMask : std::uint64_t{0};
    });
}

void Rtc::bind_writes() {
    registers_.on_write(regs::kTimeLowIndex, [this](unsigned, std::uint64_t low, std::uint64_t) {
        set_time(with_low(time(), low));
    });
    registers_.on_write(regs::kTimeHighIndex, [this](unsigned, std::uint64_t high, std::uint64_t) {
        set_time(with_high(time(), high));
    });
    registers_.on_write(regs::kAlarmLowIndex, [this](unsigned, std::uint64_t low, std::uint64_t) {
        state_.alarm_ns = with_low(state_.alarm_ns, low);
        state_.armed = true;
        watch_alarm();
    });
    registers_.on_write(regs::kAlarmHighIndex, [this](unsigned, std::uint64_t high, std::uint64_t) {
        state_.alarm_ns = with_high(state_.alarm_ns, high);
    });
    registers_.on_write(regs::kIrqEnabledIndex,
                        [this](unsigned, std::uint64_t, std::uint64_t) { update_outputs(); });
    registers_.on_write(regs::kClearAlarmIndex, [this](unsigned, std::uint64_t, std::uint64_t) {
        state_.armed = false;
        watch_alarm();
    });
    registers_.on_write(regs::kClearInterruptIndex, [this](unsigned, std::uint64_t, std::uint64_t) {
        state_.ringing = false;
        update_outputs();
    });
}

void Rtc::reset() {
    registers_.reset();
    state_.alarm_ns = 0;
    state_.latched_high = 0;
    state_.armed = false;
    state_.ringing = false;
    watch_alarm();
    update_outputs();
}

std::uint64_t Rtc::time() const {
    return state_.base_ns + events_.now().value / kPicosecondsPerNanosecond;
}

void Rtc::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                      sc_core::sc_time& /*delay*/) {
    if (check_size(payload, kSize4)) {
        registers_.transport(payload);
    }
}

unsigned Rtc::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    registers_.set(regs::kTimeLowIndex, time() & kLowHalf);
    registers_.set(regs::kTimeHighIndex, time() >> 32);
    registers_.set(regs::kAlarmStatusIndex, state_.armed ? regs::kAlarmStatusArmedMask : 0);
    return registers_.transport_dbg(payload);
}

void Rtc::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    watch_alarm();
}

void Rtc::set_time(std::uint64_t time) {
    state_.base_ns = time - events_.now().value / kPicosecondsPerNanosecond;
    watch_alarm();
}

void Rtc::watch_alarm() {
    events_.cancel(id_, kAlarm);
    if (!state_.armed) {
        return;
    }
    const std::uint64_t present = time();
    if (present >= state_.alarm_ns) {
        state_.armed = false;
        state_.ringing = true;
        ++state_.alarms;
        update_outputs();
        return;
    }
    // time() changes at whole nanoseconds of board time.
    const std::uint64_t nanoseconds =
        events_.now().value / kPicosecondsPerNanosecond + (state_.alarm_ns - present);
    if (nanoseconds < base::kNever.value / kPicosecondsPerNanosecond) {
        events_.schedule({nanoseconds * kPicosecondsPerNanosecond}, id_, kAlarm);
    }
}

void Rtc::update_outputs() {
    irq.set(state_.ringing && registers_.get(regs::kIrqEnabledIndex) != 0);
}

void Rtc::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("alarms", state_.alarms);
}

void Rtc::save(base::StateWriter& writer) const {
    writer.begin("rtc", 1);
    registers_.save(writer);
    writer.value("base_ns", state_.base_ns);
    writer.value("alarm_ns", state_.alarm_ns);
    writer.value("latched_high", state_.latched_high);
    writer.value("armed", state_.armed);
    writer.value("ringing", state_.ringing);
    writer.value("alarms", state_.alarms);
    writer.end();
}

// Pending events are the event queue's to load, before or after this.
void Rtc::load(base::StateReader& reader) {
    reader.begin("rtc", 1);
    registers_.load(reader);
    state_.base_ns = reader.value("base_ns");
    state_.alarm_ns = reader.value("alarm_ns");
    state_.latched_high = static_cast<std::uint32_t>(reader.value("latched_high"));
    state_.armed = reader.value("armed") != 0;
    state_.ringing = reader.value("ringing") != 0;
    state_.alarms = reader.value("alarms");
    reader.end();
    update_outputs();
}

}  // namespace athena::devices
