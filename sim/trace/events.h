// SPDX-License-Identifier: Apache-2.0
// Tracks and their events, as packets.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/trace/packet_writer.h"

namespace athena::sim::trace {

/// The uuid of a track: what it is of, the cluster, and a number in it.
enum class TrackKind : std::uint8_t {
    Board = 1,
    Cluster,
    Tile,  ///< and the kinds of engines, in the order of command::EngineKind
    Dma,
    Vector,
    Ring,
    Completions,
    Semaphores,
    Semaphore,
    Sections,
    Harts,
    Hart,
    HartState,
    HartFunctions,
    Marks,
    Counters,
    Counter,
};
[[nodiscard]] constexpr std::uint64_t track(TrackKind kind, std::uint64_t cluster = 0,
                                            std::uint64_t number = 0) {
    return std::uint64_t{static_cast<std::uint8_t>(kind)} << 48 | cluster << 32 | number;
}

/// Packets whose times never go back, and which share interned texts.
struct Sequence {
    std::uint32_t id = 0;
    bool begun = false;
    std::uint64_t last = 0;  ///< picoseconds
};

/// One event, from its construction to its destruction; no other packet meanwhile. Time is in
/// picoseconds, and rounded down to nanoseconds in the packet's timestamp; one before the
/// sequence's last is taken for that.
class Event {
  public:
    Event(PacketWriter& out, Sequence& sequence, std::uint64_t time, EventType type,
          std::uint64_t track);
    ~Event() {
        out_.close(event_);
        out_.end();
    }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// Interned in the sequence before.
    Event& name(std::uint32_t iid);
    Event& name(std::string_view text);
    Event& note(Note note, std::uint64_t value);
    Event& note(Note note, std::string_view text);
    Event& address(Note note, std::uint64_t value);
    Event& interned(Note note, std::uint32_t iid);
    /// Each flow joins the events that have its number, in the order of time; the last ends it.
    Event& flow(std::uint64_t number);
    Event& last_of_flow(std::uint64_t number);
    Event& value(std::uint64_t value);

  private:
    template <typename Write>
    Event& add_note(Note note, const Write& write);

    PacketWriter& out_;
    std::size_t event_;
};

/// `field`: kInternedEventNames or kInternedTexts.
void intern(PacketWriter& out, Sequence& sequence, std::uint32_t field, std::uint32_t iid,
            std::string_view text);

void declare_board(PacketWriter& out, std::string_view name);
/// A track below another.
void declare(PacketWriter& out, std::uint64_t uuid, std::uint64_t parent, std::string_view name);
/// `unit`: in words, where it is neither.
void declare_counter(PacketWriter& out, std::uint64_t uuid, std::uint64_t parent,
                     std::string_view name, Unit unit, std::string_view in_words = {});

}  // namespace athena::sim::trace
