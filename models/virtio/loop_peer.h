// SPDX-License-Identifier: Apache-2.0
// A neighbour on the board's network who has every other address and sends back what he gets, so
// that a driver can be tested without any host (README.md).
#pragma once

#include <deque>
#include <optional>

#include "base/event_queue.h"
#include "virtio/net.h"

namespace athena::virtio {

/// What the neighbour answers to a frame: ARP requests for any address but the sender's own, ICMP
/// echo requests, and UDP datagrams, the same bytes back; nothing else, and nothing that was not
/// sent to him.
[[nodiscard]] std::optional<Frame> loop_answer(std::span<const std::byte> frame);

class LoopPeer final : public NetworkPort, private base::EventTarget {
  public:
    static constexpr MacAddress kAddress{0x02, 0x41, 0x54, 0x48, 0x4E, 0x02};
    /// From a frame to its answer.
    static constexpr base::Picoseconds kDelay{50'000'000};

    explicit LoopPeer(base::EventQueue& events);

    /// Before the run.
    void connect(Net& net) { net_ = &net; }
    void send(std::span<const std::byte> frame) override;
    /// Forgets the answers that are on their way.
    void reset();
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    enum Kind : std::uint32_t { kAnswer };
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    Net* net_ = nullptr;
    std::deque<Frame> answers_;  // an event for each
};

}  // namespace athena::virtio
