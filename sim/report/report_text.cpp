// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "sim/report/quantities.h"
#include "sim/report/report.h"

namespace athena::sim {

namespace {

/// Cells of text; columns are as wide as their widest cell, the first `left` ones aligned to the
/// left.
class Table {
  public:
    explicit Table(std::size_t left) : left_(left) {}

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void rule() { rows_.emplace_back(); }

    [[nodiscard]] std::string text() const {
        std::vector<std::size_t> widths;
        for (const auto& row : rows_) {
            widths.resize(std::max(widths.size(), row.size()));
            for (std::size_t i = 0; i < row.size(); ++i) {
                widths[i] = std::max(widths[i], row[i].size());
            }
        }
        std::string text;
        for (const auto& row : rows_) {
            std::string line;
            for (std::size_t i = 0; i < widths.size(); ++i) {
                const std::string cell = row.empty() ? std::string(widths[i], '-') : row[i];
                line += i < left_ ? fmt::format("{:<{}}  ", cell, widths[i])
                                  : fmt::format("{:>{}}  ", cell, widths[i]);
            }
            line.erase(line.find_last_not_of(' ') + 1);
            text += line + "\n";
        }
        return text;
    }

  private:
    std::size_t left_;
    std::vector<std::vector<std::string>> rows_;
};

// Layers with their operations below them, where the first of these comes.
template <typename Visit>
void for_each_row(const Report& report, const Visit& visit) {
    for (const ReportRow& row : report.sections) {
        if (row.layer.empty()) {
            visit(row, row.operation);
            continue;
        }
        const auto first = std::ranges::find(report.sections, row.layer, &ReportRow::layer);
        if (&*first != &row) {
            continue;
        }
        visit(*std::ranges::find(report.layers, row.layer, &ReportRow::layer), row.layer);
        for (const ReportRow& operation : report.sections) {
            if (operation.layer == row.layer) {
                visit(operation, "  " + operation.operation);
            }
        }
    }
}

std::string costs(const Report& report) {
    Table table(1);
    table.add({"layer, operation", "time", "share", "active", "tiles", "HBM", "link in", "link out",
               "energy", "bound", "at", "distance"});
    table.rule();
    const auto add = [&](const ReportRow& row, const std::string& name) {
        const Work& work = row.totals.work;
        const bool has_bound = row.bound != Bound::None;
        table.add({name, time_text(row.totals.time),
                   percent(row.totals.time, report.all.totals.time), time_text(row.totals.active),
                   percent(row.utilisation_ppm, kPerMillion), bytes_text(work.hbm_bytes()),
                   bytes_text(work.link_in()), bytes_text(work.link_out()),
                   energy_text(row.energy.total()),
                   std::string(kBoundNames[static_cast<std::size_t>(row.bound)]),
                   has_bound ? time_text(row.bounds[static_cast<std::size_t>(row.bound)]) : "-",
                   has_bound ? factor_text(row.distance_thousandths) : "-"});
    };
    for_each_row(report, add);
    table.rule();
    add(report.all, "all");
    return table.text();
}

std::string stalls(const Report& report) {
    Table table(1);
    std::vector<std::string> head = {"layer, operation", "busy"};
    head.insert(head.end(), kStallNames.begin(), kStallNames.end() - 1);
    table.add(head);
    table.rule();
    const std::uint64_t tiles = report.board.cluster.count * report.board.tile.count;
    const auto is_zero = [](std::uint64_t time) { return time == 0; };
    const auto cell = [&](std::uint64_t time) {
        return time == 0 ? std::string("-") : time_text(time / tiles);
    };
    const auto add = [&](const ReportRow& row, const std::string& name) {
        if (row.totals.busy[0] == 0 && std::ranges::all_of(row.totals.stalls, is_zero)) {
            return;
        }
        std::vector<std::string> cells = {name, cell(row.totals.busy[0])};
        for (std::size_t stall = 0; stall + 1 < kStalls; ++stall) {
            cells.push_back(cell(row.totals.stalls[stall]));
        }
        table.add(cells);
    };
    for_each_row(report, add);
    table.rule();
    add(report.all, "all");
    return table.text();
}

std::string energy(const Report& report) {
    const EnergyShares& energy = report.all.energy;
    Table table(1);
    const std::vector<std::pair<std::string, std::uint64_t>> parts = {
        {"multiply-add", energy.multiply},
        {"vector", energy.vector},
        {"L1", energy.l1},
        {"shared SRAM", energy.sram},
        {"crossbar", energy.crossbar},
        {"mesh", energy.mesh},
        {"HBM", energy.hbm},
        {"RAM", energy.ram},
        {"static", energy.idle}};
    for (const auto& [name, femtojoules] : parts) {
        table.add({name, energy_text(femtojoules), percent(femtojoules, energy.total())});
    }
    return table.text();
}

}  // namespace

std::string report_text(const Report& report) {
    const platform::BoardConfig& board = report.board;
    std::string text = fmt::format(
        "{}: {} of board time, {} of it with no engine at work; {} clusters of {} tiles of {}x{}\n"
        "peaks a second: {} multiply-adds, {} vector operations, {} of HBM, {} of links each "
        "way\n\n",
        board.name, time_text(report.time), time_text(report.idle), board.cluster.count,
        board.tile.count, board.tile.rows, board.tile.cols, count_text(report.peaks.macs),
        count_text(report.peaks.vector_operations), bytes_text(report.peaks.hbm_bytes),
        bytes_text(report.peaks.link_bytes));
    text += costs(report);
    text +=
        "\nA tile's time on average: busy, and stalls by what was waited for\n\n" + stalls(report);
    text += "\nEnergy\n\n" + energy(report);
    if (exceeds_bound(report)) {
        text += std::string("\n") + std::string(kExceedsBound) + "\n";
    }
    if (report.unobserved_macs != 0 || report.unobserved_dma_bytes != 0) {
        text += fmt::format("\nIn no command that completed: {} multiply-adds, {} of DMA\n",
                            report.unobserved_macs, bytes_text(report.unobserved_dma_bytes));
    }
    return text;
}

}  // namespace athena::sim
