// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL, whose answers count, with the timed model under the same inputs: the first
// difference in an output of a cycle, a register or result byte at a completion, or any byte of L1
// when the tile is idle is the failure that stops the run.
#pragma once

#include <string>

#include "tile/port_history.h"
#include "tile/port_tile.h"

namespace athena::tile {

class LockstepTile final : public PortTile<TilePair> {
  public:
    explicit LockstepTile(History history = History::None);

    /// The first one, whose line is failure(); none where the RTL itself failed.
    [[nodiscard]] const Difference& difference() const { return pair().difference(); }
    /// Commands that have completed since reset().
    [[nodiscard]] const CycleCount& cycle_count() const { return pair().cycle_count(); }
    /// Commands that have not completed.
    [[nodiscard]] std::size_t outstanding() const { return pair().timed().outstanding(); }
    /// Difference::nearest, now.
    [[nodiscard]] std::optional<std::uint32_t> nearest_tag() const { return pair().nearest_tag(); }

    /// All of L1 and all registers, for when the tile is idle.
    [[nodiscard]] const Difference& compare_idle();

    /// Makes the RTL wrong: the model is not told.
    void poke_rtl(std::uint64_t offset, std::span<const std::byte> data) {
        driver().tile().rtl().poke(offset, data);
    }
    /// VerilatedTile::wave() of the RTL.
    void wave(const std::string& file, std::uint64_t first, std::uint64_t last) {
        driver().tile().rtl().wave(file, first, last);
    }

    void reset(std::uint64_t cycle) override;
    Response access(std::uint64_t cycle, const Request& request) override;
    void begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) override;
    void advance(std::uint64_t limit) override;
    void poke(std::uint64_t offset, std::span<const std::byte> data) override;
    void load(base::StateReader& reader) override;
    [[nodiscard]] Difference failure_details() const override;
    [[nodiscard]] const PortHistory* history() const override {
        return history_.kept() ? &history_ : nullptr;
    }

  private:
    [[nodiscard]] const TilePair& pair() const { return driver().tile(); }
    void on_record(const TileRecord& record) override;
    void check_idle();
    void begin_history();

    PortHistory history_;
    bool l1_changed_ = false;  // since all of L1 was compared
};

}  // namespace athena::tile
