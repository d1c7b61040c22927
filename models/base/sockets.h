// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 base-protocol sockets of the board (IEEE 1666, 13): every boundary between blocks uses
// these two.
#pragma once

#include <tlm>

namespace athena::base {

inline constexpr unsigned kBusWidth = 64;

/// What a block with target sockets implements; `port` is the number that it gave the socket.
/// b_transport is called at the access's instant, never waits, and adds its latency to `delay`.
class Target {
  public:
    virtual void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& delay) = 0;

    /// Completes at once with the loosely timed latency unless the block has a timed form of its
    /// own.
    virtual tlm::tlm_sync_enum nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                               tlm::tlm_phase& phase, sc_core::sc_time& delay);

    virtual bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                                    tlm::tlm_dmi& dmi);

    /// Returns the number of bytes moved; no side effects and no time (IEEE 1666, 11.3).
    virtual unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload);

  protected:
    ~Target() = default;
};

class Initiator;

class TargetSocket : public tlm::tlm_target_socket<kBusWidth>, public tlm::tlm_fw_transport_if<> {
  public:
    TargetSocket(const char* name, Target& target, unsigned port = 0)
        : tlm::tlm_target_socket<kBusWidth>(name), target_(target), port_(port) {
        bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
    }

    [[nodiscard]] Target& target() const { return target_; }
    [[nodiscard]] unsigned port() const { return port_; }

    /// As (*this)->nb_transport_bw(), by a shorter way to a block of ours at the other end. Only
    /// after elaboration.
    tlm::tlm_sync_enum answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);

  private:
    void look_for_peer();
    // Not inline: of a thunk to them GCC 12 makes wrong code where it guesses whose target it is.
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) override;
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
    unsigned transport_dbg(tlm::tlm_generic_payload& payload) override;

    Target& target_;
    unsigned port_;
    bool looked_ = false;
    Initiator* peer_ = nullptr;  // none: a socket of another kind
    unsigned peer_port_ = 0;
};

/// What a block with initiator sockets may implement.
class Initiator {
  public:
    virtual void invalidate_direct_mem_ptr(unsigned port, sc_dt::uint64 first, sc_dt::uint64 last);
    virtual tlm::tlm_sync_enum nb_transport_bw(unsigned port, tlm::tlm_generic_payload& payload,
                                               tlm::tlm_phase& phase, sc_core::sc_time& delay);

  protected:
    ~Initiator() = default;
};

class InitiatorSocket : public tlm::tlm_initiator_socket<kBusWidth>,
                        public tlm::tlm_bw_transport_if<> {
  public:
    InitiatorSocket(const char* name, Initiator& initiator, unsigned port = 0)
        : tlm::tlm_initiator_socket<kBusWidth>(name), initiator_(initiator), port_(port) {
        bind(*static_cast<tlm::tlm_bw_transport_if<>*>(this));
    }

    [[nodiscard]] Initiator& initiator() const { return initiator_; }
    [[nodiscard]] unsigned port() const { return port_; }

    /// As (*this)->nb_transport_fw(), by a shorter way to a block of ours at the other end. Only
    /// after elaboration.
    tlm::tlm_sync_enum request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                               sc_core::sc_time& delay) {
        if (!looked_) {
            look_for_peer();
        }
        return peer_ == nullptr ? (*this)->nb_transport_fw(payload, phase, delay)
                                : peer_->nb_transport_fw(peer_port_, payload, phase, delay);
    }
    /// As (*this)->b_transport(), likewise.
    void send(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
        if (!looked_) {
            look_for_peer();
        }
        if (peer_ == nullptr) {
            (*this)->b_transport(payload, delay);
            return;
        }
        peer_->b_transport(peer_port_, payload, delay);
    }
    /// As (*this)->get_direct_mem_ptr(), likewise.
    bool ask_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
        if (!looked_) {
            look_for_peer();
        }
        if (peer_ == nullptr) {
            return (*this)->get_direct_mem_ptr(payload, dmi);
        }
        return peer_->get_direct_mem_ptr(peer_port_, payload, dmi);
    }

  private:
    void look_for_peer();
    // Not inline, as the target's.
    void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) override;

    Initiator& initiator_;
    unsigned port_;
    bool looked_ = false;
    Target* peer_ = nullptr;  // none: a socket of another kind
    unsigned peer_port_ = 0;
};

/// Copies between `payload` and `storage` as the payload's command, byte enables and streaming
/// width say (IEEE 1666, 14.16 and 14.17); offset 0 of `storage` is the payload's address.
/// `storage` spans at least the payload's streaming width.
void copy_payload(tlm::tlm_generic_payload& payload, unsigned char* storage);

}  // namespace athena::base
