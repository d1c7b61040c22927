// SPDX-License-Identifier: Apache-2.0
// Transfers in timed fidelity: their bursts on their way through the fabric, several of each
// channel at a time (README.md, "Timing (timed)").
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/clock_domain.h"
#include "base/event_queue.h"
#include "base/fifo.h"
#include "base/origin.h"
#include "base/route.h"
#include "base/sockets.h"
#include "dma/mover.h"
#include "dma/order.h"

namespace athena::dma {

/// Who is told of a transfer's end.
class TransferHost {
  public:
    virtual void transferred(std::uint32_t channel, const TransferResult& result) = 0;

  protected:
    ~TransferHost() = default;
};

class TimedChannels final : private base::EventTarget {
  public:
    struct Config {
        std::uint32_t channels = 1;      ///< at most 16
        std::uint32_t outstanding = 32;  ///< bursts of a channel without their response, at least 1
        std::uint32_t bytes_per_cycle = 64;  ///< of each direction, by all channels in turn
        std::uint64_t clock_hz = 1'500'000'000;
        std::uint32_t initiator_id = 0;
    };

    TimedChannels(const std::string& name, const Config& config, base::EventQueue& events,
                  base::InitiatorSocket& fabric, TransferHost& host);
    ~TimedChannels();

    /// The channel, which is idle, begins `transfer`, which stays as it is until the host is told.
    /// `careful`: a burst may fail, so each waits for the one before; else an error ends the
    /// transfer, but bursts behind it may have been on their way.
    void begin(std::uint32_t channel, const Transfer& transfer, std::uint32_t ring,
               std::uint32_t tag, bool careful);
    /// Nothing more is sent; what is on its way has no effect and nobody is told.
    void reset();
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       const sc_core::sc_time& delay);

  private:
    enum Kind : std::uint32_t { kIssue, kReturn };
    static constexpr std::uint32_t kNobody = ~std::uint32_t{0};

    /// A piece between its first read and its last write.
    struct Slot {
        Piece piece;
        std::vector<std::byte> data;
        std::vector<std::byte> turned;  // of a square
        Bursts reads;
        std::uint32_t reads_open = 0;
        std::uint32_t destinations = 0;  // bits of the multicast whose writes have not begun
        bool repeats = false;            // writes to a destination behind the first
        Bursts writes;
        std::uint32_t writes_open = 0;
    };
    struct Channel {
        const Transfer* transfer = nullptr;  // null: idle
        std::uint32_t ring = 0;
        std::uint32_t tag = 0;
        bool careful = false;
        Pieces pieces;
        base::Fifo<std::uint32_t> window;  // slots, oldest first
        std::size_t reading = 0;           // of window: its first piece with reads to be sent
        std::size_t writing = 0;           // likewise writes
        std::uint32_t open = 0;            // bursts without their response
        std::vector<std::byte> pattern;
        TransferResult result{};
    };
    struct Access : tlm::tlm_generic_payload {
        base::Origin origin;
        base::Route route;
        std::uint32_t number = 0;
        std::uint32_t channel = kNobody;
        std::uint32_t slot = 0;
    };

    void on_event(std::uint32_t kind, std::uint64_t payload) override;
    void issue();
    /// The channel may have something to send that it had not.
    void look_at(std::uint32_t channel) { senders_ |= std::uint32_t{3} << 2 * channel; }
    [[nodiscard]] bool wants_to_read(Channel& channel);
    [[nodiscard]] bool wants_to_write(Channel& channel);
    void open_window(Channel& channel);
    [[nodiscard]] bool may_send(const Channel& channel) const;
    [[nodiscard]] bool is_written(const Slot& slot) const {
        return slot.destinations == 0 && slot.writes.done();
    }
    /// Whether the channel, which wants to write, goes on with data that has passed its data path.
    [[nodiscard]] bool repeats(const Channel& channel) const;
    void send_read(std::uint32_t channel);
    void send_write(std::uint32_t channel);
    void begin_destination(const Channel& channel, Slot& slot) const;
    void send(std::uint32_t channel, std::uint32_t slot, tlm::tlm_command command,
              const Burst& burst, std::byte* data);
    void respond(Access& access);
    void read_done(Channel& channel, Slot& slot);
    void finish_if_done(std::uint32_t channel);
    void drop_window(Channel& channel);
    [[nodiscard]] std::uint64_t cycle_now() const { return clock_.next_edge(events_.now()).value; }

    Config config_;
    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::InitiatorSocket& fabric_;
    TransferHost& host_;
    std::vector<Channel> channels_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::deque<Access> accesses_;
    std::vector<std::uint32_t> free_accesses_;
    Access* open_request_ = nullptr;  // BEGIN_REQ without END_REQ
    bool issuing_ = false;
    std::uint32_t senders_ = 0;    // who may have something: bit 2 · channel, + 1 for its writes
    std::uint32_t last_ = 0;       // who has sent last: 2 · channel, + 1 for its writes
    std::uint64_t read_free_ = 0;  // first cycle for another read
    std::uint64_t write_free_ = 0;
    std::uint64_t issue_at_ = 0;  // cycle of the latest kIssue
};

}  // namespace athena::dma
