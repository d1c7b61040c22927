// SPDX-License-Identifier: Apache-2.0
// What a packet's way costs it: alone, and what waits on it now.
#include <algorithm>

#include "fabric/mesh.h"
#include "fabric/mesh_bits.h"
#include "fabric/mesh_route.h"

namespace athena::fabric {

using namespace mesh;

namespace {

std::uint32_t gap(std::uint32_t a, std::uint32_t b) {
    return a > b ? a - b : b - a;
}

}  // namespace

// The head takes router_cycles in each router, the flits behind it 2 less, so that they catch up
// and follow one a cycle; unless they wait for credit: a buffer's flits can be sent once in a round
// trip of flit and credit. Flits that wait behind the last link or before the node are late by all
// that; those that wait in the source catch up with the head in each router but the first.
Mesh::Cycle Mesh::zero_load_latency(std::uint32_t source, std::uint32_t destination,
                                    std::uint32_t flits) const {
    check_packet(source, destination, flits);
    const Site& from = shape_.sites[source];
    const Site& to = shape_.sites[destination];
    const Cycle links = gap(from.x, to.x) + gap(from.y, to.y);
    const Cycle behind = flits - 1;
    const Cycle rounds = behind / config_.buffer_flits;
    const auto rest = [&](Cycle round_trip, Cycle caught_up) {
        const Cycle late = rounds * round_trip + behind % config_.buffer_flits;
        return late > caught_up ? late - caught_up : 0;
    };
    const Cycle of_source =
        rest(shape_.inject_delay + shape_.source_credit_delay, links * (config_.router_cycles - 2));
    const Cycle of_link = links == 0 ? 0 : rest(shape_.flit_delay + shape_.credit_delay, 0);
    const Cycle of_node = rest(shape_.eject_delay + shape_.eject_credit_delay, 0);
    return (links + 1) * config_.router_cycles + links * config_.link_cycles +
           Cycle{2} * config_.terminal_cycles + 1 + std::max({behind, of_source, of_link, of_node});
}

std::uint64_t Mesh::backlog(std::uint32_t source, std::uint32_t destination) const {
    const Site& to = shape_.sites.at(destination);
    const NodeCounters& counters = state_.node_counters.at(source);
    std::uint64_t flits =
        counters.queued_flits - counters.injected_flits + state_.terminals[destination].held_count;
    for (std::uint32_t here = source;;) {
        const RouterState& router = state_.routers[here];
        const unsigned output = route(shape_.sites[here], to.x, to.y);
        for (std::uint64_t left = router.to[output] & router.filled; left != 0; left &= left - 1) {
            const InputVc& vc =
                state_.input_vcs[std::size_t{here} * shape_.port_vcs + number_of_lowest(left)];
            flits += vc.received - vc.sent;
        }
        if (output == kLocal) {
            return flits;
        }
        here = number_of(shape_.sites[here].downstream[output]);
    }
}

}  // namespace athena::fabric
