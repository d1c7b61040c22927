// SPDX-License-Identifier: Apache-2.0
#include "tile/timed_core.h"

#include <algorithm>
#include <cstring>

#include "base/state.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace regs = athena::regs::tile;

void TimedCore::reset() {
    core_.reset();
    next_start_ = 0;
}

void TimedCore::start_before(std::uint64_t cycle) {
    if (!core_.running() && core_.queued() != 0 && next_start_ < cycle) {
        start(next_start_);
    }
}

// The next line shows at the queue's head from now on.
void TimedCore::start(std::uint64_t cycle) {
    core_.start(cycle);
    next_start_ = cycle + kStartCycles;
}

// A command may start in the cycle of the record before it, but if the completion stream has room
// for one only: then not before that is taken.
std::uint64_t TimedCore::next_start_cycles() const {
    return core_.config().queue_depth == 1 ? 2 : 0;
}

bool TimedCore::push(std::uint64_t cycle, CommandLine line) {
    start_before(cycle);
    const bool taken = core_.push(line);
    if (taken && core_.queued() == 1) {
        next_start_ = std::max(next_start_, cycle + kStartCycles);
    }
    return taken;
}

void TimedCore::accept(std::uint64_t cycle, CommandLine line) {
    core_.accept(line);
    if (core_.queued() == 1) {
        next_start_ = std::max(next_start_, cycle + kStartCycles);
    }
}

bool TimedCore::write_register(std::uint64_t cycle, std::uint64_t offset,
                               std::span<const std::byte> data) {
    start_before(cycle);
    std::uint64_t value = 0;
    std::memcpy(&value, data.data(), data.size());
    return core_.write(offset, static_cast<unsigned>(data.size()), value);
}

std::optional<std::uint64_t> TimedCore::read_register(std::uint64_t cycle, std::uint64_t offset,
                                                      unsigned size) {
    start_before(cycle + 1);
    return core_.read(offset, size, cycle);
}

bool TimedCore::goes_last(std::uint64_t offset) {
    return offset / 8 * 8 == regs::kCtrlOffset;
}

Completion TimedCore::complete(std::uint64_t cycle, bool written) {
    if (!core_.running()) {
        start(std::min(next_start_, cycle));
    }
    last_cycles_ = {cycle - core_.start_cycle(), core_.oldest_cycles().value_or(0)};
    next_start_ = std::max(next_start_, cycle + next_start_cycles());
    return core_.finish(cycle, written);
}

void TimedCore::save(base::StateWriter& writer) const {
    core_.save(writer);
    writer.value("next_start", next_start_);
}

void TimedCore::load(base::StateReader& reader) {
    core_.load(reader);
    next_start_ = reader.value("next_start");
}

}  // namespace athena::tile
