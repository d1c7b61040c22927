// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "sim/report/quantities.h"
#include "sim/report/report_plots.h"
#include "sim/report/report_style.h"

namespace athena::sim {

namespace {

struct Cell {
    std::string text;
    std::uint64_t value = 0;  ///< by which it is sorted
};

/// A table whose first `texts` columns are words; its last row stays at the end.
class HtmlTable {
  public:
    HtmlTable(std::string_view label, std::vector<std::string> heads, std::size_t texts)
        : label_(label), heads_(std::move(heads)), texts_(texts) {}

    void add(const std::vector<std::string>& words, const std::vector<Cell>& numbers) {
        body_ += row(words, numbers);
    }
    void add_last(const std::vector<std::string>& words, const std::vector<Cell>& numbers) {
        last_ += row(words, numbers);
    }

    [[nodiscard]] std::string html() const {
        std::string head;
        for (std::size_t i = 0; i < heads_.size(); ++i) {
            const bool is_text = i < texts_;
            head += fmt::format(
                "<th scope=\"col\" aria-sort=\"none\"{}><button type=\"button\">{}</button></th>",
                is_text ? " class=\"text\" data-kind=\"text\"" : "", escaped(heads_[i]));
        }
        return fmt::format(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n"
            "<table class=\"sortable\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n"
            "<tfoot>\n{}</tfoot>\n</table>\n</div>\n",
            escaped(label_), head, body_, last_);
    }

  private:
    static std::string row(const std::vector<std::string>& words,
                           const std::vector<Cell>& numbers) {
        std::string cells;
        for (std::size_t i = 0; i < words.size(); ++i) {
            cells += i + 1 == words.size()
                         ? fmt::format("<th scope=\"row\">{}</th>", escaped(words[i]))
                         : fmt::format("<td class=\"text\">{}</td>", escaped(words[i]));
        }
        for (const Cell& cell : numbers) {
            cells += fmt::format("<td data-value=\"{}\">{}</td>", cell.value, escaped(cell.text));
        }
        return "<tr>" + cells + "</tr>\n";
    }

    std::string label_;
    std::vector<std::string> heads_;
    std::size_t texts_;
    std::string body_;
    std::string last_;
};

Cell time_cell(std::uint64_t time) {
    return {time == 0 ? "-" : time_text(time), time};
}

Cell bytes_cell(std::uint64_t bytes) {
    return {bytes_text(bytes), bytes};
}

std::vector<Cell> cost_cells(const Report& report, const ReportRow& row) {
    const Work& work = row.totals.work;
    const std::uint64_t bound =
        row.bound == Bound::None ? 0 : row.bounds[static_cast<std::size_t>(row.bound)];
    return {time_cell(row.totals.time),
            {percent(row.totals.time, report.all.totals.time), row.totals.time},
            time_cell(row.totals.active),
            {percent(row.utilisation_ppm, kPerMillion), row.utilisation_ppm},
            bytes_cell(work.hbm_bytes()),
            bytes_cell(work.link_in()),
            bytes_cell(work.link_out()),
            {energy_text(row.energy.total()), row.energy.total()},
            {std::string(kBoundNames[static_cast<std::size_t>(row.bound)]),
             static_cast<std::uint64_t>(row.bound)},
            time_cell(bound),
            {bound == 0 ? "-" : factor_text(row.distance_thousandths), row.distance_thousandths}};
}

std::string costs(const Report& report) {
    HtmlTable table("Costs by layer and operation",
                    {"layer", "operation", "time", "share", "active", "tiles", "HBM", "link in",
                     "link out", "energy", "bound", "at", "distance"},
                    2);
    for (const ReportRow& row : report.sections) {
        table.add({row.layer, row.operation}, cost_cells(report, row));
    }
    table.add_last({"", "all"}, cost_cells(report, report.all));
    return table.html();
}

std::string layers(const Report& report) {
    HtmlTable table("Costs by layer",
                    {"layer", "time", "share", "active", "tiles", "HBM", "link in", "link out",
                     "energy", "bound", "at", "distance"},
                    1);
    for (const ReportRow& row : report.layers) {
        table.add({row.layer}, cost_cells(report, row));
    }
    return table.html();
}

std::string stalls(const Report& report) {
    std::vector<std::string> heads = {"layer", "operation", "busy"};
    heads.insert(heads.end(), kStallNames.begin(), kStallNames.end() - 1);
    HtmlTable table("Stalls of tiles", heads, 2);
    const std::uint64_t tiles = report.board.cluster.count * report.board.tile.count;
    const auto cells = [&](const ReportRow& row) {
        std::vector<Cell> numbers = {time_cell(row.totals.busy[0] / tiles)};
        for (std::size_t stall = 0; stall + 1 < kStalls; ++stall) {
            numbers.push_back(time_cell(row.totals.stalls[stall] / tiles));
        }
        return numbers;
    };
    for (const ReportRow& row : report.sections) {
        table.add({row.layer, row.operation}, cells(row));
    }
    table.add_last({"", "all"}, cells(report.all));
    return table.html();
}

std::string energies(const Report& report) {
    HtmlTable table("Energy",
                    {"layer", "operation", "all", "multiply-add", "vector", "L1", "shared SRAM",
                     "crossbar", "mesh", "HBM", "RAM", "static"},
                    2);
    const auto cells = [](const EnergyShares& energy) {
        std::vector<Cell> numbers;
        for (const std::uint64_t part :
             {energy.total(), energy.multiply, energy.vector, energy.l1, energy.sram,
              energy.crossbar, energy.mesh, energy.hbm, energy.ram, energy.idle}) {
            numbers.push_back({part == 0 ? "-" : energy_text(part), part});
        }
        return numbers;
    };
    for (const ReportRow& row : report.sections) {
        table.add({row.layer, row.operation}, cells(row.energy));
    }
    table.add_last({"", "all"}, cells(report.all.energy));
    return table.html();
}

std::string section(std::string_view id, std::string_view title, std::string_view text,
                    const std::string& body) {
    return fmt::format(
        "<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n<p>{2}</p>\n{3}"
        "</section>\n",
        id, title, text, body);
}

std::string summary(const Report& report) {
    const platform::BoardConfig& board = report.board;
    const ReportRow& all = report.all;
    const std::pair<std::string_view, std::string> facts[] = {
        {"board time", time_text(report.time)},
        {"with an engine at work", time_text(all.totals.time)},
        {"tiles, of their peak", percent(all.utilisation_ppm, kPerMillion)},
        {"HBM bytes", bytes_text(all.totals.work.hbm_bytes())},
        {"energy", energy_text(all.energy.total())},
        {"bound by", std::string(kBoundNames[static_cast<std::size_t>(all.bound)])},
        {"distance", factor_text(all.distance_thousandths)}};
    std::string list;
    for (const auto& [name, value] : facts) {
        list += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escaped(value));
    }
    return fmt::format(
        "<header>\n<h1>{}: where time, bytes and energy went</h1>\n<p>{} cluster(s) of {} tile(s) "
        "of "
        "{} x {}, {} DMA channel(s) and {} vector core(s). What each number means: docs/report.md "
        "of "
        "Athena.</p>\n{}<dl>\n{}</dl>\n</header>\n",
        escaped(board.name), board.cluster.count, board.tile.count, board.tile.rows,
        board.tile.cols, board.dma.channels, board.vector.count,
        exceeds_bound(report) ? fmt::format("<p>{}</p>\n", kExceedsBound) : "", list);
}

std::string roofline(const Report& report) {
    const std::string plot = roofline_plot(report);
    if (plot.empty()) {
        return "<p>No section has multiply-adds and bytes of HBM.</p>\n";
    }
    return "<p class=\"legend\"><span><i class=\"compute\"></i>bound by compute</span><span><i "
           "class=\"hbm\"></i>by HBM</span><span><i class=\"link\"></i>by links</span><span><i "
           "class=\"vector\"></i>by vector lanes</span></p>\n" +
           plot;
}

std::string timeline(const Report& report) {
    if (report.bins == 0) {
        return "<p>No engine has worked.</p>\n";
    }
    std::string body =
        "<p class=\"legend\"><span><i class=\"tile\"></i>tiles</span><span><i "
        "class=\"dma\"></i>DMA "
        "channels (dashed)</span><span><i class=\"vector\"></i>vector cores (dotted)</span></p>\n" +
        busy_plot(report);
    for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
        body += fmt::format("<h3>{}</h3>\n", kEngineNames[kind]) + busy_map(report, kind);
    }
    return body;
}

std::string fabric(const Report& report) {
    return report.fabric.nodes.empty()
               ? "<p>The fabric of this board is flat: it has no nodes and no links.</p>\n"
               : fabric_map(report);
}

}  // namespace

std::string report_html(const Report& report) {
    std::string body = summary(report) + "<main>\n";
    body += section("roofline", "Roofline",
                    "A mark is a section; its size shows its share of the time.", roofline(report));
    body += section("timeline", "Utilisation over time",
                    "Busy parts of the engines over the time at work; pauses in which no engine "
                    "works are left out.",
                    timeline(report));
    body +=
        section("fabric", "Fabric", "Links are darker the longer they were busy.", fabric(report));
    if (!report.layers.empty()) {
        body += section("layers", "Costs by layer", "The heads of columns sort.", layers(report));
    }
    body += section("costs", "Costs by layer and operation", "The heads of columns sort.",
                    costs(report));
    body +=
        section("stalls", "Why tiles stand still",
                "A tile's time on average: busy, and stalls by what its next command waited for.",
                stalls(report));
    body += section("energy", "Energy", "By the table of the board file.", energies(report));
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
        "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
        "name=\"color-scheme\" content=\"light dark\">\n<title>{}: "
        "report</title>\n<style>{}</style>\n"
        "</head>\n<body>\n{}</main>\n<script>{}</script>\n</body>\n</html>\n",
        escaped(report.board.name), kReportStyle, body, kReportScript);
}

}  // namespace athena::sim
