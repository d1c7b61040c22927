// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL, whose answers count, with the functional core beside it on the same commands
// and data: the first difference in a result byte, status, register or read data is the failure
// that stops the run. A command completes in the core when it does in the RTL, so its cycles may be
// others: they are counted.
#pragma once

#include <vector>

#include "tile/reference.h"
#include "tile/rtl_tile.h"

namespace athena::tile {

class LockstepDataTile final : public RtlTile {
  public:
    LockstepDataTile() : reference_(VerilatedTile::config()) {}

    [[nodiscard]] const Reference& reference() const { return reference_; }

    /// The first one, whose line is failure(); none where the RTL itself failed.
    [[nodiscard]] const Difference& difference() const { return difference_; }

    /// All of L1, for when the tile is idle.
    [[nodiscard]] Difference compare_l1() { return reference_.compare_l1(driver().tile()); }

    void reset(std::uint64_t cycle) override;
    Response access(std::uint64_t cycle, const Request& request) override;
    void advance(std::uint64_t limit) override;
    void poke(std::uint64_t offset, std::span<const std::byte> data) override;
    /// How many commands were compared, and how many of them took the formula's cycles.
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

  private:
    struct Pending {
        TileRecord record;
        std::vector<std::byte> result;  // the RTL's, at the record's cycle
    };

    void on_record(const TileRecord& record) override;
    void complete_before(std::uint64_t cycle);
    void complete_all();
    void check_access(const Request& request, const Response& response);
    void check_register(const Request& request, bool ok);
    void check_ok(bool rtl, bool model, const Request& request);
    void differ(const Difference& difference);

    Reference reference_;
    Difference difference_;
    std::vector<Pending> pending_;  // their order among an access's effects is not settled yet
    bool l1_changed_ = false;       // since all of L1 was compared
};

}  // namespace athena::tile
