// SPDX-License-Identifier: Apache-2.0
// A tile with pins, Verilated, timed or both, behind the front. Its clock is advanced to the time
// of an access and in batches; idle cycles are skipped. An access takes the cycles of its AXI
// bursts.
#pragma once

#include <cstdint>
#include <vector>

#include "tile/axi_driver.h"
#include "tile/implementation.h"

namespace athena::tile {

/// Tile is VerilatedTile, TimedTile or TilePair.
template <typename Tile>
class PortTile : public Implementation {
  public:
    /// What the tile is made from.
    template <typename... Parameters>
    explicit PortTile(const Parameters&... parameters) : driver_(parameters...) {}

    void reset(std::uint64_t cycle) override;
    void shift(std::uint64_t cycles) override { base_ += cycles; }
    Response access(std::uint64_t cycle, const Request& request) override;
    void begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) override;
    [[nodiscard]] std::optional<std::uint64_t> next_end() const override;
    [[nodiscard]] std::optional<std::uint64_t> next_output() const override;
    void advance(std::uint64_t limit) override;
    void peek(std::uint64_t offset, std::span<std::byte> data) override;
    void poke(std::uint64_t offset, std::span<const std::byte> data) override;
    [[nodiscard]] std::optional<std::uint64_t> peek_register(std::uint64_t offset, unsigned size,
                                                             std::uint64_t cycle) override;
    [[nodiscard]] std::uint64_t busy_cycles(std::uint64_t cycle) const override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

    /// PortDriver::record() of its port.
    void record(std::vector<RecordedAccess>* to) { driver_.record(to); }

  protected:
    /// A completion record has just become visible.
    virtual void on_record(const TileRecord& /*record*/) {}
    /// What begin() began has just finished.
    virtual void on_end(std::uint32_t /*ticket*/, bool /*ok*/) {}

    /// The driver's state and the tile's, for PortDriver::load().
    [[nodiscard]] std::vector<std::byte> saved_driver() const;
    /// The failure in the present cycle.
    [[nodiscard]] Difference failure_at_cycle() const;

    [[nodiscard]] PortDriver<Tile>& driver() { return driver_; }
    [[nodiscard]] const PortDriver<Tile>& driver() const { return driver_; }

    void run_to(std::uint64_t cycle);
    /// That it has been clocked to.
    [[nodiscard]] std::uint64_t reached() const { return base_ + driver_.cycle(); }

  private:
    void start(const Request& request, std::uint64_t ticket);
    void collect();

    PortDriver<Tile> driver_;
    std::uint64_t base_ = 0;  // cycle of the last reset, from which the driver counts
    bool irq_ = false;        // level that went out last
    std::size_t open_ = 0;    // bursts of access() that have not finished
    bool ok_ = true;          // whether those that have were answered so
};

extern template class PortTile<VerilatedTile>;
extern template class PortTile<TimedTile>;
extern template class PortTile<TilePair>;

}  // namespace athena::tile
