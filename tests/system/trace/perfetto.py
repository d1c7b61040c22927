# SPDX-License-Identifier: Apache-2.0
"""Perfetto's trace format, read from its published schema (protos/perfetto/trace/*.proto) and from nothing of this project: what a file must keep to
in order to be one, and its tracks, slices, counters and flows."""
import collections
import struct

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
TEXT, NUMBER, SIGNED, FIXED = "text", "number", "signed", "fixed"

# message: {field: (name, type, repeated)}; a type is one of the above, or a message's name.
SCHEMA = {
    "Trace": {1: ("packet", "TracePacket", True)},
    "TracePacket": {8: ("timestamp", NUMBER, False), 10: ("trusted_packet_sequence_id", NUMBER, False), 11: ("track_event", "TrackEvent", False),
                    12: ("interned_data", "InternedData", False), 13: ("sequence_flags", NUMBER, False),
                    60: ("track_descriptor", "TrackDescriptor", False)},
    "TrackDescriptor": {1: ("uuid", NUMBER, False), 2: ("name", TEXT, False), 3: ("process", "ProcessDescriptor", False),
                        5: ("parent_uuid", NUMBER, False), 8: ("counter", "CounterDescriptor", False)},
    "ProcessDescriptor": {1: ("pid", NUMBER, False), 6: ("process_name", TEXT, False)},
    "CounterDescriptor": {3: ("unit", NUMBER, False), 6: ("unit_name", TEXT, False)},
    "TrackEvent": {4: ("debug_annotations", "DebugAnnotation", True), 9: ("type", NUMBER, False), 10: ("name_iid", NUMBER, False),
                   11: ("track_uuid", NUMBER, False), 23: ("name", TEXT, False), 30: ("counter_value", SIGNED, False),
                   47: ("flow_ids", FIXED, True), 48: ("terminating_flow_ids", FIXED, True)},
    "DebugAnnotation": {1: ("name_iid", NUMBER, False), 3: ("uint_value", NUMBER, False), 6: ("string_value", TEXT, False),
                        7: ("pointer_value", NUMBER, False), 17: ("string_value_iid", NUMBER, False)},
    "InternedData": {2: ("event_names", "Interned", True), 3: ("debug_annotation_names", "Interned", True),
                     29: ("debug_annotation_string_values", "Interned", True)},
    "Interned": {1: ("iid", NUMBER, False), 2: ("name", TEXT, False)},
}
SLICE_BEGIN, SLICE_END, INSTANT, COUNTER = 1, 2, 3, 4
CLEARED, NEEDS = 1, 2


class Bad(Exception):
    """The file breaks a rule of the format."""


def expect(condition, text):
    if not condition:
        raise Bad(text)


def varint(data, at):
    value = shift = 0
    while True:
        expect(at < len(data), "a varint is cut")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            expect(value < 1 << 64, "a varint of more than 64 bits")
            return value, at
        expect(shift < 70, "a varint of more than ten bytes")


def decode(data, message):
    """A dictionary; repeated fields are lists."""
    fields, at, values = SCHEMA[message], 0, {}
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        expect(number in fields, f"{message} has no field {number}")
        name, kind, repeated = fields[number]
        wanted = VARINT if kind in (NUMBER, SIGNED) else FIXED64 if kind == FIXED else LENGTH
        expect(wire == wanted, f"{message}.{name} has wire type {wire}")
        if wire == VARINT:
            value, at = varint(data, at)
            if kind == SIGNED and value >> 63:
                value -= 1 << 64
        elif wire == FIXED64:
            expect(at + 8 <= len(data), f"{message}.{name} is cut")
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        else:
            length, at = varint(data, at)
            expect(at + length <= len(data), f"{message}.{name} is cut")
            part, at = data[at:at + length], at + length
            value = part.decode("utf-8") if kind == TEXT else decode(part, kind)
        if repeated:
            values.setdefault(name, []).append(value)
        else:
            expect(name not in values, f"{message}.{name} twice")
            values[name] = value
    return values


Slice = collections.namedtuple("Slice", "track name begin end notes flows depth")


class Timeline:
    """All of a trace, checked: tracks are declared before their events and below declared ones, times of a sequence never go back, slices nest and end,
    interned names are known, and every flow joins two events or more. Not `ended`: of a run that was killed, slices and flows need not have ended."""

    def __init__(self, data, ended=True):
        self.tracks, self.slices, self.instants, self.counters = {}, [], [], collections.defaultdict(list)
        self.flows = collections.defaultdict(list)
        self._open, self._last, self._interned, self._owner, self._ended = collections.defaultdict(list), {}, {}, {}, set()
        for packet in decode(data, "Trace").get("packet", []):
            self._take(packet)
        for track, left in self._open.items():
            expect(not ended or not left, f"{self.path(track)}: {len(left)} slices without an end")
        for flow, events in self.flows.items():
            expect(not ended or len(events) > 1, f"flow {flow} has one event: {events}")

    def path(self, uuid):
        names = []
        while uuid:
            names.append(self.tracks[uuid].get("name", "?"))
            uuid = self.tracks[uuid].get("parent_uuid", 0)
        return "/".join(reversed(names))

    def of(self, path):
        """The slices of a track."""
        return [found for found in self.slices if found.track == path]

    def _take(self, packet):
        if "track_descriptor" in packet:
            self._declare(packet["track_descriptor"])
            return
        sequence, flags = packet["trusted_packet_sequence_id"], packet["sequence_flags"]
        expect(sequence > 0, "sequence 0")
        if flags & CLEARED:
            self._interned[sequence] = collections.defaultdict(dict)
        expect(flags & NEEDS and sequence in self._interned, f"sequence {sequence} does not begin with a cleared state")
        for kind, entries in packet.get("interned_data", {}).items():
            known = self._interned[sequence][kind]
            for entry in entries:
                expect(entry["iid"] > 0 and entry["iid"] not in known, f"{kind} {entry['iid']} twice")
                known[entry["iid"]] = entry["name"]
        if "track_event" in packet:
            time = packet["timestamp"]
            expect(time >= self._last.get(sequence, 0), f"sequence {sequence} goes back to {time}")
            self._last[sequence] = time
            self._event(packet["track_event"], time, sequence)

    def _declare(self, track):
        expect(track["uuid"] > 0 and track["uuid"] not in self.tracks, f"track {track['uuid']} twice")
        expect(track.get("parent_uuid") in self.tracks or "process" in track, f"track {track['uuid']} below nothing")
        self.tracks[track["uuid"]] = track

    def _notes(self, event, sequence):
        interned, notes = self._interned[sequence], {}
        for note in event.get("debug_annotations", []):
            name = interned["debug_annotation_names"][note["name_iid"]]
            values = [value for key, value in note.items() if key != "name_iid"]
            expect(len(values) == 1 and name not in notes, f"{name} has {len(values)} values, or is there twice")
            iid = note.get("string_value_iid")
            notes[name] = values[0] if iid is None else interned["debug_annotation_string_values"][iid]
        return notes

    def _event(self, event, time, sequence):
        track = event["track_uuid"]
        expect(track in self.tracks, f"track {track} is not declared")
        expect(self._owner.setdefault(track, sequence) == sequence, f"{self.path(track)} has events of two sequences")
        kind, is_counter = event["type"], "counter" in self.tracks[track]
        expect((kind == COUNTER) == is_counter == ("counter_value" in event), f"{self.path(track)}: not for an event of type {kind}")
        expect(not ("name" in event and "name_iid" in event), "two names")
        if kind == COUNTER:
            self.counters[self.path(track)].append((time, event["counter_value"]))
            return
        name = event.get("name") or self._interned[sequence]["event_names"].get(event.get("name_iid"))
        notes, flows = self._notes(event, sequence), event.get("flow_ids", []) + event.get("terminating_flow_ids", [])
        for flow in flows:
            expect(flow not in self._ended, f"flow {flow} goes on after its end")
            if self.flows[flow]:
                expect(self.flows[flow][-1][1] <= time, f"flow {flow} goes back")
            self.flows[flow].append((self.path(track), time, name))
        self._ended.update(event.get("terminating_flow_ids", []))
        stack = self._open[track]
        if kind == SLICE_BEGIN:
            expect(name, f"{self.path(track)}: a slice without a name")
            stack.append((name, time, notes, flows))
        elif kind == SLICE_END:
            expect(stack, f"{self.path(track)}: an end without a beginning at {time}")
            begun, begin, first, flows = stack.pop()
            expect(not set(first) & set(notes), "a note twice")
            self.slices.append(Slice(self.path(track), begun, begin, time, {**first, **notes}, flows, len(stack)))
        else:
            expect(kind == INSTANT and name, f"{self.path(track)}: an event of type {kind}")
            self.instants.append(Slice(self.path(track), name, time, time, notes, flows, len(stack)))
