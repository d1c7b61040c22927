// SPDX-License-Identifier: Apache-2.0
#include "tile/tile_core.h"

#include <algorithm>
#include <stdexcept>

#include "base/state.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint32_t kStateVersion = 2;

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
    if (queued() >= config_.queue_depth) {
        refuse();
        return false;
    }
    accept(line);
    return true;
}

void TileCore::accept(CommandLine line) {
    put(line, false);
}

void TileCore::put(CommandLine line, bool aborted) {
    Command& command = state_.commands.push();
    std::ranges::copy(line, command.line.begin());
    command.aborted = aborted;
    decode_matmul(line, l1_.size(), command.decoded);
    command.cycles = command.decoded.status == Status::Ok
                         ? command_cycles(command.decoded.matmul, {config_.rows, config_.columns})
                         : kNothingCycles;
}

void TileCore::refuse() {
    add(regs::kRefusedIndex, 1);
}

void TileCore::start(std::uint64_t cycle) {
    state_.running = true;
    state_.start_cycle = cycle;
}

Completion TileCore::finish(std::uint64_t cycle, bool written) {
    const Command& command = state_.commands.front();
    const DecodedMatmul& decoded = command.decoded;
    const Status status = command.aborted ? Status::Aborted : decoded.status;
    if (status == Status::Ok && !written) {
        run_matmul(decoded.matmul, l1(), numerics::thread_workspace());
    }
    const Completion completion{decoded.matmul.tag, status};
    state_.running = false;
    state_.commands.pop();
    const std::uint64_t cycles = cycle - state_.start_cycle;
    state_.busy_cycles += cycles;
    registers_.set(regs::kCommandCyclesIndex, cycles);
    add(regs::kCommandsIndex, 1);
    std::uint64_t causes = regs::kIrqCompletionMask;
    if (status != Status::Ok) {
        causes |= regs::kIrqErrorMask;
        add(regs::kErrorsIndex, 1);
        registers_.set(regs::kLastErrorIndex,
                       std::uint64_t{completion.tag} << regs::kLastErrorTagShift |
                           static_cast<std::uint64_t>(status) << regs::kLastErrorStatusShift);
    }
    registers_.set(regs::kIrqIndex, registers_.get(regs::kIrqIndex) | causes);
    return completion;
}

std::optional<CommandLine> TileCore::outstanding(std::size_t index) const {
    return index < state_.commands.size() ? std::optional(CommandLine(state_.commands[index].line))
                                          : std::nullopt;
}

// The oldest command counts as running even in the few cycles before its pop.
void TileCore::abort() {
    for (std::size_t i = 1; i < state_.commands.size(); ++i) {
        state_.commands[i].aborted = true;
    }
}

void TileCore::abort_oldest() {
    state_.commands.front().aborted = true;
}

// Registers that show state kept elsewhere. The completion stream is never held up here.
void TileCore::refresh(std::uint64_t cycle) {
    const bool idle = state_.commands.empty();
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
    writer.begin("tile_core", kStateVersion);
    writer.bytes("l1", l1());
    registers_.save(writer);
    writer.value("commands", state_.commands.size());
    for (const Command& command : state_.commands) {
        writer.bytes("line", command.line);
        writer.value("aborted", command.aborted ? 1 : 0);
    }
    writer.value("running", running() ? 1 : 0);
    writer.value("start_cycle", state_.start_cycle);
    writer.value("busy_cycles", state_.busy_cycles);
    writer.end();
}

void TileCore::load(base::StateReader& reader) {
    reader.begin("tile_core", kStateVersion);
    reader.bytes("l1", l1());
    registers_.load(reader);
    state_ = State{};
    for (std::uint64_t left = reader.value("commands"); left != 0; --left) {
        std::array<std::byte, CommandLine::extent> line;
        reader.bytes("line", line);
        put(line, reader.value("aborted") != 0);
    }
    state_.running = reader.value("running") != 0;
    state_.start_cycle = reader.value("start_cycle");
    state_.busy_cycles = reader.value("busy_cycles");
    reader.end();
}

}  // namespace athena::tile
