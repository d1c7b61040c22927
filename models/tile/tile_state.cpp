// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/state.h"
#include "tile/tile.h"

namespace athena::tile {

namespace {

constexpr std::uint32_t kStateVersion = 2;

// The names and places of all counters, for save and load alike.
template <typename Counters, typename Use>
void each_counter(Counters& counters, Use use) {
    use("commands", counters.commands);
    use("errors", counters.errors);
    use("refused", counters.refused);
    use("multiply_accumulates", counters.multiply_accumulates);
    use("bytes_read", counters.bytes_read);
    use("bytes_written", counters.bytes_written);
    use("in_flight_faults", counters.in_flight_faults);
    use("busy_cycles_before_reset", counters.busy_cycles_before_reset);
}

}  // namespace

void Tile::save(base::StateWriter& writer) const {
    writer.begin("tile", kStateVersion);
    implementation_->save(writer);
    writer.value("commands", commands_.size());
    for (const Command& command : commands_) {
        writer.bytes("line", command.line);
        writer.value("aborted", command.aborted ? 1 : 0);
    }
    writer.value("undelivered", undelivered_.size());
    for (const Output& output : undelivered_) {
        writer.value("cycle", output.cycle);
        writer.value("kind", static_cast<std::uint64_t>(output.kind));
        writer.value("tag", output.completion.tag);
        writer.value("status", static_cast<std::uint64_t>(output.completion.status));
        writer.value("irq_level", output.irq_level ? 1 : 0);
    }
    writer.value("armed", armed_ ? 1 : 0);
    writer.value("irq", irq.level() ? 1 : 0);
    each_counter(counters_,
                 [&](const char* name, std::uint64_t value) { writer.value(name, value); });
    writer.end();
}

void Tile::load(base::StateReader& reader) {
    reader.begin("tile", kStateVersion);
    implementation_->load(reader);
    commands_.resize(reader.value("commands"));
    for (Command& command : commands_) {
        reader.bytes("line", command.line);
        command.aborted = reader.value("aborted") != 0;
        command.decoded = decode_matmul(command.line, config_.l1_bytes);
    }
    undelivered_.resize(reader.value("undelivered"));
    for (Output& output : undelivered_) {
        output.cycle = reader.value("cycle");
        output.kind = static_cast<Output::Kind>(reader.value("kind"));
        output.completion.tag = static_cast<std::uint32_t>(reader.value("tag"));
        output.completion.status = static_cast<Status>(reader.value("status"));
        output.irq_level = reader.value("irq_level") != 0;
    }
    armed_ = reader.value("armed") != 0;
    irq.set(reader.value("irq") != 0);
    each_counter(counters_,
                 [&](const char* name, std::uint64_t& value) { value = reader.value(name); });
    reader.end();
}

}  // namespace athena::tile
