// SPDX-License-Identifier: Apache-2.0
#include "base/sockets.h"

#include <cstring>

namespace athena::base {

tlm::tlm_sync_enum Target::nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                           tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) {
        b_transport(port, payload, delay);
        phase = tlm::BEGIN_RESP;
    }
    return tlm::TLM_COMPLETED;
}

bool Target::get_direct_mem_ptr(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                                tlm::tlm_dmi& dmi) {
    dmi.allow_none();
    dmi.set_start_address(payload.get_address());
    dmi.set_end_address(payload.get_address());
    return false;
}

unsigned Target::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& /*payload*/) {
    return 0;
}

void TargetSocket::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    target_.b_transport(port_, payload, delay);
}

tlm::tlm_sync_enum TargetSocket::nb_transport_fw(tlm::tlm_generic_payload& payload,
                                                 tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return target_.nb_transport_fw(port_, payload, phase, delay);
}

bool TargetSocket::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    return target_.get_direct_mem_ptr(port_, payload, dmi);
}

unsigned TargetSocket::transport_dbg(tlm::tlm_generic_payload& payload) {
    return target_.transport_dbg(port_, payload);
}

tlm::tlm_sync_enum TargetSocket::answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
    if (!looked_) {
        look_for_peer();
    }
    return peer_ == nullptr ? (*this)->nb_transport_bw(payload, phase, delay)
                            : peer_->nb_transport_bw(peer_port_, payload, phase, delay);
}

void TargetSocket::look_for_peer() {
    looked_ = true;
    if (const auto* other = dynamic_cast<InitiatorSocket*>(operator->())) {
        peer_ = &other->initiator();
        peer_port_ = other->port();
    }
}

void Initiator::invalidate_direct_mem_ptr(unsigned /*port*/, sc_dt::uint64 /*first*/,
                                          sc_dt::uint64 /*last*/) {}

tlm::tlm_sync_enum Initiator::nb_transport_bw(unsigned /*port*/,
                                              tlm::tlm_generic_payload& /*payload*/,
                                              tlm::tlm_phase& /*phase*/,
                                              sc_core::sc_time& /*delay*/) {
    return tlm::TLM_COMPLETED;
}

void InitiatorSocket::look_for_peer() {
    looked_ = true;
    if (const auto* other = dynamic_cast<TargetSocket*>(operator->())) {
        peer_ = &other->target();
        peer_port_ = other->port();
    }
}

void InitiatorSocket::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
    initiator_.invalidate_direct_mem_ptr(port_, first, last);
}

tlm::tlm_sync_enum InitiatorSocket::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                                    tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
    return initiator_.nb_transport_bw(port_, payload, phase, delay);
}

void copy_payload(tlm::tlm_generic_payload& payload, unsigned char* storage) {
    unsigned char* data = payload.get_data_ptr();
    const unsigned length = payload.get_data_length();
    const unsigned streaming = payload.get_streaming_width();
    const unsigned char* enables = payload.get_byte_enable_ptr();
    const bool write = payload.is_write();
    if (enables == nullptr && streaming >= length) {
        write ? std::memcpy(storage, data, length) : std::memcpy(data, storage, length);
        return;
    }
    const unsigned enable_length = payload.get_byte_enable_length();
    for (unsigned i = 0; i < length; ++i) {
        if (enables != nullptr && enables[i % enable_length] != TLM_BYTE_ENABLED) {
            continue;
        }
        unsigned char& cell = storage[i % streaming];
        write ? cell = data[i] : data[i] = cell;
    }
}

}  // namespace athena::base
