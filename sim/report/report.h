// SPDX-License-Identifier: Apache-2.0
// What --report tells of a run (docs/report.md): numbers only; text, JSON and HTML show the same.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/statistics.h"
#include "perf/sections.h"
#include "platform/board_config.h"
#include "sim/report/collector.h"

namespace athena::sim {

/// Femtojoules, by where they go.
struct EnergyShares {
    std::uint64_t multiply = 0;  ///< the tiles' multiply-add units
    std::uint64_t vector = 0;    ///< the vector cores' lanes
    std::uint64_t l1 = 0;
    std::uint64_t sram = 0;
    std::uint64_t crossbar = 0;
    std::uint64_t mesh = 0;
    std::uint64_t hbm = 0;
    std::uint64_t ram = 0;
    std::uint64_t idle = 0;  ///< static power

    [[nodiscard]] std::uint64_t total() const {
        return multiply + vector + l1 + sram + crossbar + mesh + hbm + ram + idle;
    }
};

/// What a section cannot be faster than.
enum class Bound : std::uint8_t { Compute, Vector, Hbm, Link, None };
inline constexpr std::size_t kBounds = 4;
inline constexpr std::array<std::string_view, kBounds + 1> kBoundNames = {"compute", "vector",
                                                                          "hbm", "link", "none"};

/// Of a section, of a layer, or of all.
struct ReportRow {
    std::uint16_t number = 0;  ///< of a section
    std::string layer{};       ///< empty: none
    std::string operation{};   ///< empty: of a layer or of all
    SectionTotals totals{};
    EnergyShares energy{};
    std::array<std::uint64_t, kBounds> bounds{};  ///< picoseconds; those of Bound
    Bound bound = Bound::None;                    ///< the longest
    /// In its time: multiplications of the chip's peak, and time over the bound (0: none).
    std::uint64_t utilisation_ppm = 0;
    std::uint64_t distance_thousandths = 0;
};

/// A second of the whole chip.
struct Peaks {
    std::uint64_t macs = 0;
    std::uint64_t vector_operations = 0;
    std::uint64_t hbm_bytes = 0;
    std::uint64_t link_bytes = 0;  ///< into clusters, and as much out of them
};

/// A fabric as a graph; a flat one has none.
struct FabricMap {
    struct Node {
        std::uint64_t x = 0;
        std::uint64_t y = 0;
        std::string name;
        std::uint64_t bytes = 0;  ///< that it sent and received
    };
    struct Link {
        std::size_t from = 0;  ///< of `nodes`
        std::size_t to = 0;
        std::uint64_t bytes = 0;
        std::uint64_t busy = 0;  ///< picoseconds
    };
    std::vector<Node> nodes;
    std::vector<Link> links;
};

struct Report {
    const platform::BoardConfig& board;
    std::uint64_t time = 0;  ///< picoseconds of board time
    Peaks peaks{};
    /// By number, those that some command belonged to. Section 0 is that of all others.
    std::vector<ReportRow> sections{};
    /// By their first section.
    std::vector<ReportRow> layers{};
    ReportRow all{};
    std::uint64_t idle = 0;           ///< picoseconds: all sections' times and this are `time`
    std::uint64_t nothing_to_do = 0;  ///< of all tiles, in no row; at the end of `time` too
    /// What the board has counted and no section has: of commands that failed or had not ended, and
    /// of engines that harts drive themselves.
    std::uint64_t unobserved_macs = 0;
    std::uint64_t unobserved_dma_bytes = 0;
    /// Of the timelines, picoseconds of the time at work: pauses of the whole chip are left out.
    std::uint64_t bin = 0;
    std::size_t bins = 0;
    /// Of each cluster: parts per thousand of the time of its engines of a kind, bin by bin.
    std::vector<std::array<std::vector<std::uint32_t>, kEngineKinds>> timelines{};
    FabricMap fabric{};
};

inline constexpr std::array<std::string_view, kEngineKinds> kEngineNames = {"tile", "dma",
                                                                            "vector"};

/// Of a collector that has finished. `counters`: the board's.
[[nodiscard]] Report make_report(const platform::BoardConfig& board, Collector& collector,
                                 const perf::Sections& names, std::uint64_t time,
                                 const base::StatisticsSource& counters, FabricMap fabric = {});

/// The whole run is faster than its bound.
[[nodiscard]] inline bool exceeds_bound(const Report& report) {
    return report.all.bound != Bound::None &&
           report.all.totals.time < report.all.bounds[static_cast<std::size_t>(report.all.bound)];
}
inline constexpr std::string_view kExceedsBound =
    "The whole is faster than its bound: memories with flat timing serve any number of clusters at "
    "once, each at full speed.";

[[nodiscard]] std::string report_text(const Report& report);
[[nodiscard]] std::string report_json(const Report& report);
[[nodiscard]] std::string report_html(const Report& report);

}  // namespace athena::sim
