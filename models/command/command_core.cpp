// SPDX-License-Identifier: Apache-2.0
#include "command/command_core.h"

#include <algorithm>
#include <bit>

#include "base/state.h"
#include "command/observer.h"

namespace athena::command {

namespace {

namespace layout = regs::descriptor;

layout::DescriptorConstView view(LineView line) {
    return layout::DescriptorConstView(line);
}

bool reserved_is_zero(const Descriptor& descriptor) {
    const LineView line = descriptor.first();
    switch (view(line).opcode()) {
        case Opcode::Matmul:
            return layout::MatmulConstView(line).reserved_is_zero();
        case Opcode::Copy:
            return layout::CopyConstView(line).reserved_is_zero();
        case Opcode::SemSet:
            return layout::SemSetConstView(line).reserved_is_zero();
        case Opcode::Timestamp:
            return layout::TimestampConstView(line).reserved_is_zero();
        case Opcode::Vector:
            return layout::VectorConstView(descriptor.bytes).reserved_is_zero();
        case Opcode::Call:
            return layout::CallConstView(line).reserved_is_zero();
        case Opcode::Notify:
            return layout::NotifyConstView(line).reserved_is_zero();
        case Opcode::CopyNd:
            return layout::CopyNdConstView(descriptor.bytes).reserved_is_zero();
        case Opcode::Fill:
            return layout::FillConstView(line).reserved_is_zero();
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
    return wait0 && wait1 && signal && (engine_kind(header.opcode()) || header.engine() == 0);
}

}  // namespace

void Descriptor::add(const Line& line) {
    if (lines == 0) {
        std::ranges::fill(std::span(bytes).last<sizeof(Line)>(), std::byte{0});
    }
    std::ranges::copy(line, bytes.begin() + static_cast<std::ptrdiff_t>(lines * sizeof(Line)));
    ++lines;
}

bool Descriptor::complete() const {
    return lines != 0 && lines >= lines_of(view(first()).opcode());
}

CommandCore::CommandCore(const Config& config, CommandHost& host) : config_(config), host_(host) {
    for (std::uint32_t tile = 0; tile < config.tiles; ++tile) {
        engines_.push_back({{EngineKind::Tile, tile}, config.tile_queue_depth});
    }
    for (std::uint32_t channel = 0; channel < config.dma_channels; ++channel) {
        engines_.push_back({{EngineKind::Dma, channel}, config.dma_queue_depth});
    }
    for (std::uint32_t core = 0; core < config.vector_cores; ++core) {
        engines_.push_back({{EngineKind::Vector, core}, config.vector_queue_depth});
    }
    reset();
}

void CommandCore::reset() {
    for (CommandObserver* const observer : observers_) {
        observer->reset(host_.now());
    }
    rings_.assign(config_.rings, Ring{});
    semaphores_.assign(config_.semaphores, 0);
    slots_.clear();
    for (Engine& engine : engines_) {
        engine.issued = 0;
        engine.waiting.clear();
        engine.waits_since.reset();
    }
    forget_waits();
    for (std::uint32_t ring = 0; ring < config_.rings; ++ring) {
        host_.watch(ring, std::nullopt);
    }
    watches_.assign(config_.rings, Watch{});
    host_.update_outputs();
}

void CommandCore::enable(std::uint32_t index, std::uint64_t base, std::uint32_t size) {
    Ring& ring = rings_[index];
    if (ring.enabled || ring.stopped || ring.resetting) {
        return;
    }
    const bool has_size = std::has_single_bit(size) && size >= 2 && size <= 65536;
    if (!has_size || base % sizeof(Line) != 0 || base + (size - 1) * sizeof(Line) < base) {
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

void CommandCore::disable(std::uint32_t index) {
    Ring& ring = rings_[index];
    ring.enabled = false;
    ring.waits_since.reset();  // a ring at rest waits for nobody
    ring.ahead_count = 0;      // it may go on with another base
}

void CommandCore::drop_waiting(std::uint32_t index) {
    for (CommandObserver* const observer : observers_) {
        observer->dropped(index);
    }
    for (Engine& engine : engines_) {
        if (!engine.waiting.empty() && engine.waiting.front().ring == index) {
            engine.waits_since.reset();
        }
        const std::size_t dropped =
            engine.waiting.erase_if([&](const Pending& pending) { return pending.ring == index; });
        rings_[index].in_flight -= static_cast<std::uint32_t>(dropped);
    }
    note_all_first();
}

// An engine's queue has another first command, or none.
void CommandCore::note_first(std::uint32_t index) {
    Engine& engine = engines_[index];
    const std::uint32_t bit = std::uint32_t{1} << index;
    for (const Wait& wait : engine.waits) {
        waiters_[wait.semaphore] &= ~bit;
    }
    engine.waits = {};
    ready_ &= ~bit;
    if (engine.waiting.empty()) {
        return;
    }
    ready_ |= bit;
    engine.waits = waits_of(engine.waiting.front().descriptor.first());
    for (const Wait& wait : engine.waits) {
        waiters_[wait.semaphore] |= wait.value != 0 ? bit : 0;
    }
}

// All engines' firsts are looked at anew.
void CommandCore::forget_waits() {
    waiters_.assign(config_.semaphores, 0);
    for (Engine& engine : engines_) {
        engine.waits = {};
    }
    note_all_first();
}

void CommandCore::set(std::uint32_t semaphore, std::uint64_t value) {
    semaphores_[semaphore] = static_cast<std::uint32_t>(value);
    tell_semaphore(semaphore);
    ready_ |= waiters_[semaphore];
}

void CommandCore::note_all_first() {
    for (std::uint32_t index = 0; index < engines_.size(); ++index) {
        note_first(index);
    }
}

void CommandCore::reset_ring(std::uint32_t index) {
    drop_waiting(index);
    Ring& ring = rings_[index];
    ring.enabled = false;
    ring.drop_staged();
    ring.waits_since.reset();
    ring.call.reset();
    ring.called.clear();
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
    tell_doorbell(index, ring.tail, tail);
    ring.tail = tail;
    forget_beyond_tail(ring);
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
    set(index, value & kSemaphoreMaximum);
    advance();
}

bool CommandCore::add_semaphore(std::uint32_t index, std::uint32_t value) {
    const std::uint64_t sum = std::uint64_t{semaphores_[index]} + value;
    if (sum > kSemaphoreMaximum) {
        return false;
    }
    set(index, sum);
    advance();
    return true;
}

bool CommandCore::idle() const {
    return std::ranges::all_of(rings_, [](const Ring& ring) {
        return ring.in_flight == 0 && !ring.fetching && ring.staged.lines == 0 && !ring.call &&
               ring.called.empty() && (!ring.enabled || ring.stopped || ring.head == ring.tail);
    });
}

std::uint32_t CommandCore::outstanding(std::uint32_t ring) const {
    const Ring& of = rings_[ring];
    return of.in_flight + (of.staged.lines != 0 ? 1 : 0) + (of.call ? 1 : 0) +
           static_cast<std::uint32_t>(of.called.size());
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
        for (std::uint32_t index = 0; index < engines_.size(); ++index) {
            const std::uint32_t left = ready_ >> index;  // also of those set free in this round
            if (left == 0) {
                break;
            }
            index += static_cast<std::uint32_t>(std::countr_zero(left));
            moved |= advance_engine(index);
        }
    }
    advancing_ = false;
}

bool CommandCore::advance_ring(std::uint32_t index) {
    Ring& ring = rings_[index];
    if (!ring.enabled || ring.stopped || ring.fetching) {
        return false;
    }
    if (ring.staged.complete()) {
        const Dispatch result = dispatch(index);
        if (result != Dispatch::Blocked) {
            ring.drop_staged();
        }
        return result != Dispatch::Blocked;
    }
    if (ring.call && ring.staged.lines == 0 && ring.call->next == ring.call->lines) {
        const Call call = *ring.call;
        ring.call.reset();
        if (call.outstanding == 0) {
            finish_call(call, index);
        } else {
            ring.called.push_back(call);
        }
        return true;
    }
    if (more_to_fetch(ring)) {
        if (ring.ahead_count != 0) {
            take_line(index);
            return true;
        }
        ring.fetching = true;
        host_.fetch(index);
    } else if (ring.staged.lines != 0) {
        begin_wait(index, ring.waits_since);
    }
    return false;
}

bool CommandCore::more_to_fetch(const Ring& ring) const {
    return ring.call ? ring.call->next != ring.call->lines : ring.head != ring.tail;
}

std::uint64_t CommandCore::fetch_address(std::uint32_t index) const {
    const Ring& ring = rings_[index];
    return ring.call ? ring.call->address + sizeof(Line) * ring.call->next
                     : ring.base + sizeof(Line) * (ring.head % ring.size);
}

// Up to the tail or the list's end, the ring's end, and the end of the block.
std::uint32_t CommandCore::fetch_lines(std::uint32_t index) const {
    const Ring& ring = rings_[index];
    const std::uint64_t line = fetch_address(index) / sizeof(Line);
    const auto in_block = static_cast<std::uint32_t>(kBurstLines - line % kBurstLines);
    const std::uint32_t left =
        ring.call ? ring.call->lines - ring.call->next
                  : std::min(ring.tail - ring.head, ring.size - ring.head % ring.size);
    return std::clamp<std::uint32_t>(left, 1, in_block);
}

void CommandCore::fetched(std::uint32_t index, std::span<const Line> lines, std::uint64_t address,
                          Status failure) {
    Ring& ring = rings_[index];
    ring.fetching = false;
    if (ring.resetting) {
        end_reset(index);
        return;
    }
    ring.waits_since.reset();
    if (!ring.enabled || ring.stopped) {
        return;  // it reads them again if it goes on
    }
    if (!lines.empty()) {
        std::ranges::copy(lines, ring.ahead.begin());
        ring.ahead_first = 0;
        ring.ahead_count = static_cast<std::uint32_t>(lines.size());
        forget_beyond_tail(ring);
    } else {
        const std::uint32_t position = ring.call ? ring.call->position : ring.head;
        ++(ring.call ? ring.call->next : ring.head);
        ring.staged.lines = 0;
        stop(index, position, nullptr, failure, address);
    }
    advance();
}

// What lies behind the tail is not the ring's yet; the tail may have gone back while it was read.
void CommandCore::forget_beyond_tail(Ring& ring) {
    if (!ring.call && ring.tail - ring.head < ring.ahead_count) {
        ring.ahead_count = 0;
    }
}

// The next of those that have been read.
void CommandCore::take_line(std::uint32_t index) {
    Ring& ring = rings_[index];
    const std::uint64_t address = fetch_address(index);
    const std::uint32_t position = ring.call ? ring.call->position : ring.head;
    ++(ring.call ? ring.call->next : ring.head);
    if (is_observed() && ring.staged.lines == 0) {
        ring.life = {};
        ring.life.read = host_.now();
    }
    ring.staged.add(ring.ahead[ring.ahead_first++]);
    --ring.ahead_count;
    const bool ends = ring.call && ring.call->next == ring.call->lines;
    if (ends && !ring.staged.complete()) {
        // The list ends within a descriptor.
        const Pending half = staged(index);
        ring.staged.lines = 0;
        stop(index, position, &half, Status::BadRange, address);
    }
}

// What has been read of the ring's next descriptor, and where it lies.
CommandCore::Pending CommandCore::staged(std::uint32_t index) const {
    const Ring& ring = rings_[index];
    const std::uint32_t lines = ring.staged.lines;
    if (ring.call) {
        return {index,
                ring.call->position,
                ring.call->address + sizeof(Line) * (ring.call->next - lines),
                true,
                ring.staged,
                ring.life};
    }
    const std::uint32_t position = ring.head - lines;
    return {index, position,    ring.base + sizeof(Line) * (position % ring.size),
            false, ring.staged, ring.life};
}

Status CommandCore::check(const Pending& command) const {
    const LineView line = command.descriptor.first();
    const auto header = view(line);
    const auto opcode = header.opcode();
    const bool nested = opcode == Opcode::Call && rings_[command.ring].call.has_value();
    if (opcode > Opcode::Fill || nested) {
        return Status::BadOpcode;
    }
    if (!reserved_is_zero(command.descriptor) || !unused_is_zero(header)) {
        return Status::Reserved;
    }
    if (opcode == Opcode::SemSet && header.signal() != 0) {
        return Status::BadFlags;
    }
    if (!names_semaphores(line)) {
        return Status::BadSemaphore;
    }
    const auto kind = engine_kind(opcode);
    const bool has_engine = !kind || header.engine() < engines_of(*kind);
    return has_engine ? Status::Ok : Status::BadEngine;
}

// Whether all semaphores of a descriptor exist.
bool CommandCore::names_semaphores(LineView line) const {
    const auto header = view(line);
    const auto good = [&](bool used, std::uint32_t index) {
        return !used || index < semaphores_.size();
    };
    return good(header.wait0() != 0, header.wait0_sem()) &&
           good(header.wait1() != 0, header.wait1_sem()) &&
           good(header.signal() != 0 || header.opcode() == Opcode::SemSet, header.signal_sem());
}

std::uint32_t CommandCore::engines_of(EngineKind kind) const {
    return kind == EngineKind::Tile  ? config_.tiles
           : kind == EngineKind::Dma ? config_.dma_channels
                                     : config_.vector_cores;
}

CommandCore::Dispatch CommandCore::dispatch(std::uint32_t index) {
    Ring& ring = rings_[index];
    if (!ring.checked) {
        const Pending command = staged(index);
        const Status status = check(command);
        if (status != Status::Ok) {
            stop(index, command.position, &command, status, 0);
            return Dispatch::Failed;
        }
        ring.checked = true;
    }
    return engine_kind(view(ring.staged.first()).opcode()) ? hand_over(index) : run_local(index);
}

CommandCore::Dispatch CommandCore::hand_over(std::uint32_t index) {
    Ring& ring = rings_[index];
    const std::uint32_t to = engine_index(ring.staged.first());
    Engine& engine = engines_[to];
    if (engine.waiting.size() >= config_.engine_queue) {
        return Dispatch::Blocked;
    }
    Pending& command = engine.waiting.push();
    command = staged(index);
    if (is_observed()) {
        command.life.queued = host_.now();
        tell(Moment::Queued, command, engine.id);
    }
    if (engine.waiting.size() == 1) {
        note_first(to);
    }
    ++ring.in_flight;
    if (ring.call) {
        ++ring.call->outstanding;
    }
    return Dispatch::Done;
}

// What the command processor does itself happens in ring order and holds up what follows.
CommandCore::Dispatch CommandCore::run_local(std::uint32_t index) {
    Ring& ring = rings_[index];
    const LineView line = ring.staged.first();
    const Opcode opcode = view(line).opcode();
    const std::array<Wait, 2> waits = waits_of(line);
    if (await(index, waits, ring.waits_since)) {
        note_wait(ring.life, waits);
        return Dispatch::Blocked;
    }
    if (opcode == Opcode::Fence && ring.in_flight != 0) {
        return Dispatch::Blocked;
    }
    take_waits(line);
    if (is_observed()) {
        ring.life.queued = ring.life.issued = host_.now();
    }
    const Pending command = staged(index);  // which a reset drops from the ring
    ++ring.in_flight;  // a NOTIFY may reset its own ring, which then waits for it
    const Status status = perform(command);
    --ring.in_flight;
    if (status != Status::Ok || opcode != Opcode::Call) {
        tell(Moment::Ended, command, std::nullopt, status);
    }
    if (status == Status::Ok && opcode != Opcode::Call) {
        finish(command);
    }
    end_reset(index);
    return status == Status::Ok ? Dispatch::Done : Dispatch::Failed;
}

// Stops the ring where it fails.
Status CommandCore::perform(const Pending& command) {
    const LineView line = command.descriptor.first();
    Status status = Status::Ok;
    std::uint64_t address = 0;
    switch (view(line).opcode()) {
        case Opcode::SemSet: {
            const std::uint32_t value = layout::SemSetConstView(line).value();
            if (value <= kSemaphoreMaximum) {
                set(view(line).signal_sem(), value);
            } else {
                status = Status::SemaphoreOverflow;
            }
            break;
        }
        case Opcode::Timestamp:
            address = layout::TimestampConstView(line).address();
            status = address % 8 != 0 ? Status::BadAlignment
                                      : host_.write_timestamp(command.ring, address);
            break;
        case Opcode::Notify: {
            const layout::NotifyConstView notify(line);
            address = notify.address();
            status = address % 4 != 0 ? Status::BadAlignment
                                      : host_.write_word(command.ring, address, notify.value());
            break;
        }
        case Opcode::Call:
            status = begin_call(command);
            address = layout::CallConstView(line).address();
            break;
        default:
            break;
    }
    if (status != Status::Ok) {
        stop(command.ring, command.position, &command, status, address);
    }
    return status;
}

// The list's lines are read from now on.
Status CommandCore::begin_call(const Pending& command) {
    const layout::CallConstView call(command.descriptor.first());
    const std::uint64_t bytes = std::uint64_t{call.lines()} * sizeof(Line);
    if (call.address() % sizeof(Line) != 0) {
        return Status::BadAlignment;
    }
    if (call.address() + bytes < call.address()) {
        return Status::BadRange;
    }
    rings_[command.ring].ahead_count = 0;  // what follows the CALL is read again behind the list
    rings_[command.ring].call = {
        command.descriptor, command.position, call.address(), call.lines(), 0, 0, command.life};
    return Status::Ok;
}

void CommandCore::finish_call(const Call& call, std::uint32_t index) {
    const Ring& ring = rings_[index];
    const Pending command{
        index, call.position,   ring.base + sizeof(Line) * (call.position % ring.size),
        false, call.descriptor, call.life};
    tell(Moment::Ended, command, std::nullopt);
    finish(command);
}

// A command of a list has completed: perhaps the list's last.
void CommandCore::leave_call(const Pending& command) {
    Ring& ring = rings_[command.ring];
    if (ring.call && ring.call->position == command.position) {
        --ring.call->outstanding;
        return;  // which is still being read
    }
    const auto call = std::ranges::find(ring.called, command.position, &Call::position);
    if (call != ring.called.end() && --call->outstanding == 0) {
        const Call ended = *call;
        ring.called.erase(call);
        finish_call(ended, command.ring);
    }
}

void CommandCore::take_waits(LineView line) {
    const auto header = view(line);
    if (header.wait0() && header.wait0_sub()) {
        semaphores_[header.wait0_sem()] -= header.wait0_value();
        tell_semaphore(header.wait0_sem());
    }
    if (header.wait1() && header.wait1_sub()) {
        semaphores_[header.wait1_sem()] -= header.wait1_value();
        tell_semaphore(header.wait1_sem());
    }
}

bool CommandCore::advance_engine(std::uint32_t index) {
    Engine& engine = engines_[index];
    const bool is_full = engine.issued >= engine.depth;
    if (is_full || await(engine.waiting.front().ring, engine.waits, engine.waits_since)) {
        if (!is_full) {
            note_wait(engine.waiting.front().life, engine.waits);
        }
        ready_ &= ~(std::uint32_t{1} << index);
        return false;  // an engine serves in order
    }
    const LineView line = engine.waiting.front().descriptor.first();
    take_waits(line);
    const std::uint32_t slot = free_slot();
    slots_[slot] = {true, index, engine.waiting.front()};
    engine.waiting.pop();
    note_first(index);
    ++engine.issued;
    if (is_observed()) {
        slots_[slot].command.life.issued = host_.now();
        tell(Moment::Issued, slots_[slot].command, engine.id);
    }
    const HandOver done =
        host_.issue(engine.id, slots_[slot].command.ring, slot, slots_[slot].command.descriptor);
    if (done.status != Status::Ok) {
        // Its own completion cannot come: end it here.
        (void)complete(slot, done.status, done.address);
    }
    return true;
}

bool CommandCore::complete(std::uint32_t slot, Status status, std::uint64_t address) {
    if (slot >= slots_.size() || !slots_[slot].used) {
        return false;
    }
    slots_[slot].used = false;
    const Pending& command = slots_[slot].command;  // stays until the next issue
    Engine& engine = engines_[slots_[slot].engine];
    --engine.issued;
    ready_ |= engine.waiting.empty() ? 0 : std::uint32_t{1} << slots_[slot].engine;
    Ring& ring = rings_[command.ring];
    --ring.in_flight;
    tell(Moment::Ended, command, engine.id, status);
    if (status == Status::Ok) {
        finish(command);
        if (command.in_call) {
            leave_call(command);
        }
    } else if (!ring.resetting) {
        const bool by_dma = engine.id.kind == EngineKind::Dma;
        stop(command.ring, command.position, &command, status, address,
             by_dma ? Told::Yes : Told::No);
    }
    end_reset(command.ring);
    advance();
    return true;
}

std::optional<CommandCore::Sender> CommandCore::sender(std::uint32_t slot) const {
    if (slot >= slots_.size() || !slots_[slot].used) {
        return std::nullopt;
    }
    const Pending& command = slots_[slot].command;
    return Sender{command.ring, view(command.descriptor.first()).tag(), command.position};
}

void CommandCore::finish(const Pending& command) {
    const auto header = view(command.descriptor.first());
    Ring& ring = rings_[command.ring];
    if (header.signal()) {
        const std::uint64_t sum =
            std::uint64_t{semaphores_[header.signal_sem()]} + header.signal_value();
        if (sum > kSemaphoreMaximum) {
            stop(command.ring, command.position, &command, Status::SemaphoreOverflow, 0);
            return;
        }
        set(header.signal_sem(), sum);
    }
    if (!command.in_call) {
        ring.completed += command.descriptor.lines;
    }
    ++descriptors_completed_;
    host_.completed(command.ring, command.position, command.descriptor);
    if (header.irq()) {
        ring.last_tag = header.tag();
        ring.irq |= kIrqCompletion;
        host_.update_outputs();
    }
}

void CommandCore::stop(std::uint32_t index, std::uint32_t position, const Pending* command,
                       Status status, std::uint64_t address, Told told) {
    Ring& ring = rings_[index];
    ++errors_;
    if (ring.stopped) {
        return;  // the record keeps the first error
    }
    ring.stopped = true;
    ring.waits_since.reset();
    ring.error = {.status = status, .position = position, .address = address};
    if (command != nullptr) {
        const auto header = view(command->descriptor.first());
        ring.error.tag = header.tag();
        ring.error.opcode = static_cast<std::uint32_t>(header.opcode());
        ring.error.engine = header.engine();
        ring.error.line = command->address;
    }
    ring.irq |= kIrqError;
    drop_waiting(index);
    if (told == Told::No) {
        host_.stopped(index);
    }
    host_.update_outputs();
}

std::uint32_t CommandCore::engine_index(LineView line) const {
    const auto header = view(line);
    const std::uint32_t instance = header.engine();
    const auto kind = engine_kind(header.opcode());
    return kind == EngineKind::Tile  ? instance
           : kind == EngineKind::Dma ? config_.tiles + instance
                                     : config_.tiles + config_.dma_channels + instance;
}

const CommandCore::Engine& CommandCore::engine_of(LineView line) const {
    return engines_[engine_index(line)];
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
