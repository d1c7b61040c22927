// SPDX-License-Identifier: Apache-2.0
#include "tile/timed_commands.h"

#include <algorithm>

#include "base/state.h"
#include "tile/port_state.h"

namespace athena::tile {

TimedCommands::TimedCommands(const TileConfig& config)
    : config_(config), queue_(config.queue_depth), records_(config.queue_depth) {}

void TimedCommands::reset() {
    queue_.clear();
    records_.clear();
    busy_ = false;
    busy_cycles_ = 0;
}

void TimedCommands::fill(Command& command, const std::array<std::byte, kBeatBytes>& line) const {
    const DecodedMatmul decoded = decode_matmul(line, config_.l1_bytes);
    command.line = line;
    command.matmul = decoded.matmul;
    command.status = decoded.status;
    command.aborted = false;
}

bool TimedCommands::pops(std::uint64_t cycle) const {
    const bool completes = busy_ && completes_ == cycle;
    return !queue_.empty() && checked_ <= cycle && (!busy_ || completes) &&
           records_.size() + (completes ? 1 : 0) < config_.queue_depth;
}

std::optional<std::uint64_t> TimedCommands::next_event(std::uint64_t cycle) const {
    if (busy_) {
        return completes_;
    }
    return queue_.empty() ? std::nullopt : std::optional(std::max(cycle, checked_));
}

// Marks all that wait; what is next to run while nothing runs counts as running.
void TimedCommands::abort(std::uint64_t cycle) {
    const bool spares = !busy_ || completes_ == cycle;
    for (std::size_t i = spares ? 1 : 0; i < queue_.size(); ++i) {
        queue_.at(i).aborted = true;
    }
}

void TimedCommands::schedule() {
    schedule_ = Schedule(running_.matmul, {config_.rows, config_.columns});
}

void TimedCommands::pop(std::uint64_t cycle) {
    running_ = queue_.front();
    queue_.pop();
    running_.status = running_.aborted ? Status::Aborted : running_.status;
    popped_ = cycle;
    completes_ = cycle + kNothingCycles;
    const bool has_results = !running_.matmul.c.empty();
    if (running_.status == Status::Ok && has_results) {
        schedule();
        completes_ = cycle + schedule_.total();
    }
    busy_ = true;
}

const TimedCommands::Finished* TimedCommands::edge(std::uint64_t cycle, const Arrivals& arrivals) {
    const bool pops_now = pops(cycle);
    const bool completes = busy_ && completes_ == cycle;
    const bool was_empty = queue_.empty();
    if (arrivals.abort) {
        abort(cycle);
    }
    if (completes) {
        finished_ = {{running_.matmul.tag, running_.status}, running_.matmul, cycle - popped_};
        busy_cycles_ += finished_.cycles;
        busy_ = false;
    }
    if (pops_now) {
        pop(cycle);
    }
    if (arrivals.line != nullptr) {
        fill(queue_.push(), *arrivals.line);
    }
    if ((was_empty || pops_now) && !queue_.empty()) {
        checked_ = cycle + 1 + kCheckCycles;
    }
    if (arrivals.record_taken) {
        records_.pop();
    }
    if (completes) {
        records_.push(finished_.completion);
    }
    return completes ? &finished_ : nullptr;
}

void TimedCommands::save(base::StateWriter& writer) const {
    writer.begin("timed_commands", 1);
    writer.value("queued", queue_.size());
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        writer.bytes("line", queue_.at(i).line);
        writer.value("aborted", queue_.at(i).aborted ? 1 : 0);
    }
    writer.value("checked", checked_);
    writer.value("busy", busy_ ? 1 : 0);
    if (busy_) {
        writer.bytes("line", running_.line);
        writer.value("status", static_cast<std::uint64_t>(running_.status));
        writer.value("popped", popped_);
        writer.value("completes", completes_);
    }
    writer.value("busy_cycles", busy_cycles_);
    writer.value("records", records_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
        writer.value("tag", records_.at(i).tag);
        writer.value("status", static_cast<std::uint64_t>(records_.at(i).status));
    }
    writer.end();
}

void TimedCommands::load(base::StateReader& reader) {
    reset();
    reader.begin("timed_commands", 1);
    std::array<std::byte, kBeatBytes> line{};
    for (auto left = load_count(reader, "queued", config_.queue_depth); left > 0; --left) {
        reader.bytes("line", line);
        Command& command = queue_.push();
        fill(command, line);
        command.aborted = reader.value("aborted") != 0;
    }
    checked_ = reader.value("checked");
    busy_ = reader.value("busy") != 0;
    if (busy_) {
        reader.bytes("line", line);
        fill(running_, line);
        running_.status = static_cast<Status>(reader.value("status"));
        popped_ = reader.value("popped");
        completes_ = reader.value("completes");
        if (running_.status == Status::Ok && !running_.matmul.c.empty()) {
            schedule();
        }
    }
    busy_cycles_ = reader.value("busy_cycles");
    for (auto left = load_count(reader, "records", config_.queue_depth); left > 0; --left) {
        Completion& record = records_.push();
        record.tag = static_cast<std::uint32_t>(reader.value("tag"));
        record.status = static_cast<Status>(reader.value("status"));
    }
    reader.end();
}

}  // namespace athena::tile
