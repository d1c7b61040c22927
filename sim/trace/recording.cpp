// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/recording.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "sim/trace/packet_reader.h"
#include "sim/usage_error.h"

namespace athena::sim::trace {

namespace {

struct ReadEvent {
    EventType type{};
    std::uint64_t track = 0;
    std::uint32_t name = 0;  ///< of Recording::texts
    std::array<std::uint64_t, kNotes.size()> notes{};
    std::array<bool, kNotes.size()> has{};
    std::uint64_t flow = 0;

    [[nodiscard]] std::uint64_t at(Note note) const {
        return notes[static_cast<std::size_t>(note)];
    }
    [[nodiscard]] bool knows(Note note) const { return has[static_cast<std::size_t>(note)]; }
    [[nodiscard]] SemaphoreWait wait() const {
        return {at(Note::WaitsSincePs), static_cast<std::uint32_t>(at(Note::WaitSemaphore)),
                static_cast<std::uint32_t>(at(Note::WaitValue))};
    }
    [[nodiscard]] std::optional<std::uint32_t> signals() const {
        return knows(Note::SignalSemaphore)
                   ? std::optional(static_cast<std::uint32_t>(at(Note::SignalSemaphore)))
                   : std::nullopt;
    }
};

TrackKind kind_of(std::uint64_t uuid) {
    return static_cast<TrackKind>(uuid >> 48);
}
std::uint32_t cluster_of(std::uint64_t uuid) {
    return static_cast<std::uint32_t>(uuid >> 32 & 0xFFFF);
}
bool is_engine(TrackKind kind) {
    return kind == TrackKind::Tile || kind == TrackKind::Dma || kind == TrackKind::Vector;
}

class Reader {
  public:
    explicit Reader(const std::filesystem::path& file) : packets_(file) {
        try {
            while (const auto packet = packets_.next()) {
                take_packet(*packet);
            }
        } catch (const std::out_of_range&) {
            throw UsageError(fmt::format("{}: no timeline of athena: the packet at byte {} is none",
                                         file.string(), packets_.offset()));
        }
        if (recording_.board.empty()) {
            throw UsageError(file.string() + ": no timeline of athena: it names no board");
        }
        // What was under way when the file ended.
        std::erase_if(recording_.commands,
                      [](const TracedCommand& command) { return command.end == 0; });
        for (TracedEngine& engine : recording_.engines) {
            engine.commands.clear();
        }
        for (Index index = 0; index < recording_.commands.size(); ++index) {
            TracedCommand& command = recording_.commands[index];
            TracedEngine& engine = recording_.engines[command.engine];
            command.before = engine.commands.empty() ? kNothing : engine.commands.back();
            engine.commands.push_back(index);
            if (command.dispatch != kNothing) {
                recording_.dispatches[command.dispatch].command = index;
            }
            recording_.end = std::max(recording_.end, command.end);
        }
    }

    [[nodiscard]] Recording take() { return std::move(recording_); }

  private:
    std::uint32_t add_text(std::string_view text) {
        const auto [found, is_new] = texts_.try_emplace(
            std::string(text), static_cast<std::uint32_t>(recording_.texts.size()));
        if (is_new) {
            recording_.texts.emplace_back(text);
        }
        return found->second;
    }

    void take_packet(std::span<const std::byte> packet) {
        Fields fields(packet);
        std::uint64_t sequence = 0;
        while (const auto field = fields.next()) {
            switch (field->number) {
                case field::kSequenceId:
                    sequence = field->value;
                    break;
                case field::kInternedData:
                    take_interned(sequence, field->bytes);
                    break;
                case field::kTrackDescriptor:
                    take_track(field->bytes);
                    break;
                case field::kTrackEvent:
                    take_event(sequence, field->bytes);
                    break;
                default:
                    break;
            }
        }
    }

    void take_interned(std::uint64_t sequence, std::span<const std::byte> data) {
        Fields fields(data);
        while (const auto field = fields.next()) {
            if (field->number != field::kInternedEventNames &&
                field->number != field::kInternedTexts) {
                continue;
            }
            Fields entry(field->bytes);
            std::uint64_t iid = 0;
            std::string_view text;
            while (const auto part = entry.next()) {
                iid = part->number == field::kInternedIid ? part->value : iid;
                text = part->number == field::kInternedText ? part->text() : text;
            }
            interned_[{sequence, field->number, iid}] = add_text(text);
        }
    }

    void take_track(std::span<const std::byte> data) {
        Fields fields(data);
        std::uint64_t uuid = 0;
        std::string name;
        while (const auto field = fields.next()) {
            uuid = field->number == field::kTrackUuid ? field->value : uuid;
            name = field->number == field::kTrackName ? std::string(field->text()) : name;
        }
        const TrackKind kind = kind_of(uuid);
        const std::string path = fmt::format("cluster{}.{}", cluster_of(uuid), name);
        if (kind == TrackKind::Board) {
            recording_.board = name;
        } else if (is_engine(kind)) {
            tracks_[uuid] = static_cast<Index>(recording_.engines.size());
            recording_.engines.push_back({path, kind, cluster_of(uuid), {}});
            open_.push_back(kNothing);
        } else if (kind == TrackKind::Ring) {
            tracks_[uuid] = static_cast<Index>(recording_.rings.size());
            recording_.rings.push_back({path, cluster_of(uuid), {}});
            rung_.push_back(0);
        }
    }

    void take_note(std::uint64_t sequence, ReadEvent& event, std::span<const std::byte> data) {
        Fields fields(data);
        std::uint64_t iid = 0;
        std::uint64_t value = 0;
        while (const auto field = fields.next()) {
            if (field->number == field::kNoteNameIid) {
                iid = field->value;
            } else if (field->number == field::kNoteTextIid) {
                value = interned_[{sequence, field::kInternedTexts, field->value}];
            } else if (field->type == WireType::Varint) {
                value = field->value;
            }
        }
        if (iid < kNotes.size()) {
            event.notes[iid] = value;
            event.has[iid] = true;
        }
    }

    void take_event(std::uint64_t sequence, std::span<const std::byte> data) {
        Fields fields(data);
        ReadEvent event;
        while (const auto field = fields.next()) {
            switch (field->number) {
                case field::kEventType:
                    event.type = static_cast<EventType>(field->value);
                    break;
                case field::kEventTrack:
                    event.track = field->value;
                    break;
                case field::kEventNameIid:
                    event.name = interned_[{sequence, field::kInternedEventNames, field->value}];
                    break;
                case field::kEventName:
                    event.name = add_text(field->text());
                    break;
                case field::kEventFlows:
                    event.flow = field->value;
                    break;
                case field::kEventNotes:
                    take_note(sequence, event, field->bytes);
                    break;
                default:
                    break;
            }
        }
        const TrackKind kind = kind_of(event.track);
        const auto found = tracks_.find(event.track);
        if (kind == TrackKind::Marks && event.knows(Note::EndPs)) {
            recording_.is_whole = true;
            recording_.end = event.at(Note::EndPs);
        } else if (found != tracks_.end() && kind == TrackKind::Ring) {
            take_ring(found->second, event);
        } else if (found != tracks_.end() && event.type == EventType::SliceBegin) {
            begin(found->second, event);
        } else if (found != tracks_.end() && event.type == EventType::SliceEnd) {
            end(found->second, event);
        }
    }

    void take_ring(Index ring, const ReadEvent& event) {
        if (event.type != EventType::SliceBegin) {
            return;
        }
        if (event.knows(Note::BeginPs)) {
            rung_[ring] = event.at(Note::BeginPs);
            return;
        }
        TracedRing& of = recording_.rings[ring];
        const auto index = static_cast<Index>(recording_.dispatches.size());
        recording_.dispatches.push_back(
            {.read = event.at(Note::ReadPs),
             .queued = event.at(Note::QueuedPs),
             .rung = rung_[ring],
             .before = of.dispatches.empty() ? kNothing : of.dispatches.back(),
             .ring = ring,
             .opcode = event.name,
             .wait = event.wait(),
             .signals = event.signals()});
        of.dispatches.push_back(index);
        if (event.flow != 0) {
            waiting_[event.flow] = index;
        }
    }

    void begin(Index engine, const ReadEvent& event) {
        open_[engine] = static_cast<Index>(recording_.commands.size());
        TracedCommand command{.begin = event.at(Note::BeginPs),
                              .issued = event.at(Note::IssuedPs),
                              .bytes = event.at(Note::Bytes),
                              .engine = engine,
                              .name = event.name,
                              .section = static_cast<std::uint32_t>(event.at(Note::Section)),
                              .wait = event.wait(),
                              .signals = event.signals()};
        if (const auto found = waiting_.find(event.flow); found != waiting_.end()) {
            command.dispatch = found->second;
            waiting_.erase(found);
        }
        recording_.commands.push_back(command);
    }

    void end(Index engine, const ReadEvent& event) {
        if (const Index index = std::exchange(open_[engine], kNothing); index != kNothing) {
            recording_.commands[index].end = event.at(Note::EndPs);
            recording_.commands[index].unfinished = event.knows(Note::Unfinished);
        }
    }

    PacketReader packets_;
    Recording recording_;
    std::unordered_map<std::string, std::uint32_t> texts_;
    std::map<std::array<std::uint64_t, 3>, std::uint32_t> interned_;  // sequence, kind, iid
    std::unordered_map<std::uint64_t, Index> tracks_;                 // engines and rings
    std::vector<Index> open_;                                         // by engine
    std::vector<std::uint64_t> rung_;                                 // by ring
    std::unordered_map<std::uint64_t, Index> waiting_;  // dispatches on their way, by flow
};

}  // namespace

Recording read_recording(const std::filesystem::path& file) {
    return Reader(file).take();
}

}  // namespace athena::sim::trace
