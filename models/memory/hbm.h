// SPDX-License-Identifier: Apache-2.0
// HBM in timed fidelity: a memory's bytes behind the controllers of its channels.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/event_queue.h"
#include "base/port_map.h"
#include "memory/hbm_controller.h"
#include "memory/memory.h"

namespace athena::memory {

/// By nb_transport a request ends when the queue of its channel has room, which keeps those behind
/// it at its socket waiting; its bytes move with the response, which comes with the last burst of
/// its data. b_transport is charged what the controller says of a burst that takes its place behind
/// all that wait. No DMI, as accesses take time.
class Hbm final : public Memory, public base::PortMap, private base::EventTarget {
  public:
    struct Config {
        Memory::Config memory;    ///< its latency and rate are not looked at
        HbmConfig timing;         ///< has passed check()
        std::uint32_t ports = 1;  ///< sockets, each of as many channels; divides their number
    };

    Hbm(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events,
        base::CodePages& code_pages, base::Backlog* backlog);

    /// Number 0 is `socket` of Memory.
    [[nodiscard]] base::TargetSocket& port_socket(std::uint32_t port) {
        return port == 0 ? socket : further_[port - 1];
    }
    [[nodiscard]] std::uint32_t ports() const override { return ports_; }
    [[nodiscard]] std::uint32_t port_of(std::uint64_t offset) const override {
        return controller_.map().locate(offset).channel / channels_of_port_;
    }

    [[nodiscard]] const HbmController& controller() const { return controller_; }
    void report(base::StatisticsVisitor& visitor) const override;

  private:
    enum Kind : std::uint32_t { kAdvance, kRetry };
    struct Transaction {
        tlm::tlm_generic_payload* payload = nullptr;
        std::uint32_t port = 0;
        std::uint32_t requests_left = 0;  // without their data
        std::uint64_t next = 0;           // first byte that no request has been made for
        bool ended = false;               // all requests are in queues
    };

    tlm::tlm_sync_enum nb_transport_fw(unsigned port, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    [[nodiscard]] HbmCycle cycle_now() const {
        return (events_.now().value + tck_ps_ - 1) / tck_ps_;
    }
    [[nodiscard]] base::Picoseconds at(HbmCycle cycle) const {
        return std::max(base::Picoseconds{cycle * tck_ps_}, events_.now());
    }
    [[nodiscard]] std::uint32_t place();
    [[nodiscard]] bool queue(std::uint32_t number);
    void retry(std::uint32_t number);
    void advance();
    void complete(std::uint32_t number);
    void respond(std::uint32_t number);
    void arm();

    HbmController controller_;
    std::uint64_t tck_ps_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    std::uint32_t ports_;
    std::uint32_t channels_of_port_;
    std::deque<base::TargetSocket> further_;
    std::vector<Transaction> transactions_;
    std::vector<std::uint32_t> free_;
    HbmCycle armed_ = kHbmNever;  // of the kAdvance that counts
};

}  // namespace athena::memory
