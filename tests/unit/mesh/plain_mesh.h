// SPDX-License-Identifier: Apache-2.0
// The mesh once more, without any cleverness: every router looks at every buffer in every cycle,
// with queues, tables and loops. What models/fabric/mesh.h is compared with, cycle by cycle, and
// how fast it would be without its bit masks, calendars and sets of active routers.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "fabric/mesh.h"

namespace athena::test {

class PlainMesh {
  public:
    explicit PlainMesh(const fabric::MeshConfig& config);

    void inject(const fabric::Mesh::Packet& packet);
    void refuse(std::uint32_t node, bool refuses) { nodes_[node].refuses = refuses; }
    /// Simulates one cycle and returns what was delivered in it.
    std::vector<fabric::Mesh::Delivery> cycle();
    /// Flits that an output sent, and cycles in which some waited for it and none was sent.
    [[nodiscard]] fabric::Mesh::Link link(std::uint32_t node, unsigned port) const {
        return routers_[node].links[port];
    }

  private:
    struct Flit {
        std::uint64_t handle;
        std::uint64_t entered;
        std::uint32_t destination;
        std::uint32_t vcs;
        bool is_tail;
        unsigned vc;  // at the input it goes to
    };
    template <typename T>
    struct Timed {
        std::uint64_t cycle;
        T what;
    };
    template <typename T>
    using Channel = std::deque<Timed<T>>;
    enum class Stage { Idle, Route, AllocateVc, AllocateSwitch };
    struct Buffer {
        std::deque<Flit> flits;
        Stage stage = Stage::Idle;
        std::uint64_t from = 0;  // the stage's first cycle
        unsigned output = 0;
        unsigned output_vc = 0;
    };
    struct Output {
        std::vector<unsigned> credits;
        std::vector<bool> is_taken;
        Channel<Flit> flits;  // to the next router or the node
        Channel<unsigned> credits_back;
    };
    struct Router {
        std::vector<Buffer> buffers;  // by input and VC
        std::vector<Output> outputs;
        std::vector<unsigned> vc_grant, vc_accept, switch_grant, switch_accept, next_vc;
        std::vector<fabric::Mesh::Link> links;  // by output
    };
    struct Node {
        std::deque<fabric::Mesh::Packet> queue;
        std::uint32_t sent = 0;  // flits of the first packet
        std::uint64_t entered = 0;
        unsigned vc = 0;
        std::vector<unsigned> credits;
        Channel<Flit> flits;  // to its router
        Channel<unsigned> credits_back;
        std::deque<Flit> held;
        bool refuses = false;
    };

    [[nodiscard]] unsigned route(std::uint32_t router, std::uint32_t destination) const;
    [[nodiscard]] std::uint32_t neighbour(std::uint32_t router, unsigned port) const;
    void arrive(std::uint32_t router);
    void put(Router& router, unsigned input, const Flit& flit);
    void head_to_front(Buffer& buffer, std::uint64_t from) const;
    void send(std::uint32_t node);
    void take(std::uint32_t node, std::vector<fabric::Mesh::Delivery>& delivered);
    void step(std::uint32_t router);
    [[nodiscard]] std::vector<int> match_vcs(Router& router) const;
    [[nodiscard]] std::vector<int> match_switch(Router& router, std::vector<unsigned>& vcs) const;
    void count(Router& router, const std::vector<int>& outputs) const;
    void traverse(std::uint32_t router, unsigned input, unsigned vc);

    fabric::MeshConfig config_;
    std::uint64_t now_ = 0;
    std::vector<Router> routers_;
    std::vector<Node> nodes_;
};

}  // namespace athena::test
