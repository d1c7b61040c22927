// SPDX-License-Identifier: Apache-2.0
#include "fabric/mesh.h"

#include <algorithm>
#include <stdexcept>

namespace athena::fabric {

using namespace mesh;

namespace {

const MeshConfig& checked(const MeshConfig& config) {
    if (const auto reason = config.check()) {
        throw std::invalid_argument(*reason);
    }
    return config;
}

}  // namespace

Mesh::Mesh(const MeshConfig& config)
    : config_(checked(config)), shape_(config), state_(shape_, config.buffer_flits) {
    deliveries_.reserve(config.nodes());
    departures_.reserve(config.nodes());
}

std::uint32_t Mesh::place_for_packet() {
    if (state_.free_packet == kNone) {
        state_.packets.emplace_back();
        return static_cast<std::uint32_t>(state_.packets.size() - 1);
    }
    const std::uint32_t place = state_.free_packet;
    state_.free_packet = state_.packets[place].next;
    return place;
}

void Mesh::check_packet(std::uint32_t source, std::uint32_t destination,
                        std::uint32_t flits) const {
    if (source >= config_.nodes() || destination >= config_.nodes()) {
        throw std::invalid_argument("mesh: a packet from node " + std::to_string(source) +
                                    " to node " + std::to_string(destination) + "; there are " +
                                    std::to_string(config_.nodes()));
    }
    if (flits == 0 || flits > 0xffff) {
        throw std::invalid_argument("mesh: a packet of " + std::to_string(flits) +
                                    " flits; 1 to 65535 are possible");
    }
}

void Mesh::inject(const Packet& packet) {
    check_packet(packet.source, packet.destination, packet.flits);
    if ((packet.vcs & ~std::uint32_t{shape_.all_vcs}) != 0) {
        throw std::invalid_argument(
            "mesh: a packet for virtual channels that do not exist; there are " +
            std::to_string(config_.vcs));
    }
    const std::uint32_t place = place_for_packet();
    const Site& destination = shape_.sites[packet.destination];
    const std::uint32_t allowed = packet.vcs == 0 ? shape_.all_vcs : packet.vcs;
    state_.packets[place] = {packet.handle,
                             0,
                             kNone,
                             destination.x,
                             destination.y,
                             static_cast<std::uint16_t>(allowed),
                             static_cast<std::uint16_t>(packet.flits)};
    Terminal& terminal = state_.terminals[packet.source];
    (terminal.last == kNone ? terminal.first : state_.packets[terminal.last].next) = place;
    terminal.last = place;
    ++terminal.queued;
    state_.active_sources.insert(packet.source);
    NodeCounters& counters = state_.node_counters[packet.source];
    ++counters.queued_packets;
    counters.queued_flits += packet.flits;
    ++state_.in_flight;
}

void Mesh::refuse(std::uint32_t node, bool refuses) {
    Terminal& terminal = state_.terminals.at(node);
    terminal.refuses = refuses ? 1 : 0;
    if (!refuses && terminal.held_count != 0) {
        state_.emptying.insert(node);
    }
}

// Until something arrives.
bool Mesh::is_idle() const {
    return state_.active_routers.empty() && state_.asking_routers.empty() &&
           state_.active_sources.empty() && state_.emptying.empty();
}

Mesh::Cycle Mesh::next_activity() const {
    if (!is_idle()) {
        return state_.now;
    }
    for (Cycle cycle = state_.now; cycle < state_.now + shape_.slots; ++cycle) {
        const auto arrives = [cycle](const auto& line) { return !line.at(cycle).empty(); };
        if (std::ranges::any_of(state_.flits, arrives) ||
            std::ranges::any_of(state_.credits, arrives)) {
            return cycle;
        }
    }
    return kNever;
}

void Mesh::advance(Cycle until) {
    deliveries_.clear();
    departures_.clear();
    while (state_.now < until && deliveries_.empty() && departures_.empty()) {
        if (is_idle()) {
            const Cycle next = next_activity();
            if (next >= until) {
                state_.now = until;
                return;
            }
            state_.now = next;
        }
        run_cycle();
        ++state_.now;
    }
}

// What arrives in a cycle was sent in an earlier one, so the order of routers does not matter.
void Mesh::run_cycle() {
    receive_at_nodes();
    take_credits_of_sources();
    take_credits(shape_, state_);
    receive_at_routers(shape_, state_);
    send_from_sources();
    step_routers(shape_, state_);
}

}  // namespace athena::fabric
