// SPDX-License-Identifier: Apache-2.0
#include "command/command_processor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/hexadecimal.h"
#include "base/state.h"
#include "regs/command_regs.h"
#include "tile/matmul.h"

namespace athena::command {

namespace {

namespace regs = athena::regs::command;
namespace layout = athena::regs::descriptor;

// "ring 0, position 3, MATMUL, tag 7"
std::string text_of(std::uint32_t ring, std::uint32_t position, const Descriptor& descriptor) {
    const layout::DescriptorConstView view(descriptor.first());
    return "ring " + std::to_string(ring) + ", position " + std::to_string(position) + ", " +
           std::string(layout::name_of(view.opcode())) + ", tag " + std::to_string(view.tag());
}

constexpr std::uint64_t kSemaphoreAddEnd =
    regs::kSemaphoreAddOffset + regs::kSemaphoreAddCount * regs::kSemaphoreAddStride;

}  // namespace

CommandProcessor::CommandProcessor(const sc_core::sc_module_name& name, const Config& config,
                                   base::EventQueue& events, base::Diagnostics& diagnostics)
    : sc_core::sc_module(name),
      socket("socket", *this, kRegisters),
      completions("completions", *this, kCompletions),
      fabric("fabric", *this),
      config_(config),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      diagnostics_(diagnostics),
      registers_(regs::kRegisters),
      core_(config.core, *this) {
    origin_.initiator = config.initiator_id;
    payload_.set_extension(&origin_);
    bind_registers();
    reset();
}

CommandProcessor::~CommandProcessor() {
    payload_.clear_extension(&origin_);
}

void CommandProcessor::reset() {
    events_.cancel(id_, kFetch);  // and the watches by the core
    registers_.reset();
    const CommandCore::Config& core = config_.core;
    registers_.set(regs::kCapsIndex, core.rings << regs::kCapsRingsShift |
                                         core.semaphores << regs::kCapsSemaphoresShift |
                                         core.tiles << regs::kCapsTilesShift |
                                         core.dma_channels << regs::kCapsDmaChannelsShift);
    registers_.set(regs::kCaps2Index, core.vector_cores << regs::kCaps2VectorCoresShift);
    core_.reset();
}

void CommandProcessor::bind_registers() {
    registers_.on_read(regs::kCyclesIndex, [this](unsigned, std::uint64_t) { return cycles(); });
    registers_.on_read(regs::kSemaphoreIndex, [this](unsigned index, std::uint64_t) {
        return index < core_.config().semaphores ? core_.semaphore(index) : 0;
    });
    registers_.on_write(regs::kSemaphoreIndex, [this](unsigned index, std::uint64_t,
                                                      std::uint64_t) {
        if (index < core_.config().semaphores) {
            core_.set_semaphore(
                index, static_cast<std::uint32_t>(registers_.get(regs::kSemaphoreIndex, index)));
        }
    });
    bind_ring_controls();
    bind_ring_status();
}

void CommandProcessor::bind_ring_controls() {
    registers_.on_write(regs::kRingCtrlIndex, [this](unsigned ring, std::uint64_t value,
                                                     std::uint64_t) {
        if (ring >= core_.config().rings) {
            return;
        }
        if ((value & regs::kRingCtrlResetMask) != 0) {
            log(base::LogLevel::Info, [&] { return "ring " + std::to_string(ring) + ": reset"; });
            registers_.set(regs::kRingTailIndex, 0, ring);
            core_.reset_ring(ring);
        } else if ((value & regs::kRingCtrlEnableMask) != 0) {
            log(base::LogLevel::Info, [&] {
                return "ring " + std::to_string(ring) + ": enabled, " +
                       std::to_string(registers_.get(regs::kRingSizeIndex, ring)) + " lines at " +
                       base::hexadecimal(registers_.get(regs::kRingBaseIndex, ring));
            });
            core_.enable(ring, registers_.get(regs::kRingBaseIndex, ring),
                         static_cast<std::uint32_t>(registers_.get(regs::kRingSizeIndex, ring)));
        } else {
            log(base::LogLevel::Info,
                [&] { return "ring " + std::to_string(ring) + ": disabled"; });
            core_.disable(ring);
        }
        update_outputs();
    });
    registers_.on_read(regs::kRingCtrlIndex, [this](unsigned ring, std::uint64_t value) {
        value &= ~std::uint64_t{regs::kRingCtrlResetMask | regs::kRingCtrlEnableMask};
        if (ring < core_.config().rings) {
            value |= core_.ring(ring).resetting ? regs::kRingCtrlResetMask : 0u;
            value |= core_.ring(ring).enabled ? regs::kRingCtrlEnableMask : 0u;
        }
        return value;
    });
    registers_.on_write(regs::kRingTailIndex, [this](unsigned ring, std::uint64_t, std::uint64_t) {
        if (ring < core_.config().rings) {
            const std::uint64_t tail = registers_.get(regs::kRingTailIndex, ring);
            log(base::LogLevel::Debug, [&] {
                return "ring " + std::to_string(ring) + ": doorbell, tail " + std::to_string(tail);
            });
            core_.doorbell(ring, static_cast<std::uint32_t>(tail));
        }
    });
    registers_.on_write(regs::kRingTimeoutIndex, [this](unsigned ring, std::uint64_t,
                                                        std::uint64_t) {
        if (ring < core_.config().rings) {
            core_.set_timeout(
                ring, static_cast<std::uint32_t>(registers_.get(regs::kRingTimeoutIndex, ring)));
        }
    });
    registers_.on_write(regs::kRingIrqIndex,
                        [this](unsigned ring, std::uint64_t value, std::uint64_t) {
                            if (ring < core_.config().rings) {
                                core_.clear_irq(ring, static_cast<std::uint32_t>(value));
                            }
                        });
}

void CommandProcessor::bind_ring_status() {
    const auto show = [this](unsigned index, auto getter) {
        registers_.on_read(index, [this, getter](unsigned ring, std::uint64_t) -> std::uint64_t {
            return ring < core_.config().rings ? getter(core_.ring(ring)) : 0;
        });
    };
    using Ring = CommandCore::Ring;
    show(regs::kRingHeadIndex, [](const Ring& ring) { return ring.head; });
    show(regs::kRingIrqIndex, [](const Ring& ring) { return ring.irq; });
    show(regs::kRingCompletedIndex, [](const Ring& ring) { return ring.completed; });
    show(regs::kRingLastTagIndex, [](const Ring& ring) { return ring.last_tag; });
    show(regs::kRingErrorStatusIndex,
         [](const Ring& ring) { return static_cast<std::uint64_t>(ring.error.status); });
    show(regs::kRingErrorPositionIndex, [](const Ring& ring) { return ring.error.position; });
    show(regs::kRingErrorTagIndex, [](const Ring& ring) { return ring.error.tag; });
    show(regs::kRingErrorEngineIndex, [](const Ring& ring) {
        return ring.error.opcode << regs::kRingErrorEngineOpcodeShift |
               ring.error.engine << regs::kRingErrorEngineEngineShift;
    });
    show(regs::kRingErrorAddressIndex, [](const Ring& ring) { return ring.error.address; });
    show(regs::kRingErrorLineIndex, [](const Ring& ring) { return ring.error.line; });
    show(regs::kRingErrorWaitIndex, [](const Ring& ring) {
        return ring.error.wait.semaphore << regs::kRingErrorWaitSemaphoreShift |
               ring.error.wait.value << regs::kRingErrorWaitValueShift;
    });
    registers_.on_read(regs::kRingStatusIndex, [this](unsigned index, std::uint64_t) {
        if (index >= core_.config().rings) {
            return std::uint64_t{0};
        }
        const Ring& ring = core_.ring(index);
        const std::uint64_t outstanding = core_.outstanding(index);
        const bool idle = outstanding == 0 && !ring.fetching && ring.head == ring.tail;
        return (idle ? std::uint64_t{regs::kRingStatusIdleMask} : 0) |
               (ring.stopped ? regs::kRingStatusStoppedMask : 0u) |
               outstanding << regs::kRingStatusInFlightShift;
    });
}

void CommandProcessor::b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                                   sc_core::sc_time& /*delay*/) {
    const std::uint64_t address = payload.get_address();
    if (port == kCompletions) {
        take_completion(payload);
    } else if (address >= regs::kSemaphoreAddOffset && address < kSemaphoreAddEnd) {
        add_semaphore(payload);
    } else {
        const auto* origin = payload.get_extension<base::Origin>();
        accessor_ = origin != nullptr ? Accessor{origin->initiator, origin->pc} : Accessor{};
        registers_.transport(payload);
        accessor_ = {};
    }
}

unsigned CommandProcessor::transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) {
    return port == kRegisters ? registers_.transport_dbg(payload) : 0;
}

void CommandProcessor::take_completion(tlm::tlm_generic_payload& payload) {
    const unsigned length = payload.get_data_length();
    if (!payload.is_write() || (length != 8 && length != 16)) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    std::uint32_t slot = 0;
    std::uint32_t status = 0;
    std::uint64_t address = 0;
    std::memcpy(&slot, payload.get_data_ptr(), 4);
    std::memcpy(&status, payload.get_data_ptr() + 4, 4);
    if (length == 16) {
        std::memcpy(&address, payload.get_data_ptr() + 8, 8);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (!core_.complete(slot, static_cast<Status>(status), address)) {
        diagnostics_.guest_fault(
            name(), "completion of a command that no ring sent (tag " + std::to_string(slot) + ")");
    }
}

void CommandProcessor::add_semaphore(tlm::tlm_generic_payload& payload) {
    const std::uint64_t offset = payload.get_address() - regs::kSemaphoreAddOffset;
    const auto index = static_cast<std::uint32_t>(offset / regs::kSemaphoreAddStride);
    std::uint32_t value = 0;
    const bool whole = payload.is_write() && payload.get_data_length() == sizeof(value) &&
                       payload.get_streaming_width() >= sizeof(value) &&
                       payload.get_byte_enable_ptr() == nullptr && offset % sizeof(value) == 0;
    if (!whole || index >= core_.config().semaphores) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    std::memcpy(&value, payload.get_data_ptr(), sizeof(value));
    if (!core_.add_semaphore(index, value)) {
        diagnostics_.guest_fault(name(), "semaphore " + std::to_string(index) +
                                             " would pass 2^31 - 1; nothing was added");
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void CommandProcessor::fetch(std::uint32_t ring) {
    const base::Cycles end = clock_.next_edge(events_.now()) + base::Cycles{config_.fetch_cycles};
    events_.schedule(clock_.at(end), id_, kFetch, ring);
}

std::uint64_t CommandProcessor::cycles() const {
    return clock_.elapsed(events_.now()).value;
}

void CommandProcessor::watch(std::uint32_t ring, std::optional<std::uint64_t> cycle) {
    events_.cancel(id_, kWatch + ring);
    if (cycle) {
        // The present cycle has begun already.
        events_.schedule(std::max(clock_.at(base::Cycles{*cycle}), events_.now()), id_,
                         kWatch + ring, ring);
    }
}

WaitSource CommandProcessor::wait_source() const {
    return {name(), core_, config_.registers.value + regs::kSemaphoreAddOffset};
}

void CommandProcessor::timed_out(std::uint32_t ring) {
    const WaitSource own = wait_source();
    const Peek peek = [this](std::uint64_t address, std::span<std::byte> bytes) {
        tlm::tlm_generic_payload payload;
        payload.set_read();
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(bytes.data()));
        payload.set_data_length(static_cast<unsigned>(bytes.size()));
        return fabric->transport_dbg(payload) == bytes.size();
    };
    std::string text = "timeout of ring " + std::to_string(ring);
    for (const std::string& line : report_waits({&own, 1}, peek)) {
        text += "; " + line;
    }
    diagnostics_.guest_fault(name(), text);
}

// One line for each error, by whoever knows most of it.
void CommandProcessor::stopped(std::uint32_t ring) {
    const ErrorRecord& error = core_.ring(ring).error;
    log(base::LogLevel::Info, [&] {
        return "ring " + std::to_string(ring) + ": stopped, " +
               std::string(layout::name_of(error.status));
    });
    if (error.status == Status::NotGranted || error.status == Status::Aborted) {
        return;  // the IOPMP has told it; the driver has asked for it
    }
    std::string text = "ring " + std::to_string(ring) + " stopped: ";
    text.append(layout::name_of(error.status)).append(", ");
    text.append(layout::meaning_of(error.status));
    text += " (position " + std::to_string(error.position);
    if (error.line != 0) {
        const auto opcode = layout::name_of(static_cast<Opcode>(error.opcode));
        text += ", descriptor at " + base::hexadecimal(error.line) + ", opcode " +
                (opcode.empty() ? std::to_string(error.opcode) : std::string(opcode)) +
                ", engine " + std::to_string(error.engine) + ", tag " + std::to_string(error.tag);
    }
    if (error.address != 0) {
        text += ", address " + base::hexadecimal(error.address);
    }
    text += ')';
    diagnostics_.guest_fault(name(), text);
}

void CommandProcessor::completed(std::uint32_t ring, std::uint32_t position,
                                 const Descriptor& descriptor) {
    log(base::LogLevel::Debug, [&] { return text_of(ring, position, descriptor) + ": completed"; });
}

void CommandProcessor::on_event(std::uint32_t kind, std::uint64_t payload) {
    const auto index = static_cast<std::uint32_t>(payload);
    if (kind != kFetch) {
        core_.check_timeout(index);
        return;
    }
    if (core_.ring(index).resetting) {
        core_.fetched(index, {}, 0);
        return;
    }
    read_lines(index);
}

// One alone where not all can be read: the ring stops at the line that fails, not before.
void CommandProcessor::read_lines(std::uint32_t ring) {
    const std::uint64_t address = core_.fetch_address(ring);
    std::array<Line, kBurstLines> lines;
    const std::span<const Line> all = std::span(lines).first(core_.fetch_lines(ring));
    const base::RingAccess burst{ring, false, address, address + all.size_bytes() - 1};
    if (all.size() > 1 && (protection_ == nullptr || protection_->permits(burst)) &&
        access(tlm::TLM_READ_COMMAND, ring, 0, address, lines.data(),
               static_cast<unsigned>(all.size_bytes()))) {
        core_.fetched(ring, all, address);
        return;
    }
    const Status status =
        access_memory(tlm::TLM_READ_COMMAND, ring, address, lines.data(), sizeof(Line));
    core_.fetched(ring, all.first(status == Status::Ok ? 1 : 0), address, status);
}

base::PhysAddr CommandProcessor::queue_of(EngineId engine) const {
    switch (engine.kind) {
        case EngineKind::Tile:
            return config_.tile_queues[engine.instance];
        case EngineKind::Dma:
            return config_.dma_queues[engine.instance];
        case EngineKind::Vector:
            break;
    }
    return config_.vector_queues[engine.instance];
}

// The first address of L1 that a MATMUL's ring was not granted. Of C only writing is asked for, as
// of a vector core's results.
std::optional<std::uint64_t> CommandProcessor::refused_operand(std::uint32_t tile,
                                                               std::uint32_t ring,
                                                               LineView line) const {
    if (protection_ == nullptr) {
        return std::nullopt;
    }
    const std::uint64_t l1 = config_.tile_l1[tile].value;
    const std::uint64_t last = l1 + config_.l1_bytes - 1;
    if (protection_->permits({ring, false, l1, last}) &&
        protection_->permits({ring, true, l1, last})) {
        return std::nullopt;
    }
    // What cannot be decoded touches nothing, and the tile says why.
    const tile::Matmul matmul = tile::decode_matmul(line, config_.l1_bytes).matmul;
    for (const tile::Matrix* matrix :
         {&matmul.a.elements, &matmul.a.scales, &matmul.b.elements, &matmul.b.scales, &matmul.c}) {
        if (matrix->empty()) {
            continue;
        }
        const base::Rows rows{l1 + matrix->address, matrix->row_bytes(), matrix->rows,
                              static_cast<std::int64_t>(matrix->ld)};
        if (const auto address = base::refused(*protection_, ring, matrix == &matmul.c, rows)) {
            return address;
        }
    }
    return std::nullopt;
}

HandOver CommandProcessor::issue(EngineId engine, std::uint32_t ring, std::uint32_t slot,
                                 const Descriptor& descriptor) {
    Descriptor command = descriptor;
    layout::DescriptorView view(
        std::span<std::byte, sizeof(Line)>(command.bytes.data(), sizeof(Line)));
    const std::uint32_t tag = view.tag();
    // What concerns the ring is not the engine's: engine, flags, semaphores are zero there.
    std::fill(command.bytes.begin() + 1, command.bytes.begin() + 4, std::byte{0});
    std::fill(command.bytes.begin() + 8, command.bytes.begin() + 0x12, std::byte{0});
    view.set_tag(slot);
    log(base::LogLevel::Debug, [&] {
        constexpr std::array kEngines = {"tile ", "DMA channel ", "vector core "};
        return text_of(ring, core_.sender(slot)->position, descriptor) + ": to " +
               kEngines[static_cast<std::size_t>(engine.kind)] + std::to_string(engine.instance);
    });
    if (engine.kind == EngineKind::Tile) {
        if (const auto address = refused_operand(engine.instance, ring, command.first())) {
            return {Status::NotGranted, *address};
        }
    }
    const bool ok = access(tlm::TLM_WRITE_COMMAND, ring, tag, queue_of(engine).value,
                           command.bytes.data(), static_cast<unsigned>(command.all().size()));
    return {ok ? Status::Ok : Status::WriteError};
}

Status CommandProcessor::write_word(std::uint32_t ring, std::uint64_t address,
                                    std::uint32_t value) {
    return access_memory(tlm::TLM_WRITE_COMMAND, ring, address, &value, sizeof(value));
}

Status CommandProcessor::write_timestamp(std::uint32_t ring, std::uint64_t address) {
    std::uint64_t time = cycles();
    return access_memory(tlm::TLM_WRITE_COMMAND, ring, address, &time, sizeof(time));
}

void CommandProcessor::update_outputs() {
    bool level = false;
    for (std::uint32_t ring = 0; ring < core_.config().rings; ++ring) {
        const std::uint64_t control = registers_.get(regs::kRingCtrlIndex, ring);
        const std::uint32_t causes = core_.ring(ring).irq;
        level |= (control & regs::kRingCtrlIrqCompletionMask) != 0 &&
                 (causes & CommandCore::kIrqCompletion) != 0;
        level |=
            (control & regs::kRingCtrlIrqErrorMask) != 0 && (causes & CommandCore::kIrqError) != 0;
    }
    irq.set(level);
}

// Aligned to its length, so that the last byte is no wrap.
Status CommandProcessor::access_memory(tlm::tlm_command command, std::uint32_t ring,
                                       std::uint64_t address, void* data, unsigned length) {
    const bool write = command == tlm::TLM_WRITE_COMMAND;
    const base::RingAccess wanted{ring, write, address, address + length - 1};
    if (protection_ != nullptr && !protection_->permits(wanted)) {
        protection_->refuse(wanted);
        return Status::NotGranted;
    }
    if (access(command, ring, 0, address, data, length)) {
        return Status::Ok;
    }
    return write ? Status::WriteError : Status::FetchError;
}

bool CommandProcessor::access(tlm::tlm_command command, std::uint32_t ring, std::uint32_t tag,
                              std::uint64_t address, void* data, unsigned length) {
    origin_.ring = ring;
    origin_.tag = tag;
    payload_.set_command(command);
    payload_.set_address(address);
    payload_.set_data_ptr(static_cast<unsigned char*>(data));
    payload_.set_data_length(length);
    payload_.set_streaming_width(length);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;  // part of fetch_cycles (README.md)
    fabric.send(payload_, delay);
    return payload_.is_response_ok();
}

void CommandProcessor::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("descriptors_completed", core_.descriptors_completed());
    visitor.counter("errors", core_.errors());
    for (std::uint32_t ring = 0; ring < core_.config().rings; ++ring) {
        visitor.enter("ring" + std::to_string(ring));
        visitor.counter("head", core_.ring(ring).head);
        visitor.counter("completed", core_.ring(ring).completed);
        visitor.leave();
    }
}

void CommandProcessor::save(base::StateWriter& writer) const {
    registers_.save(writer);
    core_.save(writer);
}

void CommandProcessor::load(base::StateReader& reader) {
    registers_.load(reader);
    core_.load(reader);
}

}  // namespace athena::command
