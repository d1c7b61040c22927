// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/mesh/traffic.h"

#include <algorithm>
#include <bit>

namespace athena::test {

using fabric::MeshConfig;

namespace {

std::uint32_t hotspot(const MeshConfig& mesh) {
    return mesh.height / 2 * mesh.width + mesh.width / 2;
}

constexpr double kHotspotShare = 0.2;

bool is_random(Pattern pattern) {
    return pattern == Pattern::Uniform || pattern == Pattern::Hotspot;
}

std::uint32_t node(const MeshConfig& mesh, std::uint32_t x, std::uint32_t y) {
    return y * mesh.width + x;
}

std::uint32_t permuted(Pattern pattern, const MeshConfig& mesh, std::uint32_t source) {
    const std::uint32_t x = source % mesh.width;
    const std::uint32_t y = source / mesh.width;
    const std::uint32_t nodes = mesh.nodes();
    const auto bits = static_cast<std::uint32_t>(std::countr_zero(nodes));
    std::uint32_t reversed = 0;
    switch (pattern) {
        case Pattern::Neighbor:
            return node(mesh, (x + 1) % mesh.width, (y + 1) % mesh.height);
        case Pattern::Transpose:
            return node(mesh, y, x);
        case Pattern::BitComplement:
            return nodes - 1 - source;
        case Pattern::BitReverse:
            for (std::uint32_t bit = 0; bit < bits; ++bit) {
                reversed |= (source >> bit & 1U) << (bits - 1 - bit);
            }
            return reversed;
        case Pattern::Shuffle:
            return (source << 1 | source >> (bits - 1)) & (nodes - 1);
        case Pattern::Tornado:
            return node(mesh, (x + (mesh.width + 1) / 2 - 1) % mesh.width,
                        (y + (mesh.height + 1) / 2 - 1) % mesh.height);
        default:
            return source;
    }
}

std::uint32_t distance(const MeshConfig& mesh, std::uint32_t from, std::uint32_t to) {
    const auto gap = [](std::uint32_t a, std::uint32_t b) { return a > b ? a - b : b - a; };
    return gap(from % mesh.width, to % mesh.width) + gap(from / mesh.width, to / mesh.width);
}

}  // namespace

std::optional<Pattern> pattern_named(std::string_view name) {
    for (const PatternName& known : kPatterns) {
        if (name == known.name) {
            return known.pattern;
        }
    }
    return std::nullopt;
}

const char* name_of(Pattern pattern) {
    return std::ranges::find(kPatterns, pattern, &PatternName::pattern)->name;
}

std::optional<std::string> misfit(Pattern pattern, const MeshConfig& mesh) {
    if (pattern == Pattern::Transpose && mesh.width != mesh.height) {
        return "transpose needs as many rows as columns";
    }
    const bool by_bits = pattern == Pattern::BitReverse || pattern == Pattern::Shuffle;
    if (by_bits && (!std::has_single_bit(mesh.nodes()) || mesh.nodes() < 2)) {
        return std::string(name_of(pattern)) + " needs a number of nodes that is a power of two";
    }
    return std::nullopt;
}

std::uint32_t destination(Pattern pattern, const MeshConfig& mesh, std::uint32_t source,
                          Random& random) {
    if (pattern == Pattern::Hotspot && random.chance(kHotspotShare)) {
        return hotspot(mesh);
    }
    return is_random(pattern) ? random.below(mesh.nodes()) : permuted(pattern, mesh, source);
}

std::vector<double> shares(Pattern pattern, const MeshConfig& mesh, std::uint32_t source) {
    std::vector<double> to(mesh.nodes());
    if (!is_random(pattern)) {
        to[permuted(pattern, mesh, source)] = 1;
        return to;
    }
    const double hot = pattern == Pattern::Hotspot ? kHotspotShare : 0;
    std::ranges::fill(to, (1 - hot) / mesh.nodes());
    to[hotspot(mesh)] += hot;
    return to;
}

double channel_bound(Pattern pattern, const MeshConfig& mesh) {
    // By node: flits on the link to the east, west, north and south, and to the node itself, for
    // one flit of each source.
    std::vector<double> loads(mesh.nodes() * 5);
    for (std::uint32_t source = 0; source < mesh.nodes(); ++source) {
        const std::vector<double> to = shares(pattern, mesh, source);
        for (std::uint32_t target = 0; target < mesh.nodes(); ++target) {
            std::uint32_t at = source;
            while (at % mesh.width != target % mesh.width) {
                const bool east = at % mesh.width < target % mesh.width;
                loads[at * 5 + (east ? 0 : 1)] += to[target];
                at += east ? 1 : ~std::uint32_t{0};
            }
            while (at != target) {
                const bool north = at < target;
                loads[at * 5 + (north ? 2 : 3)] += to[target];
                at += north ? mesh.width : -mesh.width;
            }
            loads[at * 5 + 4] += to[target];
        }
    }
    return std::min(1.0, 1 / std::ranges::max(loads));
}

double zero_load_latency(const Load& load, const MeshConfig& mesh) {
    double links = 0;
    for (std::uint32_t source = 0; source < mesh.nodes(); ++source) {
        const std::vector<double> to = shares(load.pattern, mesh, source);
        for (std::uint32_t target = 0; target < mesh.nodes(); ++target) {
            links += to[target] * distance(mesh, source, target) / mesh.nodes();
        }
    }
    return (links + 1) * mesh.router_cycles + links * mesh.link_cycles + 1 +
           2 * mesh.terminal_cycles + (load.packet_flits - 1);
}

}  // namespace athena::test
