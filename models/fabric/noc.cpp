// SPDX-License-Identifier: Apache-2.0
#include "fabric/noc.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace athena::fabric {

namespace {

constexpr std::uint64_t kNone = ~std::uint64_t{0};
constexpr std::array<std::pair<const char*, unsigned>, 5> kPorts = {{{"east", mesh::kEast},
                                                                     {"west", mesh::kWest},
                                                                     {"north", mesh::kNorth},
                                                                     {"south", mesh::kSouth},
                                                                     {"local", mesh::kLocal}}};

}  // namespace

Noc::Noc(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events)
    : AtRouter(name, events),
      config_(config),
      clock_(config.clock_hz),
      requests_(config.mesh),
      responses_(config.mesh),
      full_outputs_(config.mesh.nodes(), 0) {}

base::TargetSocket& Noc::add_input(const std::string& name) {
    input_node_.push_back(node_);
    return AtRouter::add_input(name);
}

base::InitiatorSocket& Noc::map(const std::string& name, base::PhysAddr base, std::uint64_t size,
                                bool remapped) {
    base::InitiatorSocket& socket = AtRouter::map(name, base, size, remapped);
    output_.push_back({.node = node_});
    return socket;
}

std::vector<base::InitiatorSocket*> Noc::map_ports(const std::string& name, base::PhysAddr base,
                                                   std::uint64_t size, const base::PortMap& ports,
                                                   std::span<const std::uint32_t> nodes) {
    if (nodes.size() != ports.ports() || ports_ != nullptr) {
        throw std::invalid_argument("'" + name + "' has " + std::to_string(ports.ports()) +
                                    " ports at " + std::to_string(nodes.size()) + " nodes");
    }
    std::vector<base::InitiatorSocket*> sockets;
    ports_ = &ports;
    first_port_ = output_.size();
    const std::uint32_t before = node_;
    for (std::size_t port = 0; port < nodes.size(); ++port) {
        at_node(nodes[port]);
        const std::string own = name + std::to_string(port);
        if (port == 0) {
            sockets.push_back(&map(own, base, size));
        } else {
            sockets.push_back(&add_further_output(own));
            output_.push_back({.node = node_});
        }
    }
    at_node(before);
    return sockets;
}

std::uint32_t Noc::output_of(const Range& range, std::uint64_t address) const {
    const auto output = static_cast<std::uint32_t>(range.output);
    return ports_ != nullptr && output == first_port_ ? output + ports_->port_of(address) : output;
}

std::uint32_t Noc::flits(const tlm::tlm_generic_payload& payload, bool data) const {
    const std::uint32_t bytes = data ? payload.get_data_length() : 0;
    return std::max<std::uint32_t>(1, (bytes + config_.flit_bytes - 1) / config_.flit_bytes);
}

void Noc::requested(std::uint32_t input) {
    const std::uint32_t source = input_node_[input];
    catch_up(cycle_now());
    const bool others_wait = std::ranges::any_of(
        waiting_inputs_, [&](std::uint32_t other) { return input_node_[other] == source; });
    if (!others_wait && has_room(source)) {
        admit(input);
        return;
    }
    waiting_inputs_.push_back(input);
    requests_.report_departures(true);
    arm(cycle_now());
}

void Noc::admit(std::uint32_t input) {
    const tlm::tlm_generic_payload& payload = *pending(input);
    const std::uint32_t length = flits(payload, payload.is_write());
    const std::uint32_t number = accept(input);
    const Record& taken = record(number);
    enter(requests_, {input_node_[input], output_[taken.output].node, length, number,
                      channel_of(taken.address)});
    accepted(number);
}

void Noc::enter(Mesh& mesh, const Mesh::Packet& packet) {
    const std::uint64_t now = cycle_now();
    mesh.inject(packet);
    expected_.push(now + mesh.zero_load_latency(packet.source, packet.destination, packet.flits) +
                   1);
    arm(expected_.top());
}

// Those whose nodes have room again, in the order in which they came.
void Noc::admit_waiting() {
    for (std::size_t i = 0; i < waiting_inputs_.size();) {
        const std::uint32_t input = waiting_inputs_[i];
        if (!has_room(input_node_[input])) {
            ++i;
            continue;
        }
        waiting_inputs_.erase(waiting_inputs_.begin() + static_cast<std::ptrdiff_t>(i));
        admit(input);  // and its next one waits behind all
    }
    requests_.report_departures(!waiting_inputs_.empty());
}

void Noc::responded(std::uint32_t number) {
    const Record& done = record(number);
    catch_up(cycle_now());
    enter(responses_, {output_[done.output].node, input_node_[done.input],
                       flits(*done.payload, done.payload->is_read()), number});
}

void Noc::taken(std::uint32_t output) {
    Output& out = output_[output];
    if (out.coming-- == config_.target_queue && --full_outputs_[out.node] == 0) {
        catch_up(cycle_now());
        requests_.refuse(out.node, false);
        arm(cycle_now());
    }
}

// Both meshes go on together, cycle by cycle where they are busy: what one delivers may let
// something into the other in the next cycle.
void Noc::step(std::uint64_t limit) {
    const std::uint64_t next = std::min(requests_.next_activity(), responses_.next_activity());
    const std::uint64_t until = next < limit ? next + 1 : limit;
    advance(requests_, until, false);
    advance(responses_, until, true);
}

void Noc::advance(Mesh& mesh, std::uint64_t cycle, bool response) {
    while (mesh.now() < cycle) {
        mesh.advance(cycle);
        for (const Mesh::Delivery& delivery : mesh.deliveries()) {
            if (delivery.handle != kNobody) {
                arrivals_.push(
                    {delivery.cycle + 1, static_cast<std::uint32_t>(delivery.handle), response});
            }
        }
    }
}

// Nothing has come before: it would have been expected.
void Noc::catch_up(std::uint64_t cycle) {
    advance(requests_, cycle, false);
    advance(responses_, cycle, true);
}

void Noc::receive(const Arrival& arrival) {
    if (arrival.response) {
        answer(arrival.record);
        return;
    }
    Output& out = output_[record(arrival.record).output];
    if (++out.coming == config_.target_queue && full_outputs_[out.node]++ == 0) {
        requests_.refuse(out.node, true);
    }
    forward(arrival.record);
}

// A packet cannot come before it is expected. While one is late, or an input waits for room, the
// meshes are watched: up to the next thing that anybody does, as nothing can enter before.
void Noc::run() {
    const std::uint64_t now = cycle_now();
    catch_up(now);
    while (!arrivals_.empty() && arrivals_.front().cycle <= now) {
        const Arrival arrival = arrivals_.front();
        arrivals_.pop();
        receive(arrival);
    }
    if (!waiting_inputs_.empty()) {
        admit_waiting();
    }
    while (!expected_.empty() && expected_.top() <= now) {
        expected_.pop();
    }
    const bool late =
        requests_.packets_in_flight() + responses_.packets_in_flight() > expected_.size();
    if (late || !waiting_inputs_.empty()) {
        watch(now);
    } else if (!expected_.empty()) {
        arm(expected_.top());
    }
}

void Noc::watch(std::uint64_t now) {
    const base::Picoseconds horizon = events_.next_time();
    std::uint64_t limit = horizon == base::kNever ? kNone : clock_.next_edge(horizon).value;
    if (!expected_.empty()) {
        limit = std::min(limit, expected_.top());
    }
    bool departed = false;
    while (requests_.now() < limit && arrivals_.empty() && !departed) {
        if (std::min(requests_.next_activity(), responses_.next_activity()) == Mesh::kNever) {
            return;  // until a node takes what it refuses
        }
        step(limit);
        departed = !requests_.departures().empty();
    }
    // Not in this instant again: others wait for it to end.
    arm(arrivals_.empty() ? std::max(requests_.now(), now + 1) : arrivals_.front().cycle);
}

void Noc::arm(std::uint64_t cycle) {
    if (cycle < armed_) {
        armed_ = cycle;
        events_.schedule(std::max(clock_.at({cycle}), events_.now()), id_, kMesh, cycle);
    }
}

void Noc::on_event(std::uint32_t kind, std::uint64_t payload) {
    if (kind != kMesh) {
        static_cast<void>(handle(kind, payload));
    } else if (payload == armed_) {  // else an earlier one has done it
        armed_ = kNone;
        run();
    }
}

// The way there and back, and what waits on it; a packet each takes its place behind that.
base::Picoseconds Noc::charge(std::uint32_t input, std::uint32_t output,
                              const tlm::tlm_generic_payload& payload) {
    const std::uint32_t source = input_node_[input];
    const std::uint32_t target = output_[output].node;
    const std::uint32_t there = flits(payload, payload.is_write());
    const std::uint32_t back = flits(payload, payload.is_read());
    const std::uint64_t now = cycle_now();
    catch_up(now);
    const std::uint64_t cycles =
        requests_.zero_load_latency(source, target, there) + requests_.backlog(source, target) + 1 +
        responses_.zero_load_latency(target, source, back) + responses_.backlog(target, source) + 1;
    enter(requests_, {source, target, there, kNobody, channel_of(payload.get_address())});
    enter(responses_, {target, source, back, kNobody});
    return clock_.at({now + cycles}) - events_.now();
}

std::optional<std::string> Noc::check_conservation() const {
    if (auto reason = requests_.check_conservation()) {
        return "requests: " + *reason;
    }
    if (auto reason = responses_.check_conservation()) {
        return "responses: " + *reason;
    }
    return std::nullopt;
}

void Noc::report_mesh(const Mesh& mesh, base::StatisticsVisitor& visitor) const {
    for (std::uint32_t node = 0; node < config_.mesh.nodes(); ++node) {
        visitor.enter("node" + std::to_string(node));
        visitor.counter("injected_flits", mesh.node_counters(node).injected_flits);
        for (const auto& [name, port] : kPorts) {
            const Mesh::Link link = mesh.link(node, port);
            visitor.enter(name);
            visitor.counter("flits", link.flits);
            visitor.counter("stalled_cycles", link.stalled_cycles);
            visitor.leave();
        }
        visitor.leave();
    }
}

void Noc::report(base::StatisticsVisitor& visitor) const {
    Router::report(visitor);
    visitor.enter("requests");
    report_mesh(requests_, visitor);
    visitor.leave();
    visitor.enter("responses");
    report_mesh(responses_, visitor);
    visitor.leave();
}

}  // namespace athena::fabric
