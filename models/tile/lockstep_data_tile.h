// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL, whose answers count, with the functional core beside it on the same commands
// and data: the first difference in a result byte, status, register or read data is the failure
// that stops the run. A command completes in the core when it does in the RTL, so its cycles may be
// others: they are counted. So may be when the queue is full, which commands an abort finds
// waiting, and the order of a completion and a write that are on their way together: the RTL
// decides within what is possible. Registers and the interrupt are compared while no command is
// outstanding. A command that takes longer than a tile with one multiplier would, or a tile that
// says that it is idle before, is a difference.
#pragma once

#include <vector>

#include "tile/port_history.h"
#include "tile/reference.h"
#include "tile/rtl_tile.h"

namespace athena::tile {

class LockstepDataTile final : public RtlTile {
  public:
    explicit LockstepDataTile(History history = History::None);

    [[nodiscard]] const Reference& reference() const { return reference_; }

    /// The first one, whose line is failure(); none where the RTL itself failed.
    [[nodiscard]] const Difference& difference() const { return difference_; }

    /// Commands that have not completed.
    [[nodiscard]] std::size_t outstanding() const { return reference_.outstanding(); }
    /// A command that takes more never completes.
    [[nodiscard]] static std::uint64_t most_cycles(const Matmul& matmul);
    /// Difference::nearest, now.
    [[nodiscard]] std::optional<std::uint32_t> nearest_tag() const;

    /// All of L1 and the registers, for when the tile is idle.
    [[nodiscard]] Difference compare_idle();

    /// Makes the RTL wrong: the model is not told.
    void poke_rtl(std::uint64_t offset, std::span<const std::byte> data) {
        RtlTile::poke(offset, data);
    }

    void reset(std::uint64_t cycle) override;
    Response access(std::uint64_t cycle, const Request& request) override;
    void begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) override;
    void advance(std::uint64_t limit) override;
    void poke(std::uint64_t offset, std::span<const std::byte> data) override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;
    [[nodiscard]] Difference failure_details() const override;
    [[nodiscard]] const PortHistory* history() const override {
        return history_.kept() ? &history_ : nullptr;
    }

  private:
    struct Pending {
        TileRecord record;
        std::vector<std::byte> result;  // the RTL's, at the record's cycle; empty: not compared
    };

    /// Of begin().
    struct Transfer {
        std::uint32_t ticket = 0;
        Request request;
        bool races = false;  // a read of what was written meanwhile: which bytes it finds is open
        bool ended = false;
        bool ok = false;
    };

    void on_record(const TileRecord& record) override;
    void on_end(std::uint32_t ticket, bool ok) override;
    void race(const Request& request);
    void race(Range written);
    [[nodiscard]] bool meets_write(const Request& request) const;
    void end_transfers();
    void complete(std::size_t most);
    void complete_all();
    void check_access(const Request& request, const Response& response, bool races);
    void check_push(const Request& request, bool ok);
    void check_register(const Request& request, bool ok);
    [[nodiscard]] Difference compare_registers();
    void check_outstanding();
    void settle_irq();
    void check_ok(bool rtl, bool model, const Request& request);
    void differ(const Difference& difference);
    void begin_history();

    PortHistory history_;
    Reference reference_;
    Difference difference_;
    std::vector<Transfer> transfers_;  // that are under way or have just ended, oldest first
    std::vector<Pending> pending_;     // their order among an access's effects is not settled yet
    std::size_t abortable_ = 0;        // of the outstanding ones: may find themselves aborted
    std::uint64_t irq_unsure_ = 0;     // causes that were cleared while commands ran
    bool l1_changed_ = false;          // since all of L1 was compared
    bool registers_changed_ = false;   // since they were
    std::optional<std::uint32_t> completed_tag_;  // of the last command
    std::uint64_t oldest_since_ = 0;  // cycle from which on the oldest one is alone responsible
};

}  // namespace athena::tile
