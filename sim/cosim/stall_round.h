// SPDX-License-Identifier: Apache-2.0
// A round with stalls: stall_round.cpp makes the traffic, stall_check.cpp compares what comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <vector>

#include "sim/cosim/bins.h"
#include "sim/cosim/pacing.h"
#include "sim/cosim/plan.h"
#include "sim/cosim/replay.h"
#include "sim/cosim/round.h"
#include "sim/cosim/traffic.h"

namespace athena::cosim {

class StallRound {
  public:
    StallRound(const RoundOptions& options, PairDriver& driver)
        : options_(options),
          random_(options.seed),
          driver_(driver),
          reference_(tile::VerilatedTile::config()),
          plan_(make_plan(random_, options.commands, static_cast<std::uint32_t>(options.seed),
                          tile::VerilatedTile::config())),
          pacing_(random_) {}

    RoundResult run();

  private:
    // A command that the RTL has taken and not completed.
    struct Taken {
        std::size_t index;  // in the plan
        Level level;
        bool abortable = false;
    };

    [[nodiscard]] bool going();
    void differ(const tile::Difference& difference);
    [[nodiscard]] bool flips() const;
    void make_mistake();
    void step();
    void measure();
    void settle();
    [[nodiscard]] bool pending(Kind kind) const;
    void start_access();
    void start(Access access);
    void start_push();
    void start_l1(bool write);
    void add_ranges(InFlight& in_flight, std::size_t index) const;
    [[nodiscard]] bool meets_pending(const Line& line) const;
    void start_register_read();
    void start_control();
    void finish(const tile::AxiFinished& finished);
    void apply(const Access& access, bool ok);
    void check(bool good, const Access& access, std::uint64_t value);
    void pushed(const Access& access, bool ok);
    void take_next();
    void take_unanswered_push();
    void complete(const tile::TileRecord& record);
    void check_cycles(const tile::TileRecord& record, std::uint64_t formula);
    void check_plan(const tile::Completion& completion, const Taken& taken);
    [[nodiscard]] bool is_overwritten(tile::Range range) const;
    void check_all();
    void check_register(std::uint64_t offset);
    bool read_register(std::uint64_t offset, std::uint64_t& value);

    RoundOptions options_;
    Random random_;
    PairDriver& driver_;
    tile::Reference reference_;
    Plan plan_;
    Pacing pacing_;
    PairDriver::Stalls stalls_;
    RoundResult result_;
    std::list<Access> accesses_;  // on their way; addresses stay
    std::deque<Taken> taken_;
    std::size_t next_ = 0;              // command to push
    bool refused_ = false;              // it has been, at least once
    Level level_ = Level::Idle;         // of the queue at its push
    std::uint64_t commands_ = 0;        // that the RTL has completed, and of those
    std::deque<std::uint64_t> cycles_;  // whose records have not shown yet the cycles
    std::uint64_t mistake_ = 0;         // byte of L1
    std::uint64_t accepted_ = 0;
    std::uint64_t last_ticket_ = 0;
    unsigned chance_ = 20;  // percent a cycle that an access starts
    std::vector<std::byte> result_bytes_;
};

}  // namespace athena::cosim
