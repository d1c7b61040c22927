// SPDX-License-Identifier: Apache-2.0
#include "base/event_queue.h"

#include <algorithm>
#include <stdexcept>

#include "base/diagnostics.h"
#include "base/state.h"

namespace athena::base {

EventQueue::EventQueue(const sc_core::sc_module_name& name)
    : sc_core::sc_module(name), due_("due") {
    SC_HAS_PROCESS(EventQueue);
    SC_METHOD(run_due);
    sensitive << due_;
    dont_initialize();
}

EventQueue::TargetId EventQueue::add_target(const std::string& name, EventTarget& target,
                                            bool runs_ahead) {
    targets_.push_back({name, &target, runs_ahead});
    return static_cast<TargetId>(targets_.size() - 1);
}

Picoseconds EventQueue::kernel_time() const {
    return base_time_ + Picoseconds{sc_core::sc_time_stamp().value()};
}

void EventQueue::run_ahead(Picoseconds horizon, const Diagnostics& diagnostics) {
    horizon_ = horizon;
    diagnostics_ = &diagnostics;
}

void EventQueue::pause(TargetId target, std::uint32_t kind) {
    paused_ = Action{target, kind, 0};
    sc_core::sc_pause();
}

sc_core::sc_time EventQueue::kernel_distance(Picoseconds time) const {
    return sc_core::sc_time::from_value((time - kernel_time()).value);
}

void EventQueue::schedule(Picoseconds when, TargetId target, std::uint32_t kind,
                          std::uint64_t payload) {
    if (when < now() || target >= targets_.size()) {
        throw std::logic_error("event queue: action in the past or for an unknown target");
    }
    const Action action{target, kind, payload};
    if (running_ && when == present_) {
        of_this_time_.push(action);  // behind all that the heap has for this instant
        return;
    }
    heap_.push(when, action);
    arm();
}

void EventQueue::cancel(TargetId target, std::uint32_t kind) {
    const auto cancelled = [&](const Action& action) {
        return action.target == target && action.kind == kind;
    };
    if (paused_ && cancelled(*paused_)) {
        paused_.reset();
    }
    of_this_time_.erase_if(cancelled);
    heap_.erase_if(cancelled);
}

Picoseconds EventQueue::next_time() const {
    if (!of_this_time_.empty() || paused_) {
        return present_;
    }
    return heap_.empty() ? kNever : heap_.front();
}

Picoseconds EventQueue::next_time_of_others(TargetId target) const {
    Picoseconds earliest = kNever;
    const auto consider = [&](Picoseconds when, const Action& action) {
        if (when < earliest && action.target != target && !targets_[action.target].runs_ahead) {
            earliest = when;
        }
    };
    heap_.visit(consider);
    for (const Action& action : of_this_time_) {
        consider(present_, action);
    }
    return earliest;
}

void EventQueue::arm() {
    const Picoseconds next = next_time();
    if (!running_ && next < armed_) {
        armed_ = next;
        // An earlier notification overrides a pending later one (IEEE 1666, 5.10.8).
        due_.notify(sc_core::sc_time::from_value((next - kernel_time()).value));
    }
}

void EventQueue::run_due() {
    armed_ = kNever;
    present_ = outside_time();
    running_ = true;
    run_paused();
    while (!paused_) {
        run_instant();
        if (paused_ || !step_ahead()) {
            break;
        }
    }
    if (paused_) {
        ahead_ = present_;
    }
    running_ = false;
    arm();
}

void EventQueue::run_paused() {
    if (paused_) {
        const Action action = *paused_;
        paused_.reset();
        run(action);
    }
}

void EventQueue::run_instant() {
    while (!paused_ && !heap_.empty() && heap_.front() <= present_) {
        run(heap_.pop());
    }
    while (!paused_ && !of_this_time_.empty()) {
        const Action action = of_this_time_.front();
        of_this_time_.pop();
        run(action);
    }
}

void EventQueue::run(const Action& action) {
    targets_[action.target].handler->on_event(action.kind, action.payload);
}

// To the next instant, unless the kernel has to come there first.
bool EventQueue::step_ahead() {
    const Picoseconds next = next_time();
    if (next >= horizon_ || diagnostics_->stopped()) {
        return false;
    }
    if (sc_core::sc_time_to_pending_activity().value() <= (next - kernel_time()).value) {
        return false;
    }
    ahead_ = next;
    present_ = next;
    return true;
}

void EventQueue::save(StateWriter& writer) const {
    ActionHeap rest = heap_;
    writer.begin("event_queue", 1);
    writer.value("now", now().value);
    writer.value("entries", static_cast<std::uint64_t>(rest.size()));
    while (!rest.empty()) {
        writer.value("when", rest.front().value);
        const Action action = rest.pop();
        writer.text("target", targets_[action.target].name);
        writer.value("kind", action.kind);
        writer.value("payload", action.payload);
    }
    writer.end();
}

void EventQueue::load(StateReader& reader) {
    reader.begin("event_queue", 1);
    base_time_ = Picoseconds{reader.value("now")} - Picoseconds{sc_core::sc_time_stamp().value()};
    ahead_ = {};
    heap_.clear();
    of_this_time_.clear();
    armed_ = kNever;
    due_.cancel();
    const std::uint64_t count = reader.value("entries");
    for (std::uint64_t i = 0; i < count; ++i) {
        const Picoseconds when{reader.value("when")};
        const std::string name = reader.text("target");
        const auto found = std::find_if(targets_.begin(), targets_.end(),
                                        [&](const Target& target) { return target.name == name; });
        if (found == targets_.end()) {
            throw StateError("event_queue: saved action for the unknown block " + name);
        }
        const auto kind = static_cast<std::uint32_t>(reader.value("kind"));
        schedule(when, static_cast<TargetId>(found - targets_.begin()), kind,
                 reader.value("payload"));
    }
    reader.end();
}

}  // namespace athena::base
