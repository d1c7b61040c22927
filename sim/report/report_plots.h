// SPDX-License-Identifier: Apache-2.0
// The pictures of a report's page, as SVG.
#pragma once

#include <string>

#include "sim/markup.h"
#include "sim/report/report.h"

namespace athena::sim {

/// Sections by multiply-adds a byte of HBM and a second, below the chip's peaks; none without such.
[[nodiscard]] std::string roofline_plot(const Report& report);

/// Busy parts of the chip's tiles, DMA channels and vector cores over the time at work.
[[nodiscard]] std::string busy_plot(const Report& report);
/// Of one kind of engine, a row for each cluster.
[[nodiscard]] std::string busy_map(const Report& report, std::size_t kind);

/// Nodes and links by their load.
[[nodiscard]] std::string fabric_map(const Report& report);

}  // namespace athena::sim
