// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/events.h"

#include <algorithm>

namespace athena::sim::trace {

namespace {

constexpr std::uint64_t kPicosecondsPerNanosecond = 1000;

// What every packet of a sequence has; the first also what its notes are called.
void begin_packet(PacketWriter& out, Sequence& sequence) {
    out.begin();
    out.number(field::kSequenceId, sequence.id);
    if (sequence.begun) {
        out.number(field::kSequenceFlags, kNeedsIncrementalState);
        return;
    }
    sequence.begun = true;
    out.number(field::kSequenceFlags, kIncrementalStateCleared | kNeedsIncrementalState);
    const std::size_t data = out.open(field::kInternedData);
    for (std::size_t iid = 1; iid < kNotes.size(); ++iid) {
        const std::size_t entry = out.open(field::kInternedNoteNames);
        out.number(field::kInternedIid, iid);
        out.text(field::kInternedText, kNotes[iid]);
        out.close(entry);
    }
    out.close(data);
}

template <typename Write>
void declare_with(PacketWriter& out, std::uint64_t uuid, std::uint64_t parent,
                  std::string_view name, const Write& more) {
    out.begin();
    const std::size_t opened = out.open(field::kTrackDescriptor);
    out.number(field::kTrackUuid, uuid);
    out.number(field::kTrackParent, parent);
    out.text(field::kTrackName, name);
    more();
    out.close(opened);
    out.end();
}

}  // namespace

Event::Event(PacketWriter& out, Sequence& sequence, std::uint64_t time, EventType type,
             std::uint64_t track)
    : out_(out) {
    begin_packet(out, sequence);
    sequence.last = std::max(sequence.last, time);
    out.number(field::kTimestamp, sequence.last / kPicosecondsPerNanosecond);
    event_ = out.open(field::kTrackEvent);
    out.number(field::kEventType, static_cast<std::uint64_t>(type));
    out.number(field::kEventTrack, track);
}

Event& Event::name(std::uint32_t iid) {
    out_.number(field::kEventNameIid, iid);
    return *this;
}

Event& Event::name(std::string_view text) {
    out_.text(field::kEventName, text);
    return *this;
}

template <typename Write>
Event& Event::add_note(Note note, const Write& write) {
    const std::size_t opened = out_.open(field::kEventNotes);
    out_.number(field::kNoteNameIid, static_cast<std::uint64_t>(note));
    write();
    out_.close(opened);
    return *this;
}

Event& Event::note(Note note, std::uint64_t value) {
    return add_note(note, [&] { out_.number(field::kNoteUint, value); });
}

Event& Event::note(Note note, std::string_view text) {
    return add_note(note, [&] { out_.text(field::kNoteText, text); });
}

Event& Event::address(Note note, std::uint64_t value) {
    return add_note(note, [&] { out_.number(field::kNotePointer, value); });
}

Event& Event::interned(Note note, std::uint32_t iid) {
    return add_note(note, [&] { out_.number(field::kNoteTextIid, iid); });
}

Event& Event::flow(std::uint64_t number) {
    out_.fixed(field::kEventFlows, number);
    return *this;
}

Event& Event::last_of_flow(std::uint64_t number) {
    out_.fixed(field::kEventLastFlows, number);
    return *this;
}

Event& Event::value(std::uint64_t value) {
    out_.number(field::kEventCounterValue, value);
    return *this;
}

void intern(PacketWriter& out, Sequence& sequence, std::uint32_t field, std::uint32_t iid,
            std::string_view text) {
    begin_packet(out, sequence);
    const std::size_t data = out.open(field::kInternedData);
    const std::size_t entry = out.open(field);
    out.number(field::kInternedIid, iid);
    out.text(field::kInternedText, text);
    out.close(entry);
    out.close(data);
    out.end();
}

void declare_board(PacketWriter& out, std::string_view name) {
    constexpr std::uint64_t kPid = 1;
    out.begin();
    const std::size_t opened = out.open(field::kTrackDescriptor);
    out.number(field::kTrackUuid, track(TrackKind::Board));
    out.text(field::kTrackName, name);
    const std::size_t process = out.open(field::kTrackProcess);
    out.number(field::kProcessPid, kPid);
    out.text(field::kProcessName, name);
    out.close(process);
    out.close(opened);
    out.end();
}

void declare(PacketWriter& out, std::uint64_t uuid, std::uint64_t parent, std::string_view name) {
    declare_with(out, uuid, parent, name, [] {});
}

void declare_counter(PacketWriter& out, std::uint64_t uuid, std::uint64_t parent,
                     std::string_view name, Unit unit, std::string_view in_words) {
    declare_with(out, uuid, parent, name, [&] {
        const std::size_t counter = out.open(field::kTrackCounter);
        if (in_words.empty()) {
            out.number(field::kCounterUnit, static_cast<std::uint64_t>(unit));
        } else {
            out.text(field::kCounterUnitName, in_words);
        }
        out.close(counter);
    });
}

}  // namespace athena::sim::trace
