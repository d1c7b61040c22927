// SPDX-License-Identifier: Apache-2.0
// One implementation of a tile takes the place of another (docs/tile-swap.md), and what a guest
// reads of registers afterwards.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "regs/descriptor_regs.h"
#include "regs/tile_regs.h"
#include "tile/functional_tile.h"
#include "tile/lockstep_data_tile.h"
#include "tile/lockstep_tile.h"
#include "tile/rtl_tile.h"
#include "tile/tile.h"
#include "tile/timed_port_tile.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

/// More than a command without work takes from its push until the tile is idle.
constexpr std::uint64_t kSettleCycles = 256;

TileConfig core_config(const Tile::Config& config) {
    return {.rows = config.rows,
            .columns = config.cols,
            .l1_bytes = config.l1_bytes,
            .queue_depth = config.queue_depth};
}

// An implementation through its port alone, one access after the other, on a clock of its own.
class Port {
  public:
    Port(Implementation& tile, std::uint64_t cycle) : tile_(tile), cycle_(cycle) {}

    void read(std::uint64_t offset, std::span<std::byte> data) { access({offset, false, data}); }
    void write(std::uint64_t offset, std::span<std::byte> data) { access({offset, true, data}); }
    [[nodiscard]] std::uint64_t get(std::uint64_t offset) {
        std::uint64_t value = 0;
        read(kRegistersWindow + offset, std::as_writable_bytes(std::span(&value, 1)));
        return value;
    }
    void set(std::uint64_t offset, std::uint64_t value) {
        write(kRegistersWindow + offset, std::as_writable_bytes(std::span(&value, 1)));
    }
    // Returns whether nothing happens any more; it is kSettleCycles later then.
    bool settle() {
        cycle_ += kSettleCycles;
        for (std::uint64_t i = 0; i < kSettleCycles && tile_.next_output(); ++i) {
            tile_.outputs().clear();
            tile_.advance(cycle_);
        }
        tile_.outputs().clear();
        return !tile_.next_output();
    }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::uint64_t cycle() const { return cycle_; }

  private:
    void access(const Request& request) {
        const Response response = tile_.access(cycle_, request);
        ok_ = ok_ && response.ok;
        cycle_ = response.cycle;
        tile_.outputs().clear();
    }

    Implementation& tile_;
    std::uint64_t cycle_;
    bool ok_ = true;
};

// Interrupt causes can only be set by commands: one that does nothing, or one that is refused.
void raise_causes(Port& port, std::uint64_t causes) {
    if (causes == 0) {
        return;
    }
    std::array<std::byte, kBeatBytes> line{};
    if ((causes & regs::kIrqErrorMask) == 0) {
        athena::regs::descriptor::MatmulView(line).set_opcode(
            athena::regs::descriptor::Opcode::Matmul);
    }
    port.write(kQueueWindow, line);
    port.settle();
    const std::uint64_t raised = port.get(regs::kIrqOffset);
    port.set(regs::kIrqOffset, raised & ~causes);
}

// What has been compared, if anything is.
CycleCount cycle_count_of(const Implementation& implementation) {
    if (const auto* lockstep = dynamic_cast<const LockstepTile*>(&implementation)) {
        return lockstep->cycle_count();
    }
    if (const auto* lockstep = dynamic_cast<const LockstepDataTile*>(&implementation)) {
        return lockstep->reference().cycle_count();
    }
    return {};
}

}  // namespace

bool Tile::has_rtl(const Config& config) {
    return core_config(config) == VerilatedTile::config();
}

void Tile::check(Mode mode) const {
    const bool needs_rtl = mode != Mode::Functional && mode != Mode::Timed;
    if (needs_rtl && !has_rtl(config_)) {
        throw std::invalid_argument("no Verilated tile with these parameters was built");
    }
}

std::unique_ptr<Implementation> Tile::make(Mode mode) const {
    check(mode);
    switch (mode) {
        case Mode::Timed:
            return std::make_unique<TimedPortTile>(core_config(config_));
        case Mode::Rtl:
            return std::make_unique<RtlTile>();
        case Mode::Lockstep:
            return std::make_unique<LockstepTile>(History::Kept);
        case Mode::LockstepData:
            return std::make_unique<LockstepDataTile>(History::Kept);
        case Mode::Functional:
            break;
    }
    return std::make_unique<FunctionalTile>(core_config(config_), threads_, lane_);
}

void Tile::set_mode(Mode mode) {
    check(mode);
    wanted_ = mode;
    proceed();
}

// What the schedule says for the command that comes next.
void Tile::follow_schedule(std::uint64_t command) {
    while (next_change_ < config_.changes.size() &&
           config_.changes[next_change_].command <= command) {
        wanted_ = config_.changes[next_change_++].mode;
    }
}

bool Tile::drained() const {
    return commands_.size() == held_ && undelivered_.empty() && transfers_.empty() &&
           !implementation_->next_output();
}

// Changes the mode if that is due and possible, and lets go what has waited for it.
void Tile::proceed() {
    if (held_ == 0 && wanted_ == mode_) {
        return;
    }
    for (std::uint64_t cycle = cycle_now();; hand_over(cycle)) {
        if (held_ != 0) {
            follow_schedule(accepted_ - held_);
        }
        if (wanted_ != mode_) {
            if (!drained()) {
                break;
            }
            change_implementation();
        }
        if (held_ == 0) {
            break;
        }
    }
    take_outputs();
    arm();
}

Response Tile::push_line(std::uint64_t cycle, std::span<std::byte, kBeatBytes> line) {
    if (held_ == 0) {
        follow_schedule(accepted_);
        if (wanted_ != mode_ && drained()) {
            change_implementation();
        }
    }
    if (held_ == 0 && wanted_ == mode_) {
        return implementation_->access(cycle, {kQueueWindow, true, line});
    }
    // As many wait here as the queue holds, beside the one that runs.
    const bool taken = commands_.size() <= config_.queue_depth;
    if (taken) {
        ++held_;
    } else {
        carried_.add(regs::kRefusedOffset, 1);
    }
    return {taken, cycle + kWriteCycles};
}

// The oldest line that waits goes to the queue.
void Tile::hand_over(std::uint64_t& cycle) {
    Command& command = commands_[commands_.size() - held_];
    Response response;
    do {
        response = implementation_->access(cycle, {kQueueWindow, true, command.line});
        cycle = response.cycle;
        if (!response.ok) {  // one before it has not left the queue yet
            carried_.add(regs::kRefusedOffset, ~std::uint64_t{0});
        }
    } while (!response.ok && implementation_->failure().empty());
    command.pushed = cycle_now();
    --held_;
}

void Tile::hand_over_all(std::uint64_t& cycle) {
    while (held_ != 0) {
        hand_over(cycle);
    }
}

// The tile is drained. L1 and registers go from port to port, in no time of the board.
void Tile::change_implementation() {
    const std::uint64_t present = cycle_now();
    std::unique_ptr<Implementation> next = make(wanted_);
    next->reset(0);
    Port from(*implementation_, present);
    Port to(*next, 0);

    std::vector<std::byte> l1(config_.l1_bytes);
    from.read(0, l1);
    to.write(0, l1);
    raise_causes(to, from.get(regs::kIrqOffset));
    to.set(regs::kCtrlOffset, from.get(regs::kCtrlOffset));
    const auto carry = [&](std::uint64_t offset) {
        carried_.carry(offset, carried_.seen(offset, from.get(offset)), to.get(offset));
    };
    std::ranges::for_each(CarriedRegisters::kCounterOffsets, carry);
    std::ranges::for_each(CarriedRegisters::kValueOffsets, carry);

    const bool quiet = to.settle();
    static_cast<void>(
        to.get(regs::kIdOffset));  // its clock has reached its cycle, to be told another
    for (const Implementation* tile : {&*implementation_, &*next}) {
        if (!tile->failure().empty()) {
            diagnostics_.simulator_bug(name(), tile->failure());
        }
    }
    if (!quiet || !from.ok() || !to.ok()) {
        diagnostics_.simulator_bug(name(), "the tile does not take another one's state");
    }
    const std::uint64_t start = present - to.cycle();
    next->shift(start);
    carried_.carry(regs::kCyclesOffset, start - reset_cycle_, 0);
    counters_.busy_cycles_before_reset +=
        implementation_->busy_cycles(present) - next->busy_cycles(present);
    const CycleCount gone = cycle_count_of(*implementation_);
    // A command that raised causes was none of the guest's.
    const CycleCount come = cycle_count_of(*next);
    counters_.compared += gone.commands - come.commands;
    counters_.equal_cycles += gone.equal - come.equal;
    implementation_ = std::move(next);
    mode_ = wanted_;
    ++counters_.swaps;
}

Response Tile::access_registers(std::uint64_t cycle, const Request& request) {
    if (!request.write) {
        const std::uint64_t place = (request.offset - kRegistersWindow) / 8 * 8;
        return adjusts(place) ? read_adjusted(cycle, request)
                              : implementation_->access(cycle, request);
    }
    if (aborts(request)) {
        // What waits for a change of mode is aborted where it would have been without.
        hand_over_all(cycle);
    }
    const Response response = implementation_->access(cycle, request);
    if (response.ok && aborts(request)) {
        for (std::size_t i = 1; i < commands_.size(); ++i) {
            commands_[i].aborted = true;
        }
    }
    return response;
}

bool Tile::adjusts(std::uint64_t place) const {
    return carried_.changes(place) || (held_ != 0 && place == regs::kStatusOffset);
}

std::uint64_t Tile::adjusted(const CarriedRegisters& carried, std::uint64_t place,
                             std::uint64_t value) const {
    if (place == regs::kStatusOffset && held_ != 0) {
        return (value & ~std::uint64_t{regs::kStatusIdleMask}) +
               (std::uint64_t{held_} << regs::kStatusQueuedShift);
    }
    return carried.seen(place, value);
}

// The whole register is read, in the same time, so that carries reach every part of it.
Response Tile::read_adjusted(std::uint64_t cycle, const Request& request) {
    const std::uint64_t offset = request.offset - kRegistersWindow;
    const std::uint64_t place = offset / 8 * 8;
    std::uint64_t value = 0;
    const Response response = implementation_->access(
        cycle, {kRegistersWindow + place, false, std::as_writable_bytes(std::span(&value, 1))});
    // The register was sampled before the answer, and may have come after a completion.
    const std::uint64_t sample = response.cycle - kReadCycles + kReadSampleCycles;
    CarriedRegisters carried = carried_;
    for (const Output& output : implementation_->outputs()) {
        if (output.kind == Output::Kind::Completion && output.cycle <= sample) {
            carried.completed(output.completion.status);
        }
    }
    value = adjusted(carried, place, value) >> 8 * (offset - place);
    std::memcpy(request.data.data(), &value, request.data.size());
    return response;
}

std::optional<std::uint64_t> Tile::peek_register(std::uint64_t offset, unsigned size) {
    const std::uint64_t place = offset / 8 * 8;
    const auto value = implementation_->peek_register(offset, size, cycle_now());
    const auto whole = implementation_->peek_register(place, 8, cycle_now());
    if (!value || !whole || !adjusts(place)) {
        return value;
    }
    const std::uint64_t part = adjusted(carried_, place, *whole) >> 8 * (offset - place);
    return size == 8 ? part : part & ((std::uint64_t{1} << 8 * size) - 1);
}

void Tile::report_lockstep(base::StatisticsVisitor& visitor) const {
    const CycleCount count = cycle_count_of(*implementation_);
    const std::uint64_t compared = counters_.compared + count.commands;
    const std::uint64_t equal = counters_.equal_cycles + count.equal;
    if (mode_ == Mode::Lockstep || mode_ == Mode::LockstepData || compared != 0) {
        visitor.enter("lockstep");
        visitor.counter("commands", compared);
        visitor.counter("equal_cycles", equal);
        visitor.leave();
    }
    if (counters_.swaps != 0) {
        visitor.counter("swaps", counters_.swaps);
    }
}

}  // namespace athena::tile
