// SPDX-License-Identifier: Apache-2.0
// Accesses of L1 by the four phases of the base protocol (IEEE 1666, 16) that are under way at the
// tile's port: their payloads and bytes, and the phases that they are in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/fifo.h"
#include "base/sockets.h"

namespace athena::tile {

class Transfers {
  public:
    /// Of a direction, so many are under way: as many as single beats need to follow each other
    /// without a gap (kReadCycles). The request of the last one ends when another one has.
    static constexpr std::size_t kMost = 4;

    explicit Transfers(base::TargetSocket& socket) : socket_(socket) {}

    struct Begun {
        std::uint32_t ticket = 0;
        /// Its own, until end(): a write's are there, a read's are to be put there. An initiator
        /// that is reset forgets its bytes.
        std::span<std::byte> data;
        bool request_ends = false;  ///< at once; else the initiator is told later
    };
    /// BEGIN_REQ of a read or a write.
    [[nodiscard]] Begun begin(tlm::tlm_generic_payload& payload);
    /// It has been served: the initiator is told, now or when it takes another response.
    void end(std::uint32_t ticket, bool ok);
    /// END_RESP.
    void end_response();

    [[nodiscard]] bool empty() const { return under_way_.empty() && responses_.empty(); }
    /// Calls use(ticket) for each that has not ended, oldest first.
    template <typename Use>
    void each(Use use) const {
        for (const std::uint32_t ticket : under_way_) {
            use(ticket);
        }
    }

  private:
    struct Transfer {
        tlm::tlm_generic_payload* payload = nullptr;
        bool write = false;
        std::vector<std::byte> data;
    };

    void end_waiting_request(const tlm::tlm_generic_payload& ended);
    void send_responses();

    base::TargetSocket& socket_;
    std::vector<Transfer> transfers_;  // by ticket
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> under_way_;
    std::array<std::size_t, 2> count_{};           // reads, writes
    tlm::tlm_generic_payload* waiting_ = nullptr;  // its request has not ended
    bool waiting_writes_ = false;
    base::Fifo<tlm::tlm_generic_payload*> responses_;
    bool response_open_ = false;  // BEGIN_RESP without END_RESP
};

}  // namespace athena::tile
