// SPDX-License-Identifier: Apache-2.0
// The board's bus in timed fidelity (README.md, "Network"): two meshes, of requests and of
// responses, with the bus's initiators and targets at their nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/clock_domain.h"
#include "base/fifo.h"
#include "base/port_map.h"
#include "fabric/at_router.h"
#include "fabric/mesh.h"

namespace athena::fabric {

class Noc final : public AtRouter {
  public:
    struct Config {
        MeshConfig mesh;
        std::uint64_t clock_hz = 1'500'000'000;
        std::uint32_t flit_bytes = 64;   ///< data of a flit; what a packet says besides has wires
                                         ///< of its own
        std::uint32_t source_queue = 4;  ///< packets that wait to enter a node's router
        std::uint32_t target_queue = 4;  ///< requests that a node holds for a target
    };

    /// Throws std::invalid_argument as Mesh.
    Noc(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events);

    /// Where the inputs and outputs are that are added from now on; node 0 before.
    void at_node(std::uint32_t node) { node_ = node; }
    base::TargetSocket& add_input(const std::string& name) override;
    base::InitiatorSocket& map(const std::string& name, base::PhysAddr base, std::uint64_t size,
                               bool remapped = true) override;
    /// Like map() for a target of several sockets: `name`0 serves b_transport, DMI and debug of the
    /// whole range, and requests in phases go to the socket that `ports` says. They are at `nodes`,
    /// as many as ports.
    std::vector<base::InitiatorSocket*> map_ports(const std::string& name, base::PhysAddr base,
                                                  std::uint64_t size, const base::PortMap& ports,
                                                  std::span<const std::uint32_t> nodes);

    void report(base::StatisticsVisitor& visitor) const override;
    [[nodiscard]] const Mesh& requests() const { return requests_; }
    [[nodiscard]] const Mesh& responses() const { return responses_; }
    /// What is not in balance, or nothing.
    [[nodiscard]] std::optional<std::string> check_conservation() const;

  private:
    enum Kind : std::uint32_t { kMesh = kFirstOwn };
    /// Of a packet that stands for an access by b_transport: nobody waits for it.
    /// The engines' bursts lie within multiples of it.
    static constexpr std::uint64_t kOrderedBytes = 256;
    static constexpr std::uint64_t kNobody = ~std::uint64_t{0};

    struct Output {
        std::uint32_t node = 0;
        std::uint32_t coming = 0;  ///< delivered and not taken by the target
    };
    struct Arrival {
        std::uint64_t cycle;  ///< in which its receiver sees it
        std::uint32_t record;
        bool response;
    };

    void requested(std::uint32_t input) override;
    void responded(std::uint32_t record) override;
    void taken(std::uint32_t output) override;
    [[nodiscard]] std::uint32_t output_of(const Range& range, std::uint64_t address) const override;
    [[nodiscard]] base::Picoseconds charge(std::uint32_t input, std::uint32_t output,
                                           const tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    [[nodiscard]] std::uint64_t cycle_now() const { return clock_.next_edge(events_.now()).value; }
    [[nodiscard]] std::uint32_t flits(const tlm::tlm_generic_payload& payload, bool data) const;
    [[nodiscard]] bool has_room(std::uint32_t node) const {
        return requests_.queued_packets(node) < config_.source_queue;
    }
    void admit(std::uint32_t input);
    void admit_waiting();
    /// Requests from one node for the same bytes keep one virtual channel, so that they come in
    /// their order; responses may take any.
    [[nodiscard]] std::uint32_t channel_of(std::uint64_t address) const {
        return 1U << address / kOrderedBytes % config_.mesh.vcs;
    }
    void enter(Mesh& mesh, const Mesh::Packet& packet);
    void step(std::uint64_t limit);
    void advance(Mesh& mesh, std::uint64_t cycle, bool response);
    void catch_up(std::uint64_t cycle);
    void run();
    void watch(std::uint64_t now);
    void receive(const Arrival& arrival);
    void arm(std::uint64_t cycle);
    void report_mesh(const Mesh& mesh, base::StatisticsVisitor& visitor) const;

    Config config_;
    base::ClockDomain clock_;
    Mesh requests_;
    Mesh responses_;
    std::uint32_t node_ = 0;
    std::vector<std::uint32_t> input_node_;
    std::vector<Output> output_;
    const base::PortMap* ports_ = nullptr;
    std::size_t first_port_ = 0;                 // output of port 0
    std::vector<std::uint32_t> full_outputs_;    // by node: outputs that take no more
    std::vector<std::uint32_t> waiting_inputs_;  // whose nodes' queues are full
    base::Fifo<Arrival> arrivals_;               // by ascending cycle
    /// Cycles in which packets on their way are seen if they meet nobody.
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> expected_;
    std::uint64_t armed_ = ~std::uint64_t{0};  // cycle of the kMesh that counts
};

}  // namespace athena::fabric
