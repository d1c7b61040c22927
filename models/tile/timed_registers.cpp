// SPDX-License-Identifier: Apache-2.0
#include "tile/timed_registers.h"

#include <algorithm>

#include "base/state.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kEnables = regs::kCtrlIrqCompletionMask | regs::kCtrlIrqErrorMask;
// The enables in CTRL stand at the places of their causes in IRQ.
static_assert(regs::kIrqCompletionMask == regs::kCtrlIrqCompletionMask &&
              regs::kIrqErrorMask == regs::kCtrlIrqErrorMask);

// The bits of the bytes that are enabled.
std::uint64_t bits_of(unsigned enables) {
    std::uint64_t bits = 0;
    for (unsigned byte = 0; byte < 8; ++byte) {
        bits |= (enables >> byte & 1) != 0 ? std::uint64_t{0xFF} << 8 * byte : 0;
    }
    return bits;
}

std::uint64_t status_of(const TimedRegisters::Shown& shown) {
    return (shown.busy ? regs::kStatusBusyMask : 0) | (shown.idle ? regs::kStatusIdleMask : 0) |
           shown.queued << regs::kStatusQueuedShift |
           shown.records << regs::kStatusCompletionsShift;
}

}  // namespace

TimedRegisters::TimedRegisters(const TileConfig& config)
    : caps_(std::uint64_t{config.rows} << regs::kCapsRowsShift |
            std::uint64_t{config.columns} << regs::kCapsColsShift |
            std::uint64_t{config.queue_depth} << regs::kCapsQueueDepthShift |
            std::uint64_t{config.l1_bytes} << regs::kCapsL1BytesShift) {}

void TimedRegisters::reset() {
    enables_ = causes_ = 0;
    last_error_ = commands_ = errors_ = refused_ = command_cycles_ = 0;
}

bool TimedRegisters::exists(std::uint64_t offset) {
    return std::ranges::any_of(
        regs::kRegisters, [&](const base::RegisterInfo& info) { return info.offset == offset; });
}

std::optional<std::uint64_t> TimedRegisters::value(std::uint64_t offset, const Shown& shown) const {
    switch (offset) {
        case regs::kIdOffset:
            return regs::kIdReset;
        case regs::kCapsOffset:
            return caps_;
        case regs::kCtrlOffset:
            return enables_;
        case regs::kStatusOffset:
            return status_of(shown);
        case regs::kIrqOffset:
            return causes_;
        case regs::kLastErrorOffset:
            return last_error_;
        case regs::kCyclesOffset:
            return shown.cycles;
        case regs::kBusyCyclesOffset:
            return shown.busy_cycles;
        case regs::kCommandsOffset:
            return commands_;
        case regs::kErrorsOffset:
            return errors_;
        case regs::kRefusedOffset:
            return refused_;
        case regs::kCommandCyclesOffset:
            return command_cycles_;
        default:
            return std::nullopt;
    }
}

bool TimedRegisters::write(std::uint64_t offset, std::uint64_t value, unsigned enables) {
    const std::uint64_t bits = bits_of(enables);
    if (offset == regs::kCtrlOffset) {
        enables_ = ((enables_ & ~bits) | (value & bits)) & kEnables;
        return (value & bits & regs::kCtrlAbortMask) != 0;
    }
    if (offset == regs::kIrqOffset) {
        causes_ &= ~(value & bits);
    }
    return false;
}

void TimedRegisters::complete(const Completion& completion, std::uint64_t cycles) {
    ++commands_;
    command_cycles_ = cycles;
    causes_ |= regs::kIrqCompletionMask;
    if (completion.status != Status::Ok) {
        ++errors_;
        causes_ |= regs::kIrqErrorMask;
        last_error_ = std::uint64_t{completion.tag} << regs::kLastErrorTagShift |
                      static_cast<std::uint64_t>(completion.status) << regs::kLastErrorStatusShift;
    }
}

void TimedRegisters::save(base::StateWriter& writer) const {
    writer.begin("timed_registers", 1);
    writer.value("enables", enables_);
    writer.value("causes", causes_);
    writer.value("last_error", last_error_);
    writer.value("commands", commands_);
    writer.value("errors", errors_);
    writer.value("refused", refused_);
    writer.value("command_cycles", command_cycles_);
    writer.end();
}

void TimedRegisters::load(base::StateReader& reader) {
    reader.begin("timed_registers", 1);
    enables_ = reader.value("enables");
    causes_ = reader.value("causes");
    last_error_ = reader.value("last_error");
    commands_ = reader.value("commands");
    errors_ = reader.value("errors");
    refused_ = reader.value("refused");
    command_cycles_ = reader.value("command_cycles");
    reader.end();
}

}  // namespace athena::tile
