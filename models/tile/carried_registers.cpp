// SPDX-License-Identifier: Apache-2.0
#include "tile/carried_registers.h"

#include <algorithm>

#include "base/state.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace regs = athena::regs::tile;

namespace {

constexpr std::size_t kLastError = 0;
constexpr std::size_t kCommandCycles = 1;

std::optional<std::size_t> place_of(const auto& offsets, std::uint64_t offset) {
    const auto found = std::ranges::find(offsets, offset);
    return found == offsets.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - offsets.begin()));
}

}  // namespace

const std::array<std::uint64_t, CarriedRegisters::kCounters> CarriedRegisters::kCounterOffsets = {
    regs::kCyclesOffset, regs::kBusyCyclesOffset, regs::kCommandsOffset, regs::kErrorsOffset,
    regs::kRefusedOffset};
const std::array<std::uint64_t, CarriedRegisters::kValues> CarriedRegisters::kValueOffsets = {
    regs::kLastErrorOffset, regs::kCommandCyclesOffset};

void CarriedRegisters::carry(std::uint64_t offset, std::uint64_t wanted, std::uint64_t found) {
    if (const auto counter = place_of(kCounterOffsets, offset)) {
        added_[*counter] = wanted - found;
    } else if (const auto value = place_of(kValueOffsets, offset)) {
        shown_[*value] = wanted == found ? std::nullopt : std::optional(wanted);
    }
}

void CarriedRegisters::add(std::uint64_t offset, std::uint64_t count) {
    if (const auto counter = place_of(kCounterOffsets, offset)) {
        added_[*counter] += count;
    }
}

void CarriedRegisters::completed(Status status) {
    shown_[kCommandCycles].reset();
    if (status != Status::Ok) {
        shown_[kLastError].reset();
    }
}

bool CarriedRegisters::changes(std::uint64_t offset) const {
    const auto counter = place_of(kCounterOffsets, offset);
    const auto value = place_of(kValueOffsets, offset);
    return (counter && added_[*counter] != 0) || (value && shown_[*value]);
}

std::uint64_t CarriedRegisters::seen(std::uint64_t offset, std::uint64_t value) const {
    if (const auto counter = place_of(kCounterOffsets, offset)) {
        return value + added_[*counter];
    }
    const auto shown = place_of(kValueOffsets, offset);
    return shown ? shown_[*shown].value_or(value) : value;
}

void CarriedRegisters::save(base::StateWriter& writer) const {
    writer.begin("carried_registers", 1);
    for (const std::uint64_t count : added_) {
        writer.value("added", count);
    }
    for (const auto& value : shown_) {
        writer.value("is_shown", value ? 1 : 0);
        writer.value("shown", value.value_or(0));
    }
    writer.end();
}

void CarriedRegisters::load(base::StateReader& reader) {
    reader.begin("carried_registers", 1);
    for (std::uint64_t& count : added_) {
        count = reader.value("added");
    }
    for (auto& value : shown_) {
        const bool is_shown = reader.value("is_shown") != 0;
        const std::uint64_t shown = reader.value("shown");
        value = is_shown ? std::optional(shown) : std::nullopt;
    }
    reader.end();
}

}  // namespace athena::tile
