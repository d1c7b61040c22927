// SPDX-License-Identifier: Apache-2.0
// The tile's registers, cycle by cycle: a write shows in the cycle behind its beat, a completion in
// the cycle behind its own.
#pragma once

#include <cstdint>
#include <optional>

#include "tile/tile_config.h"
#include "tile/tile_core.h"

namespace athena::tile {

class TimedRegisters {
  public:
    explicit TimedRegisters(const TileConfig& config);

    void reset();

    /// What registers show of other parts of the tile.
    struct Shown {
        std::uint64_t cycles = 0;
        std::uint64_t busy_cycles = 0;
        bool busy = false;
        bool idle = false;  ///< of commands: the port does not count
        std::uint64_t queued = 0;
        std::uint64_t records = 0;
    };

    /// Whether there is a register at `offset`, a multiple of 8.
    [[nodiscard]] static bool exists(std::uint64_t offset);
    /// The value of the register at `offset`, a multiple of 8; nothing where there is none.
    [[nodiscard]] std::optional<std::uint64_t> value(std::uint64_t offset,
                                                     const Shown& shown) const;

    /// A beat writes the enabled bytes of a register; returns whether it sets CTRL.ABORT. A
    /// completion at the same edge is told behind it: its causes stay.
    bool write(std::uint64_t offset, std::uint64_t value, unsigned enables);
    void complete(const Completion& completion, std::uint64_t cycles);
    void refuse() { ++refused_; }

    [[nodiscard]] bool irq() const { return (causes_ & enables_) != 0; }
    [[nodiscard]] std::uint64_t commands() const { return commands_; }

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    std::uint64_t caps_;
    std::uint64_t enables_ = 0;  // of the interrupt, as in CTRL
    std::uint64_t causes_ = 0;   // as in IRQ
    std::uint64_t last_error_ = 0;
    std::uint64_t commands_ = 0;
    std::uint64_t errors_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t command_cycles_ = 0;
};

}  // namespace athena::tile
