// SPDX-License-Identifier: Apache-2.0
// A mesh's counters, and whether nothing was lost.
#include <string>

#include "fabric/mesh.h"

namespace athena::fabric {

using namespace mesh;

namespace {

using Counts = std::vector<std::uint64_t>;  // by place
using Fault = std::optional<std::string>;

Place place_of(const Moving& moving) {
    return moving.to;
}
Place place_of(Place place) {
    return place;
}

// Adds what is on its way, by where it goes: `index` of its place.
template <typename Thing, typename Index>
void add_under_way(Counts& counts, const DelayLine<Thing>& line, Index index) {
    for (std::size_t slot = 0; slot < line.slots(); ++slot) {
        for (const Thing& thing : line.at(slot)) {
            ++counts[index(place_of(thing))];
        }
    }
}

Counts flits_to_routers(const State& state, const Shape& shape) {
    Counts counts(state.input_vcs.size());
    for (const unsigned kind : {kHeads, kBodies}) {
        add_under_way(counts, state.flits[kind],
                      [&](Place place) { return shape.router_vc(place); });
    }
    return counts;
}

// Flits that nodes have not taken are on their way to them.
Counts flits_to_nodes(const State& state, const Shape& shape) {
    Counts counts(state.source_credits.size());
    add_under_way(counts, state.flits[kToNodes], [&](Place place) { return shape.node_vc(place); });
    for (std::size_t node = 0; node < state.terminals.size(); ++node) {
        const Terminal& terminal = state.terminals[node];
        for (std::uint32_t index = 0; index < terminal.held_count; ++index) {
            const std::size_t at = (terminal.held_first + index) % shape.held_ring;
            ++counts[shape.node_vc(state.held[node * shape.held_ring + at].to)];
        }
    }
    return counts;
}

std::uint32_t flits_in(const InputVc& vc) {
    return vc.received - vc.sent;
}

std::uint64_t of_port(const Counts& counts, std::size_t first, const Shape& shape) {
    std::uint64_t sum = 0;
    for (unsigned vc = 0; vc < shape.vcs; ++vc) {
        sum += counts[first + vc];
    }
    return sum;
}

std::string name(std::size_t router, unsigned port) {
    constexpr const char* kNames[kPorts] = {"east", "west", "north", "south", "local"};
    return "router " + std::to_string(router) + " " + kNames[port];
}

Fault compare(const std::string& where, const char* what, std::uint64_t is,
              std::uint64_t expected) {
    if (is == expected) {
        return std::nullopt;
    }
    return "mesh: " + where + ": " + what + " " + std::to_string(is) + ", not " +
           std::to_string(expected);
}

}  // namespace

// While a router has no cycles, its flits wait for credit.
Mesh::Link Mesh::link(std::uint32_t node, unsigned port) const {
    const RouterState& router = state_.routers.at(node);
    std::uint64_t stalled = router.stalled[port];
    if ((router.starved & router.to[port]) != 0) {
        stalled += state_.now - router.starved_since;
    }
    return {router.sent[port], router.sent[port], stalled};
}

// What an input received and what is on its way to it is what was sent there.
Fault Mesh::check_links() const {
    const Counts to_routers = flits_to_routers(state_, shape_);
    const Counts ejected = flits_to_nodes(state_, shape_);
    for (std::uint32_t number = 0; number < state_.routers.size(); ++number) {
        const RouterState& router = state_.routers[number];
        const Site& site = shape_.sites[number];
        const NodeCounters& node = state_.node_counters[number];
        for (unsigned port = 0; port < kPorts; ++port) {
            const Place from = site.upstream[port];
            const RouterState& upstream =
                state_.routers[from == kNowhere ? number : number_of(from)];
            const std::uint64_t sent = from == kNowhere ? 0
                                       : port == kLocal
                                           ? node.injected_flits
                                           : upstream.sent[shape_.port_of[vc_of(from)]];
            const std::size_t input = number * shape_.port_vcs + port * shape_.vcs;
            std::uint64_t received = of_port(to_routers, input, shape_);
            for (unsigned vc = 0; vc < shape_.vcs; ++vc) {
                received += state_.input_vcs[input + vc].received;
            }
            constexpr std::uint64_t kCounted = 0xffffffff;
            if (auto fault = compare(name(number, port) + " input", "flits received or on the way",
                                     received & kCounted, sent & kCounted)) {
                return fault;
            }
        }
        if (auto fault =
                compare(name(number, kLocal), "flits taken or on the way",
                        node.ejected_flits +
                            of_port(ejected, shape_.node_vc(site.downstream[kLocal]), shape_),
                        router.sent[kLocal])) {
            return fault;
        }
    }
    return std::nullopt;
}

// The places of a VC's buffer are credits at its upstream end, credits or flits on the way, flits
// stored.
Fault Mesh::check_credits() const {
    const Counts to_routers = flits_to_routers(state_, shape_);
    const Counts ejected = flits_to_nodes(state_, shape_);
    Counts credits(state_.output_vcs.size());
    add_under_way(credits, state_.credits[kCreditsOfRouters],
                  [&](Place place) { return shape_.router_vc(place); });
    Counts source_credits(state_.source_credits.size());
    add_under_way(source_credits, state_.credits[kCreditsOfNodes],
                  [&](Place place) { return shape_.node_vc(place); });
    const auto stored = [&](std::size_t input) {
        return to_routers[input] + flits_in(state_.input_vcs[input]);
    };
    for (std::size_t here = 0; here < state_.output_vcs.size(); ++here) {
        const std::size_t router = here / shape_.port_vcs;
        const unsigned port = shape_.port_of[here % shape_.port_vcs];
        const std::size_t vc = here % shape_.vcs;
        const Place next = shape_.sites[router].downstream[port];
        if (next == kNowhere) {
            continue;
        }
        const std::size_t to =
            (port == kLocal ? shape_.node_vc(next) : shape_.router_vc(next)) + vc;
        const std::uint64_t all = state_.output_vcs[here].credits + credits[here] +
                                  (port == kLocal ? ejected[to] : stored(to));
        if (auto fault = compare(name(router, port), "credits and flits of a VC", all,
                                 config_.buffer_flits)) {
            return fault;
        }
        if (port != kLocal) {
            continue;
        }
        const std::uint64_t of_source =
            state_.source_credits[to] + source_credits[to] + stored(here);
        if (auto fault = compare(name(router, port) + " input", "credits and flits of a VC",
                                 of_source, config_.buffer_flits)) {
            return fault;
        }
    }
    return std::nullopt;
}

// What was queued, injected and ejected, node by node and in all.
Fault Mesh::check_nodes() const {
    NodeCounters sum{};
    std::uint64_t stored = 0;
    for (std::uint32_t node = 0; node < config_.nodes(); ++node) {
        const NodeCounters& counters = state_.node_counters[node];
        const Terminal& terminal = state_.terminals[node];
        std::uint64_t flits = 0;
        std::uint64_t packets = 0;
        for (std::uint32_t at = terminal.first; at != kNone; at = state_.packets[at].next) {
            const bool is_begun = at == terminal.first && terminal.left != 0;
            flits += is_begun ? terminal.left : state_.packets[at].flits;
            ++packets;
        }
        const std::string where = "node " + std::to_string(node);
        if (auto fault = compare(where, "flits injected or queued", counters.injected_flits + flits,
                                 counters.queued_flits)) {
            return fault;
        }
        if (auto fault = compare(where, "packets injected or queued",
                                 counters.injected_packets + packets, counters.queued_packets)) {
            return fault;
        }
        sum.queued_packets += counters.queued_packets;
        sum.injected_flits += counters.injected_flits;
        sum.ejected_flits += counters.ejected_flits;
        sum.ejected_packets += counters.ejected_packets;
        stored += terminal.held_count;
    }
    for (const InputVc& vc : state_.input_vcs) {
        stored += flits_in(vc);
    }
    for (std::size_t slot = 0; slot < shape_.slots; ++slot) {
        for (const DelayLine<Moving>& line : state_.flits) {
            stored += line.at(slot).size();
        }
    }
    if (auto fault = compare("all", "flits ejected or in the network", sum.ejected_flits + stored,
                             sum.injected_flits)) {
        return fault;
    }
    return compare("all", "packets delivered or in flight", sum.ejected_packets + state_.in_flight,
                   sum.queued_packets);
}

Fault Mesh::check_conservation() const {
    if (auto fault = check_nodes()) {
        return fault;
    }
    if (auto fault = check_links()) {
        return fault;
    }
    return check_credits();
}

}  // namespace athena::fabric
