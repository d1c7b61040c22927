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

// The flits behind the head follow one a cycle, unless they wait for credit: a buffer's flits can
// be sent once in a round trip of flit and credit. Of the links it is the last one that counts:
// what is late at another one or at the source catches up with the head, which takes longer in each
// router. The source's round trip is shorter than the node's.
Mesh::Cycle Mesh::zero_load_latency(std::uint32_t source, std::uint32_t destination,
                                    std::uint32_t flits) const {
    check_packet(source, destination, flits);
    const Site& from = shape_.sites[source];
    const Site& to = shape_.sites[destination];
    const Cycle links = gap(from.x, to.x) + gap(from.y, to.y);
    const Cycle behind = flits - 1;
    const Cycle rounds = behind / config_.buffer_flits;
    const auto waiting = [&](Cycle round_trip) {
        return rounds * round_trip + behind % config_.buffer_flits;
    };
    const Cycle of_link = links == 0 ? 0 : waiting(shape_.flit_delay + shape_.credit_delay);
    const Cycle of_node = waiting(shape_.eject_delay + shape_.eject_credit_delay);
    return (links + 1) * config_.router_cycles + links * config_.link_cycles +
           Cycle{2} * config_.terminal_cycles + 1 + std::max({behind, of_link, of_node});
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
