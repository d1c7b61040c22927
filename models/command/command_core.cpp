// SPDX-License-Identifier: Apache-2.0
#include "command/command_core.h"

#include <algorithm>
#include <bit>

#include "base/state.h"

namespace athena::command {

namespace {

namespace layout = regs::descriptor;

layout::DescriptorConstView view(const Line& line) {
    return layout::DescriptorConstView(line);
}

bool reserved_is_zero(const Line& line) {
    switch (view(line).opcode()) {
        case Opcode::Matmul:
            return layout::MatmulConstView(line).reserved_is_zero();
        case Opcode::Copy:
            return layout::CopyConstView(line).reserved_is_zero();
        case Opcode::SemSet:
            return layout::SemSetConstView(line).reserved_is_zero();
        case Opcode::Timestamp:
            return layout::TimestampConstView(line).reserved_is_zero();
        default:
            return view(line).reserved_is_zero();
    }
}

// Fields whose flag is not set must be zero as reserved bits must.
bool unused_is_zero(const layout::DescriptorConstView& header) {
    const bool wait0 = header.wait0() != 0 || (header.wait0_sub() == 0 && header.wait0_sem() == 0 &&
                                               header.wait0_value() == 0);
    const bool wait1 = header.wait1() != 0 || (header.wait1_sub() == 0 && header.wait1_sem() == 0 &&
                                               header.wait1_value() == 0);
    const bool names_semaphore = header.signal() != 0 || header.opcode() == Opcode::SemSet;
    const bool signal = (names_semaphore || header.signal_sem() == 0) &&
                        (header.signal() != 0 || header.signal_value() == 0);
    const bool has_engine = header.opcode() == Opcode::Matmul || header.opcode() == Opcode::Copy;
    return wait0 && wait1 && signal && (has_engine || header.engine() == 0);
}

}  // namespace

CommandCore::CommandCore(const Config& config, CommandHost& host) : config_(config), host_(host) {
    for (std::uint32_t tile = 0; tile < config.tiles; ++tile) {
        engines_.push_back({{EngineKind::Tile, tile}, config.tile_queue_depth, 0, {}});
    }
    for (std::uint32_t channel = 0; channel < config.dma_channels; ++channel) {
        engines_.push_back({{EngineKind::Dma, channel}, config.dma_queue_depth, 0, {}});
    }
    reset();
}

void CommandCore::reset() {
    rings_.assign(config_.rings, Ring{});
    semaphores_.assign(config_.semaphores, 0);
    slots_.clear();
    for (Engine& engine : engines_) {
        engine.issued = 0;
        engine.waiting.clear();
    }
    host_.update_outputs();
}

void CommandCore::enable(std::uint32_t index, std::uint64_t base, std::uint32_t size) {
    Ring& ring = rings_[index];
    if (ring.enabled || ring.stopped || ring.resetting) {
        return;
    }
    if (base % sizeof(Line) != 0 || !std::has_single_bit(size) || size < 2 || size > 65536) {
        stop(index, ring.head, nullptr, Status::BadRange, base);
        return;
    }
    ring.base = base;
    ring.size = size;
    ring.enabled = true;
    if (ring.tail - ring.head > size) {
        stop(index, ring.head, nullptr, Status::BadRange, base);
        return;
    }
    advance();
}

void CommandCore::disable(std::uint32_t ring) {
    rings_[ring].enabled = false;
}

void CommandCore::drop_waiting(std::uint32_t index) {
    for (Engine& engine : engines_) {
        const auto dropped = std::erase_if(
            engine.waiting, [&](const Pending& pending) { return pending.ring == index; });
        rings_[index].in_flight -= static_cast<std::uint32_t>(dropped);
    }
}

void CommandCore::reset_ring(std::uint32_t index) {
    drop_waiting(index);
    Ring& ring = rings_[index];
    ring.enabled = false;
    ring.staged.reset();
    ring.resetting = true;
    end_reset(index);
    advance();
}

// A reset ends once nothing of the ring is with an engine or on its way from memory.
void CommandCore::end_reset(std::uint32_t index) {
    Ring& ring = rings_[index];
    if (ring.resetting && ring.in_flight == 0 && !ring.fetching) {
        ring = Ring{};
        host_.update_outputs();
    }
}

void CommandCore::doorbell(std::uint32_t index, std::uint32_t tail) {
    Ring& ring = rings_[index];
    ring.tail = tail;
    if (ring.enabled && tail - ring.head > ring.size) {
        stop(index, ring.head, nullptr, Status::BadRange, ring.base);
    }
    advance();
}

void CommandCore::clear_irq(std::uint32_t ring, std::uint32_t causes) {
    rings_[ring].irq &= ~causes;
    host_.update_outputs();
}

void CommandCore::set_semaphore(std::uint32_t index, std::uint32_t value) {
    semaphores_[index] = value & kSemaphoreMaximum;
    advance();
}

bool CommandCore::idle() const {
    return std::ranges::all_of(rings_, [](const Ring& ring) {
        return ring.in_flight == 0 && !ring.fetching && !ring.staged &&
               (!ring.enabled || ring.stopped || ring.head == ring.tail);
    });
}

std::uint32_t CommandCore::outstanding(std::uint32_t ring) const {
    return rings_[ring].in_flight + (rings_[ring].staged ? 1 : 0);
}

// Everything that a change may have set free: rings in turn, then engines, until nothing moves.
void CommandCore::advance() {
    if (advancing_) {
        return;  // a host's answer from within issue(): the loop below goes on
    }
    advancing_ = true;
    for (bool moved = true; moved;) {
        moved = false;
        for (std::uint32_t ring = 0; ring < rings_.size(); ++ring) {
            moved |= advance_ring(ring);
        }
        for (std::uint32_t engine = 0; engine < engines_.size(); ++engine) {
            moved |= advance_engine(engine);
        }
    }
    advancing_ = false;
}

bool CommandCore::advance_ring(std::uint32_t index) {
    Ring& ring = rings_[index];
    if (!ring.enabled || ring.stopped || ring.fetching) {
        return false;
    }
    if (ring.staged) {
        const Line line = *ring.staged;
        const Dispatch result = dispatch(index, line);
        if (result == Dispatch::Done) {
            ring.staged.reset();
        }
        return result != Dispatch::Blocked;
    }
    if (ring.head != ring.tail) {
        ring.fetching = true;
        host_.fetch(index, ring.base + sizeof(Line) * (ring.head % ring.size));
    }
    return false;
}

void CommandCore::fetched(std::uint32_t index, const std::optional<Line>& line,
                          std::uint64_t address) {
    Ring& ring = rings_[index];
    ring.fetching = false;
    if (ring.resetting) {
        end_reset(index);
        return;
    }
    const std::uint32_t position = ring.head++;
    if (line) {
        ring.staged = line;
    } else {
        stop(index, position, nullptr, Status::FetchError, address);
    }
    advance();
}

Status CommandCore::check(const Line& line) const {
    const auto header = view(line);
    const auto opcode = header.opcode();
    if (opcode > Opcode::Timestamp) {
        return Status::BadOpcode;
    }
    const bool engine_command = opcode == Opcode::Matmul || opcode == Opcode::Copy;
    if (!reserved_is_zero(line) || !unused_is_zero(header)) {
        return Status::Reserved;
    }
    if (opcode == Opcode::SemSet && header.signal() != 0) {
        return Status::BadFlags;
    }
    const auto bad = [&](bool used, std::uint32_t index) {
        return used && index >= semaphores_.size();
    };
    if (bad(header.wait0() != 0, header.wait0_sem()) ||
        bad(header.wait1() != 0, header.wait1_sem()) ||
        bad(header.signal() != 0 || opcode == Opcode::SemSet, header.signal_sem())) {
        return Status::BadSemaphore;
    }
    const std::uint32_t engines = opcode == Opcode::Matmul ? config_.tiles : config_.dma_channels;
    return engine_command && header.engine() >= engines ? Status::BadEngine : Status::Ok;
}

CommandCore::Dispatch CommandCore::dispatch(std::uint32_t index, const Line& line) {
    const Status status = check(line);
    if (status != Status::Ok) {
        rings_[index].staged.reset();
        stop(index, rings_[index].head - 1, &line, status, 0);
        return Dispatch::Failed;
    }
    const Opcode opcode = view(line).opcode();
    return opcode == Opcode::Matmul || opcode == Opcode::Copy ? hand_over(index, line)
                                                              : run_local(index, line);
}

CommandCore::Dispatch CommandCore::hand_over(std::uint32_t index, const Line& line) {
    Engine& engine = engines_[engine_index(view(line).opcode(), view(line).engine())];
    if (engine.waiting.size() >= config_.engine_queue) {
        return Dispatch::Blocked;
    }
    engine.waiting.push_back({index, rings_[index].head - 1, line});
    ++rings_[index].in_flight;
    return Dispatch::Done;
}

// What the command processor does itself happens in ring order and holds up what follows.
CommandCore::Dispatch CommandCore::run_local(std::uint32_t index, const Line& line) {
    Ring& ring = rings_[index];
    const Opcode opcode = view(line).opcode();
    if (!waits_satisfied(line) || (opcode == Opcode::Fence && ring.in_flight != 0)) {
        return Dispatch::Blocked;
    }
    take_waits(line);
    const std::uint32_t position = ring.head - 1;
    if (opcode == Opcode::SemSet) {
        const std::uint32_t value = layout::SemSetConstView(line).value();
        if (value > kSemaphoreMaximum) {
            ring.staged.reset();
            stop(index, position, &line, Status::SemaphoreOverflow, 0);
            return Dispatch::Failed;
        }
        semaphores_[view(line).signal_sem()] = value;
    }
    if (opcode == Opcode::Timestamp) {
        const std::uint64_t address = layout::TimestampConstView(line).address();
        const Status status = address % 8 != 0                        ? Status::BadAlignment
                              : host_.write_timestamp(index, address) ? Status::Ok
                                                                      : Status::WriteError;
        if (status != Status::Ok) {
            ring.staged.reset();
            stop(index, position, &line, status, address);
            return Dispatch::Failed;
        }
    }
    finish(index, position, line);
    return Dispatch::Done;
}

bool CommandCore::waits_satisfied(const Line& line) const {
    const auto header = view(line);
    const bool first = !header.wait0() || semaphores_[header.wait0_sem()] >= header.wait0_value();
    const bool second = !header.wait1() || semaphores_[header.wait1_sem()] >= header.wait1_value();
    if (!first || !second) {
        return false;
    }
    // Both waits may take from one semaphore: it must hold enough for both.
    const bool both = header.wait0() && header.wait1() && header.wait0_sub() &&
                      header.wait1_sub() && header.wait0_sem() == header.wait1_sem();
    return !both || semaphores_[header.wait0_sem()] >=
                        std::uint32_t{header.wait0_value()} + header.wait1_value();
}

void CommandCore::take_waits(const Line& line) {
    const auto header = view(line);
    if (header.wait0() && header.wait0_sub()) {
        semaphores_[header.wait0_sem()] -= header.wait0_value();
    }
    if (header.wait1() && header.wait1_sub()) {
        semaphores_[header.wait1_sem()] -= header.wait1_value();
    }
}

bool CommandCore::advance_engine(std::uint32_t index) {
    Engine& engine = engines_[index];
    if (engine.waiting.empty() || engine.issued >= engine.depth) {
        return false;
    }
    const Pending command = engine.waiting.front();
    if (!waits_satisfied(command.line)) {
        return false;  // an engine serves in order
    }
    take_waits(command.line);
    engine.waiting.pop_front();
    const std::uint32_t slot = free_slot();
    slots_[slot] = {true, index, command};
    ++engine.issued;
    if (!host_.issue(engine.id, command.ring, slot, command.line)) {
        // Its own completion cannot come: end it here.
        (void)complete(slot, Status::WriteError, 0);
    }
    return true;
}

bool CommandCore::complete(std::uint32_t slot, Status status, std::uint64_t address) {
    if (slot >= slots_.size() || !slots_[slot].used) {
        return false;
    }
    slots_[slot].used = false;
    const Pending command = slots_[slot].command;
    --engines_[slots_[slot].engine].issued;
    Ring& ring = rings_[command.ring];
    --ring.in_flight;
    if (status == Status::Ok) {
        finish(command.ring, command.position, command.line);
    } else if (!ring.resetting) {
        stop(command.ring, command.position, &command.line, status, address);
    }
    end_reset(command.ring);
    advance();
    return true;
}

void CommandCore::finish(std::uint32_t index, std::uint32_t position, const Line& line) {
    const auto header = view(line);
    Ring& ring = rings_[index];
    if (header.signal()) {
        const std::uint64_t sum =
            std::uint64_t{semaphores_[header.signal_sem()]} + header.signal_value();
        if (sum > kSemaphoreMaximum) {
            stop(index, position, &line, Status::SemaphoreOverflow, 0);
            return;
        }
        semaphores_[header.signal_sem()] = static_cast<std::uint32_t>(sum);
    }
    ++ring.completed;
    ++descriptors_completed_;
    if (header.irq()) {
        ring.last_tag = header.tag();
        ring.irq |= kIrqCompletion;
        host_.update_outputs();
    }
}

void CommandCore::stop(std::uint32_t index, std::uint32_t position, const Line* line, Status status,
                       std::uint64_t address) {
    Ring& ring = rings_[index];
    ++errors_;
    if (ring.stopped) {
        return;  // the record keeps the first error
    }
    ring.stopped = true;
    ring.error = {status, position, 0, 0, 0, address};
    if (line != nullptr) {
        ring.error.tag = view(*line).tag();
        ring.error.opcode = static_cast<std::uint32_t>(view(*line).opcode());
        ring.error.engine = view(*line).engine();
    }
    ring.irq |= kIrqError;
    drop_waiting(index);
    host_.update_outputs();
}

std::uint32_t CommandCore::engine_index(Opcode opcode, std::uint32_t instance) const {
    return opcode == Opcode::Matmul ? instance : config_.tiles + instance;
}

std::uint32_t CommandCore::free_slot() {
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.used; });
    if (found != slots_.end()) {
        return static_cast<std::uint32_t>(found - slots_.begin());
    }
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
}

}  // namespace athena::command
