// SPDX-License-Identifier: Apache-2.0
#include "sim/report/fabric_map.h"

#include <charconv>
#include <map>
#include <string>
#include <utility>

namespace athena::sim {

namespace {

constexpr double kPicosecondsPerSecond = 1e12;

/// Flits of each link: bus.requests.nodeN.east.flits and so on.
class Flits final : public base::StatisticsVisitor {
  public:
    void counter(std::string_view name, std::uint64_t value) override {
        constexpr std::string_view kNode = "node";
        if (name != "flits" || path_.size() != 4 || path_[0] != "bus" ||
            !path_[2].starts_with(kNode)) {
            return;
        }
        std::uint64_t node = 0;
        const std::string& text = path_[2];
        std::from_chars(text.data() + kNode.size(), text.data() + text.size(), node);
        found[{node, path_[3]}] += value;
    }
    void enter(std::string_view name) override { path_.emplace_back(name); }
    void leave() override { path_.pop_back(); }

    std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> found;

  private:
    std::vector<std::string> path_;
};

void add_name(std::string& names, const std::string& name) {
    names += (names.empty() ? "" : ", ") + name;
}

std::vector<FabricMap::Node> nodes_of(const platform::BoardConfig& board) {
    const platform::BoardConfig::Mesh& mesh = board.mesh;
    std::vector<FabricMap::Node> nodes;
    for (std::uint64_t node = 0; node < mesh.width * mesh.height; ++node) {
        nodes.push_back({.x = node % mesh.width, .y = node / mesh.width, .name = {}});
    }
    add_name(nodes[mesh.control].name, "control");
    for (std::uint64_t cluster = 0; cluster < board.cluster.count; ++cluster) {
        add_name(nodes[mesh.clusters[cluster % mesh.clusters.size()]].name,
                 "cluster" + std::to_string(cluster));
    }
    for (std::size_t port = 0; port < mesh.hbm.size(); ++port) {
        add_name(nodes[mesh.hbm[port]].name, "hbm" + std::to_string(port));
    }
    return nodes;
}

}  // namespace

FabricMap fabric_map(const platform::BoardConfig& board, const base::StatisticsSource& counters) {
    Flits flits;
    counters.report(flits);
    if (flits.found.empty()) {
        return {};
    }
    FabricMap map{nodes_of(board), {}};
    const std::uint64_t width = board.mesh.width;
    for (const auto& [link, count] : flits.found) {
        const auto& [node, port] = link;
        if (node >= map.nodes.size() || port == "local" || count == 0) {
            continue;
        }
        const std::uint64_t other = port == "east"    ? node + 1
                                    : port == "west"  ? node - 1
                                    : port == "north" ? node + width
                                                      : node - width;
        const std::uint64_t bytes = count * board.mesh.flit_bytes;
        const double busy = static_cast<double>(count) * kPicosecondsPerSecond /
                            static_cast<double>(board.mesh.clock_hz);
        map.links.push_back({node, other, bytes, static_cast<std::uint64_t>(busy)});
        map.nodes[node].bytes += bytes;
        map.nodes[other].bytes += bytes;
    }
    return map;
}

}  // namespace athena::sim
