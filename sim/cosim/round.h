// SPDX-License-Identifier: Apache-2.0
// One round of co-simulation: reset, random contents of L1, some commands among other accesses,
// everything compared. A round depends on its options only.
#pragma once

#include <cstdint>
#include <memory>

#include "tile/axi_driver.h"
#include "tile/reference.h"

namespace athena::tile {
class LockstepTile;
class RtlTile;
}  // namespace athena::tile

namespace athena::cosim {

class Bins;
struct Replay;

/// What a round makes wrong: a bit of the RTL's L1 in an operand, or where no command reads or
/// writes; the cycles of the first command; the status that each command is planned to have.
enum class Mistake : std::uint8_t { None, Operand, Elsewhere, Cycles, Status };

struct RoundOptions {
    std::uint64_t seed = 1;
    std::uint64_t commands = 1;
    /// Percent by channel, of rounds with stalls.
    std::array<unsigned, tile::AxiDriver::kChannels> stall = {};
    /// To see the comparison fail.
    Mistake mistake = Mistake::None;
    Replay* capture = nullptr;  ///< if wanted, takes what the round does
    Bins* bins = nullptr;       ///< if wanted, counts its commands
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

/// Reads and writes side by side, gaps on every channel and on the completion stream. Cycles of
/// commands are looked at through the RTL's back door; what depends on the order of effects on both
/// sides is compared when all is quiet.
class StallRounds {
  public:
    StallRounds();
    ~StallRounds();
    StallRounds(const StallRounds&) = delete;
    StallRounds& operator=(const StallRounds&) = delete;
    RoundResult run(const RoundOptions& options);

  private:
    std::unique_ptr<tile::AxiDriver> driver_;
};

}  // namespace athena::cosim
