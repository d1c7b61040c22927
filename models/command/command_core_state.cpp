// SPDX-License-Identifier: Apache-2.0
// Saved state of the command processor's core.
#include "base/state.h"
#include "command/command_core.h"

namespace athena::command {

namespace {

constexpr std::uint32_t kVersion = 4;

std::uint32_t take(base::StateReader& reader, const char* name) {
    return static_cast<std::uint32_t>(reader.value(name));
}

void save_descriptor(base::StateWriter& writer, const Descriptor& descriptor) {
    writer.value("lines", descriptor.lines);
    writer.bytes("bytes", descriptor.bytes);
}

Descriptor load_descriptor(base::StateReader& reader) {
    Descriptor descriptor;
    descriptor.lines = take(reader, "lines");
    reader.bytes("bytes", descriptor.bytes);
    return descriptor;
}

void save_call(base::StateWriter& writer, const CommandCore::Call& call) {
    save_descriptor(writer, call.descriptor);
    writer.value("position", call.position);
    writer.value("address", call.address);
    writer.value("lines", call.lines);
    writer.value("next", call.next);
    writer.value("outstanding", call.outstanding);
}

CommandCore::Call load_call(base::StateReader& reader) {
    CommandCore::Call call;
    call.descriptor = load_descriptor(reader);
    call.position = take(reader, "position");
    call.address = reader.value("address");
    call.lines = take(reader, "lines");
    call.next = take(reader, "next");
    call.outstanding = take(reader, "outstanding");
    return call;
}

void save_since(base::StateWriter& writer, const std::optional<std::uint64_t>& since) {
    writer.value("waits", since.has_value());
    writer.value("since", since.value_or(0));
}

std::optional<std::uint64_t> load_since(base::StateReader& reader) {
    const bool waits = reader.value("waits") != 0;
    const std::uint64_t since = reader.value("since");
    return waits ? std::optional(since) : std::nullopt;
}

void save_ring(base::StateWriter& writer, const CommandCore::Ring& ring) {
    writer.value("base", ring.base);
    writer.value("size", ring.size);
    writer.value("enabled", ring.enabled);
    writer.value("stopped", ring.stopped);
    writer.value("resetting", ring.resetting);
    writer.value("fetching", ring.fetching);
    writer.value("head", ring.head);
    writer.value("tail", ring.tail);
    writer.value("completed", ring.completed);
    writer.value("in_flight", ring.in_flight);
    writer.value("irq", ring.irq);
    writer.value("last_tag", ring.last_tag);
    writer.value("ahead", ring.ahead_count);
    for (std::uint32_t number = 0; number < ring.ahead_count; ++number) {
        writer.bytes("line", ring.ahead[ring.ahead_first + number]);
    }
    writer.value("has_staged", ring.staged.lines != 0);
    if (ring.staged.lines != 0) {
        save_descriptor(writer, ring.staged);
    }
    save_since(writer, ring.waits_since);
    writer.value("has_call", ring.call.has_value());
    if (ring.call) {
        save_call(writer, *ring.call);
    }
    writer.value("called", ring.called.size());
    for (const CommandCore::Call& call : ring.called) {
        save_call(writer, call);
    }
    writer.value("error_status", static_cast<std::uint64_t>(ring.error.status));
    writer.value("error_position", ring.error.position);
    writer.value("error_tag", ring.error.tag);
    writer.value("error_opcode", ring.error.opcode);
    writer.value("error_engine", ring.error.engine);
    writer.value("error_address", ring.error.address);
    writer.value("error_line", ring.error.line);
    writer.value("error_semaphore", ring.error.wait.semaphore);
    writer.value("error_value", ring.error.wait.value);
}

void load_ring(base::StateReader& reader, CommandCore::Ring& ring) {
    ring.base = reader.value("base");
    ring.size = take(reader, "size");
    ring.enabled = reader.value("enabled") != 0;
    ring.stopped = reader.value("stopped") != 0;
    ring.resetting = reader.value("resetting") != 0;
    ring.fetching = reader.value("fetching") != 0;
    ring.head = take(reader, "head");
    ring.tail = take(reader, "tail");
    ring.completed = take(reader, "completed");
    ring.in_flight = take(reader, "in_flight");
    ring.irq = take(reader, "irq");
    ring.last_tag = take(reader, "last_tag");
    ring.ahead_first = 0;
    ring.ahead_count = take(reader, "ahead");
    if (ring.ahead_count > kBurstLines) {
        throw base::StateError("command: saved with longer bursts");
    }
    for (std::uint32_t number = 0; number < ring.ahead_count; ++number) {
        reader.bytes("line", ring.ahead[number]);
    }
    ring.drop_staged();
    if (reader.value("has_staged") != 0) {
        ring.staged = load_descriptor(reader);
    }
    ring.waits_since = load_since(reader);
    ring.call.reset();
    if (reader.value("has_call") != 0) {
        ring.call = load_call(reader);
    }
    ring.called.clear();
    for (std::uint64_t left = reader.value("called"); left != 0; --left) {
        ring.called.push_back(load_call(reader));
    }
    ring.error.status = static_cast<Status>(reader.value("error_status"));
    ring.error.position = take(reader, "error_position");
    ring.error.tag = take(reader, "error_tag");
    ring.error.opcode = take(reader, "error_opcode");
    ring.error.engine = take(reader, "error_engine");
    ring.error.address = reader.value("error_address");
    ring.error.line = reader.value("error_line");
    ring.error.wait.semaphore = take(reader, "error_semaphore");
    ring.error.wait.value = take(reader, "error_value");
}

void save_pending(base::StateWriter& writer, const CommandCore::Pending& pending) {
    writer.value("ring", pending.ring);
    writer.value("position", pending.position);
    writer.value("address", pending.address);
    writer.value("in_call", pending.in_call);
    save_descriptor(writer, pending.descriptor);
}

void load_pending(base::StateReader& reader, CommandCore::Pending& pending) {
    pending.ring = take(reader, "ring");
    pending.position = take(reader, "position");
    pending.address = reader.value("address");
    pending.in_call = reader.value("in_call") != 0;
    pending.descriptor = load_descriptor(reader);
    pending.life = {};
}

void expect(base::StateReader& reader, const char* name, std::size_t size) {
    if (reader.value(name) != size) {
        throw base::StateError(std::string("command: saved with another number of ") + name);
    }
}

}  // namespace

void CommandCore::save(base::StateWriter& writer) const {
    writer.begin("command", kVersion);
    writer.value("rings", rings_.size());
    for (const Ring& ring : rings_) {
        save_ring(writer, ring);
    }
    writer.value("semaphores", semaphores_.size());
    for (const std::uint32_t value : semaphores_) {
        writer.value("semaphore", value);
    }
    writer.value("engines", engines_.size());
    for (const Engine& engine : engines_) {
        writer.value("issued", engine.issued);
        save_since(writer, engine.waits_since);
        writer.value("waiting", engine.waiting.size());
        for (const Pending& pending : engine.waiting) {
            save_pending(writer, pending);
        }
    }
    writer.value("slots", slots_.size());
    for (const Slot& slot : slots_) {
        writer.value("used", slot.used);
        writer.value("engine", slot.engine);
        save_pending(writer, slot.command);
    }
    for (const Watch& watch : watches_) {
        writer.value("timeout", watch.timeout);
        writer.value("armed", watch.armed);
    }
    writer.value("descriptors_completed", descriptors_completed_);
    writer.value("errors", errors_);
    writer.end();
}

void CommandCore::load(base::StateReader& reader) {
    reader.begin("command", kVersion);
    expect(reader, "rings", rings_.size());
    for (Ring& ring : rings_) {
        load_ring(reader, ring);
    }
    expect(reader, "semaphores", semaphores_.size());
    for (std::uint32_t& value : semaphores_) {
        value = take(reader, "semaphore");
    }
    expect(reader, "engines", engines_.size());
    for (Engine& engine : engines_) {
        engine.issued = take(reader, "issued");
        engine.waits_since = load_since(reader);
        engine.waiting.clear();
        for (std::uint64_t left = reader.value("waiting"); left != 0; --left) {
            load_pending(reader, engine.waiting.push());
        }
    }
    forget_waits();
    slots_.resize(reader.value("slots"));
    for (Slot& slot : slots_) {
        slot.used = reader.value("used") != 0;
        slot.engine = take(reader, "engine");
        load_pending(reader, slot.command);
    }
    for (Watch& watch : watches_) {
        watch.timeout = take(reader, "timeout");
        watch.armed = reader.value("armed") != 0;
    }
    descriptors_completed_ = reader.value("descriptors_completed");
    errors_ = reader.value("errors");
    reader.end();
    host_.update_outputs();
}

}  // namespace athena::command
