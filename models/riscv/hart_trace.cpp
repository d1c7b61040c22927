// SPDX-License-Identifier: Apache-2.0
// A hart that is watched: slices of one instruction, each told with what it did. It runs what it
// would run unwatched, at the same times.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "riscv/disassemble.h"
#include "riscv/hart.h"
#include "riscv/trap_names.h"

namespace athena::riscv {

namespace {

constexpr std::uint64_t kInterruptBit = 1ULL << 63;

}  // namespace

void Hart::trace(TraceSink& sink, const TraceWindow& window) {
    trace_ = &sink;
    window_ = window;
}

RunResult Hart::run_traced(std::uint64_t budget, bool at_instant) {
    const base::Picoseconds now = events_.now();
    if (now >= window_.end || now + config_.quantum < window_.first) {
        return core_.run(budget, at_instant);
    }
    RunResult sum{StopReason::BudgetEnd, 0};
    while (sum.reason == StopReason::BudgetEnd && sum.cycles < budget) {
        const RunResult one = step_traced(at_instant && sum.cycles == 0);
        sum.reason = one.reason;
        sum.cycles += one.cycles;
    }
    return sum;
}

RunResult Hart::step_traced(bool at_instant) {
    const base::Picoseconds time = clock_.at({edge()});
    const bool seen = time >= window_.first && time < window_.end;
    const HartState& state = core_.state();
    const Privilege interrupted = state.privilege;
    if (core_.enter_interrupt() && seen) {
        trace_->on_trap(last_trap(time, interrupted));
    }
    TracedInstruction traced{config_.hart_id, time, state.privilege, state.pc, nullptr, 0, &state};
    const Instruction instruction =
        seen && !state.waiting ? instruction_at(state.pc) : Instruction{};
    traced.instruction = &instruction;
    const Effects effects = effects_of(instruction);
    if (effects.access_size != 0) {
        traced.address = state.x[instruction.rs1] +
                         static_cast<std::uint64_t>(std::int64_t{instruction.immediate});
    }
    const Counters before = counters();
    const RunResult result = core_.run(1, at_instant);
    if (!seen) {
        return result;
    }
    const Counters after = counters();
    if (after.instructions != before.instructions) {
        trace_->on_instruction(traced);
    }
    if (after.exceptions != before.exceptions) {
        trace_->on_trap(last_trap(time, traced.privilege));
    }
    if (after.interrupts != before.interrupts) {
        // The instruction has let it in: it comes with the next edge.
        trace_->on_trap(last_trap(clock_.at({edge()}), privilege_before_trap()));
    }
    return result;
}

Privilege Hart::privilege_before_trap() const {
    const HartState& state = core_.state();
    if (state.privilege == Privilege::Supervisor) {
        return (state.mstatus & mstatus::kSpp) != 0 ? Privilege::Supervisor : Privilege::User;
    }
    return static_cast<Privilege>((state.mstatus & mstatus::kMpp) >> mstatus::kMppShift);
}

// The hart has just trapped.
TracedTrap Hart::last_trap(base::Picoseconds time, Privilege from) const {
    const HartState& state = core_.state();
    const bool to_supervisor = state.privilege == Privilege::Supervisor;
    const std::uint64_t cause = to_supervisor ? state.scause : state.mcause;
    return {config_.hart_id,
            time,
            from,
            state.privilege,
            (cause & kInterruptBit) != 0,
            cause & ~kInterruptBit,
            to_supervisor ? state.stval : state.mtval,
            to_supervisor ? state.sepc : state.mepc,
            state.pc};
}

void Hart::observe(HartObserver& observer) {
    observer_ = &observer;
    core_.tell_traps();
}

// A run that began asleep and did something has woken; one that ends in WFI sleeps.
void Hart::tell_sleep(const RunResult& result, std::uint64_t edge_before) {
    const bool sleeps = result.reason == StopReason::Wfi;
    if (told_asleep_ && (!sleeps || result.cycles != 0)) {
        told_asleep_ = false;
        observer_->woke(config_.hart_id, clock_.at({edge_before}));
    }
    if (sleeps && !told_asleep_) {
        told_asleep_ = true;
        observer_->slept(config_.hart_id, clock_.at({edge()}));
    }
}

void Hart::returned(Privilege from) {
    if (observer_ != nullptr) {
        observer_->returned(config_.hart_id, from, clock_.at({edge()}));
    }
}

void Hart::trapped(Privilege from) {
    const TracedTrap trap = last_trap(clock_.at({edge()}), from);
    if (observer_ != nullptr) {
        if (std::exchange(told_asleep_, false)) {
            observer_->woke(config_.hart_id, trap.time);
        }
        observer_->trapped(trap);
    }
    diagnostics_.log().write_at(
        trap.time, base::LogSubsystem::Hart, base::LogLevel::Debug, name(), [&] {
            return fmt::format("{}, tval {:#x}, at pc {:#x} in {} mode, to {} mode {:#x}",
                               trap_name(trap.interrupt, trap.cause), trap.value, trap.epc,
                               privilege_letter(from), privilege_letter(trap.to), trap.target);
        });
}

// Without side effects; the halves of an instruction may lie in two pages.
Instruction Hart::instruction_at(std::uint64_t pc) {
    std::uint32_t bits = 0;
    for (unsigned half = 0; half < 2; ++half) {
        const auto physical = core_.debug_translate(pc + 2ULL * half, Access::Execute);
        std::array<unsigned char, 2> bytes{};
        tlm::tlm_generic_payload payload;
        payload.set_read();
        payload.set_address(physical.value_or(0));
        payload.set_data_ptr(bytes.data());
        payload.set_data_length(bytes.size());
        if (!physical || socket->transport_dbg(payload) != bytes.size()) {
            return {};
        }
        bits |= static_cast<std::uint32_t>(bytes[0] | bytes[1] << 8) << (16 * half);
        if (!is_full_length(bits)) {
            break;
        }
    }
    return decode(bits);
}

}  // namespace athena::riscv
