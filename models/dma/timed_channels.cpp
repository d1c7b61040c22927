// SPDX-License-Identifier: Apache-2.0
#include "dma/timed_channels.h"

#include <algorithm>
#include <bit>
#include <string>

namespace athena::dma {

namespace {

constexpr std::uint64_t kNone = ~std::uint64_t{0};
// A square is 64 bursts and more: one is read while the one before is written.
constexpr std::size_t kSquares = 2;

}  // namespace

TimedChannels::TimedChannels(const std::string& name, const Config& config,
                             base::EventQueue& events, base::InitiatorSocket& fabric,
                             TransferHost& host)
    : config_(config),
      clock_(config.clock_hz),
      events_(events),
      id_(events.add_target(name, *this)),
      fabric_(fabric),
      host_(host),
      channels_(config.channels) {}

TimedChannels::~TimedChannels() {
    for (Access& access : accesses_) {
        access.clear_extension(&access.origin);
        access.clear_extension(&access.route);
    }
}

void TimedChannels::begin(std::uint32_t index, const Transfer& transfer, std::uint32_t ring,
                          std::uint32_t tag, bool careful) {
    Channel& channel = channels_[index];
    channel.transfer = &transfer;
    channel.ring = ring;
    channel.tag = tag;
    channel.careful = careful;
    channel.pieces = Pieces(transfer, kBurstBytes);
    channel.result = {};
    if (transfer.fills()) {
        repeat_pattern(transfer, channel.pattern, kBurstBytes);
    }
    look_at(index);
    finish_if_done(index);  // it may be empty
    issue();
}

void TimedChannels::reset() {
    events_.cancel(id_, kIssue);
    issue_at_ = 0;
    for (Channel& channel : channels_) {
        drop_window(channel);
        channel.transfer = nullptr;
        channel.open = 0;
    }
    for (Access& access : accesses_) {
        access.channel = kNobody;
        access.set_command(tlm::TLM_IGNORE_COMMAND);
    }
}

void TimedChannels::drop_window(Channel& channel) {
    for (const std::uint32_t slot : channel.window) {
        free_slots_.push_back(slot);
    }
    channel.window.clear();
    channel.reading = 0;
    channel.writing = 0;
}

bool TimedChannels::may_send(const Channel& channel) const {
    return channel.transfer != nullptr && channel.result.status == Status::Ok &&
           channel.open < (channel.careful ? 1 : config_.outstanding);
}

// A further piece, if there is one and room for it.
void TimedChannels::open_window(Channel& channel) {
    const std::size_t most = channel.careful               ? 1
                             : channel.transfer->transpose ? kSquares
                                                           : config_.outstanding;
    if (channel.pieces.done() || channel.window.size() == most) {
        return;
    }
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t number = free_slots_.back();
    free_slots_.pop_back();
    Slot& slot = slots_[number];
    slot.piece = channel.pieces.next();
    slot.data.resize(std::max(slot.data.size(), slot.piece.bytes()));
    slot.reads = Bursts(slot.piece.source, kBurstBytes);
    slot.destinations = channel.transfer->multicast;
    slot.writes = {};
    slot.repeats = false;
    slot.reads_open = 0;  // a reset may have forgotten some
    slot.writes_open = 0;
    channel.window.push(number);
}

bool TimedChannels::wants_to_read(Channel& channel) {
    if (!may_send(channel) || channel.transfer->fills()) {
        return false;
    }
    if (channel.reading == channel.window.size()) {
        open_window(channel);
    }
    return channel.reading < channel.window.size();
}

bool TimedChannels::wants_to_write(Channel& channel) {
    if (!may_send(channel)) {
        return false;
    }
    if (channel.writing == channel.window.size() && channel.transfer->fills()) {
        open_window(channel);
    }
    if (channel.writing == channel.window.size()) {
        return false;
    }
    const Slot& slot = slots_[channel.window[channel.writing]];
    return slot.reads.done() && slot.reads_open == 0;
}

bool TimedChannels::repeats(const Channel& channel) const {
    const Slot& slot = slots_[channel.window[channel.writing]];
    return slot.writes.done() ? slot.destinations != channel.transfer->multicast : slot.repeats;
}

// Round robin over the channels' reads and writes, as far as the data path has room.
void TimedChannels::issue() {
    if (issuing_) {
        return;  // the loop below sees what has changed
    }
    issuing_ = true;
    const std::uint64_t now = cycle_now();
    std::uint64_t next = kNone;
    for (bool sent = true; sent && open_request_ == nullptr;) {
        sent = false;
        next = kNone;
        for (std::uint32_t left = senders_; left != 0 && !sent;) {
            const std::uint32_t behind = left & ~std::uint32_t{1} << last_;
            const auto sender =
                static_cast<std::uint32_t>(std::countr_zero(behind != 0 ? behind : left));
            left &= ~(std::uint32_t{1} << sender);
            const bool writes = sender % 2 != 0;
            Channel& channel = channels_[sender / 2];
            if (!(writes ? wants_to_write(channel) : wants_to_read(channel))) {
                senders_ &= ~(std::uint32_t{1} << sender);
                continue;
            }
            const std::uint64_t ready = !writes ? read_free_ : repeats(channel) ? now : write_free_;
            if (ready > now) {
                next = std::min(next, ready);
                continue;
            }
            last_ = sender;
            writes ? send_write(sender / 2) : send_read(sender / 2);
            sent = true;
        }
    }
    issuing_ = false;
    if (open_request_ == nullptr && next != kNone && next != issue_at_) {
        issue_at_ = next;
        events_.schedule(clock_.at({next}), id_, kIssue);
    }
}

void TimedChannels::send_read(std::uint32_t index) {
    Channel& channel = channels_[index];
    const std::uint32_t number = channel.window[channel.reading];
    Slot& slot = slots_[number];
    const Burst burst = slot.reads.next();
    ++slot.reads_open;
    if (slot.reads.done()) {
        ++channel.reading;
    }
    send(index, number, tlm::TLM_READ_COMMAND, burst, &slot.data[burst.offset]);
}

// The next destination of a piece.
void TimedChannels::begin_destination(const Channel& channel, Slot& slot) const {
    slot.repeats = slot.destinations != channel.transfer->multicast;
    const auto bit = static_cast<std::uint64_t>(std::countr_zero(slot.destinations));
    slot.destinations &= slot.destinations - 1;
    base::Rows rows = slot.piece.destination;
    rows.first += bit * channel.transfer->multicast_stride;
    slot.writes = Bursts(rows, kBurstBytes);
}

void TimedChannels::send_write(std::uint32_t index) {
    Channel& channel = channels_[index];
    const std::uint32_t number = channel.window[channel.writing];
    Slot& slot = slots_[number];
    if (slot.writes.done()) {
        begin_destination(channel, slot);
    }
    const Burst burst = slot.writes.next();
    ++slot.writes_open;
    if (is_written(slot)) {
        ++channel.writing;
    }
    std::byte* data = channel.transfer->fills()     ? &channel.pattern[slot.piece.pattern_from]
                      : channel.transfer->transpose ? slot.turned.data()
                                                    : slot.data.data();
    send(index, number, tlm::TLM_WRITE_COMMAND, burst, data + burst.offset);
}

void TimedChannels::send(std::uint32_t index, std::uint32_t slot, tlm::tlm_command command,
                         const Burst& burst, std::byte* data) {
    Channel& channel = channels_[index];
    ++channel.open;
    const std::uint64_t beats =
        (burst.length + config_.bytes_per_cycle - 1) / config_.bytes_per_cycle;
    const bool repeats = command == tlm::TLM_WRITE_COMMAND && slots_[slot].repeats;
    if (!repeats) {
        (command == tlm::TLM_WRITE_COMMAND ? write_free_ : read_free_) = cycle_now() + beats;
    }
    if (free_accesses_.empty()) {
        Access& access = accesses_.emplace_back();
        access.number = static_cast<std::uint32_t>(accesses_.size() - 1);
        access.origin.initiator = config_.initiator_id;
        access.set_extension(&access.origin);
        access.set_extension(&access.route);
        free_accesses_.push_back(access.number);
    }
    Access& access = accesses_[free_accesses_.back()];
    free_accesses_.pop_back();
    access.channel = index;
    access.slot = slot;
    access.route.set_repeats(repeats);
    access.origin.ring = channel.ring;
    access.origin.tag = channel.tag;
    access.set_command(command);
    access.set_address(burst.address);
    access.set_data_ptr(reinterpret_cast<unsigned char*>(data));
    access.set_data_length(static_cast<unsigned>(burst.length));
    access.set_streaming_width(static_cast<unsigned>(burst.length));
    access.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    open_request_ = &access;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    const auto answer = fabric_.request(access, phase, delay);
    if (answer == tlm::TLM_ACCEPTED) {
        return;
    }
    open_request_ = nullptr;
    if (answer == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP) {
        const base::Picoseconds then = events_.now() + base::Picoseconds{delay.value()};
        events_.schedule(then, id_, kReturn, access.number);
    }
}

tlm::tlm_sync_enum TimedChannels::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                                  tlm::tlm_phase& phase,
                                                  const sc_core::sc_time& delay) {
    auto& access = static_cast<Access&>(payload);
    if (open_request_ == &access) {
        open_request_ = nullptr;
    }
    if (phase == tlm::BEGIN_RESP) {
        if (delay == sc_core::SC_ZERO_TIME) {
            respond(access);
        } else {
            events_.schedule(events_.now() + base::Picoseconds{delay.value()}, id_, kReturn,
                             access.number);
        }
        issue();
        return tlm::TLM_COMPLETED;
    }
    issue();
    return tlm::TLM_ACCEPTED;
}

void TimedChannels::on_event(std::uint32_t kind, std::uint64_t payload) {
    if (kind == kReturn) {
        respond(accesses_[payload]);
    }
    issue();
}

void TimedChannels::respond(Access& access) {
    free_accesses_.push_back(access.number);
    const std::uint32_t index = access.channel;
    if (index == kNobody) {
        return;  // of before a reset
    }
    Channel& channel = channels_[index];
    Slot& slot = slots_[access.slot];
    --channel.open;
    look_at(index);
    if (!access.is_response_ok()) {
        if (channel.result.status == Status::Ok) {
            channel.result.status = access.is_write() ? Status::WriteError : Status::ReadError;
            channel.result.write = access.is_write();
            channel.result.address = access.get_address();
        }
    } else if (access.is_write()) {
        channel.result.bytes_written += access.get_data_length();
    }
    if (access.is_write()) {
        --slot.writes_open;
    } else if (--slot.reads_open == 0 && slot.reads.done()) {
        read_done(channel, slot);
    }
    finish_if_done(index);
}

void TimedChannels::read_done(Channel& channel, Slot& slot) {
    if (channel.transfer->transpose) {
        const std::uint64_t bytes = slot.piece.bytes();
        slot.turned.resize(std::max(slot.turned.size(), bytes));
        turn(std::span(slot.data).first(bytes), std::span(slot.turned).first(bytes),
             slot.piece.source.count, slot.piece.destination.count,
             channel.transfer->element_bytes);
    }
}

void TimedChannels::finish_if_done(std::uint32_t index) {
    Channel& channel = channels_[index];
    while (!channel.window.empty()) {
        const Slot& oldest = slots_[channel.window.front()];
        if (channel.writing == 0 || oldest.writes_open != 0) {
            break;
        }
        free_slots_.push_back(channel.window.front());
        channel.window.pop();
        --channel.writing;
        channel.reading -= channel.reading == 0 ? 0 : 1;
    }
    const bool failed = channel.result.status != Status::Ok;
    if (channel.open != 0 || !(failed || (channel.pieces.done() && channel.window.empty()))) {
        return;
    }
    drop_window(channel);
    channel.transfer = nullptr;
    const TransferResult result = channel.result;
    host_.transferred(index, result);
}

}  // namespace athena::dma
