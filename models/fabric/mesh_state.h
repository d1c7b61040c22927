// SPDX-License-Identifier: Apache-2.0
// What a mesh's cycle works on: what its configuration fixes, and its state as plain integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "fabric/mesh_config.h"
#include "fabric/mesh_containers.h"

namespace athena::fabric::mesh {

using Cycle = std::uint64_t;

// Ports of a router. An input port is named after the neighbour it comes from. The numbers are the
// order of round-robin.
constexpr unsigned kEast = 0;   // x + 1
constexpr unsigned kWest = 1;   // x - 1
constexpr unsigned kNorth = 2;  // y + 1
constexpr unsigned kSouth = 3;  // y - 1
constexpr unsigned kLocal = 4;  // the node
constexpr unsigned kPorts = 5;

constexpr std::uint32_t kNone = ~std::uint32_t{0};
constexpr std::uint8_t kNoVc = 0xff;
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

/// A flit: its packet's place in the table of packets, whether it is the head (bit 1) and the tail
/// (bit 0).
using Flit = std::uint32_t;
constexpr Flit kTail = 1;
constexpr Flit kHead = 2;
constexpr unsigned kFlitBits = 2;

/// Where a flit or a credit goes: a virtual channel of a router (port * vcs + vc) or of a node.
/// The one behind it is at place + kNextVc.
using Place = std::uint64_t;
constexpr Place kNextVc = std::uint64_t{1} << 32 | 1;
constexpr Place make_place(std::uint32_t router, std::uint32_t router_vcs, unsigned vc) {
    return std::uint64_t{router * router_vcs + vc} << 32 | router << 8 | vc;
}
constexpr std::uint32_t index_of(Place place) {  // among the VCs of all routers
    return static_cast<std::uint32_t>(place >> 32);
}
constexpr std::uint32_t router_of(Place place) {
    return static_cast<std::uint32_t>(place) >> 8;
}
constexpr unsigned vc_of(Place place) {
    return static_cast<unsigned>(place & 0xff);
}

struct Moving {
    Place to;
    Flit flit;
    std::uint32_t unused = 0;
};

// Sets of virtual channels are bit masks: of all inputs of a router (bit port * vcs + vc) or of one
// port. The pointer of a round-robin is the mask of what comes before the rest: everything behind
// the last winner.

/// A virtual channel at an input port. Whether it has an output VC is in RouterState::active.
struct InputVc {
    std::uint16_t first;        // place of the oldest flit in the ring
    std::uint16_t count;        // flits in the ring
    std::uint16_t allowed;      // output VCs that the packet at the front may take
    std::uint16_t later_vcs;    // VC allocation: pointer among grants, for the last output
    std::uint8_t later_output;  // that output
    std::uint8_t output;        // port of the packet at the front
    std::uint8_t output_vc;     // among those of all outputs, once it has one
    std::uint8_t unused = 0;
};

/// A virtual channel at an output port: the upstream end of the next router's input.
struct OutputVc {
    std::uint64_t later_requests;  // VC allocation: pointer among requests
    std::uint16_t credits;
    std::uint8_t owner;  // the input VC whose packet has it, or kNoVc
    std::uint8_t unused[5] = {};
};

struct RouterState {
    std::uint64_t ready[kPorts];         // by output: input VCs with flit, output VC and credit
    std::uint64_t waiting[kPorts];       // by output: input VCs with flit and output VC
    std::uint64_t requests[kPorts];      // by output: heads that ask for a VC of it
    std::uint64_t later_inputs[kPorts];  // switch allocation, by output: pointer
    std::uint64_t routing;             // heads whose route is being computed behind another packet
    std::uint64_t active;              // input VCs that have an output VC
    std::uint64_t free;                // output VCs without an owner
    std::uint64_t left;                // input VCs that a tail left …
    Cycle left_in;                     // … in this cycle
    std::uint16_t later_vcs[kPorts];   // switch allocation, by input: pointer among its VCs
    std::uint8_t accept_from[kPorts];  // switch allocation, by input: first output of the search
    std::uint8_t asked;                // outputs with requests
    // Counters, by output but for `received`, which is by input.
    std::uint64_t sent[kPorts];
    std::uint64_t received[kPorts];
    std::uint64_t wanted[kPorts];  // cycles in which a flit waited for the output or took it
    Cycle wanted_since[kPorts];    // while one does
};

/// A node's side: the queue of packets to send, and the flits it has not taken yet.
struct Terminal {
    std::uint32_t first;  // packet being sent or next to be, or kNone
    std::uint32_t last;
    std::uint32_t queued;      // packets in the queue
    std::uint32_t held_first;  // place of the oldest flit in the ring of those not taken
    std::uint32_t held_count;
    std::uint16_t left;    // flits of the first packet not sent yet; 0: none is being sent
    std::uint16_t ready;   // VCs with credit
    std::uint8_t vc;       // of the packet being sent, or of the last one
    std::uint8_t refuses;  // the node takes no flits
    std::uint16_t unused = 0;
};

/// A packet between injection and delivery, or a free place.
struct PacketEntry {
    std::uint64_t handle;
    Cycle entered;       // the cycle in which its head left the source queue
    std::uint32_t next;  // in a source queue or in the list of free places
    std::uint16_t x;     // of the destination
    std::uint16_t y;
    std::uint16_t allowed;  // VCs
    std::uint16_t flits;
    std::uint32_t unused = 0;
};

struct NodeCounters {
    std::uint64_t queued_packets;  ///< given to inject()
    std::uint64_t queued_flits;
    std::uint64_t injected_packets;  ///< left the source queue
    std::uint64_t injected_flits;
    std::uint64_t ejected_packets;
    std::uint64_t ejected_flits;
};

// They are saved as they are: no byte of them may be undefined.
static_assert(std::has_unique_object_representations_v<Moving> &&
              std::has_unique_object_representations_v<InputVc> &&
              std::has_unique_object_representations_v<OutputVc> &&
              std::has_unique_object_representations_v<RouterState> &&
              std::has_unique_object_representations_v<Terminal> &&
              std::has_unique_object_representations_v<PacketEntry> &&
              std::has_unique_object_representations_v<NodeCounters>);

/// Where a router is and what its ports lead to.
struct Site {
    std::uint16_t x;
    std::uint16_t y;
    Place downstream[kPorts];  // by output: VC 0 of what it leads to, or kNowhere
    Place upstream[kPorts];    // by input: VC 0 of the output that it comes from, or kNowhere
};

/// What the configuration fixes. Delays count from the cycle of the allocation or, at nodes, of the
/// sending or taking.
struct Shape {
    explicit Shape(const MeshConfig& config);

    std::uint32_t vcs;
    std::uint32_t port_vcs;   // of all ports of a router
    std::uint32_t ring;       // flits of a VC's ring, a power of two
    std::uint32_t held_ring;  // flits of a node's ring, a power of two
    std::uint16_t all_vcs;
    bool routes_on_arrival;
    Flit slow_head;             // kHead if heads take a cycle more than other flits
    Cycle flit_delay;           // to arrival at the next router
    Cycle head_delay;           // … of a head to a router, with the cycle of its route there
    Cycle eject_delay;          // … at the node
    Cycle credit_delay;         // to the use of the credit at the router before
    Cycle source_credit_delay;  // … at the node
    Cycle inject_delay;         // from a node to its router
    Cycle head_inject_delay;
    Cycle eject_credit_delay;  // from a node to the use at its router
    std::size_t slots;         // a power of two above all delays
    std::uint8_t port_of[64];  // of a VC among a router's; kPorts if there is none
    std::vector<Site> sites;
};

struct State {
    explicit State(const Shape& shape, std::uint32_t buffer_flits);

    Cycle now = 0;
    std::uint64_t in_flight = 0;  // packets
    std::uint32_t free_packet = kNone;
    std::vector<RouterState> routers;
    std::vector<InputVc> input_vcs;    // by router and VC
    std::vector<OutputVc> output_vcs;  // by router and VC
    std::vector<Flit> flits;           // rings of the input VCs
    std::vector<Terminal> terminals;
    std::vector<std::uint16_t> source_credits;  // by node and VC
    std::vector<Moving> held;                   // rings of the nodes
    std::vector<PacketEntry> packets;
    std::vector<NodeCounters> node_counters;
    ActiveSet active_routers;
    ActiveSet active_sources;
    ActiveSet emptying;             // nodes that accept and have flits not taken yet
    DelayLine<Moving> flits_to[2];  // routers; nodes
    DelayLine<Place> credits_to[2];
};
constexpr unsigned kToRouters = 0;
constexpr unsigned kToNodes = 1;

/// The lowest bit of those that come first by a round-robin's pointer, else of all.
template <typename Mask>
Mask round_robin(Mask bits, Mask later) {
    const auto first = static_cast<Mask>(bits & later);
    const Mask from = first != 0 ? first : bits;
    return static_cast<Mask>(from & -from);
}
/// The pointer behind the winner.
template <typename Mask>
Mask behind(Mask winner) {
    return static_cast<Mask>(-(winner << 1));
}

// One cycle of all routers: arrivals, then allocation. mesh_router.cpp.
void receive_at_routers(const Shape& shape, State& state);
void take_credits(const Shape& shape, State& state);
void step_routers(const Shape& shape, State& state);

}  // namespace athena::fabric::mesh
