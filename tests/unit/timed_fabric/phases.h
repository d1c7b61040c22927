// SPDX-License-Identifier: Apache-2.0
// An initiator and a target of the four phases that tests give tables: {issue, expected end}.
#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <vector>

#include "base/event_queue.h"
#include "base/route.h"
#include "base/sockets.h"

namespace athena::test {

constexpr std::uint64_t kPicosecondsPerCycle = 1000;  // of 1 GHz

struct Row {
    std::uint64_t issue;  ///< cycle of BEGIN_REQ, or later if the request before has not ended
    bool write;
    std::uint64_t address;
    std::uint32_t length;
    std::uint64_t ends;  ///< cycle of BEGIN_RESP
};

/// Sends the rows of a table in order, one request phase at a time, and checks their ends.
class PhaseInitiator : public sc_core::sc_module,
                       public base::Initiator,
                       private base::EventTarget {
  public:
    PhaseInitiator(const sc_core::sc_module_name& name, base::EventQueue& events)
        : sc_core::sc_module(name),
          socket("socket", *this),
          events_(events),
          id_(events.add_target(this->name(), *this)) {}
    ~PhaseInitiator() override {
        for (Transaction& transaction : transactions_) {
            transaction.payload.clear_extension(&transaction.route);
        }
    }

    void play(const std::vector<Row>& rows) {
        for (const Row& row : rows) {
            Transaction& transaction = transactions_.emplace_back();
            transaction.row = row;
            transaction.data.resize(row.length);
            tlm::tlm_generic_payload& payload = transaction.payload;
            payload.set_command(row.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
            payload.set_address(row.address);
            payload.set_data_ptr(transaction.data.data());
            payload.set_data_length(row.length);
            payload.set_streaming_width(row.length);
            payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
            payload.set_extension(&transaction.route);
            events_.schedule({row.issue * kPicosecondsPerCycle}, id_, kSend);
        }
    }
    /// After the run.
    void check() const {
        for (std::size_t i = 0; i < transactions_.size(); ++i) {
            const Transaction& transaction = transactions_[i];
            INFO(name() << " row " << i << " of address " << std::hex << transaction.row.address);
            REQUIRE(transaction.ended.has_value());
            CHECK(*transaction.ended == transaction.row.ends * kPicosecondsPerCycle);
            CHECK(transaction.payload.get_address() == transaction.row.address);
        }
    }
    [[nodiscard]] tlm::tlm_response_status status(std::size_t row) const {
        return transactions_[row].payload.get_response_status();
    }
    /// Cycles, in the order of the rows.
    [[nodiscard]] std::vector<std::uint64_t> ends() const {
        std::vector<std::uint64_t> cycles;
        for (const Transaction& transaction : transactions_) {
            REQUIRE(transaction.ended.has_value());
            cycles.push_back(*transaction.ended / kPicosecondsPerCycle);
        }
        return cycles;
    }

    base::InitiatorSocket socket;

  private:
    enum Kind : std::uint32_t { kSend };
    struct Transaction {
        Row row;
        std::vector<unsigned char> data;
        tlm::tlm_generic_payload payload;
        base::Route route;
        std::optional<std::uint64_t> ended;
    };

    void on_event(std::uint32_t, std::uint64_t) override {
        ++due_;
        send();
    }
    void send() {
        while (open_ == nullptr && sent_ < due_) {
            Transaction& transaction = transactions_[sent_++];
            open_ = &transaction.payload;
            tlm::tlm_phase phase = tlm::BEGIN_REQ;
            sc_core::sc_time delay;
            const auto answer = socket->nb_transport_fw(transaction.payload, phase, delay);
            if (answer == tlm::TLM_ACCEPTED) {
                return;
            }
            open_ = nullptr;
            if (answer == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP) {
                end(transaction.payload, delay);
            }
        }
    }
    tlm::tlm_sync_enum nb_transport_bw(unsigned, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) override {
        if (open_ == &payload) {
            open_ = nullptr;
        }
        if (phase == tlm::BEGIN_RESP) {
            end(payload, delay);
        }
        send();
        return phase == tlm::BEGIN_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
    }
    void end(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
        for (Transaction& transaction : transactions_) {
            if (&transaction.payload == &payload) {
                REQUIRE_FALSE(transaction.ended.has_value());
                transaction.ended = events_.now().value + delay.value();
            }
        }
    }

    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    std::deque<Transaction> transactions_;
    std::size_t sent_ = 0;
    std::size_t due_ = 0;
    const tlm::tlm_generic_payload* open_ = nullptr;
};

/// Picoseconds that 256 bytes by b_transport at this instant are charged.
inline std::uint64_t charged(base::InitiatorSocket& socket, tlm::tlm_command command,
                             std::uint64_t address) {
    std::array<unsigned char, 256> data{};
    constexpr unsigned kLength = 256;
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(kLength);
    payload.set_streaming_width(kLength);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    CHECK(payload.is_response_ok());
    return delay.value();
}

/// Ends a request `accept` cycles after its beginning and responds `latency` cycles behind that.
class PhaseTarget : public sc_core::sc_module, public base::Target, private base::EventTarget {
  public:
    PhaseTarget(const sc_core::sc_module_name& name, base::EventQueue& events,
                std::uint64_t latency, std::uint64_t accept = 0)
        : sc_core::sc_module(name),
          socket("socket", *this),
          events_(events),
          id_(events.add_target(this->name(), *this)),
          latency_(latency * kPicosecondsPerCycle),
          accept_(accept * kPicosecondsPerCycle) {}

    base::TargetSocket socket;
    std::vector<std::uint64_t> begun;  ///< cycles of BEGIN_REQ
    std::size_t most_open = 0;         ///< requests without END_REQ

  private:
    enum Kind : std::uint32_t { kEndRequest, kRespond };

    void b_transport(unsigned, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override {
        delay += sc_core::sc_time::from_value(latency_);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    tlm::tlm_sync_enum nb_transport_fw(unsigned, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time&) override {
        if (phase != tlm::BEGIN_REQ) {
            return tlm::TLM_COMPLETED;
        }
        begun.push_back(events_.now().value / kPicosecondsPerCycle);
        waiting_.push_back(&payload);
        if (accept_ == 0) {
            events_.schedule(events_.now() + base::Picoseconds{latency_}, id_, kRespond);
            phase = tlm::END_REQ;
            return tlm::TLM_UPDATED;
        }
        most_open = std::max(most_open, ++open_);
        opened_.push_back(&payload);
        events_.schedule(events_.now() + base::Picoseconds{accept_}, id_, kEndRequest);
        return tlm::TLM_ACCEPTED;
    }
    void on_event(std::uint32_t kind, std::uint64_t) override {
        auto& queue = kind == kEndRequest ? opened_ : waiting_;
        tlm::tlm_generic_payload& payload = *queue.front();
        queue.pop_front();
        if (kind == kEndRequest) {
            --open_;
            events_.schedule(events_.now() + base::Picoseconds{latency_}, id_, kRespond);
        } else {
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
        }
        tlm::tlm_phase phase = kind == kEndRequest ? tlm::END_REQ : tlm::BEGIN_RESP;
        sc_core::sc_time delay;
        socket->nb_transport_bw(payload, phase, delay);
    }

    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    std::uint64_t latency_;
    std::uint64_t accept_;
    std::size_t open_ = 0;
    std::deque<tlm::tlm_generic_payload*> opened_;
    std::deque<tlm::tlm_generic_payload*> waiting_;
};

}  // namespace athena::test
