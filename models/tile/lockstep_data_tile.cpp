// SPDX-License-Identifier: Apache-2.0
#include "tile/lockstep_data_tile.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/state.h"
#include "base/statistics.h"

namespace athena::tile {

void LockstepDataTile::reset(std::uint64_t cycle) {
    RtlTile::reset(cycle);
    reference_.reset();
    difference_ = {};
    pending_.clear();
    l1_changed_ = false;
}

void LockstepDataTile::differ(const Difference& difference) {
    if (difference && failure_.empty()) {
        difference_ = difference;
        difference_.cycle = difference.cycle.value_or(driver().cycle());
        failure_ = *difference;
    }
}

void LockstepDataTile::on_record(const TileRecord& record) {
    const Range range = reference_.result_of(pending_.size());
    Pending& pending = pending_.emplace_back();
    pending.record = record;
    if (range.end <= VerilatedTile::config().l1_bytes) {
        pending.result.resize(range.end - range.begin);
        RtlTile::peek(range.begin, pending.result);
    }
}

// Completions that are visible before an effect at the edge to `cycle`.
void LockstepDataTile::complete_before(std::uint64_t cycle) {
    const auto settled = std::ranges::find_if(
        pending_, [&](const Pending& pending) { return pending.record.cycle >= cycle; });
    for (auto pending = pending_.begin(); pending != settled; ++pending) {
        differ(reference_.complete(pending->record, pending->result));
    }
    pending_.erase(pending_.begin(), settled);
}

void LockstepDataTile::complete_all() {
    l1_changed_ |= !pending_.empty();
    complete_before(std::numeric_limits<std::uint64_t>::max());
    if (l1_changed_ && driver().idle()) {
        l1_changed_ = false;
        differ(compare_l1());
    }
    if (failure_.empty() && driver().irq() != reference_.core().irq()) {
        differ("the interrupt is " + std::string(driver().irq() ? "high" : "low") +
               " in the RTL only, cycle " + std::to_string(driver().cycle()));
    }
}

Response LockstepDataTile::access(std::uint64_t cycle, const Request& request) {
    const Response response = RtlTile::access(cycle, request);
    check_access(request, response);
    complete_all();
    return response;
}

void LockstepDataTile::check_access(const Request& request, const Response& response) {
    if (request.offset < kRegistersWindow) {
        if (!request.write) {
            complete_all();
            differ(reference_.check_l1_read(request.offset, request.data));
        } else {
            reference_.write_l1(request.offset, request.data, request.enables);
        }
        check_ok(response.ok, true, request);
    } else if (request.offset < kQueueWindow) {
        check_register(request, response.ok);
    } else {
        const std::uint64_t effect = driver().cycle() - kWriteResponseCycles;
        complete_before(effect);
        const bool taken =
            reference_.timed().push(effect, CommandLine(request.data.data(), kBeatBytes));
        check_ok(response.ok, taken, request);
    }
}

void LockstepDataTile::check_register(const Request& request, bool ok) {
    const std::uint64_t offset = request.offset - kRegistersWindow;
    const auto size = static_cast<unsigned>(request.data.size());
    if (request.write) {
        const std::uint64_t effect = driver().cycle() - kWriteResponseCycles;
        complete_before(TimedCore::goes_last(offset) ? effect + 1 : effect);
        check_ok(ok, reference_.timed().write_register(effect, offset, request.data), request);
        return;
    }
    const std::uint64_t sample = driver().cycle() - kReadCycles + kReadSampleCycles;
    complete_before(sample + 1);
    const auto value = reference_.timed().read_register(sample, offset, size);
    check_ok(ok, value.has_value(), request);
    if (!ok || !value || Reference::is_timing(offset)) {
        return;
    }
    std::uint64_t found = 0;
    std::memcpy(&found, request.data.data(), size);
    if (found != *value) {
        differ("register at " + std::to_string(offset) + " reads " + std::to_string(found) +
               " in the RTL, " + std::to_string(*value) + " in the model, cycle " +
               std::to_string(driver().cycle()));
    }
}

void LockstepDataTile::check_ok(bool rtl, bool model, const Request& request) {
    if (rtl != model) {
        differ("access at offset " + std::to_string(request.offset) + " is answered with " +
               std::string(rtl ? "OK" : "an error") + " in the RTL only, cycle " +
               std::to_string(driver().cycle()));
    }
}

void LockstepDataTile::advance(std::uint64_t limit) {
    RtlTile::advance(limit);
    complete_all();
}

void LockstepDataTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    RtlTile::poke(offset, data);
    reference_.write_l1(offset, data, {});
}

void LockstepDataTile::report(base::StatisticsVisitor& visitor) const {
    visitor.enter("lockstep");
    visitor.counter("commands", reference_.cycle_count().commands);
    visitor.counter("equal_cycles", reference_.cycle_count().equal);
    visitor.leave();
}

void LockstepDataTile::save(base::StateWriter& writer) const {
    writer.begin("lockstep_data_tile", 1);
    RtlTile::save(writer);
    reference_.timed().save(writer);
    writer.end();
}

void LockstepDataTile::load(base::StateReader& reader) {
    reader.begin("lockstep_data_tile", 1);
    RtlTile::load(reader);
    reference_.timed().load(reader);
    l1_changed_ = true;
    reader.end();
}

}  // namespace athena::tile
