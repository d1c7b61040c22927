// SPDX-License-Identifier: Apache-2.0
// A ring's track: a slice for what each doorbell announced and, in it, one for each descriptor,
// from when it had been read to when it left the ring.
#pragma once

#include <cstdint>

#include "base/fifo.h"
#include "command/observer.h"
#include "sim/trace/events.h"

namespace athena::sim::trace {

class RingTrace {
  public:
    RingTrace(PacketWriter& out, Sequence sequence, std::uint64_t track)
        : out_(out), sequence_(sequence), track_(track) {}

    /// `flow`: that the doorbell began.
    void rung(const command::Doorbell& doorbell, std::uint64_t flow);
    /// A descriptor has left. `flow`: of its own, 0: it has none.
    void left(const command::CommandFacts& facts, std::uint64_t flow);
    /// The flow of the doorbell that announced what leaves now; 0: it is not known.
    [[nodiscard]] std::uint64_t flow() const { return open_ ? batches_.front().flow : 0; }
    /// What has been announced will not come.
    void drop();

  private:
    struct Batch {
        std::uint32_t first = 0;  ///< position
        std::uint32_t end = 0;
        std::uint64_t rung = 0;  ///< time
        std::uint64_t flow = 0;
    };
    static constexpr std::size_t kMostBatches = 1 << 16;  // as many as a ring has lines

    void open(std::uint32_t position);
    void close();

    PacketWriter& out_;
    Sequence sequence_;
    std::uint64_t track_;
    base::Fifo<Batch> batches_;
    bool open_ = false;  // the first of them has a slice
};

}  // namespace athena::sim::trace
