// SPDX-License-Identifier: Apache-2.0
// One round of co-simulation: reset, random contents of L1, some commands among other accesses,
// everything compared. A round depends on its options only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sim/cosim/replay.h"
#include "tile/reference.h"

namespace athena::tile {
class LockstepTile;
class RtlTile;
}  // namespace athena::tile

namespace athena::cosim {

class Bins;

/// What a round makes wrong: a bit of the RTL's L1 in an operand, or where no command reads or
/// writes; the cycles of the first command; the status that each command is planned to have.
enum class Mistake : std::uint8_t { None, Operand, Elsewhere, Cycles, Status };

/// With its details, if RTL and timed model differ.
[[nodiscard]] inline tile::Difference failure_of(const PairDriver& driver) {
    tile::Difference difference = driver.tile().difference();
    if (!difference) {
        difference = driver.failure();
        difference.nearest = driver.tile().nearest_tag();
        difference.assertion = driver.tile().assertion();
    }
    return difference;
}

/// Of a tile that hangs, at `cycle`; `nearest` as in Difference.
[[nodiscard]] inline tile::Difference never_completed(std::size_t commands,
                                                      std::optional<std::uint32_t> nearest,
                                                      std::uint64_t cycle) {
    tile::Difference difference = std::to_string(commands) +
                                  (commands == 1 ? " command" : " commands") +
                                  " never completed in the RTL, cycle " + std::to_string(cycle);
    difference.nearest = nearest;
    difference.cycle = cycle;
    return difference;
}

struct RoundOptions {
    /// VerilatedTile::wave()
    struct Wave {
        std::string file;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };

    std::uint64_t seed = 1;
    std::uint64_t commands = 1;
    /// Percent by channel, of rounds with stalls.
    std::array<unsigned, PairDriver::kChannels> stall = {};
    /// To see the comparison fail.
    Mistake mistake = Mistake::None;
    Replay* capture = nullptr;  ///< if wanted, takes what the round does
    Bins* bins = nullptr;       ///< if wanted, counts its commands
    std::optional<Wave> wave = {};
};

struct RoundResult {
    tile::Difference difference;
    std::uint64_t completed = 0;  ///< commands
    std::uint64_t aborted = 0;
    std::uint64_t failed = 0;  ///< commands with another status than Ok or Aborted
    std::uint64_t accesses = 0;
    std::uint64_t cycles = 0;
    tile::CycleCount cycle_count;  ///< all commands; others than the formula's are a difference
};

/// One access after another, as the board makes them, in lockstep: the cycle of every effect is
/// known, so registers and statuses are compared exactly, aborts included.
class LockstepRounds {
  public:
    LockstepRounds();
    ~LockstepRounds();
    LockstepRounds(const LockstepRounds&) = delete;
    LockstepRounds& operator=(const LockstepRounds&) = delete;
    RoundResult run(const RoundOptions& options);

  private:
    std::unique_ptr<tile::LockstepTile> tile_;
};

/// Reads and writes side by side, gaps on every channel and on the completion stream. The timed
/// model has the same inputs and is compared in every output of every cycle. Beside it a functional
/// reference takes what was accepted; cycles of commands are also compared with the formula.
class StallRounds {
  public:
    StallRounds();
    ~StallRounds();
    StallRounds(const StallRounds&) = delete;
    StallRounds& operator=(const StallRounds&) = delete;
    RoundResult run(const RoundOptions& options);

  private:
    std::unique_ptr<PairDriver> driver_;
};

}  // namespace athena::cosim
