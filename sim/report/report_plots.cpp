// SPDX-License-Identifier: Apache-2.0
#include "sim/report/report_plots.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/report/quantities.h"

namespace athena::sim {

namespace {

constexpr double kPicosecondsPerSecond = 1e12;

std::string svg(double width, double height, std::string_view label, const std::string& body) {
    return fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n", width,
        height, escaped(label), body);
}

std::string line(double x1, double y1, double x2, double y2, std::string_view style) {
    return fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1,
        x2, y2, style);
}

std::string label(double x, double y, std::string_view style, std::string_view text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style,
                       escaped(text));
}

// "100 M", or "0.01".
std::string decade_text(int decade) {
    constexpr std::array<std::string_view, 7> kPrefixes = {"", " k", " M", " G", " T", " P", " E"};
    if (decade < 0) {
        return "0." + std::string(static_cast<std::size_t>(-decade - 1), '0') + "1";
    }
    const auto steps =
        std::min<std::size_t>(static_cast<std::size_t>(decade) / 3, kPrefixes.size() - 1);
    return "1" + std::string(static_cast<std::size_t>(decade) - 3 * steps, '0') +
           std::string(kPrefixes[steps]);
}

/// A logarithmic axis of whole decades onto `from` to `to`.
struct Axis {
    Axis(double least, double most, double start, double end)
        : low(static_cast<int>(std::floor(std::log10(least)))),
          high(std::max(low + 1, static_cast<int>(std::ceil(std::log10(most))))),
          from(start),
          to(end) {}

    [[nodiscard]] double at(double value) const {
        const double part = (std::log10(value) - low) / (high - low);
        return from + (to - from) * part;
    }

    int low;
    int high;
    double from;
    double to;
};

struct Point {
    const ReportRow* row;
    double intensity;  // multiply-adds a byte of HBM
    double rate;       // multiply-adds a second
};

std::string name_of(const ReportRow& row) {
    return row.layer.empty() ? row.operation : row.layer + "/" + row.operation;
}

std::vector<Point> points_of(const Report& report) {
    std::vector<Point> points;
    for (const ReportRow& row : report.sections) {
        const Work& work = row.totals.work;
        if (work.all_macs() != 0 && work.hbm_bytes() != 0 && row.totals.time != 0) {
            const auto macs = static_cast<double>(work.all_macs());
            points.push_back({&row, macs / static_cast<double>(work.hbm_bytes()),
                              macs / static_cast<double>(row.totals.time) * kPicosecondsPerSecond});
        }
    }
    return points;
}

/// The frame of the roofline and its roof.
class Roofline {
  public:
    Roofline(const Report& report, const std::vector<Point>& points)
        : peak_(static_cast<double>(report.peaks.macs)),
          bandwidth_(static_cast<double>(report.peaks.hbm_bytes)),
          x_(bound(points, true, ridge()), bound(points, false, ridge()), kLeft, kWidth - kRight),
          y_(least_rate(points), peak_, kHeight - kBottom, kTop) {}

    [[nodiscard]] std::string axes() const {
        std::string body;
        for (int decade = x_.low; decade <= x_.high; ++decade) {
            const double x = x_.at(std::pow(10, decade));
            body += line(x, kTop, x, kHeight - kBottom, "grid");
            body += label(x, kHeight - kBottom + 18, "tick middle", decade_text(decade));
        }
        for (int decade = y_.low; decade <= y_.high; ++decade) {
            const double y = y_.at(std::pow(10, decade));
            body += line(kLeft, y, kWidth - kRight, y, "grid");
            body += label(kLeft - 6, y + 4, "tick end", decade_text(decade));
        }
        body += label((kLeft + kWidth - kRight) / 2, kHeight - 8, "tick middle",
                      "multiply-adds a byte of HBM");
        body += label(4, 14, "tick", "multiply-adds a second");
        return body;
    }

    [[nodiscard]] std::string roof() const {
        const double left = std::pow(10, x_.low);
        const double lowest = std::pow(10, y_.low);
        const double foot = std::max(left, lowest / bandwidth_);
        const double top = std::clamp(ridge(), left, std::pow(10, x_.high));
        return fmt::format("<path class=\"roof\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}\"/>\n",
                           x_.at(foot), y_.at(std::min(peak_, foot * bandwidth_)), x_.at(top),
                           y_.at(peak_), x_.to) +
               label(x_.to - 4, y_.at(peak_) - 6, "tick end",
                     "peak " + count_text(static_cast<std::uint64_t>(peak_)) + " a second") +
               label(x_.at(foot) + 24, y_.at(std::min(peak_, foot * bandwidth_)) - 2, "tick",
                     "HBM " + bytes_text(static_cast<std::uint64_t>(bandwidth_)) + " a second");
    }

    [[nodiscard]] std::string mark(const Point& point, double share) const {
        const std::string text =
            fmt::format("{}: {:.3g} multiply-adds a byte, {} a second, {} of {}, bound by {}",
                        name_of(*point.row), point.intensity,
                        count_text(static_cast<std::uint64_t>(point.rate)),
                        percent(point.row->utilisation_ppm, kPerMillion), "the peak",
                        kBoundNames[static_cast<std::size_t>(point.row->bound)]);
        return fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"mark {}\"><title>{}</title>"
            "</circle>\n",
            x_.at(point.intensity), y_.at(shown_rate(point)), 4 + 14 * std::sqrt(share),
            kBoundNames[static_cast<std::size_t>(point.row->bound)], escaped(text));
    }

    /// Beside the mark; none where another name is.
    [[nodiscard]] std::string name(const Point& point, double share) {
        const double x = x_.at(point.intensity);
        const double y = y_.at(shown_rate(point));
        const bool is_right = x > (kLeft + kWidth - kRight) / 2;
        const bool is_free = std::ranges::none_of(names_, [&](const std::pair<double, double>& at) {
            return std::abs(at.first - x) < 180 && std::abs(at.second - y) < 16;
        });
        if (!is_free) {
            return {};
        }
        names_.emplace_back(x, y);
        const double aside = 7 + 14 * std::sqrt(share);
        return label(is_right ? x - aside : x + aside, y + 4, is_right ? "name end" : "name",
                     name_of(*point.row));
    }

    static constexpr double kWidth = 1120;
    static constexpr double kHeight = 460;

  private:
    static constexpr double kLeft = 70;
    static constexpr double kRight = 20;
    static constexpr double kTop = 24;
    static constexpr double kBottom = 48;

    [[nodiscard]] double ridge() const { return peak_ / bandwidth_; }
    /// Of sections that overlap one may seem to be above the roof (docs/report.md): it lies on it.
    [[nodiscard]] double shown_rate(const Point& point) const {
        return std::min({point.rate, peak_, point.intensity * bandwidth_});
    }

    static double bound(const std::vector<Point>& points, bool least, double start) {
        for (const Point& point : points) {
            start = least ? std::min(start, point.intensity) : std::max(start, point.intensity);
        }
        return least ? start / 2 : start * 2;
    }
    static double least_rate(const std::vector<Point>& points) {
        double least = std::numeric_limits<double>::max();
        for (const Point& point : points) {
            least = std::min(least, point.rate);
        }
        return least;
    }

    double peak_;
    double bandwidth_;
    Axis x_;
    Axis y_;
    std::vector<std::pair<double, double>> names_;  ///< places
};

/// Of all clusters, in thousandths.
std::vector<double> chip_busy(const Report& report, std::size_t kind) {
    std::vector<double> busy(report.bins);
    for (const auto& cluster : report.timelines) {
        for (std::size_t bin = 0; bin < report.bins; ++bin) {
            busy[bin] += static_cast<double>(cluster[kind][bin]) /
                         static_cast<double>(report.timelines.size());
        }
    }
    return busy;
}

constexpr double kPlotWidth = 1120;
constexpr double kPlotLeft = 70;
constexpr double kPlotRight = 10;

double bin_width(const Report& report) {
    return (kPlotWidth - kPlotLeft - kPlotRight) / static_cast<double>(report.bins);
}

// Times below a plot of the time at work.
std::string time_axis(const Report& report, double y) {
    std::string body;
    constexpr std::size_t kTicks = 8;
    for (std::size_t tick = 0; tick <= kTicks; ++tick) {
        const double x =
            kPlotLeft + (kPlotWidth - kPlotLeft - kPlotRight) * static_cast<double>(tick) / kTicks;
        const std::string_view style = tick == 0        ? "tick"
                                       : tick == kTicks ? "tick end"
                                                        : "tick middle";
        body += label(x, y, style, time_text(report.bins * report.bin * tick / kTicks));
    }
    return body;
}

}  // namespace

std::string roofline_plot(const Report& report) {
    std::vector<Point> points = points_of(report);
    if (points.empty()) {
        return {};
    }
    // The large ones first, so that small ones lie on them.
    std::ranges::stable_sort(points, [](const Point& a, const Point& b) {
        return a.row->totals.time > b.row->totals.time;
    });
    Roofline plot(report, points);
    std::string body = plot.axes() + plot.roof();
    std::string names;
    constexpr std::size_t kNamed = 24;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double share = static_cast<double>(points[i].row->totals.time) /
                             static_cast<double>(report.all.totals.time);
        body += plot.mark(points[i], share);
        names += i < kNamed ? plot.name(points[i], share) : "";
    }
    return svg(
        Roofline::kWidth, Roofline::kHeight,
        "Roofline: the sections' multiply-adds a second over multiply-adds a byte of HBM; the "
        "table of costs has the same numbers",
        body + names);
}

std::string busy_plot(const Report& report) {
    constexpr double kTop = 10;
    constexpr double kBase = 170;
    std::string body;
    for (int quarter = 0; quarter <= 4; ++quarter) {
        const double y = kBase - (kBase - kTop) * quarter / 4;
        body += line(kPlotLeft, y, kPlotWidth - kPlotRight, y, "grid");
        body += label(kPlotLeft - 6, y + 4, "tick end", fmt::format("{} %", 25 * quarter));
    }
    const double width = bin_width(report);
    for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
        std::string path;
        double x = kPlotLeft;
        for (const double busy : chip_busy(report, kind)) {
            const double y = kBase - (kBase - kTop) * busy / 1000;
            path +=
                fmt::format("{}{:.1f} {:.1f}H{:.1f}", path.empty() ? "M" : "L", x, y, x + width);
            x += width;
        }
        body += fmt::format("<path class=\"line {}\" d=\"{}\"/>\n", kEngineNames[kind], path);
    }
    return svg(kPlotWidth, 200, "Busy parts of tiles, DMA channels and vector cores over time",
               body + time_axis(report, 190));
}

std::string busy_map(const Report& report, std::size_t kind) {
    constexpr std::size_t kLevels = 8;
    constexpr double kTop = 4;
    const std::size_t clusters = report.timelines.size();
    const double height = clusters > 16 ? 6 : 12;
    const double width = bin_width(report);
    std::array<std::string, kLevels + 1> paths;
    for (std::size_t cluster = 0; cluster < clusters; ++cluster) {
        const std::vector<std::uint32_t>& busy = report.timelines[cluster][kind];
        const auto level = [&](std::size_t bin) {
            return std::min<std::size_t>((std::size_t{busy[bin]} * kLevels + 999) / 1000, kLevels);
        };
        for (std::size_t bin = 0; bin < busy.size();) {
            std::size_t end = bin + 1;
            while (end < busy.size() && level(end) == level(bin)) {
                ++end;
            }
            paths[level(bin)] += fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h-{:.1f}z",
                                             kPlotLeft + width * static_cast<double>(bin),
                                             kTop + height * static_cast<double>(cluster),
                                             width * static_cast<double>(end - bin), height - 1,
                                             width * static_cast<double>(end - bin));
            bin = end;
        }
    }
    std::string body;
    for (std::size_t level = 0; level <= kLevels; ++level) {
        if (!paths[level].empty()) {
            body += fmt::format("<path class=\"{} level{}\" d=\"{}\"/>\n", kEngineNames[kind],
                                level, paths[level]);
        }
    }
    const double bottom = kTop + height * static_cast<double>(clusters);
    body += label(kPlotLeft - 6, kTop + 9, "tick end", "cluster 0");
    if (clusters > 2) {
        body += label(kPlotLeft - 6, bottom, "tick end", std::to_string(clusters - 1));
    }
    return svg(kPlotWidth, bottom + 24,
               fmt::format("Busy parts of each cluster's {} engines over time", kEngineNames[kind]),
               body + time_axis(report, bottom + 16));
}

std::string fabric_map(const Report& report) {
    const FabricMap& fabric = report.fabric;
    constexpr double kStep = 96;
    constexpr double kSize = 44;
    constexpr double kMargin = 40;
    std::uint64_t most_x = 0;
    std::uint64_t most_y = 0;
    std::uint64_t most_bytes = 1;
    for (const FabricMap::Node& node : fabric.nodes) {
        most_x = std::max(most_x, node.x);
        most_y = std::max(most_y, node.y);
        most_bytes = std::max(most_bytes, node.bytes);
    }
    const auto at = [](std::uint64_t place) {
        return kMargin + kStep * static_cast<double>(place);
    };
    const auto part = [](std::uint64_t of, std::uint64_t whole) {
        return whole == 0 ? 0.0 : static_cast<double>(of) / static_cast<double>(whole);
    };
    std::string body;
    for (const FabricMap::Link& link : fabric.links) {
        const FabricMap::Node& from = fabric.nodes[link.from];
        const FabricMap::Node& to = fabric.nodes[link.to];
        // Both directions beside each other.
        const double dx = at(to.x) - at(from.x);
        const double dy = at(to.y) - at(from.y);
        const double length = std::max(1.0, std::hypot(dx, dy));
        const double aside_x = -dy / length * 6;
        const double aside_y = dx / length * 6;
        const double busy = part(link.busy, report.all.totals.time);
        body += fmt::format(
            "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"link\" "
            "stroke-opacity=\"{:.2f}\"><title>{}</title></line>\n",
            at(from.x) + aside_x, at(from.y) + aside_y, at(to.x) + aside_x, at(to.y) + aside_y,
            0.1 + 0.9 * std::min(1.0, busy),
            escaped(fmt::format("{} to {}: {}, busy {}", from.name, to.name, bytes_text(link.bytes),
                                percent(link.busy, report.all.totals.time))));
    }
    for (const FabricMap::Node& node : fabric.nodes) {
        body += fmt::format(
            "<g><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.0f}\" "
            "height=\"{:.0f}\" "
            "class=\"node\"/><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.0f}\" height=\"{:.0f}\" "
            "class=\"load\" fill-opacity=\"{:.2f}\"/>{}</g>\n",
            escaped(node.name + ": " + bytes_text(node.bytes)), at(node.x) - kSize / 2,
            at(node.y) - kSize / 2, kSize, kSize, at(node.x) - kSize / 2, at(node.y) - kSize / 2,
            kSize, kSize, 0.75 * part(node.bytes, most_bytes),
            label(at(node.x), at(node.y) + 4, "tick middle", node.name));
    }
    return svg(at(most_x) + kMargin, at(most_y) + kMargin,
               "The fabric's nodes and links, darker where there was more", body);
}

}  // namespace athena::sim
