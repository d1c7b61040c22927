// SPDX-License-Identifier: Apache-2.0
// The mesh of a board in timed fidelity as a graph for the report: what its counters say of links.
#pragma once

#include "base/statistics.h"
#include "platform/board_config.h"
#include "sim/report/report.h"

namespace athena::sim {

/// From the counters of the board's bus (models/fabric/README.md, "Network"), both networks
/// together; empty where the bus is functional. Bytes of a link are its flits' width, filled or
/// not.
[[nodiscard]] FabricMap fabric_map(const platform::BoardConfig& board,
                                   const base::StatisticsSource& counters);

}  // namespace athena::sim
