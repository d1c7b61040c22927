// SPDX-License-Identifier: Apache-2.0
#include "riscv/hart.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/hexadecimal.h"
#include "base/state.h"

namespace athena::riscv {

namespace {

constexpr std::uint32_t kStateVersion = 2;
constexpr std::uint64_t kNoCycle = ~0ULL;

}  // namespace

Hart::Hart(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
           base::Diagnostics& diagnostics, base::CodePages& code_pages, base::TimeCounter& mtime)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(this->name(), *this, true)),
      diagnostics_(diagnostics),
      code_pages_(code_pages),
      mtime_(mtime),
      core_({.hart_id = config.hart_id,
             .reset_pc = config.reset_pc,
             .host_fpu = config.host_fpu,
             .tells_traps = diagnostics.log().on(base::LogSubsystem::Hart, base::LogLevel::Debug)},
            *this) {
    origin_.initiator = config.initiator_id;
    payload_.set_extension(&origin_);
    code_pages_.add_listener(*this);
    mtime.add_listener(*this);
    start();
}

Hart::~Hart() {
    payload_.clear_extension(&origin_);
}

Hart::Counters Hart::counters() const {
    const HartState& state = core_.state();
    return {
        .instructions = before_reset_.instructions + state.instructions,
        .cycles = before_reset_.cycles + state.cycles,
        .exceptions = before_reset_.exceptions + state.exceptions,
        .interrupts = before_reset_.interrupts + state.interrupts,
    };
}

void Hart::start() {
    before_reset_ = counters();
    first_edge_ = clock_.next_edge(events_.now()).value;
    core_.reset();
    put_off_ = false;
    events_.cancel(id_, kResume);
    schedule_resumption();
    if (observer_ != nullptr) {
        observer_->was_reset(config_.hart_id, events_.now());
    }
}

void Hart::reset() {
    diagnostics_.log().write(base::LogSubsystem::Hart, base::LogLevel::Info, name(),
                             [&] { return "reset, to pc " + base::hexadecimal(config_.reset_pc); });
    if (running_) {
        reset_pending_ = true;
    } else {
        start();
    }
}

void Hart::set_irq(unsigned line, bool level) {
    const bool was_idle = idle();
    core_.set_interrupt(static_cast<Interrupt>(line), level);
    if (!running_ && was_idle && !idle()) {
        resume();
    }
}

void Hart::schedule_resumption() {
    events_.schedule(clock_.at({edge()}), id_, kResume);
}

void Hart::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    if (diagnostics_.stopped()) {
        return;
    }
    if (motion_ == Motion::Held) {
        put_off_ = true;
        return;
    }
    running_ = true;
    if (core_.state().waiting) {
        catch_up();  // woken by its timer
    }
    run_slice();
    running_ = false;
    if (reset_pending_) {
        reset_pending_ = false;
        start();
    }
}

std::uint64_t Hart::cycles_ahead() const {
    const base::Picoseconds now = events_.now();
    const base::Picoseconds end = std::min(now + config_.quantum, events_.next_time_of_others(id_));
    const std::uint64_t last = clock_.next_edge(end).value;
    return last > edge() ? last - edge() : 0;
}

void Hart::run_slice() {
    // Not if it goes on after a pause.
    bool at_instant = clock_.at({edge()}) == events_.now();
    while (!diagnostics_.stopped() && !reset_pending_) {
        const std::uint64_t edge_before = edge();
        delay_ = sc_core::SC_ZERO_TIME;
        const std::uint64_t budget = cycles_ahead();
        const bool step = motion_ == Motion::Step;
        const std::uint64_t most = step ? std::min<std::uint64_t>(budget, 1) : budget;
        const RunResult result =
            trace_ == nullptr ? core_.run(most, at_instant) : run_traced(most, at_instant);
        at_instant = false;
        if (observer_ != nullptr) {
            tell_sleep(result, edge_before);
        }
        switch (result.reason) {
            case StopReason::BusDone:
                pass_access_time(edge_before);
                if (step) {
                    pause(StopReason::BudgetEnd);
                    break;
                }
                continue;
            case StopReason::BudgetEnd:
            case StopReason::BusNeeded:
                if (step && result.cycles != 0) {
                    pause(StopReason::BudgetEnd);
                } else {
                    schedule_resumption();
                }
                break;
            case StopReason::Dead:
                die();
                break;
            case StopReason::Wfi:  // until set_irq(), or its timer
                if (step && result.cycles != 0) {
                    pause(StopReason::BudgetEnd);
                } else {
                    schedule_timer();
                }
                break;
            case StopReason::Breakpoint:
            case StopReason::Watchpoint:
                pause(result.reason);
                break;
        }
        watch_reservation();
        return;
    }
    // The access that stopped the run, or the board.
    schedule_resumption();
}

void Hart::schedule_timer() {
    if (core_.timer_cycle() < kNoCycle - first_edge_) {
        events_.schedule(clock_.at({first_edge_ + core_.timer_cycle()}), id_, kResume);
    }
}

void Hart::on_counter_set() {
    core_.set_time_changed();
    if (!running_ && core_.state().waiting) {
        resume();
    }
}

// Whoever writes there while this hart does not run must be seen to.
void Hart::watch_reservation() {
    if (core_.state().reserved) {
        code_pages_.mark({core_.state().reserved_address}, core_.state().reserved_size);
    }
}

void Hart::pause(StopReason reason) {
    pause_ = reason;
    events_.pause(id_, kResume);
}

void Hart::set_motion(Motion motion) {
    motion_ = motion;
    if (motion != Motion::Held && put_off_) {
        put_off_ = false;
        resume();
    }
}

void Hart::resume() {
    catch_up();
    events_.cancel(id_, kResume);
    schedule_resumption();
}

void Hart::catch_up() {
    const std::uint64_t next = clock_.next_edge(events_.now()).value;
    if (next > edge()) {
        core_.add_idle_cycles(next - edge());
    }
}

void Hart::pass_access_time(std::uint64_t edge_before) {
    const base::Picoseconds end = clock_.at({edge_before}) + base::Picoseconds{delay_.value()};
    core_.add_idle_cycles(clock_.next_edge(end).value - edge_before);
}

void Hart::die() {
    const HartState& state = core_.state();
    const bool by_supervisor = state.privilege == Privilege::Supervisor;
    diagnostics_.stop(
        base::ExitStatus::GuestFailed,
        fmt::format("hart{} is dead: traps on its own trap vector at {:#x}, cause {}",
                    config_.hart_id, state.pc, by_supervisor ? state.scause : state.mcause));
}

// ---- code pages

void Hart::on_code_written(std::uint64_t page, std::uint64_t lines) {
    core_.drop_code_page(page);
    if (!storing_) {
        core_.break_reservation(page, lines);
    }
}

void Hart::on_code_marked(std::uint64_t page) {
    core_.guard_code_page(page);
}

bool Hart::has_code(std::uint64_t page) {
    return code_pages_.has(page);
}

void Hart::mark_code(std::uint64_t address, std::uint64_t length) {
    code_pages_.mark({address}, length);
}

void Hart::code_written(std::uint64_t address, std::uint64_t length) {
    storing_ = true;
    code_pages_.written({address}, length);
    storing_ = false;
}

// ---- memory

void Hart::invalidate_direct_mem_ptr(unsigned /*port*/, sc_dt::uint64 /*first*/,
                                     sc_dt::uint64 /*last*/) {
    core_.invalidate_dmi();
}

std::optional<DmiRegion> Hart::dmi(std::uint64_t address) {
    payload_.set_command(tlm::TLM_READ_COMMAND);
    payload_.set_address(address);
    tlm::tlm_dmi found;
    if (!socket.ask_direct(payload_, found) || !found.is_read_allowed()) {
        return std::nullopt;
    }
    return DmiRegion{found.get_start_address(), found.get_end_address(), found.get_dmi_ptr(),
                     found.is_write_allowed()};
}

BusStatus Hart::access(std::uint64_t address, unsigned size, bool write, void* data) {
    origin_.pc = core_.state().pc;
    payload_.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload_.set_address(address);
    payload_.set_data_ptr(static_cast<unsigned char*>(data));
    payload_.set_data_length(size);
    payload_.set_streaming_width(size);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket.send(payload_, delay_);
    if (payload_.is_response_ok()) {
        if (write) {
            // Not every target reports what is written to it; reservations are lost everywhere.
            code_pages_.written({address}, size);
        }
        return BusStatus::Ok;
    }
    diagnostics_.guest_fault(name(), fmt::format("{} of {} bytes at {:#x} refused ({}), pc {:#x}",
                                                 write ? "write" : "read", size, address,
                                                 payload_.get_response_string(), origin_.pc));
    return BusStatus::Fault;
}

std::uint64_t Hart::time(std::uint64_t cycle) {
    return mtime_.count(clock_.at({first_edge_ + cycle}));
}

std::uint64_t Hart::cycle_after(std::uint64_t cycle, std::uint64_t ticks) {
    const base::Picoseconds instant = mtime_.after(clock_.at({first_edge_ + cycle}), ticks);
    return instant == base::kNever ? kNoCycle : clock_.next_edge(instant).value - first_edge_;
}

// ---- statistics and state

void Hart::report(base::StatisticsVisitor& visitor) const {
    const Counters sums = counters();
    visitor.counter("instructions", sums.instructions);
    visitor.counter("cycles", sums.cycles);
    visitor.counter("exceptions", sums.exceptions);
    visitor.counter("interrupts", sums.interrupts);
}

void Hart::save(base::StateWriter& writer) const {
    writer.begin("hart_module", kStateVersion);
    writer.value("first_edge", first_edge_);
    writer.value("instructions_before_reset", before_reset_.instructions);
    writer.value("cycles_before_reset", before_reset_.cycles);
    writer.value("exceptions_before_reset", before_reset_.exceptions);
    writer.value("interrupts_before_reset", before_reset_.interrupts);
    core_.state().save(writer);
    writer.end();
}

// The pending resumption is the event queue's to load, before or after this.
void Hart::load(base::StateReader& reader) {
    reader.begin("hart_module", kStateVersion);
    first_edge_ = reader.value("first_edge");
    before_reset_.instructions = reader.value("instructions_before_reset");
    before_reset_.cycles = reader.value("cycles_before_reset");
    before_reset_.exceptions = reader.value("exceptions_before_reset");
    before_reset_.interrupts = reader.value("interrupts_before_reset");
    HartState state;
    state.load(reader);
    reader.end();
    core_.set_state(state);
    watch_reservation();
}

}  // namespace athena::riscv
