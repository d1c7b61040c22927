// SPDX-License-Identifier: Apache-2.0
// Numbers of the messages and fields of Perfetto's trace format that a timeline has, as its
// published files protos/perfetto/trace/*.proto give them (docs/timeline.md). A file is a message
// Trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace athena::sim::trace {

/// Of a field on the wire (protobuf.dev, "Encoding").
enum class WireType : std::uint8_t { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };

namespace field {

inline constexpr std::uint32_t kTracePacket = 1;  ///< of Trace (trace.proto)

// trace_packet.proto
inline constexpr std::uint32_t kTimestamp = 8;    ///< nanoseconds
inline constexpr std::uint32_t kSequenceId = 10;  ///< trusted_packet_sequence_id
inline constexpr std::uint32_t kTrackEvent = 11;
inline constexpr std::uint32_t kInternedData = 12;
inline constexpr std::uint32_t kSequenceFlags = 13;
inline constexpr std::uint32_t kTrackDescriptor = 60;

// track_event/track_descriptor.proto, process_descriptor.proto, counter_descriptor.proto
inline constexpr std::uint32_t kTrackUuid = 1;
inline constexpr std::uint32_t kTrackName = 2;
inline constexpr std::uint32_t kTrackProcess = 3;
inline constexpr std::uint32_t kTrackParent = 5;
inline constexpr std::uint32_t kTrackCounter = 8;
inline constexpr std::uint32_t kProcessPid = 1;
inline constexpr std::uint32_t kProcessName = 6;
inline constexpr std::uint32_t kCounterUnit = 3;
inline constexpr std::uint32_t kCounterUnitName = 6;

// track_event/track_event.proto
inline constexpr std::uint32_t kEventNotes = 4;  ///< debug_annotations
inline constexpr std::uint32_t kEventType = 9;
inline constexpr std::uint32_t kEventNameIid = 10;
inline constexpr std::uint32_t kEventTrack = 11;
inline constexpr std::uint32_t kEventName = 23;
inline constexpr std::uint32_t kEventCounterValue = 30;
inline constexpr std::uint32_t kEventFlows = 47;      ///< fixed64
inline constexpr std::uint32_t kEventLastFlows = 48;  ///< terminating_flow_ids, fixed64

// track_event/debug_annotation.proto
inline constexpr std::uint32_t kNoteNameIid = 1;
inline constexpr std::uint32_t kNoteUint = 3;
inline constexpr std::uint32_t kNoteText = 6;
inline constexpr std::uint32_t kNotePointer = 7;
inline constexpr std::uint32_t kNoteTextIid = 17;

// interned_data/interned_data.proto; each entry has its iid as field 1 and its text as field 2
inline constexpr std::uint32_t kInternedEventNames = 2;
inline constexpr std::uint32_t kInternedNoteNames = 3;
inline constexpr std::uint32_t kInternedTexts = 29;  ///< debug_annotation_string_values
inline constexpr std::uint32_t kInternedIid = 1;
inline constexpr std::uint32_t kInternedText = 2;

}  // namespace field

enum class EventType : std::uint8_t { SliceBegin = 1, SliceEnd = 2, Instant = 3, Counter = 4 };

/// Bits of sequence_flags.
inline constexpr std::uint64_t kIncrementalStateCleared = 1;
inline constexpr std::uint64_t kNeedsIncrementalState = 2;

/// Values of CounterDescriptor::Unit.
enum class Unit : std::uint8_t { Count = 2, Bytes = 3 };

/// What events are annotated with; iid 0 is none.
enum class Note : std::uint8_t {
    BeginPs = 1,  ///< exact board time in picoseconds, as all of …_ps
    EndPs,
    ReadPs,
    QueuedPs,
    IssuedPs,
    WaitsSincePs,
    WaitSemaphore,
    WaitValue,
    SignalSemaphore,
    SignalValue,
    Section,
    Tag,
    Position,
    Bytes,
    Source,
    Destination,
    From,
    To,
    Status,
    Unfinished,
    Lines,
    Tail,
    Pc,
    Value,
    Number,
    Mode,
};
inline constexpr std::array<std::string_view, 27> kNotes = {"",
                                                            "begin_ps",
                                                            "end_ps",
                                                            "read_ps",
                                                            "queued_ps",
                                                            "issued_ps",
                                                            "waits_since_ps",
                                                            "wait_semaphore",
                                                            "wait_value",
                                                            "signal_semaphore",
                                                            "signal_value",
                                                            "section",
                                                            "tag",
                                                            "position",
                                                            "bytes",
                                                            "source",
                                                            "destination",
                                                            "from",
                                                            "to",
                                                            "status",
                                                            "unfinished",
                                                            "lines",
                                                            "tail",
                                                            "pc",
                                                            "value",
                                                            "number",
                                                            "mode"};

}  // namespace athena::sim::trace
