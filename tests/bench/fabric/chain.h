// SPDX-License-Identifier: Apache-2.0
// The peer: initiator, interconnect and target of the base protocol's four phases that do nothing
// but pass them on, each a nanosecond later, by the queue that tlm_utils has for it.
#pragma once

#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

namespace athena::bench {

using Payload = tlm::tlm_generic_payload;
constexpr unsigned kBytes = 256;

class ChainInitiator : public sc_core::sc_module {
  public:
    explicit ChainInitiator(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket"), queue_(this, &ChainInitiator::next) {
        socket.register_nb_transport_bw(this, &ChainInitiator::nb_transport_bw);
        SC_HAS_PROCESS(ChainInitiator);
        SC_METHOD(start);
        for (Payload& payload : payloads_) {
            payload.set_read();
            payload.set_data_ptr(data_.data());
            payload.set_data_length(kBytes);
            payload.set_streaming_width(kBytes);
            free_.push_back(&payload);
        }
    }
    tlm_utils::simple_initiator_socket<ChainInitiator, 64> socket;
    std::uint64_t done = 0;

  private:
    void start() { send(); }
    void send() {
        if (open_ || free_.empty()) {
            return;
        }
        Payload& payload = *free_.back();
        free_.pop_back();
        open_ = true;
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay(1, sc_core::SC_NS);
        socket->nb_transport_fw(payload, phase, delay);
    }
    tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) {
        queue_.notify(payload, phase, delay);
        return tlm::TLM_ACCEPTED;
    }
    void next(Payload& payload, const tlm::tlm_phase& phase) {
        if (phase == tlm::END_REQ) {
            open_ = false;
        } else {
            tlm::tlm_phase end = tlm::END_RESP;
            sc_core::sc_time delay(1, sc_core::SC_NS);
            socket->nb_transport_fw(payload, end, delay);
            free_.push_back(&payload);
            ++done;
        }
        send();
    }

    tlm_utils::peq_with_cb_and_phase<ChainInitiator> queue_;
    std::array<Payload, 16> payloads_;
    std::array<unsigned char, kBytes> data_{};
    std::vector<Payload*> free_;
    bool open_ = false;
};

class ChainInterconnect : public sc_core::sc_module {
  public:
    explicit ChainInterconnect(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), in("in"), out("out"), queue_(this, &ChainInterconnect::pass) {
        in.register_nb_transport_fw(this, &ChainInterconnect::take);
        out.register_nb_transport_bw(this, &ChainInterconnect::take);
    }
    tlm_utils::simple_target_socket<ChainInterconnect, 64> in;
    tlm_utils::simple_initiator_socket<ChainInterconnect, 64> out;

  private:
    tlm::tlm_sync_enum take(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
        queue_.notify(payload, phase, delay);
        return tlm::TLM_ACCEPTED;
    }
    void pass(Payload& payload, const tlm::tlm_phase& phase) {
        tlm::tlm_phase same = phase;
        sc_core::sc_time delay(1, sc_core::SC_NS);
        if (phase == tlm::BEGIN_REQ || phase == tlm::END_RESP) {
            out->nb_transport_fw(payload, same, delay);
        } else {
            in->nb_transport_bw(payload, same, delay);
        }
    }
    tlm_utils::peq_with_cb_and_phase<ChainInterconnect> queue_;
};

class ChainTarget : public sc_core::sc_module {
  public:
    explicit ChainTarget(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket"), queue_(this, &ChainTarget::serve) {
        socket.register_nb_transport_fw(this, &ChainTarget::nb_transport_fw);
    }
    tlm_utils::simple_target_socket<ChainTarget, 64> socket;

  private:
    tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) {
        queue_.notify(payload, phase, delay);
        return tlm::TLM_ACCEPTED;
    }
    void serve(Payload& payload, const tlm::tlm_phase& phase) {
        if (phase != tlm::BEGIN_REQ) {
            return;
        }
        tlm::tlm_phase end = tlm::END_REQ;
        sc_core::sc_time delay(1, sc_core::SC_NS);
        socket->nb_transport_bw(payload, end, delay);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        tlm::tlm_phase response = tlm::BEGIN_RESP;
        delay = sc_core::sc_time(2, sc_core::SC_NS);
        socket->nb_transport_bw(payload, response, delay);
    }
    tlm_utils::peq_with_cb_and_phase<ChainTarget> queue_;
};

}  // namespace athena::bench
