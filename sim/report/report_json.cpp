// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/report.h"

namespace athena::sim {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kVersion = 1;

template <std::size_t N, std::size_t M>
Json named(const std::array<std::string_view, N>& names,
           const std::array<std::uint64_t, M>& values) {
    static_assert(N >= M);
    Json json = Json::object();
    for (std::size_t i = 0; i < M; ++i) {
        json[std::string(names[i])] = values[i];
    }
    return json;
}

Json energy_json(const EnergyShares& energy) {
    return {{"multiply", energy.multiply}, {"vector", energy.vector},     {"l1", energy.l1},
            {"sram", energy.sram},         {"crossbar", energy.crossbar}, {"mesh", energy.mesh},
            {"hbm", energy.hbm},           {"ram", energy.ram},           {"static", energy.idle},
            {"total", energy.total()}};
}

Json row_json(const ReportRow& row) {
    const Work& work = row.totals.work;
    std::array<std::uint64_t, kStalls - 1> stalls{};  // without Stall::None, which no row has
    std::copy_n(row.totals.stalls.begin(), stalls.size(), stalls.begin());
    return {{"time_ps", row.totals.time},
            {"active_ps", row.totals.active},
            {"first_start_ps", row.totals.first_start},
            {"last_end_ps", row.totals.last_end},
            {"commands", work.commands},
            {"macs", work.all_macs()},
            {"macs_by_format", named(kMacFormatNames, work.macs)},
            {"vector_elements", work.vector_elements},
            {"vector_operations", work.vector_operations},
            {"dma_bytes", work.dma_bytes()},
            {"hbm_bytes", work.hbm_bytes()},
            {"link_in_bytes", work.link_in()},
            {"link_out_bytes", work.link_out()},
            {"read_bytes", named(kPlaceNames, work.read)},
            {"written_bytes", named(kPlaceNames, work.written)},
            {"tile_l1_bytes", work.tile_l1_bytes},
            {"vector_sram_bytes", work.vector_sram_bytes},
            {"busy_ps", named(kEngineNames, row.totals.busy)},
            {"tile_stalls_ps", named(kStallNames, stalls)},
            {"utilisation_ppm", row.utilisation_ppm},
            {"bounds_ps", named(kBoundNames, row.bounds)},
            {"bound", kBoundNames[static_cast<std::size_t>(row.bound)]},
            {"distance_thousandths", row.distance_thousandths},
            {"energy_fj", energy_json(row.energy)}};
}

Json section_json(const ReportRow& row) {
    Json json = {{"section", row.number}, {"layer", row.layer}, {"operation", row.operation}};
    json.update(row_json(row));
    return json;
}

Json layer_json(const ReportRow& row) {
    Json json = {{"layer", row.layer}};
    json.update(row_json(row));
    return json;
}

template <typename Of, typename Make>
Json list_of(const std::vector<Of>& all, const Make& make) {
    Json list = Json::array();
    for (const Of& one : all) {
        list.push_back(make(one));
    }
    return list;
}

Json board_of(const platform::BoardConfig& board) {
    return {{"name", board.name},
            {"clusters", board.cluster.count},
            {"tiles_per_cluster", board.tile.count},
            {"tile_rows", board.tile.rows},
            {"tile_cols", board.tile.cols},
            {"dma_channels_per_cluster", board.dma.channels},
            {"vector_cores_per_cluster", board.vector.count},
            {"vector_lanes", board.vector.lanes}};
}

Json timeline_of(const Report& report) {
    Json clusters = list_of(report.timelines, [](const auto& kinds) {
        Json cluster = Json::object();
        for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
            cluster[std::string(kEngineNames[kind])] = kinds[kind];
        }
        return cluster;
    });
    return {{"bin_ps", report.bin}, {"busy_thousandths", clusters}};
}

Json fabric_of(const FabricMap& fabric) {
    return {{"nodes", list_of(fabric.nodes,
                              [](const FabricMap::Node& node) {
                                  return Json{{"x", node.x},
                                              {"y", node.y},
                                              {"name", node.name},
                                              {"bytes", node.bytes}};
                              })},
            {"links", list_of(fabric.links, [](const FabricMap::Link& link) {
                 return Json{{"from", link.from},
                             {"to", link.to},
                             {"bytes", link.bytes},
                             {"busy_ps", link.busy}};
             })}};
}

}  // namespace

std::string report_json(const Report& report) {
    Json json = {{"format", "athena-report"},
                 {"version", kVersion},
                 {"board", board_of(report.board)},
                 {"time_ps", report.time}};
    json["peaks_per_second"] = {{"macs", report.peaks.macs},
                                {"vector_operations", report.peaks.vector_operations},
                                {"hbm_bytes", report.peaks.hbm_bytes},
                                {"link_bytes", report.peaks.link_bytes}};
    json["idle_ps"] = report.idle;
    json["tiles_nothing_to_do_ps"] = report.nothing_to_do;
    json["all"] = row_json(report.all);
    json["layers"] = list_of(report.layers, layer_json);
    json["sections"] = list_of(report.sections, section_json);
    json["unobserved"] = {{"macs", report.unobserved_macs},
                          {"dma_bytes", report.unobserved_dma_bytes}};
    json["timeline"] = timeline_of(report);
    json["fabric"] = fabric_of(report.fabric);
    return json.dump(2) + "\n";
}

}  // namespace athena::sim
