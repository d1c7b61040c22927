// SPDX-License-Identifier: Apache-2.0
// The fidelity `timed`: the same accesses in the same cycles as the RTL. While no command is there,
// bursts of one direction are not clocked: they take L1 one behind the other, so that their ends
// are known at once (docs/tile.md, "From outside"). What else comes meanwhile finds the port as if
// it had been clocked.
#pragma once

#include "base/fifo.h"
#include "tile/port_tile.h"

namespace athena::tile {

class TimedPortTile final : public PortTile<TimedTile> {
  public:
    explicit TimedPortTile(const TileConfig& config) : PortTile(config) {}

    void reset(std::uint64_t cycle) override;
    Response access(std::uint64_t cycle, const Request& request) override;
    void begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) override;
    [[nodiscard]] std::optional<std::uint64_t> next_end() const override;
    void advance(std::uint64_t limit) override;

  private:
    struct Burst {
        std::uint32_t ticket = 0;
        Request request;
        std::uint64_t begun = 0;   // cycles
        std::uint64_t served = 0;  // its first beat
        std::uint64_t ends = 0;
    };

    void clock_stream();

    base::Fifo<Burst> stream_;  // not clocked, oldest first, all of one direction
    std::uint64_t free_ = 0;    // first cycle without a beat of it
};

}  // namespace athena::tile
