// SPDX-License-Identifier: Apache-2.0
#include "dma/dma_engine.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/state.h"
#include "regs/dma_regs.h"

namespace athena::dma {

namespace {

namespace regs = athena::regs::dma;

constexpr std::uint64_t kQueueEnd = regs::kQueueOffset + regs::kQueueCount * regs::kQueueStride;

constexpr std::uint32_t kStateVersion = 2;

}  // namespace

DmaEngine::DmaEngine(const sc_core::sc_module_name& name, const Config& config,
                     base::EventQueue& events, base::Diagnostics& diagnostics)
    : sc_core::sc_module(name),
      socket("socket", *this),
      fabric("fabric", *this),
      completion("completion", *this),
      config_(config),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      diagnostics_(diagnostics),
      registers_(regs::kRegisters),
      channels_(config.channels) {
    origin_.initiator = config.initiator_id;
    payload_.set_extension(&origin_);
    loan_payload_.set_extension(&origin_);
    loan_payload_.set_extension(&loan_);
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
    const auto channel = static_cast<std::uint32_t>(offset / regs::kQueueStride);
    const bool whole_line = payload.is_write() && offset % regs::kQueueStride == 0 &&
                            payload.get_data_length() == sizeof(Line) &&
                            payload.get_streaming_width() >= sizeof(Line) &&
                            payload.get_byte_enable_ptr() == nullptr;
    if (!whole_line || channel >= channels_.size() ||
        channels_[channel].queue.size() >= config_.queue_depth) {
        diagnostics_.guest_fault(name(), "QUEUE of channel " + std::to_string(channel) +
                                             ": not one 64-byte write to a channel with room");
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    Command command{};
    std::memcpy(command.line.data(), payload.get_data_ptr(), command.line.size());
    const auto* origin = payload.get_extension<base::Origin>();
    command.ring = origin != nullptr ? origin->ring : base::Origin::kNoRing;
    channels_[channel].queue.push_back(command);
    if (channels_[channel].queue.size() == 1) {
        start(channel);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void DmaEngine::start(std::uint32_t channel) {
    const DecodedCopy decoded = decode_copy(channels_[channel].queue.front().line);
    std::uint64_t cycles = config_.launch_cycles;
    if (decoded.status == Status::Ok) {
        cycles += copy_beats(decoded.copy, config_.bytes_per_cycle);
    }
    channels_[channel].counters.busy_cycles += cycles;
    const base::Cycles end = clock_.next_edge(events_.now()) + base::Cycles{cycles};
    events_.schedule(clock_.at(end), id_, kDone, channel);
}

void DmaEngine::on_event(std::uint32_t /*kind*/, std::uint64_t channel) {
    finish(static_cast<std::uint32_t>(channel));
}

// The whole copy happens at the instant of its end: nobody can see a part of it (DESIGN section 3,
// "Host threads").
void DmaEngine::finish(std::uint32_t index) {
    Channel& channel = channels_[index];
    const DecodedCopy decoded = decode_copy(channel.queue.front().line);
    CopyResult result{.status = decoded.status, .address = 0, .bytes_written = 0};
    if (decoded.status == Status::Ok) {
        origin_.ring = channel.queue.front().ring;
        origin_.tag = decoded.copy.tag;
        if (const auto address = refused_of(decoded.copy)) {
            result = {Status::NotGranted, *address, 0};
        } else if (!copy_by_loan(decoded.copy, result)) {
            result = run_copy(decoded.copy, *this, buffer_);
        }
    }
    channel.counters.bytes += result.bytes_written;
    ++channel.counters.commands;
    if (result.status != Status::Ok) {
        record_error(index, decoded.copy.tag, result);
    }
    channel.queue.pop_front();
    if (!channel.queue.empty()) {
        start(index);
    }
    send_completion(decoded.copy.tag, result);
}

// The first address that the command's ring was not granted.
std::optional<std::uint64_t> DmaEngine::refused_of(const Copy& copy) {
    if (protection_ == nullptr || copy.empty()) {
        return std::nullopt;
    }
    auto address = base::refused(*protection_, origin_.ring, false, source_rows(copy));
    if (!address) {
        address = base::refused(*protection_, origin_.ring, true, destination_rows(copy));
    }
    return address;
}

// Null: to be accessed burst by burst.
std::byte* DmaEngine::borrow(tlm::tlm_command command, const Extent& extent) {
    loan_.length = extent.last - extent.first + 1;
    loan_payload_.set_command(command);
    loan_payload_.set_address(extent.first);
    tlm::tlm_dmi dmi;
    const bool granted = fabric->get_direct_mem_ptr(loan_payload_, dmi) &&
                         dmi.get_start_address() == extent.first &&
                         dmi.get_end_address() >= extent.last;
    return granted ? reinterpret_cast<std::byte*>(dmi.get_dmi_ptr()) : nullptr;
}

// With the same effect as bursts that are all served; false: nothing has been done.
bool DmaEngine::copy_by_loan(const Copy& copy, CopyResult& result) {
    if (copy.empty()) {
        return false;
    }
    loan_.counter = nullptr;
    const std::byte* const source = borrow(tlm::TLM_READ_COMMAND, source_extent(copy));
    std::uint64_t* const read = std::exchange(loan_.counter, nullptr);
    std::byte* const destination =
        source == nullptr ? nullptr : borrow(tlm::TLM_WRITE_COMMAND, destination_extent(copy));
    if (destination == nullptr || read == nullptr || loan_.counter == nullptr) {
        return false;
    }
    copy_directly(copy, source, destination, buffer_);
    result.bytes_written = std::uint64_t{copy.columns} * copy.rows * copy.element_bytes;
    *read += result.bytes_written;
    *loan_.counter += result.bytes_written;
    return true;
}

void DmaEngine::record_error(std::uint32_t index, std::uint32_t tag, const CopyResult& result) {
    ++channels_[index].counters.errors;
    registers_.set(regs::kChannelErrorStatusIndex, static_cast<std::uint32_t>(result.status),
                   index);
    registers_.set(regs::kChannelErrorTagIndex, tag, index);
    registers_.set(regs::kChannelErrorAddressIndex, result.address, index);
}

void DmaEngine::send_completion(std::uint32_t tag, const CopyResult& result) {
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
    completion->b_transport(payload_, delay);
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
    fabric->b_transport(payload_, delay);
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
        for (const Command& command : channel.queue) {
            writer.bytes("line", command.line);
            writer.value("ring", command.ring);
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
        channel.queue.resize(reader.value("queued"));
        for (Command& command : channel.queue) {
            reader.bytes("line", command.line);
            command.ring = static_cast<std::uint32_t>(reader.value("ring"));
        }
    }
    reader.end();
}

}  // namespace athena::dma
