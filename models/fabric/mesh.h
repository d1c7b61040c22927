// SPDX-License-Identifier: Apache-2.0
// A 2-D mesh network of routers with virtual channels, flit by flit and cycle by cycle, without
// SystemC. What it models, its timing and why it cannot deadlock: models/fabric/README.md, "Mesh".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fabric/mesh_config.h"
#include "fabric/mesh_state.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::fabric {

/// One physical network. Requests and responses need one each.
class Mesh {
  public:
    using Cycle = mesh::Cycle;
    static constexpr Cycle kNever = ~Cycle{0};

    struct Packet {
        std::uint32_t source;
        std::uint32_t destination;  ///< may be the source: the packet passes its router alone
        std::uint32_t flits;        ///< 1 to 65535
        std::uint64_t handle;       ///< the caller's, given back with the delivery
        /// The virtual channels it may use, bit by bit; 0: all. Packets between the same two nodes
        /// arrive in the order of their injection if they all may use the same single channel.
        std::uint32_t vcs = 0;
    };
    struct Delivery {
        Cycle cycle;  ///< in which the node took the tail
        std::uint64_t handle;
        std::uint32_t node;
        Cycle entered;  ///< in which the head left the source queue
    };
    struct Departure {
        Cycle cycle;  ///< in which the tail left the source queue
        std::uint64_t handle;
        std::uint32_t node;
    };
    struct Link {
        std::uint64_t flits;  ///< sent: a flit keeps the link busy for one cycle
        std::uint64_t busy_cycles;
        /// Cycles in which a flit that has a virtual channel of this link waited and none was sent:
        /// for credit or for the crossbar.
        std::uint64_t stalled_cycles;
    };
    using NodeCounters = mesh::NodeCounters;

    /// Throws std::invalid_argument with what MeshConfig::check() returns.
    explicit Mesh(const MeshConfig& config);

    [[nodiscard]] const MeshConfig& config() const { return config_; }
    /// The first cycle that has not been simulated.
    [[nodiscard]] Cycle now() const { return state_.now; }

    /// Puts a packet at the end of its source's queue, whose length is the caller's affair
    /// (queued_packets()); its head can leave in cycle now(). Throws std::invalid_argument if a
    /// node, the number of flits or the virtual channels do not exist.
    void inject(const Packet& packet);
    [[nodiscard]] std::uint32_t queued_packets(std::uint32_t node) const {
        return state_.terminals[node].queued;
    }

    /// A node that refuses takes no flits from now() on: they wait in its ejection buffers, then in
    /// the network. One that accepts again takes those that wait first, one a cycle.
    void refuse(std::uint32_t node, bool refuses);

    /// As MeshConfig::report_departures, from now on.
    void report_departures(bool reports) { config_.report_departures = reports; }

    /// Simulates up to the cycle before `until`, but stops behind the first one in which a packet
    /// was delivered (or left, see report_departures): then now() is the cycle behind it. Cycles in
    /// which nothing can happen cost nothing.
    void advance(Cycle until);
    /// Of the last call of advance(): all in cycle now() - 1, in the order of nodes.
    [[nodiscard]] std::span<const Delivery> deliveries() const { return deliveries_; }
    [[nodiscard]] std::span<const Departure> departures() const { return departures_; }

    /// The first cycle, from now() on, in which something can happen if nothing is injected and no
    /// node changes its mind; kNever if nothing ever does. After an idle network's packets are all
    /// delivered and their credits are back it is kNever; with packets in flight kNever means that
    /// refusing nodes hold all of them.
    [[nodiscard]] Cycle next_activity() const;
    /// Packets between inject() and delivery.
    [[nodiscard]] std::uint64_t packets_in_flight() const { return state_.in_flight; }

    /// Cycles from inject() to the delivery of a packet that meets no other one, without those that
    /// a node refuses; exact for every configuration, in closed form. Throws std::invalid_argument
    /// as inject().
    [[nodiscard]] Cycle zero_load_latency(std::uint32_t source, std::uint32_t destination,
                                          std::uint32_t flits) const;
    /// Flits that a packet injected now would find waiting on its way, each of which takes a cycle
    /// of a link that it needs: all that are in the queue of its source; in each router of the way
    /// those in channels whose packet at the front takes the same output, with what is stored
    /// behind it in the channel; and those that the destination has not taken. Flits on links do
    /// not wait and do not count, nor does what will come from elsewhere: an estimate of the delay,
    /// neither its least nor its most. Takes a time in proportion to the hops and the waiting
    /// channels. Throws std::out_of_range if a node does not exist.
    [[nodiscard]] std::uint64_t backlog(std::uint32_t source, std::uint32_t destination) const;

    /// Of the output `port` (mesh::kEast…) of a node's router; kLocal is the ejection channel.
    [[nodiscard]] Link link(std::uint32_t node, unsigned port) const;
    [[nodiscard]] const NodeCounters& node_counters(std::uint32_t node) const {
        return state_.node_counters[node];
    }
    /// The first thing that is not in balance, or nothing: on each link flits in = flits out + on
    /// the way, for each virtual channel credits + credits and flits on the way + flits stored =
    /// its buffer, for each node and for all packets injected = delivered + in the network. Takes a
    /// time in proportion to the mesh.
    [[nodiscard]] std::optional<std::string> check_conservation() const;

    void save(base::StateWriter& writer) const;
    /// What a mesh of the same configuration saved; throws base::StateError for another.
    void load(base::StateReader& reader);

  private:
    void check_packet(std::uint32_t source, std::uint32_t destination, std::uint32_t flits) const;
    [[nodiscard]] std::uint32_t place_for_packet();
    [[nodiscard]] bool is_idle() const;
    void run_cycle();
    // Terminals.
    void take_credits_of_sources();
    void receive_at_nodes();
    void take_flit(std::uint32_t node, unsigned vc, mesh::Flit flit);
    void take_held_flits();
    void send_from_sources();
    bool send_from_source(std::uint32_t node);
    void finish_sending(std::uint32_t node, std::uint32_t packet);
    // Conservation.
    [[nodiscard]] std::optional<std::string> check_links() const;
    [[nodiscard]] std::optional<std::string> check_credits() const;
    [[nodiscard]] std::optional<std::string> check_nodes() const;

    MeshConfig config_;
    mesh::Shape shape_;
    mesh::State state_;
    std::vector<Delivery> deliveries_;
    std::vector<Departure> departures_;
};

}  // namespace athena::fabric
