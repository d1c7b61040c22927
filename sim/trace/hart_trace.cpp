// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/hart_trace.h"

#include <algorithm>
#include <string>

#include "riscv/trap_names.h"

namespace athena::sim::trace {

HartTrace::HartTrace(Shared& shared, std::uint64_t harts) : shared_(shared) {
    declare(shared.out, track(TrackKind::Harts), track(TrackKind::Board), "harts");
    for (std::uint64_t hart = 0; hart < harts; ++hart) {
        const std::string name = "hart" + std::to_string(hart);
        declare(shared.out, track(TrackKind::HartState, 0, hart), track(TrackKind::Harts),
                name + " state");
        declare(shared.out, hart_track(hart), track(TrackKind::Harts), name);
        shared.harts.push_back(shared.new_sequence());
        harts_.push_back({.state = shared.new_sequence(), .traps = {}});
        harts_.back().traps.reserve(kDeepest);
        begin_state(hart, 0, "running");
    }
}

void HartTrace::begin_state(std::uint64_t hart, std::uint64_t time, const char* name) {
    Event(shared_.out, harts_[hart].state, time, EventType::SliceBegin,
          track(TrackKind::HartState, 0, hart))
        .name(name);
}

void HartTrace::end_state(std::uint64_t hart, std::uint64_t time) {
    Event(shared_.out, harts_[hart].state, time, EventType::SliceEnd,
          track(TrackKind::HartState, 0, hart));
}

void HartTrace::slept(std::uint64_t hart, base::Picoseconds time) {
    end_state(hart, time.value);
    begin_state(hart, time.value, "idle (wfi)");
}

void HartTrace::woke(std::uint64_t hart, base::Picoseconds time) {
    end_state(hart, time.value);
    begin_state(hart, time.value, "running");
}

void HartTrace::trapped(const riscv::TracedTrap& trap) {
    std::vector<riscv::Privilege>& traps = harts_[trap.hart].traps;
    const bool fits = traps.size() < kDeepest;
    Event event(shared_.out, shared_.harts[trap.hart], trap.time.value,
                fits ? EventType::SliceBegin : EventType::Instant, hart_track(trap.hart));
    event.name(riscv::trap_name(trap.interrupt, trap.cause));
    event.address(Note::Pc, trap.epc).address(Note::Value, trap.value);
    const char modes[] = {privilege_letter(trap.from), '>', privilege_letter(trap.to)};
    event.note(Note::Mode, std::string_view(modes, sizeof modes));
    if (fits) {
        traps.push_back(trap.to);
    }
}

void HartTrace::end_traps(std::uint64_t hart, std::size_t left, std::uint64_t time) {
    std::vector<riscv::Privilege>& traps = harts_[hart].traps;
    for (; traps.size() > left; traps.pop_back()) {
        Event(shared_.out, shared_.harts[hart], time, EventType::SliceEnd, hart_track(hart));
    }
}

// The last that this mode took, and what was within it; one that began before the trace, or a first
// entry into a lower mode, has no slice.
void HartTrace::returned(std::uint64_t hart, riscv::Privilege from, base::Picoseconds time) {
    const std::vector<riscv::Privilege>& traps = harts_[hart].traps;
    const auto found = std::find(traps.rbegin(), traps.rend(), from);
    if (found != traps.rend()) {
        end_traps(hart, static_cast<std::size_t>(traps.rend() - found) - 1, time.value);
    }
}

void HartTrace::was_reset(std::uint64_t hart, base::Picoseconds time) {
    end_traps(hart, 0, time.value);
    Event(shared_.out, shared_.harts[hart], time.value, EventType::Instant, hart_track(hart))
        .name("reset");
}

void HartTrace::finish(std::uint64_t now) {
    for (std::uint64_t hart = 0; hart < harts_.size(); ++hart) {
        end_traps(hart, 0, now);
        end_state(hart, now);
    }
}

}  // namespace athena::sim::trace
