// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/cluster_trace.h"

#include <fmt/format.h>

#include <bit>
#include <string_view>

#include "dma/transfer.h"
#include "sim/trace/counters.h"

namespace athena::sim::trace {

namespace {

using command::CommandFacts;
using command::EngineId;
using command::EngineKind;
namespace layout = regs::descriptor;

constexpr std::array<std::string_view, 3> kKindNames = {"tile", "dma", "vector"};

std::uint64_t track_of(std::uint64_t cluster, EngineId id) {
    constexpr auto kFirst = static_cast<std::uint8_t>(TrackKind::Tile);
    return track(static_cast<TrackKind>(kFirst + static_cast<std::uint8_t>(id.kind)), cluster,
                 id.instance);
}

}  // namespace

ClusterTrace::ClusterTrace(Shared& shared, std::uint64_t index)
    : shared_(shared),
      index_(index),
      sequence_(shared.new_sequence()),
      sections_(shared.out, shared.sections, index),
      counted_(shared.board.command.semaphores) {
    const platform::BoardConfig& board = shared.board;
    PacketWriter& out = shared.out;
    const std::uint64_t cluster = track(TrackKind::Cluster, index);
    declare(out, cluster, track(TrackKind::Board), "cluster" + std::to_string(index));
    for (std::uint64_t ring = 0; ring < board.command.rings; ++ring) {
        const std::string name = "ring" + std::to_string(ring);
        const std::uint64_t uuid = track(TrackKind::Ring, index, ring);
        declare(out, uuid, cluster, name);
        declare(out, track(TrackKind::Completions, index, ring), cluster, name + " completions");
        rings_.emplace_back(out, shared.new_sequence(), uuid);
    }
    engines_ = {std::vector<Engine>(board.tile.count), std::vector<Engine>(board.dma.channels),
                std::vector<Engine>(board.vector.count)};
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
        for (std::uint32_t number = 0; number < engines_[kind].size(); ++number) {
            declare(out, track_of(index, {static_cast<EngineKind>(kind), number}), cluster,
                    std::string(kKindNames[kind]) + std::to_string(number));
        }
    }
    declare(out, track(TrackKind::Semaphores, index), cluster, "semaphores");
}

void ClusterTrace::rung(const command::Doorbell& doorbell) {
    if (doorbell.now >= shared_.next_sample) {
        shared_.counters->sample(doorbell.now);
    }
    const std::uint64_t flow = ++shared_.flows;
    if (doorbell.initiator < shared_.harts.size()) {
        Event event(shared_.out, shared_.harts[doorbell.initiator], doorbell.now,
                    EventType::Instant, track(TrackKind::Hart, 0, doorbell.initiator));
        std::array<char, 48> name{};
        const auto end = fmt::format_to_n(name.data(), name.size(), "doorbell of cluster{} ring{}",
                                          index_, doorbell.ring);
        event.name({name.data(), end.size}).note(Note::Tail, doorbell.tail);
        event.note(Note::Lines, doorbell.tail - doorbell.before);
        event.address(Note::Pc, doorbell.pc).note(Note::BeginPs, doorbell.now).flow(flow);
    }
    rings_[doorbell.ring].rung(doorbell, flow);
}

void ClusterTrace::queued(const CommandFacts& facts) {
    const std::uint64_t flow = ++shared_.flows;
    const std::uint16_t section = section_of(facts);
    sequence_.last = facts.now;  // where it is dropped, if nothing else comes
    rings_[facts.ring].left(facts, flow);
    engine(*facts.engine).waiting.push({flow, facts.ring, section});
    sections_.enter(sequence_, section, facts.now);
}

void ClusterTrace::issued(const CommandFacts& facts) {
    Engine& at = engine(*facts.engine);
    const Waiting& waiting = at.waiting.front();
    Held& held = at.held.push();
    held.descriptor = *facts.descriptor;
    held.life = facts.life;
    held.flow = waiting.flow;
    held.ring = waiting.ring;
    held.section = waiting.section;
    at.waiting.pop();
    if (at.held.size() == 1) {
        begin(*facts.engine, facts.now);
    }
}

void ClusterTrace::ended(const CommandFacts& facts) {
    if (facts.now >= shared_.next_sample) {
        shared_.counters->sample(facts.now);
    }
    if (!facts.engine) {
        const bool is_call = facts.view().opcode() == command::Opcode::Call;
        if (!is_call) {
            rings_[facts.ring].left(facts, 0);
        }
        complete(facts, 0);
        return;
    }
    Engine& at = engine(*facts.engine);
    const std::uint64_t flow = at.held.front().flow;
    end(*facts.engine, facts.now, facts.status);
    complete(facts, flow);
    if (!at.held.empty()) {
        begin(*facts.engine, facts.now);
    }
}

void ClusterTrace::dropped(std::uint32_t ring) {
    for (auto& kind : engines_) {
        for (Engine& engine : kind) {
            engine.waiting.erase_if([&](const Waiting& waiting) {
                if (waiting.ring == ring) {
                    sections_.leave(sequence_, waiting.section, sequence_.last);
                    drop(waiting.ring, waiting.flow, sequence_.last);
                }
                return waiting.ring == ring;
            });
        }
    }
    rings_[ring].drop();
}

void ClusterTrace::counted(std::uint32_t semaphore, std::uint32_t value, std::uint64_t now) {
    const std::uint64_t uuid = track(TrackKind::Semaphore, index_, semaphore);
    if (!counted_[semaphore]) {
        if (value == 0) {
            return;  // firmware clears those that it never uses
        }
        counted_[semaphore] = true;
        declare_counter(shared_.out, uuid, track(TrackKind::Semaphores, index_),
                        "semaphore " + std::to_string(semaphore), Unit::Count);
    }
    Event(shared_.out, sequence_, now, EventType::Counter, uuid).value(value);
}

void ClusterTrace::reset(std::uint64_t now) {
    sequence_.last = now;
    for (std::uint32_t ring = 0; ring < rings_.size(); ++ring) {
        dropped(ring);
    }
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
        for (std::uint32_t number = 0; number < engines_[kind].size(); ++number) {
            give_up({static_cast<EngineKind>(kind), number}, now);
        }
    }
}

void ClusterTrace::give_up(EngineId id, std::uint64_t now) {
    Engine& at = engine(id);
    if (at.held.empty()) {
        return;
    }
    drop(at.held.front().ring, at.held.front().flow, now);
    end(id, now, std::nullopt);
    for (; !at.held.empty(); at.held.pop()) {
        sections_.leave(sequence_, at.held.front().section, now);
        drop(at.held.front().ring, at.held.front().flow, now);
    }
}

// It will not complete.
void ClusterTrace::drop(std::uint32_t ring, std::uint64_t flow, std::uint64_t now) {
    Event event(shared_.out, sequence_, now, EventType::Instant,
                track(TrackKind::Completions, index_, ring));
    event.name("dropped").last_of_flow(flow);
}

std::uint32_t ClusterTrace::name_of(const NameKey& key) {
    const NameTable::Found found = names_.find(key);
    if (found.is_new) {
        intern(shared_.out, sequence_, field::kInternedEventNames, found.iid,
               CommandName(key).text());
    }
    return found.iid;
}

// Of its first command.
void ClusterTrace::begin(EngineId id, std::uint64_t now) {
    const Held& held = engine(id).held.front();
    const layout::DescriptorConstView view(held.descriptor.first());
    const NameKey key = name_key(held.descriptor, index_, shared_.board);
    const std::uint32_t name = name_of(key);
    const std::uint32_t section = sections_.name_iid(sequence_, held.section);
    Event event(shared_.out, sequence_, now, EventType::SliceBegin, track_of(index_, id));
    if (name != 0) {
        event.name(name);
    } else {
        event.name(CommandName(key).text());
    }
    event.flow(held.flow).note(Note::BeginPs, now).note(Note::IssuedPs, held.life.issued);
    if (section != 0) {
        event.interned(Note::Section, section);
    }
    event.note(Note::Tag, view.tag());
    if (held.life.wait.value != 0) {
        event.note(Note::WaitsSincePs, held.life.waits_since);
        event.note(Note::WaitSemaphore, held.life.wait.semaphore);
        event.note(Note::WaitValue, held.life.wait.value);
    }
    if (view.signal() != 0) {
        event.note(Note::SignalSemaphore, view.signal_sem());
        event.note(Note::SignalValue, view.signal_value());
    }
    if (id.kind == EngineKind::Dma) {
        note_transfer(event, held.descriptor);
    }
}

// Bytes are those of all destinations, as the channel counts them.
void ClusterTrace::note_transfer(Event& event, const command::Descriptor& descriptor) const {
    const dma::Transfer transfer = dma::decode(descriptor.bytes).transfer;
    const auto copies = static_cast<std::uint64_t>(std::popcount(transfer.multicast));
    event.note(Note::Bytes, transfer.bytes() * copies);
    if (!transfer.fills()) {
        event.address(Note::Source, transfer.source);
    }
    event.address(Note::Destination, transfer.destination);
}

void ClusterTrace::end(EngineId id, std::uint64_t now, std::optional<command::Status> status) {
    Engine& at = engine(id);
    {
        Event event(shared_.out, sequence_, now, EventType::SliceEnd, track_of(index_, id));
        event.note(Note::EndPs, now);
        if (!status) {
            event.note(Note::Unfinished, 1);
        } else if (*status != command::Status::Ok) {
            event.note(Note::Status, layout::name_of(*status));
        }
    }
    sections_.leave(sequence_, at.held.front().section, now);
    at.held.pop();
}

void ClusterTrace::complete(const CommandFacts& facts, std::uint64_t flow) {
    const auto view = facts.view();
    Event event(shared_.out, sequence_, facts.now, EventType::Instant,
                track(TrackKind::Completions, index_, facts.ring));
    event.name(layout::name_of(view.opcode())).note(Note::Tag, view.tag());
    if (facts.status != command::Status::Ok) {
        event.note(Note::Status, layout::name_of(facts.status));
    }
    if (flow != 0) {
        event.last_of_flow(flow);
    }
}

}  // namespace athena::sim::trace
