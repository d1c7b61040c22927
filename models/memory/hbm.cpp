// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm.h"

#include <algorithm>

namespace athena::memory {

namespace {

// Time is the controller's.
Memory::Config untimed(Memory::Config config) {
    config.latency = {};
    config.bytes_per_second = 0;
    config.grants_dmi = false;
    return config;
}

void report_channel(const HbmChannelCounters& counters, base::StatisticsVisitor& visitor) {
    visitor.counter("reads", counters.total(&HbmBankCounters::reads));
    visitor.counter("writes", counters.total(&HbmBankCounters::writes));
    visitor.counter("row_hits", counters.total(&HbmBankCounters::row_hits));
    visitor.counter("row_misses", counters.total(&HbmBankCounters::row_misses));
    visitor.counter("row_conflicts", counters.total(&HbmBankCounters::row_conflicts));
    std::uint64_t busy = 0;
    std::uint64_t refreshes = 0;
    for (const HbmPseudoChannelCounters& pseudo : counters.pseudo_channel) {
        busy += pseudo.bus_busy;
        refreshes += pseudo.refreshes;
    }
    visitor.counter("busy_cycles", busy);
    visitor.counter("refreshes", refreshes);
}

}  // namespace

Hbm::Hbm(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
         base::CodePages& code_pages, base::Backlog* backlog)
    : Memory(name, untimed(config.memory), code_pages, backlog),
      controller_(config.timing),
      tck_ps_(config.timing.tck_ps),
      events_(events),
      id_(events.add_target(this->name(), *this)),
      ports_(config.ports),
      channels_of_port_(controller_.channels() / config.ports) {
    for (std::uint32_t port = 1; port < ports_; ++port) {
        further_.emplace_back(("port" + std::to_string(port)).c_str(),
                              static_cast<base::Target&>(*this), port);
    }
}

std::uint32_t Hbm::place() {
    if (free_.empty()) {
        transactions_.emplace_back();
        return static_cast<std::uint32_t>(transactions_.size() - 1);
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
}

tlm::tlm_sync_enum Hbm::nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                        tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) {
        return tlm::TLM_COMPLETED;
    }
    if (!accepts(payload) || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        Memory::b_transport(port, payload, delay);  // which answers it
        return tlm::TLM_COMPLETED;
    }
    const std::uint32_t number = place();
    transactions_[number] = {.payload = &payload, .port = port, .next = payload.get_address()};
    if (!queue(number)) {
        return tlm::TLM_ACCEPTED;
    }
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

// Its requests, as far as queues have room; whether that is all.
bool Hbm::queue(std::uint32_t number) {
    Transaction& transaction = transactions_[number];
    const tlm::tlm_generic_payload& payload = *transaction.payload;
    const std::uint64_t end = payload.get_address() + payload.get_data_length();
    const HbmCycle now = cycle_now();
    while (transaction.next < end) {
        const std::uint64_t bytes = std::min<std::uint64_t>(
            end - transaction.next, controller_.contiguous(transaction.next));
        if (!controller_.accept(now, {.address = transaction.next,
                                      .bytes = static_cast<std::uint32_t>(bytes),
                                      .write = payload.is_write(),
                                      .handle = number})) {
            const HbmCycle then = std::max(controller_.next_command(transaction.next), now) + 1;
            events_.schedule(at(then), id_, kRetry, number);
            arm();
            return false;
        }
        ++transaction.requests_left;
        transaction.next += bytes;
    }
    transaction.ended = true;
    arm();
    return true;
}

void Hbm::retry(std::uint32_t number) {
    advance();
    if (queue(number)) {
        const Transaction& transaction = transactions_[number];
        tlm::tlm_phase phase = tlm::END_REQ;
        sc_core::sc_time delay;
        port_socket(transaction.port).answer(*transaction.payload, phase, delay);
    }
}

void Hbm::advance() {
    const HbmCycle now = cycle_now();
    while (const auto completion = controller_.advance(now)) {
        complete(static_cast<std::uint32_t>(completion->handle));
    }
}

void Hbm::complete(std::uint32_t number) {
    Transaction& transaction = transactions_[number];
    --transaction.requests_left;
    if (transaction.requests_left == 0 && transaction.ended) {
        respond(number);
    }
}

void Hbm::respond(std::uint32_t number) {
    const Transaction done = transactions_[number];
    free_.push_back(number);
    sc_core::sc_time delay;
    Memory::b_transport(done.port, *done.payload, delay);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    delay = sc_core::SC_ZERO_TIME;
    port_socket(done.port).answer(*done.payload, phase, delay);
}

void Hbm::arm() {
    const HbmCycle next = controller_.next_activity();
    if (next < armed_) {
        armed_ = next;
        events_.schedule(at(next), id_, kAdvance, next);
    }
}

void Hbm::on_event(std::uint32_t kind, std::uint64_t payload) {
    if (kind == kRetry) {
        retry(static_cast<std::uint32_t>(payload));
    } else if (payload == armed_) {  // else an earlier one has done it
        armed_ = kHbmNever;
        advance();
        arm();
    }
}

void Hbm::b_transport(unsigned port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    Memory::b_transport(port, payload, delay);
    payload.set_dmi_allowed(false);
    if (!payload.is_response_ok() || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        return;
    }
    const std::uint64_t end = payload.get_address() + payload.get_data_length();
    HbmCycle last = cycle_now();
    for (std::uint64_t address = payload.get_address(); address < end;) {
        const std::uint64_t bytes =
            std::min<std::uint64_t>(end - address, controller_.contiguous(address));
        last = std::max(last, controller_.reserve(cycle_now(), address, payload.is_write(),
                                                  static_cast<std::uint32_t>(bytes)));
        address += bytes;
    }
    arm();
    delay += sc_core::sc_time::from_value((at(last) - events_.now()).value);
}

void Hbm::report(base::StatisticsVisitor& visitor) const {
    Memory::report(visitor);
    for (unsigned index = 0; index < controller_.channels(); ++index) {
        visitor.enter("channel" + std::to_string(index));
        report_channel(controller_.channel(index).counters(), visitor);
        visitor.leave();
    }
}

}  // namespace athena::memory
