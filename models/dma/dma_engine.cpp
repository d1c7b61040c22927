// SPDX-License-Identifier: Apache-2.0
#include "dma/dma_engine.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/hexadecimal.h"
#include "base/state.h"
#include "dma/deferred_transfer.h"
#include "memory/pending_uses.h"
#include "regs/dma_regs.h"

namespace athena::dma {

namespace {

namespace regs = athena::regs::dma;

constexpr std::uint64_t kQueueEnd = regs::kQueueOffset + regs::kQueueCount * regs::kQueueStride;

constexpr std::uint32_t kStateVersion = 3;
constexpr std::uint32_t kRegisterNoRing = 0xFFFF;

std::uint32_t tag_of(const CommandLines& lines) {
    const std::span<const std::byte, 64> first(lines.data(), 64);
    return athena::regs::descriptor::DescriptorConstView(first).tag();
}

// Which is not a status that its access or the IOPMP has explained.
std::string text_of(const TransferResult& result) {
    switch (result.status) {
        case Status::BadOpcode:
            return "no command of a DMA engine";
        case Status::Reserved:
            return "what must be zero is not";
        case Status::BadRange:
            return "an operand leaves the address space, or it is too much for one command";
        case Status::Overlap:
            return "its operands overlap";
        default:
            return std::string(result.write ? "write" : "read") + " at " +
                   base::hexadecimal(result.address) + " was answered with an error";
    }
}

}  // namespace

DmaEngine::DmaEngine(const sc_core::sc_module_name& name, const Config& config,
                     base::EventQueue& events, base::Diagnostics& diagnostics,
                     base::Backlog::Lane lane)
    : sc_core::sc_module(name),
      socket("socket", *this),
      fabric("fabric", *this),
      completion("completion", *this),
      config_(config),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      diagnostics_(diagnostics),
      lane_(lane),
      registers_(regs::kRegisters),
      channels_(config.channels) {
    origin_.initiator = config.initiator_id;
    payload_.set_extension(&origin_);
    loan_payload_.set_extension(&origin_);
    loan_payload_.set_extension(&loan_);
    if (config.timed) {
        bursts_.emplace(std::string(this->name()) + ".bursts",
                        TimedChannels::Config{.channels = config.channels,
                                              .outstanding = config.outstanding,
                                              .bytes_per_cycle = config.bytes_per_cycle,
                                              .clock_hz = config.clock_hz,
                                              .initiator_id = config.initiator_id},
                        events, fabric, static_cast<TransferHost&>(*this));
    }
    bind_registers();
    reset();
}

DmaEngine::~DmaEngine() {
    payload_.clear_extension(&origin_);
    loan_payload_.clear_extension(&origin_);
    loan_payload_.clear_extension(&loan_);
}

void DmaEngine::bind_registers() {
    registers_.on_read(regs::kChannelStatusIndex, [this](unsigned channel, std::uint64_t) {
        const std::uint64_t level =
            channel < channels_.size() ? channels_[channel].queue.size() : 0;
        return (level != 0 ? regs::kChannelStatusBusyMask : 0u) |
               level << regs::kChannelStatusLevelShift;
    });
    const auto counter = [this](unsigned index, std::uint64_t Counters::*member) {
        registers_.on_read(index, [this, member](unsigned channel, std::uint64_t) {
            return channel < channels_.size() ? channels_[channel].counters.*member : 0;
        });
    };
    counter(regs::kChannelCommandsIndex, &Counters::commands);
    counter(regs::kChannelBytesIndex, &Counters::bytes);
    counter(regs::kChannelBusyCyclesIndex, &Counters::busy_cycles);
}

void DmaEngine::reset() {
    events_.cancel(id_, kDone);
    events_.cancel(id_, kStart);
    if (bursts_) {
        bursts_->reset();
    }
    for (Channel& channel : channels_) {
        channel.queue.clear();
        channel.before_reset = sum(channel.before_reset, channel.counters);
        channel.counters = {};
    }
    registers_.reset();
    registers_.set(regs::kCapsIndex, config_.channels << regs::kCapsChannelsShift |
                                         config_.queue_depth << regs::kCapsQueueDepthShift);
}

bool DmaEngine::idle() const {
    return std::ranges::all_of(channels_, [](const Channel& c) { return c.queue.empty(); });
}

void DmaEngine::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                            sc_core::sc_time& /*delay*/) {
    const std::uint64_t address = payload.get_address();
    if (address >= regs::kQueueOffset && address < kQueueEnd) {
        push(payload);
    } else {
        registers_.transport(payload);
    }
}

unsigned DmaEngine::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return registers_.transport_dbg(payload);
}

void DmaEngine::push(tlm::tlm_generic_payload& payload) {
    const std::uint64_t offset = payload.get_address() - regs::kQueueOffset;
    const auto index = static_cast<std::uint32_t>(offset / regs::kQueueStride);
    const std::size_t length = payload.get_data_length();
    const bool whole = payload.is_write() && offset % regs::kQueueStride == 0 && length != 0 &&
                       length == command_bytes(static_cast<Opcode>(*payload.get_data_ptr())) &&
                       payload.get_streaming_width() >= length &&
                       payload.get_byte_enable_ptr() == nullptr;
    if (!whole || index >= channels_.size() ||
        channels_[index].queue.size() >= config_.queue_depth) {
        diagnostics_.guest_fault(name(), "QUEUE of channel " + std::to_string(index) +
                                             ": not one whole descriptor to a channel with room");
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    base::Fifo<Command>& queue = channels_[index].queue;
    Command& command = queue.push();
    std::memcpy(command.lines.data(), payload.get_data_ptr(), length);
    const auto* origin = payload.get_extension<base::Origin>();
    command.ring = origin != nullptr ? origin->ring : base::Origin::kNoRing;
    // A ring's line has the command processor's own number in the tag's place.
    command.tag = command.ring != base::Origin::kNoRing ? origin->tag : tag_of(command.lines);
    if (queue.size() == 1) {
        start(index);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void DmaEngine::start(std::uint32_t index) {
    Channel& channel = channels_[index];
    channel.running = decode(channel.queue.front().lines);
    if (bursts_) {
        const base::Cycles now = clock_.next_edge(events_.now());
        channel.started = now.value;
        events_.schedule(clock_.at(now + base::Cycles{config_.start_cycles}), id_, kStart, index);
        return;
    }
    std::uint64_t cycles = config_.launch_cycles;
    if (channel.running.status == Status::Ok) {
        cycles += beats(channel.running.transfer, config_.bytes_per_cycle);
    }
    channel.counters.busy_cycles += cycles;
    const base::Cycles end = clock_.next_edge(events_.now()) + base::Cycles{cycles};
    events_.schedule(clock_.at(end), id_, kDone, index);
}

void DmaEngine::on_event(std::uint32_t kind, std::uint64_t channel) {
    const auto index = static_cast<std::uint32_t>(channel);
    kind == kStart ? begin_bursts(index) : finish(index);
}

void DmaEngine::begin_bursts(std::uint32_t index) {
    const Channel& channel = channels_[index];
    const Command& command = channel.queue.front();
    if (channel.running.status != Status::Ok) {
        conclude(index, {.status = channel.running.status});
        return;
    }
    origin_.ring = command.ring;
    origin_.tag = command.tag;
    const Transfer& transfer = channel.running.transfer;
    if (const auto refused = refusal(transfer)) {
        conclude(index, *refused);
        return;
    }
    bursts_->begin(index, transfer, command.ring, command.tag, !all_served(transfer));
}

void DmaEngine::transferred(std::uint32_t index, const TransferResult& result) {
    conclude(index, result);
}

tlm::tlm_sync_enum DmaEngine::nb_transport_bw(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                                              tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return bursts_->nb_transport_bw(payload, phase, delay);
}

// All of it happens at the instant of its end: nobody can see a part of it (DESIGN section 3,
// "Host threads").
void DmaEngine::finish(std::uint32_t index) {
    Channel& channel = channels_[index];
    const Transfer& transfer = channel.running.transfer;
    TransferResult result{.status = channel.running.status};
    if (result.status == Status::Ok) {
        origin_.ring = channel.queue.front().ring;
        origin_.tag = channel.queue.front().tag;
        if (const auto refused = refusal(transfer)) {
            result = *refused;
        } else if (!move_by_loan(transfer, result)) {
            result = run_transfer(transfer, *this, buffer_,
                                  all_served(transfer) ? kLongBurstBytes : kBurstBytes);
        }
    }
    conclude(index, result);
}

void DmaEngine::conclude(std::uint32_t index, const TransferResult& result) {
    Channel& channel = channels_[index];
    if (bursts_) {
        channel.counters.busy_cycles += clock_.next_edge(events_.now()).value - channel.started;
    }
    channel.counters.bytes += result.bytes_written;
    ++channel.counters.commands;
    if (result.status != Status::Ok) {
        record_error(index, result);
    }
    const std::uint32_t tag = channel.running.transfer.tag;
    channel.queue.pop();
    if (!channel.queue.empty()) {
        start(index);
    }
    send_completion(tag, result);
}

// Of a command that would access what its ring was not granted.
std::optional<TransferResult> DmaEngine::refusal(const Transfer& transfer) {
    if (protection_ == nullptr || transfer.empty()) {
        return std::nullopt;
    }
    if (!transfer.fills()) {
        if (const auto address = refused_source(transfer)) {
            return TransferResult{.status = Status::NotGranted, .address = *address};
        }
    }
    std::optional<TransferResult> result;
    for_each_destination(transfer, [&](std::uint64_t offset) {
        if (const auto address = refused_destination(transfer, offset)) {
            result = {.status = Status::NotGranted, .write = true, .address = *address};
        }
        return !result;
    });
    return result;
}

// The first address that the command's ring was not granted. What is permitted as a whole is so in
// parts.
std::optional<std::uint64_t> DmaEngine::refused_source(const Transfer& transfer) {
    const Extent& all = transfer.source_extent;
    std::optional<std::uint64_t> address;
    if (!protection_->permits({origin_.ring, false, all.first, all.last})) {
        for_each_block(transfer, [&](std::uint64_t from, std::uint64_t) {
            address = base::refused(*protection_, origin_.ring, false, source_rows(transfer, from));
            return !address;
        });
    }
    return address;
}

std::optional<std::uint64_t> DmaEngine::refused_destination(const Transfer& transfer,
                                                            std::uint64_t offset) {
    const Extent& all = transfer.destination_extent;
    std::optional<std::uint64_t> address;
    if (!protection_->permits({origin_.ring, true, all.first + offset, all.last + offset})) {
        for_each_block(transfer, [&](std::uint64_t, std::uint64_t to) {
            address = base::refused(*protection_, origin_.ring, true,
                                    destination_rows(transfer, to + offset));
            return !address;
        });
    }
    return address;
}

// Whether no burst of it can fail as things stand.
bool DmaEngine::all_served(const Transfer& transfer) {
    if (transfer.empty()) {
        return true;
    }
    return (transfer.fills() || is_served(tlm::TLM_READ_COMMAND, transfer.source_extent)) &&
           for_each_destination(transfer, [&](std::uint64_t offset) {
               const Extent& extent = transfer.destination_extent;
               return is_served(tlm::TLM_WRITE_COMMAND,
                                {extent.first + offset, extent.last + offset});
           });
}

bool DmaEngine::is_served(tlm::tlm_command command, const Extent& extent) {
    loan_.only_asks = true;
    loan_.lane = 0;
    loan_.counters = {};
    loan_.length = extent.last - extent.first + 1;
    loan_payload_.set_command(command);
    loan_payload_.set_address(extent.first);
    tlm::tlm_dmi dmi;
    const bool served = fabric.ask_direct(loan_payload_, dmi) &&
                        dmi.get_start_address() == extent.first &&
                        dmi.get_end_address() >= extent.last;
    loan_.only_asks = false;
    return served;
}

DmaEngine::Borrowed DmaEngine::borrow(tlm::tlm_command command, const Extent& extent) {
    loan_.length = extent.last - extent.first + 1;
    loan_.lane = lane_.number();
    loan_.counters = {};
    loan_.may_wait = false;
    loan_.uses = nullptr;
    loan_payload_.set_command(command);
    loan_payload_.set_address(extent.first);
    tlm::tlm_dmi dmi;
    const bool granted = fabric.ask_direct(loan_payload_, dmi) &&
                         dmi.get_start_address() == extent.first &&
                         dmi.get_end_address() >= extent.last && !loan_.counters.empty();
    return {granted ? reinterpret_cast<std::byte*>(dmi.get_dmi_ptr()) : nullptr, loan_.counters,
            loan_.may_wait, loan_.uses, loan_.uses_offset};
}

// With the same effect as bursts that are all served; false: nothing has been done.
bool DmaEngine::move_by_loan(const Transfer& transfer, TransferResult& result) {
    if (transfer.empty()) {
        return false;
    }
    Borrowed source{.may_wait = true};
    if (!transfer.fills()) {
        source = borrow(tlm::TLM_READ_COMMAND, transfer.source_extent);
        if (source.bytes == nullptr) {
            return false;
        }
    }
    destinations_.clear();
    bool may_wait = source.may_wait;
    const bool all = for_each_destination(transfer, [&](std::uint64_t offset) {
        const Extent& extent = transfer.destination_extent;
        const Borrowed& to = destinations_.emplace_back(
            borrow(tlm::TLM_WRITE_COMMAND, {extent.first + offset, extent.last + offset}));
        may_wait = may_wait && to.may_wait;
        return to.bytes != nullptr;
    });
    if (!all) {
        return false;
    }
    if (may_wait) {
        defer(transfer, source);
    } else {
        lane_.settle();
        for (const Borrowed& destination : destinations_) {
            transfer_directly(transfer, source.bytes, destination.bytes, buffer_);
        }
    }
    const std::uint64_t bytes = transfer.bytes();
    for (const Borrowed& destination : destinations_) {
        destination.counters.count(bytes);
    }
    result.bytes_written = bytes * destinations_.size();
    source.counters.count(bytes);
    return true;
}

// Each copy by itself, as adding a work may settle all.
void DmaEngine::defer(const Transfer& transfer, const Borrowed& source) {
    for (const Borrowed& destination : destinations_) {
        if (!note_uses(transfer, source, destination)) {
            lane_.settle();
            static_cast<void>(note_uses(transfer, source, destination));
        }
        defer_transfer(transfer, source.bytes, destination.bytes, lane_);
    }
}

// Of a copy to one destination: false as PendingUses::note().
bool DmaEngine::note_uses(const Transfer& transfer, const Borrowed& source,
                          const Borrowed& destination) const {
    const auto note = [&](const Borrowed& side, bool write) {
        return side.uses == nullptr ||
               for_each_block(transfer, [&](std::uint64_t from, std::uint64_t to) {
                   base::Rows rows =
                       write ? destination_rows(transfer, to) : source_rows(transfer, from);
                   const Extent& all = write ? transfer.destination_extent : transfer.source_extent;
                   rows.first += side.uses_offset - all.first;
                   return side.uses->note(lane_.number(), write, rows);
               });
    };
    return note(source, false) && note(destination, true);
}

void DmaEngine::record_error(std::uint32_t index, const TransferResult& result) {
    Channel& channel = channels_[index];
    const Command& command = channel.queue.front();
    const bool of_ring = command.ring != base::Origin::kNoRing;
    ++channel.counters.errors;
    registers_.set(regs::kChannelErrorStatusIndex, static_cast<std::uint32_t>(result.status),
                   index);
    registers_.set(regs::kChannelErrorTagIndex, command.tag, index);
    registers_.set(regs::kChannelErrorAddressIndex, result.address, index);
    const std::uint32_t opcode = std::to_integer<std::uint32_t>(command.lines[0]);
    const std::uint32_t ring = of_ring ? command.ring : kRegisterNoRing;
    registers_.set(regs::kChannelErrorInfoIndex,
                   opcode << regs::kChannelErrorInfoOpcodeShift |
                       (result.write ? regs::kChannelErrorInfoWriteMask : 0u) |
                       ring << regs::kChannelErrorInfoRingShift,
                   index);
    if (result.status != Status::NotGranted) {  // else the IOPMP has said it
        diagnostics_.guest_fault(
            name(), "channel " + std::to_string(index) + ", " +
                        (of_ring ? "ring " + std::to_string(command.ring) : "no ring") + ", tag " +
                        std::to_string(command.tag) + ": " + text_of(result));
    }
}

void DmaEngine::send_completion(std::uint32_t tag, const TransferResult& result) {
    std::array<unsigned char, 16> record{};
    const auto status = static_cast<std::uint32_t>(result.status);
    std::memcpy(&record[0], &tag, 4);
    std::memcpy(&record[4], &status, 4);
    std::memcpy(&record[8], &result.address, 8);
    payload_.set_command(tlm::TLM_WRITE_COMMAND);
    payload_.set_address(0);
    payload_.set_data_ptr(record.data());
    payload_.set_data_length(record.size());
    payload_.set_streaming_width(record.size());
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    completion.send(payload_, delay);
}

bool DmaEngine::read(std::uint64_t address, std::span<std::byte> data) {
    return access(tlm::TLM_READ_COMMAND, address, data.data(), data.size());
}

bool DmaEngine::write(std::uint64_t address, std::span<const std::byte> data) {
    // TLM payloads have one data pointer for both directions; a write does not change it.
    return access(tlm::TLM_WRITE_COMMAND, address, const_cast<std::byte*>(data.data()),
                  data.size());
}

bool DmaEngine::access(tlm::tlm_command command, std::uint64_t address, std::byte* data,
                       std::size_t length) {
    payload_.set_command(command);
    payload_.set_address(address);
    payload_.set_data_ptr(reinterpret_cast<unsigned char*>(data));
    payload_.set_data_length(static_cast<unsigned>(length));
    payload_.set_streaming_width(static_cast<unsigned>(length));
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;  // the command's cycles hold the memories' flat latencies (README.md)
    fabric.send(payload_, delay);
    return payload_.is_response_ok();
}

DmaEngine::Counters DmaEngine::sum(const Counters& a, const Counters& b) {
    return {
        .commands = a.commands + b.commands,
        .bytes = a.bytes + b.bytes,
        .busy_cycles = a.busy_cycles + b.busy_cycles,
        .errors = a.errors + b.errors,
    };
}

void DmaEngine::report(base::StatisticsVisitor& visitor) const {
    for (std::size_t index = 0; index < channels_.size(); ++index) {
        const Counters sums = sum(channels_[index].before_reset, channels_[index].counters);
        visitor.enter("channel" + std::to_string(index));
        visitor.counter("commands", sums.commands);
        visitor.counter("bytes", sums.bytes);
        visitor.counter("busy_cycles", sums.busy_cycles);
        visitor.counter("errors", sums.errors);
        visitor.leave();
    }
}

void DmaEngine::save_counters(base::StateWriter& writer, const Counters& counters) {
    writer.value("commands", counters.commands);
    writer.value("bytes", counters.bytes);
    writer.value("busy_cycles", counters.busy_cycles);
    writer.value("errors", counters.errors);
}

DmaEngine::Counters DmaEngine::load_counters(base::StateReader& reader) {
    Counters counters;
    counters.commands = reader.value("commands");
    counters.bytes = reader.value("bytes");
    counters.busy_cycles = reader.value("busy_cycles");
    counters.errors = reader.value("errors");
    return counters;
}

void DmaEngine::save(base::StateWriter& writer) const {
    writer.begin("dma", kStateVersion);
    registers_.save(writer);
    writer.value("channels", channels_.size());
    for (const Channel& channel : channels_) {
        save_counters(writer, channel.counters);
        save_counters(writer, channel.before_reset);
        writer.value("queued", channel.queue.size());
        for (std::size_t number = 0; number < channel.queue.size(); ++number) {
            const Command& command = channel.queue[number];
            writer.bytes("lines", command.lines);
            writer.value("ring", command.ring);
            writer.value("tag", command.tag);
        }
    }
    writer.end();
}

void DmaEngine::load(base::StateReader& reader) {
    reader.begin("dma", kStateVersion);
    registers_.load(reader);
    if (reader.value("channels") != channels_.size()) {
        throw base::StateError("dma: saved with another number of channels");
    }
    for (Channel& channel : channels_) {
        channel.counters = load_counters(reader);
        channel.before_reset = load_counters(reader);
        const std::uint64_t queued = reader.value("queued");
        if (queued > config_.queue_depth) {
            throw base::StateError("dma: saved with a longer queue");
        }
        channel.queue.clear();
        for (std::uint64_t number = 0; number < queued; ++number) {
            Command& command = channel.queue.push();
            reader.bytes("lines", command.lines);
            command.ring = static_cast<std::uint32_t>(reader.value("ring"));
            command.tag = static_cast<std::uint32_t>(reader.value("tag"));
        }
        if (queued != 0) {
            channel.running = decode(channel.queue.front().lines);
        }
    }
    reader.end();
}

}  // namespace athena::dma
