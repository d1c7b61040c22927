// SPDX-License-Identifier: Apache-2.0
// What work costs by the board file's table (docs/boards.md, "Energy").
#pragma once

#include "sim/report/report.h"

namespace athena::sim {

/// `time` in picoseconds, at static power; `hop_bytes`: bytes times links of the mesh.
[[nodiscard]] EnergyShares energy_of(const Work& work, std::uint64_t time, std::uint64_t hop_bytes,
                                     const platform::BoardConfig::Energy& table);

}  // namespace athena::sim
