// SPDX-License-Identifier: Apache-2.0
// What arrives at routers: heads, the flits behind them, credits.
#include "fabric/mesh_bits.h"
#include "fabric/mesh_route.h"
#include "fabric/mesh_state.h"

namespace athena::fabric::mesh {

namespace {

void put_in_front(const Shape& shape, State& state, Place place, InputVc& input,
                  std::uint32_t number) {
    const PacketEntry& packet = state.packets[number];
    const unsigned output = route(shape.sites[number_of(place)], packet.x, packet.y);
    input.packet = number;
    input.left = packet.flits;
    input.output_vc = static_cast<std::uint16_t>(output * shape.vcs);
    state.routers[number_of(place)].to[output] |= bit(vc_of(place));
}

void put_behind(const Shape& shape, State& state, std::size_t input_vc, std::uint32_t packet) {
    InputVc& input = state.input_vcs[input_vc];
    const std::size_t at = (input.behind_from + input.behind) & ((1U << shape.ring_shift) - 1);
    state.rings[(input_vc << shape.ring_shift) + at] = packet;
    ++input.behind;
}

std::uint32_t take_from_behind(const Shape& shape, State& state, std::size_t input_vc) {
    InputVc& input = state.input_vcs[input_vc];
    const std::uint16_t at = input.behind_from;
    input.behind_from = static_cast<std::uint16_t>((at + 1U) & ((1U << shape.ring_shift) - 1));
    --input.behind;
    return state.rings[(input_vc << shape.ring_shift) + at];
}

// The cycle of a head's route is part of its way here, so it asks for a VC at once; but not if it
// was one packet behind another until the last cycle, for then its route began in this one.
void receive_head(const Shape& shape, State& state, Place place, std::uint32_t packet) {
    const std::size_t at = shape.router_vc(place);
    InputVc& input = state.input_vcs[at];
    RouterState& router = state.routers[number_of(place)];
    const std::uint64_t vc = bit(vc_of(place));
    ++input.received;
    router.filled |= vc;
    if (input.left != 0) {
        put_behind(shape, state, at, packet);
        return;
    }
    put_in_front(shape, state, place, input, packet);
    const bool was_behind = !shape.routes_on_arrival & (router.left_in + 1 == state.now);
    const std::uint64_t waits = router.left & vc & ones_if(was_behind);
    router.routing |= waits;
    router.requests |= vc & ~waits;
    state.asking_routers.insert(number_of(place));
}

}  // namespace

void account_starvation(RouterState& router, Cycle until) {
    for (unsigned output = 0; router.starved != 0 && output < kPorts; ++output) {
        const bool is_stalled = (router.starved & router.to[output]) != 0;
        router.stalled[output] += is_stalled ? until - router.starved_since : 0;
    }
    router.starved_since = until;
}

void starve(RouterState& router, std::uint64_t input_vcs, Cycle from) {
    account_starvation(router, from);
    router.starved |= input_vcs;
}

void bring_to_front(const Shape& shape, State& state, Place place) {
    const std::size_t at = shape.router_vc(place);
    put_in_front(shape, state, place, state.input_vcs[at], take_from_behind(shape, state, at));
    RouterState& router = state.routers[number_of(place)];
    if (shape.routes_on_arrival) {
        router.requests |= bit(vc_of(place));
    } else {
        router.routing |= bit(vc_of(place));
        state.asking_routers.insert(number_of(place));
    }
}

void receive_at_routers(const Shape& shape, State& state) {
    for (const Moving& head : state.flits[kHeads].at(state.now)) {
        receive_head(shape, state, head.to, packet_of(head.flit));
    }
    state.flits[kHeads].clear(state.now);
    RouterState* const routers = state.routers.data();
    InputVc* const input_vcs = state.input_vcs.data();
    const std::uint32_t port_vcs = shape.port_vcs;
    for (const Moving& body : state.flits[kBodies].at(state.now)) {
        const std::uint32_t number = number_of(body.to);
        ++input_vcs[number * port_vcs + vc_of(body.to)].received;
        const std::uint64_t vc = bit(vc_of(body.to));
        RouterState& router = routers[number];
        router.filled |= vc;
        state.active_routers.insert_if((router.can_send & vc) != 0, number);
        if ((router.active & ~router.can_send & ~router.starved & vc) != 0) {
            starve(router, vc, state.now);
        }
    }
    state.flits[kBodies].clear(state.now);
}

// A credit is worth a cycle if the flit of a channel that had none waits for it.
void take_credits(const Shape& shape, State& state) {
    OutputVc* const output_vcs = state.output_vcs.data();
    const std::uint32_t port_vcs = shape.port_vcs;
    for (const Place place : state.credits[kCreditsOfRouters].at(state.now)) {
        OutputVc& output = output_vcs[number_of(place) * port_vcs + vc_of(place)];
        if (output.credits++ != 0 || output.owner == kNoVc) {
            continue;
        }
        RouterState& router = state.routers[number_of(place)];
        router.can_send |= bit(output.owner);
        if ((router.starved & bit(output.owner)) != 0) {
            account_starvation(router, state.now);
            router.starved &= ~bit(output.owner);
            state.active_routers.insert(number_of(place));
        }
    }
    state.credits[kCreditsOfRouters].clear(state.now);
}

}  // namespace athena::fabric::mesh
