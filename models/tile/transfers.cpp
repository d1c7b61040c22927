// SPDX-License-Identifier: Apache-2.0
#include "tile/transfers.h"

#include <cstring>
#include <utility>

namespace athena::tile {

Transfers::Begun Transfers::begin(tlm::tlm_generic_payload& payload) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(transfers_.size()));
        transfers_.emplace_back();
    }
    const std::uint32_t ticket = free_.back();
    free_.pop_back();
    under_way_.push_back(ticket);
    Transfer& transfer = transfers_[ticket];
    transfer.payload = &payload;
    transfer.write = payload.is_write();
    transfer.data.resize(payload.get_data_length());
    if (transfer.write) {
        std::memcpy(transfer.data.data(), payload.get_data_ptr(), transfer.data.size());
    }
    const bool request_ends = ++count_[transfer.write] < kMost;
    if (!request_ends) {
        waiting_ = &payload;
        waiting_writes_ = transfer.write;
    }
    return {ticket, transfer.data, request_ends};
}

void Transfers::end(std::uint32_t ticket, bool ok) {
    const Transfer& transfer = transfers_[ticket];
    tlm::tlm_generic_payload& payload = *transfer.payload;
    if (ok && payload.is_read()) {
        std::memcpy(payload.get_data_ptr(), transfer.data.data(), transfer.data.size());
    }
    payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
    --count_[transfer.write];
    std::erase(under_way_, ticket);
    free_.push_back(ticket);
    responses_.push(&payload);
    end_waiting_request(payload);
    send_responses();
}

// The end of a response ends its request too.
void Transfers::end_waiting_request(const tlm::tlm_generic_payload& ended) {
    if (waiting_ == &ended) {
        waiting_ = nullptr;
    } else if (waiting_ != nullptr && count_[waiting_writes_] < kMost) {
        tlm::tlm_phase phase = tlm::END_REQ;
        sc_core::sc_time delay;
        socket_.answer(*std::exchange(waiting_, nullptr), phase, delay);
    }
}

void Transfers::end_response() {
    response_open_ = false;
    send_responses();
}

void Transfers::send_responses() {
    while (!response_open_ && !responses_.empty()) {
        tlm::tlm_generic_payload& payload = *responses_.front();
        responses_.pop();
        response_open_ = true;
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_core::sc_time delay;
        if (socket_.answer(payload, phase, delay) != tlm::TLM_ACCEPTED) {
            response_open_ = false;
        }
    }
}

}  // namespace athena::tile
