// SPDX-License-Identifier: Apache-2.0
#include "tile/tile.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/loan.h"
#include "base/origin.h"
#include "base/state.h"
#include "regs/tile_regs.h"
#include "tile/functional_tile.h"
#include "tile/lockstep_tile.h"
#include "tile/rtl_tile.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kNever = ~std::uint64_t{0};
/// Without another event in sight a batch ends after so many cycles.
constexpr std::uint64_t kLongestBatch = 4096;
constexpr std::uint64_t kBurstBoundary = 4096;  // IHI 0022, A3.4.1

std::uint64_t respond_payload(std::uint32_t ticket, bool ok) {
    return std::uint64_t{ticket} << 1 | (ok ? 1 : 0);
}

std::byte* bytes_of(tlm::tlm_generic_payload& payload) {
    return reinterpret_cast<std::byte*>(payload.get_data_ptr());
}

bool is_plain(const tlm::tlm_generic_payload& payload) {
    return payload.get_byte_enable_ptr() == nullptr &&
           payload.get_streaming_width() >= payload.get_data_length();
}

bool is_enabled(const tlm::tlm_generic_payload& payload, unsigned index) {
    const unsigned char* enables = payload.get_byte_enable_ptr();
    return enables == nullptr ||
           enables[index % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED;
}

}  // namespace

Tile::Tile(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
           base::Diagnostics& diagnostics, base::HostThreads& threads, TileClock* rtl_clock,
           base::Backlog::Lane lane)
    : sc_core::sc_module(name),
      socket("socket", *this),
      completion("completion", *this),
      config_(config),
      mode_(config.mode),
      wanted_(config.mode),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      diagnostics_(diagnostics),
      threads_(threads),
      rtl_clock_(rtl_clock),
      lane_(lane),
      implementation_(make(config.mode)),
      transfers_(socket) {
    if (rtl_clock_ != nullptr) {
        rtl_clock_->add(*this);
    }
    // A mode that does not exist is told now, not when it is its turn.
    for (const ModeChange& change : config.changes) {
        check(change.mode);
    }
}

void Tile::reset() {
    events_.cancel(id_, kAdvance);
    events_.cancel(id_, kDeliver);
    armed_ = kNever;
    drop_transfers();
    commands_.clear();
    undelivered_.clear();
    counters_.busy_cycles_before_reset += implementation_->busy_cycles(cycle_now());
    implementation_->reset(cycle_now());
    reset_cycle_ = cycle_now();
    held_ = 0;
    carried_ = {};
    irq.set(false);
    proceed();
    take_outputs();
    arm();
}

base::Picoseconds Tile::time_of(std::uint64_t cycle) const {
    return clock_.at({cycle});
}

void Tile::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& delay) {
    std::uint64_t cycle = cycle_now();
    const std::uint64_t address = payload.get_address();
    const std::uint64_t length = payload.get_data_length();
    if (length == 0 || payload.get_streaming_width() == 0) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    } else if (address < config_.l1_bytes) {
        payload.set_response_status(access_l1(payload, cycle));
    } else if (address >= kRegistersWindow && address < kRegistersWindow + kWindowSize) {
        payload.set_response_status(access_register(payload, cycle));
    } else if (address >= kQueueWindow && address < kQueueWindow + kWindowSize) {
        payload.set_response_status(push(payload, cycle));
    } else {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    settle();
    const base::Picoseconds end = time_of(cycle);
    if (end > events_.now()) {
        delay += sc_core::sc_time::from_value((end - events_.now()).value);
    }
}

// After an access.
void Tile::settle() {
    take_outputs();
    arm();
    proceed();
    begin_kernel();
}

tlm::tlm_sync_enum Tile::nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                         tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::END_RESP) {
        transfers_.end_response();
    }
    if (phase != tlm::BEGIN_REQ) {
        return tlm::TLM_COMPLETED;
    }
    if (delay != sc_core::SC_ZERO_TIME || !overlaps(payload)) {
        return base::Target::nb_transport_fw(port, payload, phase, delay);
    }
    (payload.is_write() ? counters_.bytes_written : counters_.bytes_read) +=
        payload.get_data_length();
    const Transfers::Begun begun = transfers_.begin(payload);
    implementation_->begin(cycle_now(), {payload.get_address(), payload.is_write(), begun.data},
                           begun.ticket);
    settle();
    if (!begun.request_ends) {
        return tlm::TLM_ACCEPTED;
    }
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

// A burst of the port. While a change of mode waits for the tile to drain, accesses are served one
// at a time, so that it comes.
bool Tile::overlaps(const tlm::tlm_generic_payload& payload) const {
    const std::uint64_t address = payload.get_address();
    const std::uint64_t length = payload.get_data_length();
    return length != 0 && length <= kBurstBoundary - address % kBurstBoundary &&
           address < config_.l1_bytes && length <= config_.l1_bytes - address &&
           payload.get_command() != tlm::TLM_IGNORE_COMMAND && is_plain(payload) &&
           wanted_ == mode_ && !in_flight(payload);
}

// Who waits for them is told that they have failed, behind the reset.
void Tile::drop_transfers() {
    events_.cancel(id_, kTransfer);
    events_.cancel(id_, kRespond);
    transfers_armed_ = kNever;
    transfers_.each([&](std::uint32_t ticket) {
        events_.schedule(events_.now(), id_, kRespond, respond_payload(ticket, false));
    });
}

tlm::tlm_response_status Tile::access_l1(tlm::tlm_generic_payload& payload, std::uint64_t& cycle) {
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    const unsigned width = std::min(length, payload.get_streaming_width());
    if (width > config_.l1_bytes - address) {
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
    if (in_flight(payload)) {
        report_in_flight(payload);
        return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    if (is_plain(payload)) {
        cycle = implementation_
                    ->access(cycle, {address, payload.is_write(), {bytes_of(payload), length}})
                    .cycle;
    } else {
        access_piecewise(payload, cycle);
    }
    (payload.is_write() ? counters_.bytes_written : counters_.bytes_read) += length;
    return tlm::TLM_OK_RESPONSE;
}

// Byte enables and streaming (IEEE 1666, 14.16 and 14.17): an access of the port for each piece
// of the streaming width.
void Tile::access_piecewise(tlm::tlm_generic_payload& payload, std::uint64_t& cycle) {
    const unsigned length = payload.get_data_length();
    const unsigned width = std::min(length, payload.get_streaming_width());
    for (unsigned done = 0; done < length; done += width) {
        const unsigned size = std::min(width, length - done);
        const std::span data(bytes_of(payload) + done, size);
        enables_.resize(size);
        for (unsigned i = 0; i < size; ++i) {
            enables_[i] = is_enabled(payload, done + i) ? 1 : 0;
        }
        if (payload.is_write()) {
            cycle =
                implementation_->access(cycle, {payload.get_address(), true, data, enables_}).cycle;
            continue;
        }
        scratch_.resize(size);
        cycle = implementation_->access(cycle, {payload.get_address(), false, scratch_}).cycle;
        for (unsigned i = 0; i < size; ++i) {
            data[i] = enables_[i] != 0 ? scratch_[i] : data[i];
        }
    }
}

// The oldest command's operands refuse writes, its result any access (DESIGN section 3).
bool Tile::refuses(Range touched, bool write) const {
    if (commands_.empty() || commands_.front().decoded.status != Status::Ok ||
        commands_.front().aborted) {
        return false;
    }
    const Matmul& matmul = commands_.front().decoded.matmul;
    return touched.meets(matmul.c.range()) ||
           (write && (matmul.a.meets(touched) || matmul.b.meets(touched)));
}

bool Tile::in_flight(const tlm::tlm_generic_payload& payload) const {
    const auto refused = [&](Range touched) { return refuses(touched, payload.is_write()); };
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    const unsigned width = std::min(length, payload.get_streaming_width());
    if (payload.get_byte_enable_ptr() == nullptr) {
        return refused({address, address + width});
    }
    for (unsigned i = 0; i < length; ++i) {
        const std::uint64_t byte = address + i % width;
        if (is_enabled(payload, i) && refused({byte, byte + 1})) {
            return true;
        }
    }
    return false;
}

void Tile::report_in_flight(const tlm::tlm_generic_payload& payload) {
    ++counters_.in_flight_faults;
    const auto* origin = payload.get_extension<base::Origin>();
    std::string text = "range in flight: ";
    text += payload.is_write() ? "write" : "read";
    text += " of " + std::to_string(payload.get_data_length()) + " bytes at L1 offset " +
            std::to_string(payload.get_address());
    if (origin != nullptr) {
        text += " by initiator " + std::to_string(origin->initiator);
    }
    text += " while command " + std::to_string(commands_.front().decoded.matmul.tag) + " runs";
    diagnostics_.guest_fault(name(), text);
}

tlm::tlm_response_status Tile::access_register(tlm::tlm_generic_payload& payload,
                                               std::uint64_t& cycle) {
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (payload.get_byte_enable_ptr() != nullptr) {
        return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    }
    if (!is_plain(payload) || length > 8 || (length & (length - 1)) != 0 || address % length != 0) {
        return tlm::TLM_BURST_ERROR_RESPONSE;
    }
    // A copy, so that an error leaves the payload's data alone in every fidelity.
    std::array<std::byte, 8> value{};
    std::memcpy(value.data(), payload.get_data_ptr(), length);
    const Request request{address, payload.is_write(), std::span(value).first(length)};
    const Response response = access_registers(cycle, request);
    cycle = response.cycle;
    if (!response.ok) {
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
    if (payload.is_read()) {
        std::memcpy(payload.get_data_ptr(), value.data(), length);
    }
    return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status Tile::push(tlm::tlm_generic_payload& payload, std::uint64_t& cycle) {
    const bool whole_line = payload.is_write() && payload.get_address() % kBeatBytes == 0 &&
                            payload.get_data_length() == kBeatBytes && is_plain(payload);
    if (!whole_line) {
        diagnostics_.guest_fault(name(), "command queue: not one aligned 64-byte write");
        return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    const std::span<std::byte, kBeatBytes> line(bytes_of(payload), kBeatBytes);
    const Response response = push_line(cycle, line);
    cycle = response.cycle;
    if (!response.ok && implementation_->failure().empty()) {
        ++counters_.refused;
        diagnostics_.guest_fault(name(), "command queue: full");
        return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    Command& command = commands_.push();
    std::ranges::copy(line, command.line.begin());
    command.aborted = false;
    decode_matmul(command.line, config_.l1_bytes, command.decoded);
    command.pushed = cycle_now();
    ++accepted_;
    return tlm::TLM_OK_RESPONSE;
}

bool Tile::get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    auto* loan = payload.get_extension<base::Loan>();
    const std::uint64_t address = payload.get_address();
    if (loan != nullptr && loan->only_asks && address <= config_.l1_bytes &&
        loan->length <= config_.l1_bytes - address &&
        !refuses({address, address + loan->length}, payload.is_write())) {
        return base::Loan::confirm(payload, loan->length, dmi);
    }
    const std::span<std::byte> cells = implementation_->cells();
    if (loan == nullptr || loan->only_asks || address > cells.size() ||
        loan->length > cells.size() - address ||
        refuses({address, address + loan->length}, payload.is_write())) {
        return base::Target::get_direct_mem_ptr(port, payload, dmi);
    }
    loan->wait_in(lane_);
    return loan->grant(payload, dmi, &cells[address],
                       payload.is_write() ? counters_.bytes_written : counters_.bytes_read);
}

unsigned Tile::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    if (address < config_.l1_bytes) {
        const std::uint64_t length =
            std::min<std::uint64_t>(payload.get_data_length(), config_.l1_bytes - address);
        const std::span data(bytes_of(payload), length);
        if (payload.is_write()) {
            implementation_->poke(address, data);
        } else if (payload.is_read()) {
            implementation_->peek(address, data);
        }
        return static_cast<unsigned>(length);
    }
    const unsigned size = payload.get_data_length();
    if (!payload.is_read() || size > 8 || address < kRegistersWindow || address >= kQueueWindow) {
        return 0;
    }
    const auto value = peek_register(address - kRegistersWindow, size);
    if (!value) {
        return 0;
    }
    std::memcpy(payload.get_data_ptr(), &*value, size);
    return size;
}

void Tile::on_event(std::uint32_t kind, std::uint64_t payload) {
    switch (kind) {
        case kDeliver:
            deliver();
            proceed();
            begin_kernel();
            return;
        case kRespond:
            transfers_.end(static_cast<std::uint32_t>(payload / 2), payload % 2 != 0);
            proceed();
            return;
        case kTransfer:
            transfers_armed_ = kNever;
            break;
        default:
            armed_ = kNever;
    }
    if (!clocked()) {  // else the mode has changed meanwhile
        run_ahead();
    }
}

void Tile::run_ahead() {
    // Never beyond what the board does next: it may be an access (DESIGN section 3).
    const std::uint64_t present = cycle_now();
    const base::Picoseconds bound = events_.next_time();
    const std::uint64_t limit =
        bound == base::kNever ? present + kLongestBatch : clock_.elapsed(bound).value;
    implementation_->advance(std::min(limit, present + kLongestBatch));
    take_outputs();
    arm();
    proceed();
}

void Tile::after_clocks() {
    take_outputs();
    arm();
    proceed();
}

std::optional<std::uint64_t> Tile::next_cycle() const {
    return clocked() ? implementation_->next_output() : std::nullopt;
}

// Completions bring interrupts too. The oldest command that has not completed cannot have started
// before it was pushed, nor before the one before it completed.
std::uint64_t Tile::quiet_until() const {
    return std::min(commands_quiet_until(), implementation_->next_end().value_or(kNever));
}

std::uint64_t Tile::commands_quiet_until() const {
    const std::size_t completed = undelivered_records();
    if (completed >= commands_.size() - held_) {
        return kNever;
    }
    const Command& command = commands_[completed];
    const bool works = command.decoded.status == Status::Ok && !command.aborted;
    const std::uint64_t cycles =
        works ? command_cycles(command.decoded.matmul, {config_.rows, config_.cols})
              : kNothingCycles;
    return std::max(command.pushed, last_completion_) + cycles;
}

void Tile::arm() {
    arm_transfers();
    auto next = implementation_->next_output();
    if (next && mode_ == Mode::Timed && wanted_ == Mode::Timed) {
        const std::uint64_t quiet = commands_quiet_until();
        next = quiet == kNever ? std::nullopt : std::optional(std::max(*next, quiet));
    }
    if (next && clocked()) {
        rtl_clock_->arm(std::max(time_of(*next), events_.now()));
    } else if (next && *next < armed_) {
        if (armed_ != kNever) {
            events_.cancel(id_, kAdvance);  // an abort made it earlier
        }
        armed_ = *next;
        events_.schedule(std::max(time_of(*next), events_.now()), id_, kAdvance);
    }
}

// A timed tile is looked at where a transfer may end; others are clocked anyway.
void Tile::arm_transfers() {
    const auto next = mode_ == Mode::Timed ? implementation_->next_end() : std::nullopt;
    if (next && *next < transfers_armed_) {
        transfers_armed_ = *next;
        events_.schedule(std::max(time_of(*next), events_.now()), id_, kTransfer);
    }
}

void Tile::take_outputs() {
    std::vector<Output>& outputs = implementation_->outputs();
    for (const Output& output : outputs) {
        const base::Picoseconds when = std::max(time_of(output.cycle), events_.now());
        if (output.kind == Output::Kind::Transfer) {
            events_.schedule(when, id_, kRespond, respond_payload(output.ticket, output.ok));
            continue;
        }
        undelivered_.push(output);
        if (output.kind == Output::Kind::Completion) {
            carried_.completed(output.completion.status);
            last_completion_ = output.cycle;
        }
        events_.schedule(when, id_, kDeliver);
    }
    outputs.clear();
    if (!implementation_->failure().empty()) {
        diagnostics_.simulator_bug(name(), implementation_->failure());
    }
}

// The front command's ranges are refused to others: unless it has completed and only its record is
// still to be delivered.
void Tile::begin_kernel() {
    if (commands_.size() == held_ || commands_.front().decoded.status != Status::Ok ||
        commands_.front().aborted || undelivered_records() != 0) {
        return;
    }
    implementation_->begin_kernel(commands_.front().decoded.matmul);
}

std::size_t Tile::undelivered_records() const {
    return static_cast<std::size_t>(
        std::ranges::count(undelivered_, Output::Kind::Completion, &Output::kind));
}

void Tile::deliver() {
    const Output output = undelivered_.front();
    undelivered_.pop();
    if (output.kind == Output::Kind::Irq) {
        irq.set(output.irq_level);
    } else {
        complete(output.completion);
    }
}

void Tile::complete(const Completion& record) {
    if (commands_.empty()) {
        diagnostics_.simulator_bug(
            name(), "completion of tag " + std::to_string(record.tag) + " without a command");
        return;
    }
    ++counters_.commands;
    if (record.status == Status::Ok) {
        const Matmul& matmul = commands_.front().decoded.matmul;
        counters_.multiply_accumulates += matmul.m() * matmul.n() * matmul.k;
    } else {
        ++counters_.errors;
    }
    commands_.pop();
    std::array<unsigned char, 8> bytes{};
    const auto status = static_cast<std::uint32_t>(record.status);
    std::memcpy(bytes.data(), &record.tag, 4);
    std::memcpy(bytes.data() + 4, &status, 4);
    record_.set_command(tlm::TLM_WRITE_COMMAND);
    record_.set_address(0);
    record_.set_data_ptr(bytes.data());
    record_.set_data_length(bytes.size());
    record_.set_streaming_width(bytes.size());
    record_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    completion.send(record_, delay);
}

void Tile::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("commands", counters_.commands);
    visitor.counter("errors", counters_.errors);
    visitor.counter("refused", counters_.refused);
    visitor.counter("busy_cycles",
                    counters_.busy_cycles_before_reset + implementation_->busy_cycles(cycle_now()));
    visitor.counter("multiply_accumulates", counters_.multiply_accumulates);
    visitor.counter("bytes_read", counters_.bytes_read);
    visitor.counter("bytes_written", counters_.bytes_written);
    visitor.counter("in_flight_faults", counters_.in_flight_faults);
    report_lockstep(visitor);
}

}  // namespace athena::tile
