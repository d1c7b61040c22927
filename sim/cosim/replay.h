// SPDX-License-Identifier: Apache-2.0
// The file that repeats one round of co-simulation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/cosim/round.h"

namespace athena::cosim {

struct Replay {
    bool lockstep = true;  ///< else with stalls
    RoundOptions round;
};

/// False: the file could not be written.
[[nodiscard]] bool write_replay(const std::string& file, const Replay& replay);
/// Nothing, and one line in `error`, if the file is missing or no replay file of this version.
[[nodiscard]] std::optional<Replay> read_replay(const std::string& file, std::string& error);

}  // namespace athena::cosim
