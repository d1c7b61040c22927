// SPDX-License-Identifier: Apache-2.0
// Read half of the tile's AXI port, cycle by cycle: bursts one after the other, a beat a cycle.
//
//   AR holds two entries, R four; an entry of AR shows in the cycle behind its handshake. A beat is
//   served as soon as its burst shows and R will have room, what is on its way counted. A beat of
//   L1 waits for L1, one of registers for a cycle without a register write. It arrives a cycle
//   later and shows on R one more later.
#pragma once

#include "tile/fifo.h"
#include "tile/matmul.h"
#include "tile/port_burst.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::tile {

class ReadPort {
  public:
    explicit ReadPort(std::uint32_t l1_bytes) : l1_bytes_(l1_bytes) {}

    void reset();
    [[nodiscard]] bool idle() const {
        return addresses_.empty() && beats_.empty() && !arriving_.valid;
    }

    /// The channels as they show in this cycle.
    void show(TileOutputs& outputs) const;

    /// Whether a beat can be served in this cycle; then that beat:
    [[nodiscard]] bool has_beat() const {
        return !addresses_.empty() && beats_.size() + (arriving_.valid ? 1 : 0) < kDepth;
    }
    [[nodiscard]] const PortBurst& burst() const { return addresses_.front(); }
    [[nodiscard]] std::uint32_t address() const { return burst().beat_address(beat_); }

    /// The beat that R shows: from which window, and its first byte's address there.
    struct Place {
        Window window = Window::None;  ///< None also of a beat that is not legal
        std::uint32_t address = 0;
        /// Result of the command that ran when the beat was served: the RTL writes it little by
        /// little, the model at the completion, and the front lets no manager look at it.
        Range in_flight = {};
    };
    [[nodiscard]] Place shown() const { return beats_.empty() ? Place{} : beats_.front().place; }

    /// The end of a cycle, what was served before arrives.
    void arrive();
    /// The beat is served; returns where its 64 bytes go. Behind arrive().
    Beat& serve(bool ok, Range in_flight = {});
    /// Handshakes at the end of the cycle that showed `outputs`.
    void edge(const TileInputs& inputs, const TileOutputs& outputs);

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    static constexpr std::size_t kDepth = 4;

    struct Arriving {
        bool valid = false;
        bool ok = false;
        bool last = false;
        std::uint8_t id = 0;
        Place place = {};
        Beat data{};
    };

    void save_beat(base::StateWriter& writer, const Arriving& beat) const;
    void load_beat(base::StateReader& reader, Arriving& beat);

    std::uint32_t l1_bytes_;
    Fifo<PortBurst> addresses_{2};
    Fifo<Arriving> beats_{kDepth};
    Arriving arriving_;
    std::uint8_t beat_ = 0;  // of the oldest burst
};

}  // namespace athena::tile
