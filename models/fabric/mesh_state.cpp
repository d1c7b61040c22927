// SPDX-License-Identifier: Apache-2.0
#include "fabric/mesh_state.h"

#include <algorithm>

namespace athena::fabric::mesh {

namespace {

// The output of a router leads to the input of the neighbour that faces it, whose credits go back
// to that output.
void connect(std::vector<Site>& sites, const MeshConfig& config) {
    const auto join = [&](std::uint32_t from, unsigned output, std::uint32_t to, unsigned input) {
        sites[from].downstream[output] = make_place(to, input * config.vcs);
        sites[to].upstream[input] = make_place(from, output * config.vcs);
    };
    for (std::uint32_t node = 0; node < config.nodes(); ++node) {
        if (node % config.width + 1 < config.width) {
            join(node, kEast, node + 1, kWest);
            join(node + 1, kWest, node, kEast);
        }
        if (node + config.width < config.nodes()) {
            join(node, kNorth, node + config.width, kSouth);
            join(node + config.width, kSouth, node, kNorth);
        }
        sites[node].downstream[kLocal] = make_place(node, 0);  // a node has one port
        sites[node].upstream[kLocal] = make_place(node, 0);
    }
}

std::uint32_t credit_wire(const MeshConfig& config) {
    return config.credit_link_cycles != 0 ? config.credit_link_cycles : config.link_cycles;
}

}  // namespace

// The crossbar and the register before a channel take a cycle each: what is allocated in cycle t is
// sent in t + 1 and there in t + 2 + the channel's cycles. Credits do not pass the crossbar; those
// of routers wait there for credit_cycles, those of nodes do not.
Shape::Shape(const MeshConfig& config)
    : vcs(config.vcs),
      port_vcs(kPorts * config.vcs),
      ring_shift(static_cast<unsigned>(std::bit_width(config.buffer_flits - 1))),
      held_ring(std::bit_ceil(config.vcs * config.buffer_flits)),
      all_vcs(static_cast<std::uint16_t>((1U << config.vcs) - 1)),
      routes_on_arrival(config.router_cycles == 3),
      flit_delay(Cycle{2} + config.link_cycles),
      head_delay(flit_delay + (routes_on_arrival ? 0 : 1)),
      eject_delay(Cycle{2} + config.terminal_cycles),
      credit_delay(Cycle{1} + credit_wire(config) + config.credit_cycles),
      source_credit_delay(Cycle{1} + config.terminal_cycles),
      inject_delay(Cycle{1} + config.terminal_cycles),
      head_inject_delay(inject_delay + (routes_on_arrival ? 0 : 1)),
      eject_credit_delay(Cycle{1} + config.terminal_cycles + config.credit_cycles),
      sites(config.nodes()) {
    slots = std::bit_ceil(std::max({head_delay, eject_delay, credit_delay, source_credit_delay,
                                    head_inject_delay, eject_credit_delay}) +
                          1);
    std::ranges::fill(port_of, static_cast<std::uint8_t>(kPorts));
    for (unsigned vc = 0; vc < port_vcs; ++vc) {
        port_of[vc] = static_cast<std::uint8_t>(vc / vcs);
    }
    for (std::uint32_t node = 0; node < config.nodes(); ++node) {
        sites[node].x = static_cast<std::uint16_t>(node % config.width);
        sites[node].y = static_cast<std::uint16_t>(node / config.width);
        std::ranges::fill(sites[node].downstream, kNowhere);
        std::ranges::fill(sites[node].upstream, kNowhere);
    }
    connect(sites, config);
}

// In one cycle at most one flit is sent over a link.
State::State(const Shape& shape, std::uint32_t buffer_flits)
    : routers(shape.sites.size()),
      input_vcs(shape.sites.size() * shape.port_vcs),
      output_vcs(input_vcs.size()),
      rings(input_vcs.size() << shape.ring_shift),
      terminals(shape.sites.size()),
      source_credits(shape.sites.size() * shape.vcs, static_cast<std::uint16_t>(buffer_flits)),
      held(shape.sites.size() * shape.held_ring),
      node_counters(shape.sites.size()),
      active_routers(shape.sites.size()),
      asking_routers(shape.sites.size()),
      active_sources(shape.sites.size()),
      emptying(shape.sites.size()),
      flits{{shape.slots, shape.sites.size() * kPorts},
            {shape.slots, shape.sites.size() * kPorts},
            {shape.slots, shape.sites.size()}},
      credits{{shape.slots, shape.sites.size() * kPorts}, {shape.slots, shape.sites.size()}},
      senders(shape.sites.size() * kPorts + 2),
      emptied(senders.size()) {
    for (RouterState& router : routers) {
        router.free = (std::uint64_t{1} << shape.port_vcs) - 1;
        std::ranges::fill(router.last_vc, kNoLast);
        std::ranges::fill(router.last_input, static_cast<std::uint16_t>(kPorts - 1));
        std::ranges::fill(router.last_output, static_cast<std::uint16_t>(kPorts - 1));
    }
    for (std::size_t at = 0; at < input_vcs.size(); ++at) {
        const Site& site = shape.sites[at / shape.port_vcs];
        const auto vc = static_cast<std::uint32_t>(at % shape.port_vcs);
        input_vcs[at].credits_to = site.upstream[vc / shape.vcs] + vc % shape.vcs;
        input_vcs[at].last_grant = kNoLast;
        output_vcs[at] = {static_cast<std::uint16_t>(buffer_flits), kNoVc, kNoLast};
    }
    for (Terminal& terminal : terminals) {
        terminal.first = kNone;
        terminal.last = kNone;
        terminal.ready = shape.all_vcs;
        terminal.vc = static_cast<std::uint8_t>(shape.vcs - 1);
    }
}

}  // namespace athena::fabric::mesh
