// SPDX-License-Identifier: Apache-2.0
#include "devices/clint.h"

#include <string>

#include "base/state.h"
#include "devices/access.h"
#include "regs/clint_regs.h"

namespace athena::devices {

namespace {

namespace regs = athena::regs::clint;

std::vector<base::RegisterInfo> register_map(std::uint32_t harts) {
    std::vector<base::RegisterInfo> map(regs::kRegisters.begin(), regs::kRegisters.end());
    map[regs::kMsipIndex].count = harts;
    map[regs::kMtimecmpIndex].count = harts;
    return map;
}

}  // namespace

Clint::Clint(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events)
    : sc_core::sc_module(name),
      socket("socket", *this),
      clock_(config.timebase_hz),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      map_(register_map(config.harts)),
      registers_(map_),
      harts_(config.harts) {
    registers_.on_write(regs::kMsipIndex, [this](unsigned hart, std::uint64_t, std::uint64_t) {
        update_software(hart);
    });
    registers_.on_write(regs::kMtimecmpIndex, [this](unsigned hart, std::uint64_t, std::uint64_t) {
        update_timer(hart);
    });
    registers_.on_write(regs::kMtimeIndex, [this](unsigned, std::uint64_t, std::uint64_t) {
        offset_ = registers_.get(regs::kMtimeIndex) - clock_.elapsed(events_.now()).value;
        update_timers();
        tell_listeners();
    });
}

void Clint::reset() {
    registers_.reset();
    offset_ = 0 - clock_.elapsed(events_.now()).value;
    for (std::uint32_t hart = 0; hart < harts_.size(); ++hart) {
        update_software(hart);
    }
    update_timers();
    tell_listeners();
}

base::Picoseconds Clint::after(base::Picoseconds at, std::uint64_t ticks) const {
    const std::uint64_t edge = clock_.elapsed(at).value;
    if (ticks > clock_.elapsed(base::kNever).value - edge) {
        return base::kNever;
    }
    return clock_.at(base::Cycles{edge + ticks});
}

void Clint::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                        sc_core::sc_time& /*delay*/) {
    if (check_size(payload, kSize4 | kSize8)) {
        registers_.set(regs::kMtimeIndex, count(events_.now()));
        registers_.transport(payload);
    }
}

unsigned Clint::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    registers_.set(regs::kMtimeIndex, count(events_.now()));
    return registers_.transport_dbg(payload);
}

void Clint::on_event(std::uint32_t hart, std::uint64_t /*payload*/) {
    update_timer(hart);
}

void Clint::update_software(std::uint32_t hart) {
    const bool level = registers_.get(regs::kMsipIndex, hart) != 0;
    harts_[hart].software_interrupts += level && !harts_[hart].software.level();
    harts_[hart].software.set(level);
}

// The line is what mtime and mtimecmp say now; an event stands at the first instant at which they
// will say otherwise: mtime reaches mtimecmp, or wraps to 0.
void Clint::update_timer(std::uint32_t hart) {
    const base::Picoseconds now = events_.now();
    const std::uint64_t time = count(now);
    const std::uint64_t compare = registers_.get(regs::kMtimecmpIndex, hart);
    const bool level = time >= compare;
    harts_[hart].timer_interrupts += level && !harts_[hart].timer.level();
    harts_[hart].timer.set(level);

    events_.cancel(id_, hart);
    if (level && compare == 0) {
        return;  // for ever
    }
    const base::Picoseconds change = after(now, level ? 0 - time : compare - time);
    if (change != base::kNever) {
        events_.schedule(change, id_, hart);
    }
}

void Clint::update_timers() {
    for (std::uint32_t hart = 0; hart < harts_.size(); ++hart) {
        update_timer(hart);
    }
}

void Clint::report(base::StatisticsVisitor& visitor) const {
    for (std::size_t hart = 0; hart < harts_.size(); ++hart) {
        visitor.enter("hart" + std::to_string(hart));
        visitor.counter("timer_interrupts", harts_[hart].timer_interrupts);
        visitor.counter("software_interrupts", harts_[hart].software_interrupts);
        visitor.leave();
    }
}

void Clint::save(base::StateWriter& writer) const {
    writer.begin("clint", 1);
    registers_.save(writer);
    writer.value("offset", offset_);
    for (const Hart& hart : harts_) {
        writer.value("timer_interrupts", hart.timer_interrupts);
        writer.value("software_interrupts", hart.software_interrupts);
    }
    writer.end();
}

// Pending events are the event queue's to load, before or after this.
void Clint::load(base::StateReader& reader) {
    reader.begin("clint", 1);
    registers_.load(reader);
    offset_ = reader.value("offset");
    for (std::uint32_t hart = 0; hart < harts_.size(); ++hart) {
        harts_[hart].timer_interrupts = reader.value("timer_interrupts");
        harts_[hart].software_interrupts = reader.value("software_interrupts");
        harts_[hart].software.set(registers_.get(regs::kMsipIndex, hart) != 0);
        harts_[hart].timer.set(count(events_.now()) >= registers_.get(regs::kMtimecmpIndex, hart));
    }
    reader.end();
}

}  // namespace athena::devices
