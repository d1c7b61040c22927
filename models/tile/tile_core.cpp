// SPDX-License-Identifier: Apache-2.0
#include "tile/tile_core.h"

#include <algorithm>
#include <stdexcept>

#include "base/state.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

}  // namespace

TileCore::TileCore(const TileConfig& config)
    : config_(config), l1_(config.l1_bytes, "L1 of a tile"), registers_(regs::kRegisters) {
    registers_.on_write(regs::kCtrlIndex,
                        [this](unsigned, std::uint64_t value, std::uint64_t /*written*/) {
                            if ((value & regs::kCtrlAbortMask) != 0) {
                                abort();
                            }
                        });
    reset();
}

void TileCore::reset() {
    registers_.reset();
    registers_.set(regs::kCapsIndex,
                   std::uint64_t{config_.rows} << regs::kCapsRowsShift |
                       std::uint64_t{config_.columns} << regs::kCapsColsShift |
                       std::uint64_t{config_.queue_depth} << regs::kCapsQueueDepthShift |
                       std::uint64_t{config_.l1_bytes} << regs::kCapsL1BytesShift);
    state_ = State{};
}

bool TileCore::push(CommandLine line) {
    if (state_.queue.size() >= config_.queue_depth) {
        refuse();
        return false;
    }
    accept(line);
    return true;
}

void TileCore::accept(CommandLine line) {
    Command& command = state_.queue.emplace_back();
    std::ranges::copy(line, command.line.begin());
    command.aborted = false;
    command.cycles = cycles_of(line);
}

std::uint64_t TileCore::cycles_of(CommandLine line) const {
    const DecodedMatmul decoded = decode_matmul(line, l1_.size());
    return decoded.status == Status::Ok
               ? command_cycles(decoded.matmul, {config_.rows, config_.columns})
               : kNothingCycles;
}

void TileCore::refuse() {
    add(regs::kRefusedIndex, 1);
}

void TileCore::start(std::uint64_t cycle) {
    state_.running = state_.queue.front();
    state_.queue.pop_front();
    state_.start_cycle = cycle;
}

Completion TileCore::finish(std::uint64_t cycle, bool written) {
    const DecodedMatmul decoded = decode_matmul(state_.running->line, l1_.size());
    const Status status = state_.running->aborted ? Status::Aborted : decoded.status;
    if (status == Status::Ok && !written) {
        run_matmul(decoded.matmul, l1(), numerics::thread_workspace());
    }
    state_.running.reset();
    const std::uint64_t cycles = cycle - state_.start_cycle;
    state_.busy_cycles += cycles;
    registers_.set(regs::kCommandCyclesIndex, cycles);
    add(regs::kCommandsIndex, 1);
    std::uint64_t causes = regs::kIrqCompletionMask;
    if (status != Status::Ok) {
        causes |= regs::kIrqErrorMask;
        add(regs::kErrorsIndex, 1);
        registers_.set(regs::kLastErrorIndex,
                       std::uint64_t{decoded.matmul.tag} << regs::kLastErrorTagShift |
                           static_cast<std::uint64_t>(status) << regs::kLastErrorStatusShift);
    }
    registers_.set(regs::kIrqIndex, registers_.get(regs::kIrqIndex) | causes);
    return {decoded.matmul.tag, status};
}

std::optional<CommandLine> TileCore::outstanding(std::size_t index) const {
    if (running()) {
        if (index == 0) {
            return CommandLine(state_.running->line);
        }
        --index;
    }
    return index < queued() ? std::optional(CommandLine(state_.queue[index].line)) : std::nullopt;
}

std::optional<std::uint64_t> TileCore::oldest_cycles() const {
    if (!running() && state_.queue.empty()) {
        return std::nullopt;
    }
    const Command& command = running() ? *state_.running : state_.queue.front();
    return command.aborted ? kNothingCycles : command.cycles;
}

// The oldest command counts as running even in the few cycles before its pop.
void TileCore::abort() {
    for (std::size_t i = running() ? 0 : 1; i < state_.queue.size(); ++i) {
        state_.queue[i].aborted = true;
    }
}

void TileCore::abort_oldest() {
    (running() ? *state_.running : state_.queue.front()).aborted = true;
}

// Registers that show state kept elsewhere. The completion stream is never held up here.
void TileCore::refresh(std::uint64_t cycle) {
    const bool idle = !running() && state_.queue.empty();
    registers_.set(regs::kStatusIndex, (running() ? regs::kStatusBusyMask : 0) |
                                           (idle ? regs::kStatusIdleMask : 0) |
                                           std::uint64_t{queued()} << regs::kStatusQueuedShift);
    registers_.set(regs::kCyclesIndex, cycle);
    registers_.set(regs::kBusyCyclesIndex, busy_cycles(cycle));
}

std::uint64_t TileCore::busy_cycles(std::uint64_t cycle) const {
    const bool counts = running() && cycle > state_.start_cycle;
    return state_.busy_cycles + (counts ? cycle - state_.start_cycle : 0);
}

std::optional<std::uint64_t> TileCore::read(std::uint64_t offset, unsigned size,
                                            std::uint64_t cycle) {
    refresh(cycle);
    return registers_.read(offset, size);
}

bool TileCore::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
    return registers_.write(offset, size, value);
}

std::optional<std::uint64_t> TileCore::peek(std::uint64_t offset, unsigned size,
                                            std::uint64_t cycle) {
    refresh(cycle);
    return registers_.peek(offset, size);
}

bool TileCore::irq() const {
    // The enables in CTRL stand at the places of their causes in IRQ.
    static_assert(regs::kIrqCompletionMask == regs::kCtrlIrqCompletionMask &&
                  regs::kIrqErrorMask == regs::kCtrlIrqErrorMask);
    return (registers_.get(regs::kIrqIndex) & registers_.get(regs::kCtrlIndex) &
            (regs::kIrqCompletionMask | regs::kIrqErrorMask)) != 0;
}

void TileCore::save(base::StateWriter& writer) const {
    writer.begin("tile_core", 1);
    writer.bytes("l1", l1());
    registers_.save(writer);
    const auto put = [&](const Command& command) {
        writer.bytes("line", command.line);
        writer.value("aborted", command.aborted ? 1 : 0);
    };
    writer.value("queued", state_.queue.size());
    std::ranges::for_each(state_.queue, put);
    writer.value("running", running() ? 1 : 0);
    if (running()) {
        put(*state_.running);
    }
    writer.value("start_cycle", state_.start_cycle);
    writer.value("busy_cycles", state_.busy_cycles);
    writer.end();
}

void TileCore::load(base::StateReader& reader) {
    reader.begin("tile_core", 1);
    reader.bytes("l1", l1());
    registers_.load(reader);
    const auto take = [&] {
        Command command{};
        reader.bytes("line", command.line);
        command.aborted = reader.value("aborted") != 0;
        command.cycles = cycles_of(command.line);
        return command;
    };
    state_ = State{};
    const std::uint64_t queued = reader.value("queued");
    for (std::uint64_t i = 0; i < queued; ++i) {
        state_.queue.push_back(take());
    }
    if (reader.value("running") != 0) {
        state_.running = take();
    }
    state_.start_cycle = reader.value("start_cycle");
    state_.busy_cycles = reader.value("busy_cycles");
    reader.end();
}

}  // namespace athena::tile
