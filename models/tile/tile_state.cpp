// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/state.h"
#include "tile/tile.h"

namespace athena::tile {

namespace {

constexpr std::uint32_t kStateVersion = 4;

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
    use("swaps", counters.swaps);
    use("compared", counters.compared);
    use("equal_cycles", counters.equal_cycles);
}

}  // namespace

void Tile::save(base::StateWriter& writer) const {
    if (!transfers_.empty()) {
        throw base::StateError("tile: accesses of L1 are under way");
    }
    writer.begin("tile", kStateVersion);
    writer.value("mode", static_cast<std::uint64_t>(mode_));
    writer.value("wanted", static_cast<std::uint64_t>(wanted_));
    writer.value("next_change", next_change_);
    writer.value("accepted", accepted_);
    writer.value("held", held_);
    writer.value("reset_cycle", reset_cycle_);
    writer.value("last_completion", last_completion_);
    carried_.save(writer);
    implementation_->save(writer);
    writer.value("commands", commands_.size());
    for (const Command& command : commands_) {
        writer.bytes("line", command.line);
        writer.value("aborted", command.aborted ? 1 : 0);
        writer.value("pushed", command.pushed);
    }
    writer.value("undelivered", undelivered_.size());
    for (const Output& output : undelivered_) {
        writer.value("cycle", output.cycle);
        writer.value("kind", static_cast<std::uint64_t>(output.kind));
        writer.value("tag", output.completion.tag);
        writer.value("status", static_cast<std::uint64_t>(output.completion.status));
        writer.value("irq_level", output.irq_level ? 1 : 0);
    }
    writer.value("armed", armed_);
    writer.value("irq", irq.level() ? 1 : 0);
    each_counter(counters_,
                 [&](const char* name, std::uint64_t value) { writer.value(name, value); });
    writer.end();
}

void Tile::load(base::StateReader& reader) {
    reader.begin("tile", kStateVersion);
    const auto mode = static_cast<Mode>(reader.value("mode"));
    if (mode != mode_) {
        implementation_ = make(mode);
        mode_ = mode;
    }
    wanted_ = static_cast<Mode>(reader.value("wanted"));
    next_change_ = reader.value("next_change");
    accepted_ = reader.value("accepted");
    held_ = reader.value("held");
    reset_cycle_ = reader.value("reset_cycle");
    last_completion_ = reader.value("last_completion");
    carried_.load(reader);
    implementation_->load(reader);
    commands_.clear();
    for (std::uint64_t left = reader.value("commands"); left != 0; --left) {
        Command& command = commands_.push();
        reader.bytes("line", command.line);
        command.aborted = reader.value("aborted") != 0;
        command.pushed = reader.value("pushed");
        command.decoded = decode_matmul(command.line, config_.l1_bytes);
    }
    undelivered_.clear();
    for (std::uint64_t left = reader.value("undelivered"); left != 0; --left) {
        Output& output = undelivered_.push();
        output.cycle = reader.value("cycle");
        output.kind = static_cast<Output::Kind>(reader.value("kind"));
        output.completion.tag = static_cast<std::uint32_t>(reader.value("tag"));
        output.completion.status = static_cast<Status>(reader.value("status"));
        output.irq_level = reader.value("irq_level") != 0;
    }
    armed_ = reader.value("armed");
    transfers_armed_ = ~std::uint64_t{0};
    if (rtl_clock_ != nullptr) {
        rtl_clock_->forget();
        arm();
    }
    irq.set(reader.value("irq") != 0);
    each_counter(counters_,
                 [&](const char* name, std::uint64_t& value) { value = reader.value(name); });
    reader.end();
    begin_kernel();
}

}  // namespace athena::tile
