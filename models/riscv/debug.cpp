// SPDX-License-Identifier: Apache-2.0
// What a debugger sets. Nothing of it costs anything while it is not set: blocks with a breakpoint
// are never found or linked without being looked at, pages with a watchpoint never enter the
// software TLB.
#include <algorithm>

#include "riscv/engine.h"

namespace athena::riscv {

void HartCore::add_breakpoint(std::uint64_t pc) {
    breakpoints_.push_back(pc);
    // From now on blocks are neither linked nor found but where breakpoints are looked for.
    blocks_.drop_all();
    update_context();
}

void HartCore::remove_breakpoint(std::uint64_t pc) {
    std::erase(breakpoints_, pc);
}

void HartCore::add_watchpoint(const Watchpoint& watchpoint) {
    watchpoints_.push_back(watchpoint);
    loads_.flush();
    stores_.flush();
}

void HartCore::remove_watchpoint(const Watchpoint& watchpoint) {
    const auto found = std::find(watchpoints_.begin(), watchpoints_.end(), watchpoint);
    if (found != watchpoints_.end()) {
        watchpoints_.erase(found);
    }
}

// Of either kind, so that neither TLB serves half of an atomic.
bool HartCore::watches_page(std::uint64_t page_address) const {
    const bool by_trigger = (state_.tdata1 & (trigger::kLoad | trigger::kStore)) != 0 &&
                            (state_.tdata2 & kPageMask) == page_address;
    return by_trigger || std::any_of(watchpoints_.begin(), watchpoints_.end(), [&](const auto& w) {
               return w.covers(page_address, kPageSize, WatchKind::ReadWrite);
           });
}

HartCore::MemoryStatus HartCore::check_data_stops(std::uint64_t address, unsigned size,
                                                  WatchKind kind) {
    for (const Watchpoint& watchpoint : watchpoints_) {
        if (!passing_ && watchpoint.covers(address, size, kind)) {
            const bool starts_within = watchpoint.first - address < size;
            watch_hit_ = {.watchpoint = watchpoint,
                          .address = starts_within ? watchpoint.first : address,
                          .access_address = address,
                          .access_size = size,
                          .access_kind = kind};
            return MemoryStatus::Watch;
        }
    }
    const std::uint64_t accesses = (have_common(kind, WatchKind::Read) ? trigger::kLoad : 0) |
                                   (have_common(kind, WatchKind::Write) ? trigger::kStore : 0);
    if (state_.tdata2 - address < size && trigger_enabled(accesses)) {
        trap_ = {Exception::Breakpoint, state_.tdata2};
        return MemoryStatus::Trap;
    }
    return MemoryStatus::Ok;
}

bool HartCore::is_code_stop(std::uint64_t pc) const {
    return std::find(breakpoints_.begin(), breakpoints_.end(), pc) != breakpoints_.end() ||
           (pc == state_.tdata2 && trigger_enabled(trigger::kExecute));
}

HartCore::MemoryStatus HartCore::check_code_stops(std::uint64_t pc) {
    if (!passing_ &&
        std::find(breakpoints_.begin(), breakpoints_.end(), pc) != breakpoints_.end()) {
        return MemoryStatus::Watch;
    }
    if (pc == state_.tdata2 && trigger_enabled(trigger::kExecute)) {
        trap_ = {Exception::Breakpoint, pc};
        return MemoryStatus::Trap;
    }
    return MemoryStatus::Ok;
}

RunResult HartCore::run_past_stop(std::uint64_t budget, bool at_instant) {
    const RunResult first = Engine::run(*this, std::min<std::uint64_t>(budget, 1), at_instant);
    if (first.cycles == 0) {
        return first;  // it waits for the bus, still to be passed
    }
    passing_ = false;
    if (first.reason != StopReason::BudgetEnd || budget == first.cycles) {
        return first;
    }
    const RunResult rest = Engine::run(*this, budget - first.cycles, false);
    return {rest.reason, first.cycles + rest.cycles};
}

}  // namespace athena::riscv
