// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/mesh/plain_mesh.h"

#include <algorithm>

namespace athena::test {

using fabric::Mesh;
using fabric::MeshConfig;
namespace mesh = fabric::mesh;

namespace {

constexpr unsigned kPorts = mesh::kPorts;

// iSLIP with one iteration: by input, the output it got or -1.
std::vector<int> match(const std::vector<std::vector<bool>>& requests,
                       std::vector<unsigned>& grant_from, std::vector<unsigned>& accept_from) {
    const auto inputs = static_cast<unsigned>(accept_from.size());
    const auto outputs = static_cast<unsigned>(grant_from.size());
    std::vector<int> granted(outputs, -1);
    for (unsigned output = 0; output < outputs; ++output) {
        for (unsigned step = 0; step < inputs && granted[output] < 0; ++step) {
            const unsigned input = (grant_from[output] + step) % inputs;
            granted[output] = requests[input][output] ? static_cast<int>(input) : -1;
        }
    }
    std::vector<int> accepted(inputs, -1);
    for (unsigned input = 0; input < inputs; ++input) {
        const unsigned from = accept_from[input];
        for (unsigned step = 0; step < outputs && accepted[input] < 0; ++step) {
            const unsigned output = (from + step) % outputs;
            if (granted[output] == static_cast<int>(input)) {
                accepted[input] = static_cast<int>(output);
                accept_from[input] = (output + 1) % outputs;
                grant_from[output] = (input + 1) % inputs;
            }
        }
    }
    return accepted;
}

}  // namespace

PlainMesh::PlainMesh(const MeshConfig& config)
    : config_(config), routers_(config.nodes()), nodes_(config.nodes()) {
    for (Router& router : routers_) {
        router.buffers.resize(kPorts * config.vcs);
        router.outputs.resize(kPorts);
        for (Output& output : router.outputs) {
            output.credits.assign(config.vcs, config.buffer_flits);
            output.is_taken.assign(config.vcs, false);
        }
        router.vc_grant.resize(kPorts * config.vcs);
        router.vc_accept.resize(kPorts * config.vcs);
        router.switch_grant.resize(kPorts);
        router.switch_accept.resize(kPorts);
        router.next_vc.resize(kPorts);
        router.links.resize(kPorts);
    }
    for (Node& node : nodes_) {
        node.credits.assign(config.vcs, config.buffer_flits);
        node.vc = config.vcs - 1;
    }
}

void PlainMesh::inject(const Mesh::Packet& packet) {
    nodes_[packet.source].queue.push_back(packet);
    if (packet.vcs == 0) {
        nodes_[packet.source].queue.back().vcs = (1U << config_.vcs) - 1;
    }
}

unsigned PlainMesh::route(std::uint32_t router, std::uint32_t destination) const {
    const std::uint32_t width = config_.width;
    if (router % width != destination % width) {
        return router % width < destination % width ? mesh::kEast : mesh::kWest;
    }
    if (router != destination) {
        return router < destination ? mesh::kNorth : mesh::kSouth;
    }
    return mesh::kLocal;
}

std::uint32_t PlainMesh::neighbour(std::uint32_t router, unsigned port) const {
    const std::uint32_t by[] = {1, ~std::uint32_t{0}, config_.width, -config_.width};
    return router + by[port];
}

void PlainMesh::head_to_front(Buffer& buffer, std::uint64_t from) const {
    buffer.stage = config_.router_cycles == 4 ? Stage::Route : Stage::AllocateVc;
    buffer.from = from;
}

void PlainMesh::put(Router& router, unsigned input, const Flit& flit) {
    Buffer& buffer = router.buffers[input * config_.vcs + flit.vc];
    buffer.flits.push_back(flit);
    if (buffer.stage == Stage::Idle) {
        head_to_front(buffer, now_);
    }
}

void PlainMesh::arrive(std::uint32_t number) {
    Router& router = routers_[number];
    for (unsigned port = 0; port < kPorts; ++port) {
        Output& output = router.outputs[port];
        while (!output.credits_back.empty() && output.credits_back.front().cycle == now_) {
            ++output.credits[output.credits_back.front().what];
            output.credits_back.pop_front();
        }
        if (port == mesh::kLocal || output.flits.empty() || output.flits.front().cycle != now_) {
            continue;
        }
        put(routers_[neighbour(number, port)], port ^ 1U, output.flits.front().what);
        output.flits.pop_front();
    }
    Node& node = nodes_[number];
    if (!node.flits.empty() && node.flits.front().cycle == now_) {
        put(router, mesh::kLocal, node.flits.front().what);
        node.flits.pop_front();
    }
}

void PlainMesh::take(std::uint32_t number, std::vector<Mesh::Delivery>& delivered) {
    Node& node = nodes_[number];
    Output& output = routers_[number].outputs[mesh::kLocal];
    if (!output.flits.empty() && output.flits.front().cycle == now_) {
        node.held.push_back(output.flits.front().what);
        output.flits.pop_front();
    }
    if (node.refuses || node.held.empty()) {
        return;
    }
    const Flit flit = node.held.front();
    node.held.pop_front();
    output.credits_back.push_back(
        {now_ + 1 + config_.terminal_cycles + config_.credit_cycles, flit.vc});
    if (flit.is_tail) {
        delivered.push_back({now_, flit.handle, number, flit.entered});
    }
}

void PlainMesh::send(std::uint32_t number) {
    Node& node = nodes_[number];
    while (!node.credits_back.empty() && node.credits_back.front().cycle == now_) {
        ++node.credits[node.credits_back.front().what];
        node.credits_back.pop_front();
    }
    if (node.queue.empty()) {
        return;
    }
    const Mesh::Packet& packet = node.queue.front();
    if (node.sent == 0) {
        bool found = false;
        for (unsigned step = 1; step <= config_.vcs && !found; ++step) {
            const unsigned vc = (node.vc + step) % config_.vcs;
            if ((packet.vcs >> vc & 1U) != 0 && node.credits[vc] != 0) {
                found = true;
                node.vc = vc;
            }
        }
        if (!found) {
            return;
        }
        node.entered = now_;
    }
    if (node.credits[node.vc] == 0) {
        return;
    }
    --node.credits[node.vc];
    const bool is_tail = ++node.sent == packet.flits;
    node.flits.push_back(
        {now_ + 1 + config_.terminal_cycles,
         {packet.handle, node.entered, packet.destination, packet.vcs, is_tail, node.vc}});
    if (is_tail) {
        node.queue.pop_front();
        node.sent = 0;
    }
}

std::vector<int> PlainMesh::match_vcs(Router& router) const {
    const unsigned all = kPorts * config_.vcs;
    std::vector<std::vector<bool>> requests(all, std::vector<bool>(all));
    bool any = false;
    for (unsigned input = 0; input < all; ++input) {
        const Buffer& buffer = router.buffers[input];
        if (buffer.stage != Stage::AllocateVc || buffer.from > now_) {
            continue;
        }
        const Flit& head = buffer.flits.front();
        for (unsigned vc = 0; vc < config_.vcs; ++vc) {
            const bool asks =
                (head.vcs >> vc & 1U) != 0 && !router.outputs[buffer.output].is_taken[vc];
            requests[input][buffer.output * config_.vcs + vc] = asks;
            any = any || asks;
        }
    }
    return any ? match(requests, router.vc_grant, router.vc_accept) : std::vector<int>(all, -1);
}

// `vcs`: of each input the VC that sends if the input got an output.
std::vector<int> PlainMesh::match_switch(Router& router, std::vector<unsigned>& vcs) const {
    std::vector<std::vector<bool>> requests(kPorts, std::vector<bool>(kPorts));
    std::vector<std::vector<unsigned>> sender(kPorts, std::vector<unsigned>(kPorts));
    for (unsigned input = 0; input < kPorts; ++input) {
        for (unsigned step = 0; step < config_.vcs; ++step) {
            const unsigned vc = (router.next_vc[input] + step) % config_.vcs;
            const Buffer& buffer = router.buffers[input * config_.vcs + vc];
            if (buffer.stage != Stage::AllocateSwitch || buffer.from > now_ ||
                buffer.flits.empty() ||
                router.outputs[buffer.output].credits[buffer.output_vc] == 0 ||
                requests[input][buffer.output]) {
                continue;
            }
            requests[input][buffer.output] = true;
            sender[input][buffer.output] = vc;
        }
    }
    const std::vector<int> outputs = match(requests, router.switch_grant, router.switch_accept);
    for (unsigned input = 0; input < kPorts; ++input) {
        if (outputs[input] >= 0) {
            vcs[input] = sender[input][static_cast<unsigned>(outputs[input])];
            router.next_vc[input] = (vcs[input] + 1) % config_.vcs;
        }
    }
    return outputs;
}

// `outputs`: by input, what it sends to.
void PlainMesh::count(Router& router, const std::vector<int>& outputs) const {
    for (unsigned output = 0; output < kPorts; ++output) {
        Mesh::Link& link = router.links[output];
        if (std::ranges::count(outputs, static_cast<int>(output)) != 0) {
            ++link.flits;
            ++link.busy_cycles;
        } else if (std::ranges::any_of(router.buffers, [&](const Buffer& buffer) {
                       return buffer.stage == Stage::AllocateSwitch && buffer.from <= now_ &&
                              buffer.output == output && !buffer.flits.empty();
                   })) {
            ++link.stalled_cycles;
        }
    }
}

void PlainMesh::step(std::uint32_t number) {
    Router& router = routers_[number];
    const std::vector<int> output_vcs = match_vcs(router);
    std::vector<unsigned> vcs(kPorts);
    const std::vector<int> outputs = match_switch(router, vcs);
    count(router, outputs);
    for (unsigned input = 0; input < router.buffers.size(); ++input) {
        Buffer& buffer = router.buffers[input];
        if (buffer.stage == Stage::Route && buffer.from <= now_) {
            buffer.stage = Stage::AllocateVc;
            buffer.from = now_ + 1;
        } else if (output_vcs[input] >= 0) {
            buffer.output_vc = static_cast<unsigned>(output_vcs[input]) % config_.vcs;
            buffer.stage = Stage::AllocateSwitch;
            buffer.from = now_ + 1;
            router.outputs[buffer.output].is_taken[buffer.output_vc] = true;
        }
    }
    for (unsigned input = 0; input < kPorts; ++input) {
        if (outputs[input] >= 0) {
            traverse(number, input, vcs[input]);
        }
    }
    for (Buffer& buffer : router.buffers) {
        if (buffer.stage == Stage::AllocateVc) {
            buffer.output = route(number, buffer.flits.front().destination);
        }
    }
}

void PlainMesh::traverse(std::uint32_t number, unsigned input, unsigned vc) {
    Router& router = routers_[number];
    Buffer& buffer = router.buffers[input * config_.vcs + vc];
    Output& output = router.outputs[buffer.output];
    Flit flit = buffer.flits.front();
    buffer.flits.pop_front();
    flit.vc = buffer.output_vc;
    --output.credits[flit.vc];
    output.flits.push_back(
        {now_ + 2 + (buffer.output == mesh::kLocal ? config_.terminal_cycles : config_.link_cycles),
         flit});
    if (input == mesh::kLocal) {
        nodes_[number].credits_back.push_back({now_ + 1 + config_.terminal_cycles, vc});
    } else {
        const std::uint32_t wire =
            config_.credit_link_cycles != 0 ? config_.credit_link_cycles : config_.link_cycles;
        routers_[neighbour(number, input)].outputs[input ^ 1U].credits_back.push_back(
            {now_ + 1 + wire + config_.credit_cycles, vc});
    }
    if (flit.is_tail) {
        output.is_taken[flit.vc] = false;
        buffer.stage = Stage::Idle;
        if (!buffer.flits.empty()) {
            head_to_front(buffer, now_ + 1);
        }
    }
}

std::vector<Mesh::Delivery> PlainMesh::cycle() {
    std::vector<Mesh::Delivery> delivered;
    for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
        take(node, delivered);
    }
    for (std::uint32_t router = 0; router < routers_.size(); ++router) {
        arrive(router);
    }
    for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
        send(node);
        for (Buffer& buffer : routers_[node].buffers) {
            if (buffer.stage == Stage::AllocateVc && buffer.from == now_) {
                buffer.output = route(node, buffer.flits.front().destination);
            }
        }
    }
    for (std::uint32_t router = 0; router < routers_.size(); ++router) {
        step(router);
    }
    ++now_;
    return delivered;
}

}  // namespace athena::test
