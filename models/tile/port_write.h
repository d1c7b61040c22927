// SPDX-License-Identifier: Apache-2.0
// Write half of the tile's AXI port, cycle by cycle: bursts one after the other, a beat a cycle.
//
//   AW, W and B hold two entries each; an entry shows in the cycle behind its handshake or push.
//   A beat is served in the first cycle in which its burst and its data show, and B has room if it
//   is the burst's last; a beat for L1 also waits for L1. The response shows in the cycle behind.
#pragma once

#include "tile/fifo.h"
#include "tile/port_burst.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::tile {

/// Bytes of one beat on W.
struct WriteData {
    Beat data{};
    std::uint64_t strobe = 0;
};

class WritePort {
  public:
    explicit WritePort(std::uint32_t l1_bytes) : l1_bytes_(l1_bytes) {}

    void reset();
    [[nodiscard]] bool idle() const {
        return addresses_.empty() && data_.empty() && responses_.empty();
    }

    /// The channels as they show in this cycle.
    void show(TileOutputs& outputs) const;

    /// Whether a beat can be served in this cycle; then that beat:
    [[nodiscard]] bool has_beat() const {
        return !addresses_.empty() && !data_.empty() && (!is_last() || !responses_.full());
    }
    [[nodiscard]] const PortBurst& burst() const { return addresses_.front(); }
    [[nodiscard]] std::uint32_t address() const { return burst().beat_address(beat_); }
    [[nodiscard]] const WriteData& data() const { return data_.front(); }
    [[nodiscard]] std::uint64_t enables() const { return data().strobe & burst().lanes(beat_); }
    [[nodiscard]] bool is_whole() const { return data().strobe == ~std::uint64_t{0}; }

    /// The beat is served; the response of a burst is that of its last beat.
    void serve(bool ok);
    /// Handshakes at the end of the cycle that showed `outputs`.
    void edge(const TileInputs& inputs, const TileOutputs& outputs);

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Response {
        std::uint8_t id = 0;
        bool ok = false;
    };

    [[nodiscard]] bool is_last() const { return beat_ == burst().last_beat; }

    std::uint32_t l1_bytes_;
    Fifo<PortBurst> addresses_{2};
    Fifo<WriteData> data_{2};
    Fifo<Response> responses_{2};
    std::uint8_t beat_ = 0;  // of the oldest burst
};

}  // namespace athena::tile
