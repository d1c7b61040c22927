// SPDX-License-Identifier: Apache-2.0
// A round of co-simulation as a file: contents of L1 and every access, so that it is the same
// round for every later version of the generator (docs/cosim.md, "When they differ").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tile/axi_driver.h"
#include "tile/recording.h"

namespace athena::cosim {

/// RTL and timed model under the same inputs.
using PairDriver = tile::PortDriver<tile::TilePair>;

struct Replay {
    enum class Kind : std::uint8_t {
        Stall,     ///< side by side and with stalls
        Lockstep,  ///< one access after another
        Data,      ///< likewise, of a tile whose cycles are its own (lockstep-data)
    };
    /// Bits of L1 that change in the RTL only, at the beginning.
    struct Flip {
        std::uint32_t address = 0;
        std::byte bits{};

        bool operator==(const Flip&) const = default;
    };

    Kind kind = Kind::Lockstep;
    /// Percent of AW, W, B, AR, R and the completion stream, as PortDriver::Stalls.
    std::array<unsigned, PairDriver::kChannels> stall = {};
    std::uint64_t stall_seed = 0;
    std::vector<std::byte> l1 = {};  ///< all of it, at the beginning
    std::vector<Flip> flips = {};
    std::vector<tile::RecordedAccess> accesses = {};  ///< cycles do not fall

    bool operator==(const Replay&) const = default;
};

/// False: the file could not be written.
[[nodiscard]] bool write_replay(const std::string& file, const Replay& replay);
/// Nothing, and one line in `error` with file, line and what to do, if the file is missing, cut
/// off, of another version or tile, or holds what no run can have written.
[[nodiscard]] std::optional<Replay> read_replay(const std::string& file, std::string& error);

}  // namespace athena::cosim
