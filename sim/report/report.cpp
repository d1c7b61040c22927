// SPDX-License-Identifier: Apache-2.0
#include "sim/report/report.h"

#include <algorithm>

#include "sim/report/energy.h"

namespace athena::sim {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kThousand = 1000;

/// What the board counts of what sections have.
class Counted final : public base::StatisticsVisitor {
  public:
    void counter(std::string_view name, std::uint64_t value) override {
        if (name == "multiply_accumulates") {
            macs += value;
        } else if (name == "bytes" && path_.size() > 1 && path_.end()[-2] == "dma") {
            dma_bytes += value;
        }
    }
    void enter(std::string_view name) override { path_.emplace_back(name); }
    void leave() override { path_.pop_back(); }

    std::uint64_t macs = 0;
    std::uint64_t dma_bytes = 0;

  private:
    std::vector<std::string> path_;
};

std::uint64_t scaled(std::uint64_t value, std::uint64_t by, std::uint64_t over) {
    return over == 0 ? 0 : static_cast<std::uint64_t>(Wide{value} * by / over);
}

// Rounded up: it cannot take less.
std::uint64_t time_at(std::uint64_t amount, std::uint64_t per_second) {
    return per_second == 0
               ? 0
               : static_cast<std::uint64_t>(
                     (Wide{amount} * kPicosecondsPerSecond + per_second - 1) / per_second);
}

std::uint64_t timed_hbm_peak(const memory::HbmConfig& hbm) {
    const std::uint64_t bytes_of_burst =
        std::uint64_t{hbm.access_bytes()} * hbm.pseudo_channels * hbm.total_channels();
    return scaled(bytes_of_burst, kPicosecondsPerSecond,
                  std::uint64_t{hbm.burst_cycles()} * hbm.tck_ps);
}

// Timed, a cluster has one port to all others, and HBM its buses; functional, each DMA channel has
// a port of its own, and HBM a rate.
Peaks peaks_of(const platform::BoardConfig& board, bool timed) {
    const std::uint64_t clusters = board.cluster.count;
    const std::uint64_t link =
        timed ? std::min(board.dma.bytes_per_cycle, board.crossbar.bytes_per_cycle)
              : board.dma.channels * board.dma.bytes_per_cycle;
    return {.macs = clusters * board.tile.count * board.tile.rows * board.tile.cols *
                    board.tile.clock_hz,
            .vector_operations =
                clusters * board.vector.count * board.vector.lanes * board.vector.clock_hz,
            .hbm_bytes = timed ? timed_hbm_peak(board.hbm_timing) : board.hbm.bytes_per_second,
            .link_bytes = clusters * link * board.cluster.clock_hz};
}

void add(SectionTotals& to, const SectionTotals& from) {
    if (from.used) {
        to.first_start = to.used ? std::min(to.first_start, from.first_start) : from.first_start;
        to.last_end = std::max(to.last_end, from.last_end);
        to.used = true;
    }
    to.work += from.work;
    to.time += from.time;
    to.active += from.active;
    std::ranges::transform(to.busy, from.busy, to.busy.begin(), std::plus<>());
    std::ranges::transform(to.stalls, from.stalls, to.stalls.begin(), std::plus<>());
}

class Maker {
  public:
    Maker(Report& report, const SectionTotals& all, std::uint64_t hop_bytes)
        : report_(report),
          link_bytes_(all.work.link_in() + all.work.link_out()),
          hop_bytes_(hop_bytes) {}

    /// What follows from the totals.
    void conclude(ReportRow& row) const {
        const Work& work = row.totals.work;
        const Peaks& peaks = report_.peaks;
        row.bounds = {time_at(work.all_macs(), peaks.macs),
                      time_at(work.vector_operations, peaks.vector_operations),
                      time_at(work.hbm_bytes(), peaks.hbm_bytes),
                      time_at(std::max(work.link_in(), work.link_out()), peaks.link_bytes)};
        const auto longest = std::ranges::max_element(row.bounds);
        if (*longest != 0) {
            row.bound = static_cast<Bound>(longest - row.bounds.begin());
            row.distance_thousandths = scaled(row.totals.time, kThousand, *longest);
        }
        row.utilisation_ppm = scaled(row.bounds[0], kMillion, row.totals.time);
        // Hops are known of all bytes together: each byte's are taken for as many.
        const std::uint64_t hops =
            scaled(hop_bytes_, work.link_in() + work.link_out(), link_bytes_);
        row.energy = energy_of(work, row.totals.time, hops, report_.board.energy);
    }

  private:
    const Report& report_;
    std::uint64_t link_bytes_;
    std::uint64_t hop_bytes_;
};

void name(ReportRow& row, const perf::Sections& names) {
    if (row.number == 0) {
        row.operation = "(no section)";
        return;
    }
    const std::string& text = names.at(row.number);
    row.layer = layer_of(text);
    row.operation = row.layer.empty() ? text : text.substr(row.layer.size() + 1);
    if (row.operation.empty()) {
        row.operation = "section " + std::to_string(row.number);
    }
}

// Numbers that have no name are nobody's.
std::vector<ReportRow> rows_of(const Collector& collector, const perf::Sections& names) {
    std::vector<ReportRow> rows;
    ReportRow nobody;
    for (std::size_t number = 0; number < collector.sections().size(); ++number) {
        const SectionTotals& totals = collector.sections()[number];
        const auto small = static_cast<std::uint16_t>(number);
        if (number != 0 && totals.used && names.contains(small)) {
            rows.push_back({.number = small, .totals = totals});
        } else {
            add(nobody.totals, totals);
        }
    }
    if (nobody.totals.used) {
        rows.insert(rows.begin(), nobody);
    }
    for (ReportRow& row : rows) {
        name(row, names);
    }
    return rows;
}

std::vector<ReportRow> layers_of(const Collector& collector,
                                 const std::vector<ReportRow>& sections) {
    std::vector<ReportRow> layers;
    for (const ReportRow& row : sections) {
        if (row.layer.empty()) {
            continue;
        }
        auto layer = std::ranges::find(layers, row.layer, &ReportRow::layer);
        if (layer == layers.end()) {
            layers.push_back({.layer = row.layer});
            layer = layers.end() - 1;
        }
        add(layer->totals, row.totals);
        layer->totals.active = collector.active_of_layer(row.layer);
    }
    return layers;
}

void add_timelines(Report& report, Collector& collector) {
    collector.align_timelines();
    const platform::BoardConfig& board = report.board;
    const std::array<std::uint64_t, kEngineKinds> engines = {board.tile.count, board.dma.channels,
                                                             board.vector.count};
    report.bin = collector.timeline(0, command::EngineKind::Tile).bin();
    report.bins = (collector.at_work() + report.bin - 1) / report.bin;
    for (std::uint64_t cluster = 0; cluster < board.cluster.count; ++cluster) {
        auto& kinds = report.timelines.emplace_back();
        for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
            const Timeline& timeline =
                collector.timeline(cluster, static_cast<command::EngineKind>(kind));
            for (std::size_t bin = 0; bin < report.bins; ++bin) {
                // The last bin ends with the work.
                const std::uint64_t length =
                    std::min(report.bin, collector.at_work() - bin * report.bin) * engines[kind];
                kinds[kind].push_back(
                    static_cast<std::uint32_t>(scaled(timeline.busy()[bin], kThousand, length)));
            }
        }
    }
}

}  // namespace

Report make_report(const platform::BoardConfig& board, Collector& collector,
                   const perf::Sections& names, std::uint64_t time,
                   const base::StatisticsSource& counters, FabricMap fabric) {
    Report report{.board = board,
                  .time = time,
                  .peaks = peaks_of(board, !fabric.nodes.empty()),
                  .sections = rows_of(collector, names)};
    report.fabric = std::move(fabric);
    report.layers = layers_of(collector, report.sections);
    for (const ReportRow& row : report.sections) {
        add(report.all.totals, row.totals);
    }
    report.idle = collector.idle();
    report.nothing_to_do = collector.nothing_to_do();
    report.all.totals.active = time - report.idle;
    std::uint64_t hop_bytes = 0;
    for (const FabricMap::Link& link : report.fabric.links) {
        hop_bytes += link.bytes;
    }
    const Maker maker(report, report.all.totals, hop_bytes);
    std::ranges::for_each(report.sections, [&](ReportRow& row) { maker.conclude(row); });
    std::ranges::for_each(report.layers, [&](ReportRow& row) { maker.conclude(row); });
    maker.conclude(report.all);
    Counted counted;
    counters.report(counted);
    const auto left = [](std::uint64_t all, std::uint64_t known) {
        return all > known ? all - known : 0;
    };
    report.unobserved_macs = left(counted.macs, report.all.totals.work.all_macs());
    report.unobserved_dma_bytes = left(counted.dma_bytes, report.all.totals.work.dma_bytes());
    add_timelines(report, collector);
    return report;
}

}  // namespace athena::sim
