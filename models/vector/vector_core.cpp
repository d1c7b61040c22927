// SPDX-License-Identifier: Apache-2.0
#include "vector/vector_core.h"

#include <algorithm>
#include <cstring>

#include "base/origin.h"
#include "base/state.h"
#include "regs/vector_regs.h"

namespace athena::vector {

namespace {

namespace regs = athena::regs::vector;

constexpr std::uint32_t kStateVersion = 3;

}  // namespace

VectorCore::VectorCore(const sc_core::sc_module_name& name, const Config& config,
                       memory::SharedSram& sram, base::EventQueue& events,
                       base::Diagnostics& diagnostics, base::HostThreads& threads)
    : sc_core::sc_module(name),
      socket("socket", *this),
      completion("completion", *this),
      config_(config),
      sram_(sram),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      diagnostics_(diagnostics),
      registers_(regs::kRegisters),
      kernel_(threads, sram.bytes(), sram.lane()) {
    sram.settle_first(kernel_);
    bind_registers();
    reset();
}

void VectorCore::bind_registers() {
    registers_.on_read(regs::kStatusIndex, [this](unsigned, std::uint64_t) {
        return (queue_.empty() ? 0u : regs::kStatusBusyMask) | std::uint64_t{queue_.size()}
                                                                   << regs::kStatusLevelShift;
    });
    const auto counter = [this](unsigned index, std::uint64_t Counters::*member) {
        registers_.on_read(index,
                           [this, member](unsigned, std::uint64_t) { return counters_.*member; });
    };
    counter(regs::kCommandsIndex, &Counters::commands);
    counter(regs::kElementsIndex, &Counters::elements);
    counter(regs::kBusyCyclesIndex, &Counters::busy_cycles);
}

void VectorCore::reset() {
    events_.cancel(id_, kDone);
    kernel_.end();
    queue_.clear();
    sram_.release(config_.owner);
    before_reset_.commands += counters_.commands;
    before_reset_.elements += counters_.elements;
    before_reset_.busy_cycles += counters_.busy_cycles;
    before_reset_.errors += counters_.errors;
    counters_ = {};
    registers_.reset();
    registers_.set(regs::kCapsIndex, config_.lanes << regs::kCapsLanesShift |
                                         config_.queue_depth << regs::kCapsQueueDepthShift);
}

void VectorCore::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& /*delay*/) {
    const std::uint64_t address = payload.get_address();
    if (address >= regs::kQueueOffset && address < regs::kQueueOffset + sizeof(Lines)) {
        push(payload);
    } else {
        registers_.transport(payload);
    }
}

unsigned VectorCore::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return registers_.transport_dbg(payload);
}

void VectorCore::push(tlm::tlm_generic_payload& payload) {
    const bool whole = payload.is_write() && payload.get_address() == regs::kQueueOffset &&
                       payload.get_data_length() == sizeof(Lines) &&
                       payload.get_streaming_width() >= sizeof(Lines) &&
                       payload.get_byte_enable_ptr() == nullptr;
    if (!whole || queue_.size() >= config_.queue_depth) {
        diagnostics_.guest_fault(name(), "QUEUE: not one 128-byte write to a core with room");
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    Queued& queued = queue_.push();
    std::memcpy(queued.lines.data(), payload.get_data_ptr(), queued.lines.size());
    const auto* origin = payload.get_extension<base::Origin>();
    queued.ring = origin != nullptr ? origin->ring : base::Origin::kNoRing;
    if (queue_.size() == 1) {
        start();
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

// From start to completion the operands are the command's own (DESIGN section 3, "Host threads").
void VectorCore::take_claims() {
    std::array<memory::SharedSram::Claim, kPlaces> claims{};
    std::size_t count = 0;
    for (std::size_t place = 0; place < kPlaces; ++place) {
        const Range range = running_.command.operands[place].range();
        if (!range.empty()) {
            claims[count++] = {range.begin, range.end, place >= kOut};
        }
    }
    if (!sram_.claim(config_.owner, std::span(claims).first(count))) {
        running_.status = Status::InFlight;
    }
}

// The first address of the board that the command's ring was not granted. Of results only writing
// is asked for, also where they are read: what is read stays there.
std::optional<std::uint64_t> VectorCore::refused_operand() const {
    if (protection_ == nullptr) {
        return std::nullopt;
    }
    for (std::size_t place = 0; place < kPlaces; ++place) {
        const Operand& operand = running_.command.operands[place];
        if (operand.range().empty()) {
            continue;
        }
        const base::Rows rows{sram_address_ + operand.address, operand.row_bytes, operand.rows,
                              operand.ld};
        if (const auto address =
                base::refused(*protection_, queue_.front().ring, place >= kOut, rows)) {
            return address;
        }
    }
    return std::nullopt;
}

void VectorCore::start() {
    decode_vector(queue_.front().lines, sram_.config().size, running_);
    refused_address_ = 0;
    if (running_.status == Status::Ok) {
        // Before the claims, which would keep others from what was not granted.
        if (const auto address = refused_operand()) {
            running_.status = Status::NotGranted;
            refused_address_ = *address;
        } else {
            take_claims();
        }
    }
    std::uint64_t cycles = config_.launch_cycles;
    if (running_.status == Status::Ok) {
        cycles += vector_cycles(running_.command, config_.lanes);
        kernel_.begin(running_.command);
    }
    counters_.busy_cycles += cycles;
    const base::Cycles end = clock_.next_edge(events_.now()) + base::Cycles{cycles};
    events_.schedule(clock_.at(end), id_, kDone);
}

void VectorCore::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    finish();
}

void VectorCore::finish() {
    const Status status = running_.status;
    const std::uint64_t address = refused_address_;
    const std::uint32_t tag = running_.command.tag;
    if (status == Status::Ok) {
        kernel_.end();
        counters_.elements += std::uint64_t{running_.command.rows} * running_.command.columns;
    } else {
        ++counters_.errors;
        registers_.set(regs::kErrorStatusIndex, static_cast<std::uint32_t>(status));
        registers_.set(regs::kErrorTagIndex, tag);
        registers_.set(regs::kErrorAddressIndex, address);
    }
    sram_.release(config_.owner);
    ++counters_.commands;
    queue_.pop();
    if (!queue_.empty()) {
        start();
    }
    send_completion(tag, status, address);
}

void VectorCore::send_completion(std::uint32_t tag, Status status, std::uint64_t address) {
    std::array<unsigned char, 16> record{};
    const auto number = static_cast<std::uint32_t>(status);
    std::memcpy(&record[0], &tag, 4);
    std::memcpy(&record[4], &number, 4);
    std::memcpy(&record[8], &address, 8);
    record_.set_command(tlm::TLM_WRITE_COMMAND);
    record_.set_address(0);
    record_.set_data_ptr(record.data());
    record_.set_data_length(record.size());
    record_.set_streaming_width(record.size());
    record_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    completion.send(record_, delay);
}

void VectorCore::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("commands", before_reset_.commands + counters_.commands);
    visitor.counter("elements", before_reset_.elements + counters_.elements);
    visitor.counter("busy_cycles", before_reset_.busy_cycles + counters_.busy_cycles);
    visitor.counter("errors", before_reset_.errors + counters_.errors);
}

void VectorCore::save(base::StateWriter& writer) const {
    sram_.lane().settle();
    kernel_.settle();
    writer.begin("vector_core", kStateVersion);
    registers_.save(writer);
    for (const Counters* counters : {&counters_, &before_reset_}) {
        writer.value("commands", counters->commands);
        writer.value("elements", counters->elements);
        writer.value("busy_cycles", counters->busy_cycles);
        writer.value("errors", counters->errors);
    }
    writer.value("status", static_cast<std::uint64_t>(running_.status));
    writer.value("written", kernel_.is_done() ? 1 : 0);
    writer.value("refused_address", refused_address_);
    writer.value("queued", queue_.size());
    for (const Queued& queued : queue_) {
        writer.bytes("lines", queued.lines);
        writer.value("ring", queued.ring);
    }
    writer.end();
}

void VectorCore::load(base::StateReader& reader) {
    kernel_.end();
    reader.begin("vector_core", kStateVersion);
    registers_.load(reader);
    for (Counters* counters : {&counters_, &before_reset_}) {
        counters->commands = reader.value("commands");
        counters->elements = reader.value("elements");
        counters->busy_cycles = reader.value("busy_cycles");
        counters->errors = reader.value("errors");
    }
    const auto status = static_cast<Status>(reader.value("status"));
    const bool written = reader.value("written") != 0;
    refused_address_ = reader.value("refused_address");
    queue_.clear();
    for (std::uint64_t left = reader.value("queued"); left != 0; --left) {
        Queued& queued = queue_.push();
        reader.bytes("lines", queued.lines);
        queued.ring = static_cast<std::uint32_t>(reader.value("ring"));
    }
    reader.end();
    sram_.release(config_.owner);
    if (queue_.empty()) {
        return;
    }
    decode_vector(queue_.front().lines, sram_.config().size, running_);
    running_.status = status;
    if (status == Status::Ok) {
        take_claims();
        if (written) {
            kernel_.restore(true);
        } else {
            kernel_.begin(running_.command);
        }
    }
}

}  // namespace athena::vector
