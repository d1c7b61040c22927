// SPDX-License-Identifier: Apache-2.0
#include "riscv/hart_core.h"

#include <algorithm>
#include <bit>

#include "base/code_pages.h"
#include "riscv/engine.h"

namespace athena::riscv {

static_assert(std::endian::native == std::endian::little, "guest memory is read as it lies");

namespace {

constexpr unsigned kPrivilegeBits = 2;
constexpr unsigned kFpModeBits = 2;
constexpr unsigned kEpochBits = 12;  // with the two above 16 bits, 48 to 63 of a tag

enum DataContext : unsigned { kUser = 0, kSupervisor = 1, kSupervisorSum = 2, kMachine = 3 };

}  // namespace

HartCore::HartCore(const Options& options, Bus& bus)
    : options_(options),
      bus_(bus),
      host_fpu_(options.host_fpu && fp::FpuSession::available()),
      handlers_(Engine::handlers()),
      blocks_(options.decoded_instructions) {
    bus_pages_.fill(~0ULL);
    reset();
}

void HartCore::reset() {
    HartState fresh;
    fresh.pc = options_.reset_pc;
    fresh.lines = state_.lines & ~kTimerBit;  // wires are not the hart's
    set_state(fresh);
}

void HartCore::set_state(const HartState& state) {
    state_ = state;
    passing_ = false;
    timer_cycle_ = 0;
    look_at_ = 0;
    blocks_.drop_all();
    blocks_.collect();
    flush_translations();
}

RunResult HartCore::run(std::uint64_t budget, bool at_instant) {
    RunResult result{StopReason::BudgetEnd, 0};
    do {
        if (state_.cycles >= timer_cycle_) {
            update_timer();
        }
        if (state_.waiting) {
            if (!has_wakeup()) {
                return {StopReason::Wfi, result.cycles};
            }
            state_.waiting = false;
        }
        const std::uint64_t most = std::min(budget - result.cycles, timer_cycle_ - state_.cycles);
        const RunResult part = run_engine(most, at_instant && result.cycles == 0);
        result = {part.reason, result.cycles + part.cycles};
    } while (result.reason == StopReason::BudgetEnd && result.cycles < budget);
    return result;
}

RunResult HartCore::run_engine(std::uint64_t budget, bool at_instant) {
    cut_run_ = false;
    return passing_ ? run_past_stop(budget, at_instant) : Engine::run(*this, budget, at_instant);
}

void HartCore::update_timer() {
    timer_cycle_ = kNoCycle;
    if (!has_timer()) {
        return;
    }
    state_.lines &= ~kTimerBit;  // no wire of the board is on STIP
    const std::uint64_t time = bus_.time(state_.cycles);
    const bool reached = time >= state_.stimecmp;
    if (reached) {
        state_.lines |= kTimerBit;
    }
    if (!reached || state_.stimecmp != 0) {  // until it is reached, or mtime wraps to 0
        timer_cycle_ = bus_.cycle_after(state_.cycles, (reached ? 0 : state_.stimecmp) - time);
    }
}

void HartCore::write_timer() {
    state_.lines &= ~kTimerBit;
    update_timer();
    cut_run_ = true;
}

bool HartCore::enter_interrupt() {
    if (state_.cycles >= timer_cycle_) {
        update_timer();
    }
    if (state_.waiting && !has_wakeup()) {
        return false;
    }
    state_.waiting = false;
    return take_pending_interrupt();
}

void HartCore::set_interrupt(Interrupt line, bool level) {
    const std::uint64_t bit = 1ULL << static_cast<unsigned>(line);
    state_.lines = level ? state_.lines | bit : state_.lines & ~bit;
}

FpMode HartCore::fp_mode() const {
    if ((state_.mstatus & mstatus::kFs) == 0) {
        return FpMode::Off;
    }
    if (state_.frm > static_cast<std::uint64_t>(RoundingMode::NearestMaxMagnitude)) {
        return FpMode::Invalid;
    }
    return native_rounding() ? FpMode::Native : FpMode::Software;
}

void HartCore::update_context() {
    const Privilege data = data_privilege();
    unsigned context = kUser;
    if (data == Privilege::Machine) {
        context = kMachine;
    } else if (data == Privilege::Supervisor) {
        context = (state_.mstatus & mstatus::kSum) != 0 ? kSupervisorSum : kSupervisor;
    }
    loads_.set_context(context);
    stores_.set_context(context);
    if (blocks_.generation() != front_generation_) {
        front_generation_ = blocks_.generation();
        ++front_epoch_;
    }
    if (front_epoch_ >> kEpochBits != 0) {
        front_epoch_ = 0;
        front_.fill({});
        fetch_.fill({});
    }
    const std::uint64_t key = front_epoch_ << (kPrivilegeBits + kFpModeBits) |
                              static_cast<std::uint64_t>(fp_mode()) << kPrivilegeBits |
                              static_cast<std::uint64_t>(state_.privilege);
    front_key_ = key << kKeyShift;
}

void HartCore::flush_translations() {
    loads_.flush();
    stores_.flush();
    ++front_epoch_;
    update_context();
}

void HartCore::invalidate_dmi() {
    regions_.clear();
    bus_pages_.fill(~0ULL);
    flush_translations();
}

void HartCore::drop_code_page(std::uint64_t page) {
    blocks_.drop_page(page);
    code_changed_ = true;
    update_context();
}

void HartCore::guard_code_page(std::uint64_t /*page*/) {
    stores_.flush();
}

void HartCore::break_reservation(std::uint64_t page, std::uint64_t lines) {
    const std::uint64_t address = state_.reserved_address;
    if (state_.reserved && address >> kPageShift == page &&
        (base::CodePages::lines_in(page, address, address) & lines) != 0) {
        state_.reserved = false;
    }
}

}  // namespace athena::riscv
