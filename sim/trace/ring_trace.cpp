// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/ring_trace.h"

namespace athena::sim::trace {

namespace {

namespace layout = regs::descriptor;

// Positions wrap.
bool is_before(std::uint32_t position, std::uint32_t other) {
    return static_cast<std::int32_t>(position - other) < 0;
}

}  // namespace

void RingTrace::rung(const command::Doorbell& doorbell, std::uint64_t flow) {
    if (doorbell.tail != doorbell.before && batches_.size() < kMostBatches) {
        batches_.push({doorbell.before, doorbell.tail, doorbell.now, flow});
    }
}

void RingTrace::open(std::uint32_t position) {
    while (!batches_.empty() && !is_before(position, batches_.front().end)) {
        close();
        batches_.pop();
    }
    if (batches_.empty() || open_ || is_before(position, batches_.front().first)) {
        return;
    }
    const Batch& batch = batches_.front();
    Event event(out_, sequence_, batch.rung, EventType::SliceBegin, track_);
    event.name("doorbell").note(Note::Lines, batch.end - batch.first);
    event.note(Note::BeginPs, batch.rung).flow(batch.flow);
    open_ = true;
}

void RingTrace::close() {
    if (open_) {
        open_ = false;
        Event(out_, sequence_, sequence_.last, EventType::SliceEnd, track_);
    }
}

void RingTrace::left(const command::CommandFacts& facts, std::uint64_t flow) {
    open(facts.position);
    const auto view = facts.view();
    {
        Event event(out_, sequence_, facts.life.read, EventType::SliceBegin, track_);
        event.name(layout::name_of(view.opcode()));
        event.note(Note::ReadPs, facts.life.read).note(Note::QueuedPs, facts.life.queued);
        event.note(Note::Position, facts.position);
        if (!facts.engine && facts.life.wait.value != 0) {
            event.note(Note::WaitsSincePs, facts.life.waits_since);
            event.note(Note::WaitSemaphore, facts.life.wait.semaphore);
            event.note(Note::WaitValue, facts.life.wait.value);
        }
        if (!facts.engine && view.signal() != 0) {
            event.note(Note::SignalSemaphore, view.signal_sem());
            event.note(Note::SignalValue, view.signal_value());
        }
        if (flow != 0) {
            event.flow(flow);
        }
    }
    Event(out_, sequence_, facts.life.queued, EventType::SliceEnd, track_);
}

void RingTrace::drop() {
    close();
    batches_.clear();
}

}  // namespace athena::sim::trace
