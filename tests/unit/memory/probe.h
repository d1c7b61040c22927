// SPDX-License-Identifier: Apache-2.0
// An initiator that tests drive by hand.
#pragma once

#include <cstdint>
#include <span>
#include <systemc>

#include "base/sockets.h"

namespace athena::test {

struct Probe : sc_core::sc_module, base::Initiator {
    explicit Probe(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}

    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address,
                                    std::span<unsigned char> data) {
        prepare(command, address, data);
        delay = sc_core::SC_ZERO_TIME;
        socket->b_transport(payload, delay);
        return payload.get_response_status();
    }
    unsigned debug(tlm::tlm_command command, std::uint64_t address, std::span<unsigned char> data) {
        prepare(command, address, data);
        return socket->transport_dbg(payload);
    }
    void prepare(tlm::tlm_command command, std::uint64_t address, std::span<unsigned char> data) {
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(data.data());
        payload.set_data_length(static_cast<unsigned>(data.size()));
        payload.set_streaming_width(static_cast<unsigned>(data.size()));
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }

    base::InitiatorSocket socket;
    tlm::tlm_generic_payload payload;
    sc_core::sc_time delay;
};

}  // namespace athena::test
