// SPDX-License-Identifier: Apache-2.0
// A mesh's ends: source queues and ejection.
#include <algorithm>
#include <bit>

#include "fabric/mesh.h"
#include "fabric/mesh_bits.h"

namespace athena::fabric {

using namespace mesh;

void Mesh::take_credits_of_sources() {
    for (const Place place : state_.credits[kCreditsOfNodes].at(state_.now)) {
        const std::uint32_t node = number_of(place);
        Terminal& terminal = state_.terminals[node];
        ++state_.source_credits[shape_.node_vc(place)];
        terminal.ready = static_cast<std::uint16_t>(terminal.ready | 1U << vc_of(place));
        if (terminal.first != kNone) {
            state_.active_sources.insert(node);
        }
    }
    state_.credits[kCreditsOfNodes].clear(state_.now);
}

void Mesh::send_from_sources() {
    state_.active_sources.visit([this](std::uint32_t node) { return send_from_source(node); });
}

// One flit a cycle, of one packet after the other; each packet takes the next channel with credit
// behind the one that the last packet used. Returns whether the node has more to send and may.
bool Mesh::send_from_source(std::uint32_t node) {
    Terminal& terminal = state_.terminals[node];
    const std::uint32_t place = terminal.first;
    PacketEntry& packet = state_.packets[place];
    const bool is_head = terminal.left == 0;
    if (is_head) {
        const unsigned possible = terminal.ready & packet.allowed;
        if (possible == 0) {
            return false;  // until a credit comes
        }
        terminal.vc = static_cast<std::uint8_t>(
            std::countr_zero(round_robin(possible, behind(1U << terminal.vc))));
        terminal.left = packet.flits;
        packet.entered = state_.now;
    }
    const unsigned vc = terminal.vc;
    if ((terminal.ready >> vc & 1U) == 0) {
        return false;
    }
    const Flit flit = make_flit(place, --terminal.left == 0);
    if (--state_.source_credits[node * shape_.vcs + vc] == 0) {
        terminal.ready = static_cast<std::uint16_t>(terminal.ready & ~(1U << vc));
    }
    state_.flits[is_head ? kHeads : kBodies].put(
        state_.now + (is_head ? shape_.head_inject_delay : shape_.inject_delay),
        {make_place(node, kLocal * shape_.vcs + vc), flit});
    ++state_.node_counters[node].injected_flits;
    if (is_tail(flit)) {
        finish_sending(node, place);
    }
    return terminal.first != kNone;
}

void Mesh::finish_sending(std::uint32_t node, std::uint32_t packet) {
    Terminal& terminal = state_.terminals[node];
    terminal.first = state_.packets[packet].next;
    if (terminal.first == kNone) {
        terminal.last = kNone;
    }
    --terminal.queued;
    ++state_.node_counters[node].injected_packets;
    if (config_.report_departures) {
        departures_.push_back({state_.now, state_.packets[packet].handle, node});
    }
}

// A node that accepts takes a flit in the cycle of its arrival, unless older ones wait.
void Mesh::receive_at_nodes() {
    for (const Moving& moving : state_.flits[kToNodes].at(state_.now)) {
        const std::uint32_t node = number_of(moving.to);
        Terminal& terminal = state_.terminals[node];
        if ((terminal.refuses | terminal.held_count) == 0) {
            take_flit(node, vc_of(moving.to), moving.flit);
            continue;
        }
        const std::size_t at = (terminal.held_first + terminal.held_count++) % shape_.held_ring;
        state_.held[node * shape_.held_ring + at] = moving;
    }
    state_.flits[kToNodes].clear(state_.now);
    if (!state_.emptying.empty()) {
        take_held_flits();
    }
}

void Mesh::take_held_flits() {
    state_.emptying.visit([this](std::uint32_t node) {
        Terminal& terminal = state_.terminals[node];
        if (terminal.refuses != 0) {
            return false;
        }
        const std::size_t at = node * shape_.held_ring + terminal.held_first;
        const Moving moving = state_.held[at];
        terminal.held_first = (terminal.held_first + 1) % shape_.held_ring;
        --terminal.held_count;
        take_flit(node, vc_of(moving.to), moving.flit);
        return terminal.held_count != 0;
    });
    // Those that came from routers are in the order of nodes already.
    std::ranges::sort(deliveries_, {}, &Delivery::node);
}

void Mesh::take_flit(std::uint32_t node, unsigned vc, Flit flit) {
    state_.credits[kCreditsOfRouters].put(state_.now + shape_.eject_credit_delay,
                                          make_place(node, kLocal * shape_.vcs + vc));
    NodeCounters& counters = state_.node_counters[node];
    ++counters.ejected_flits;
    if (!is_tail(flit)) {
        return;
    }
    const std::uint32_t place = packet_of(flit);
    PacketEntry& packet = state_.packets[place];
    deliveries_.push_back({state_.now, packet.handle, node, packet.entered});
    ++counters.ejected_packets;
    --state_.in_flight;
    packet.next = state_.free_packet;
    state_.free_packet = place;
}

}  // namespace athena::fabric
