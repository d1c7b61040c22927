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
constexpr std::uint16_t kNoVc = 0xffff;

/// A flit: its packet's place in the table of packets, and whether it is the tail (bit 0).
using Flit = std::uint32_t;
constexpr Flit make_flit(std::uint32_t packet, bool is_tail) {
    return packet << 1 | Flit{is_tail};
}
constexpr std::uint32_t packet_of(Flit flit) {
    return flit >> 1;
}
constexpr bool is_tail(Flit flit) {
    return (flit & 1) != 0;
}

/// Where a flit or a credit goes: a router or a node, and one of its virtual channels (of a router
/// port * vcs + vc). The one behind it is the next number.
using Place = std::uint32_t;
constexpr Place kNowhere = ~Place{0};
constexpr Place make_place(std::uint32_t number, unsigned vc) {
    return number << 6 | vc;
}
constexpr std::uint32_t number_of(Place place) {
    return place >> 6;
}
constexpr unsigned vc_of(Place place) {
    return place & 63;
}

struct Moving {
    Place to;
    Flit flit;
};

// Numbers in what follows have 16 bits where 8 would do: compilers must assume that a byte that is
// written can be part of anything.

/// A virtual channel at an input port: the packet at its front, the number of flits, and the
/// packets behind. Flits need no place of their own: those of a packet follow each other.
struct InputVc {
    std::uint32_t packet;       // at the front
    std::uint16_t left;         // its flits that have not been sent; 0: there is no packet
    std::uint16_t kind;         // how its next flit travels: kHeads, kBodies, kToNodes
    std::uint16_t output_vc;    // its output VC among those of all outputs; before it has one, the
                                // first of its output
    std::uint16_t last_grant;   // VC allocation: the output VC that was taken last, or kNoLast
    Place next;                 // where its flits go, once it has an output VC
    Place credits_to;           // the upstream end; fixed
    std::uint32_t received;     // flits in all, modulo 2^32
    std::uint32_t sent;         // …
    std::uint16_t behind;       // packets behind the one at the front …
    std::uint16_t behind_from;  // … and where the first of them is in the ring
};

/// A virtual channel at an output port: the upstream end of the next router's input.
struct OutputVc {
    std::uint16_t credits;
    std::uint16_t owner;         // the input VC whose packet has it, or kNoVc
    std::uint16_t last_request;  // VC allocation: the input VC that got it last, or kNoLast
    std::uint16_t unused = 0;
};
constexpr std::uint16_t kNoLast = 63;  // behind it is nothing

/// Sets of virtual channels are bit masks: of all of a router (bit port * vcs + vc) or of one port.
struct alignas(64) RouterState {
    std::uint64_t filled;      // input VCs with flits
    std::uint64_t active;      // input VCs that have an output VC
    std::uint64_t can_send;    // … with credit
    std::uint64_t requests;    // heads that ask for an output VC
    std::uint64_t routing;     // heads whose route is being computed behind another packet
    std::uint64_t starved;     // input VCs that wait for credit …
    Cycle starved_since;       // … which is not counted from this cycle on
    std::uint64_t free;        // output VCs without an owner
    std::uint64_t to[kPorts];  // by output: input VCs whose packet at the front goes there
    std::uint64_t left;        // input VCs that a tail left …
    Cycle left_in;             // … in this cycle
    // Switch allocation: what took part last.
    std::uint16_t last_vc[kPorts];      // by input, among those of all inputs
    std::uint16_t last_input[kPorts];   // by output
    std::uint16_t last_output[kPorts];  // by input
    std::uint16_t unused = 0;
    // Counters, by output.
    std::uint64_t sent[kPorts];
    std::uint64_t stalled[kPorts];  // without the cycles since `starved_since`
    std::uint64_t unused_too[3] = {};
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
    unsigned ring_shift;      // of the packets of a VC's ring, a power of two
    std::uint32_t held_ring;  // flits of a node's ring, a power of two
    std::uint16_t all_vcs;
    bool routes_on_arrival;
    Cycle flit_delay;           // of flits that are no heads, to arrival at the next router
    Cycle head_delay;           // of heads, with the cycle of their route there
    Cycle eject_delay;          // to arrival at the node
    Cycle credit_delay;         // to the use of the credit at the router before
    Cycle source_credit_delay;  // … at the node
    Cycle inject_delay;         // from a node to its router
    Cycle head_inject_delay;
    Cycle eject_credit_delay;  // from a node to the use at its router
    std::size_t slots;         // a power of two above all delays
    std::uint8_t port_of[64];  // of a VC among a router's; kPorts if there is none
    std::vector<Site> sites;

    [[nodiscard]] std::size_t router_vc(Place place) const {  // among the VCs of all routers
        return std::size_t{number_of(place)} * port_vcs + vc_of(place);
    }
    [[nodiscard]] std::size_t node_vc(Place place) const {
        return std::size_t{number_of(place)} * vcs + vc_of(place);
    }
};

struct State {
    explicit State(const Shape& shape, std::uint32_t buffer_flits);

    Cycle now = 0;
    std::uint64_t in_flight = 0;  // packets
    std::uint32_t free_packet = kNone;
    std::vector<RouterState> routers;
    std::vector<InputVc> input_vcs;    // by router and VC
    std::vector<OutputVc> output_vcs;  // by router and VC
    std::vector<std::uint32_t> rings;  // of the input VCs: packets behind the one at the front
    std::vector<Terminal> terminals;
    std::vector<std::uint16_t> source_credits;  // by node and VC
    std::vector<Moving> held;                   // rings of the nodes
    std::vector<PacketEntry> packets;
    std::vector<NodeCounters> node_counters;
    ActiveSet active_routers;  // with flits that can be sent
    ActiveSet asking_routers;  // with heads that compute a route or ask for a free channel
    ActiveSet active_sources;
    ActiveSet emptying;  // nodes that accept and have flits not taken yet
    DelayLine<Moving> flits[3];
    DelayLine<Place> credits[2];
    // Of the cycle that is being simulated, not saved.
    std::vector<Place> senders;  // input VCs that got the switch
    std::vector<Place> emptied;  // … and sent a tail
};
// Of what is under way. What routers get comes first.
constexpr unsigned kBodies = 0;  // flits but heads, to routers
constexpr unsigned kHeads = 1;   // to routers
constexpr unsigned kToNodes = 2;
constexpr unsigned kCreditsOfRouters = 0;
constexpr unsigned kCreditsOfNodes = 1;

// One cycle of all routers: arrivals, then allocation and what it sends.
void receive_at_routers(const Shape& shape, State& state);  // mesh_arrival.cpp
void take_credits(const Shape& shape, State& state);        // mesh_arrival.cpp
void step_routers(const Shape& shape, State& state);        // mesh_router.cpp
/// From cycle `from` on the input VCs wait for credit. mesh_arrival.cpp.
void starve(RouterState& router, std::uint64_t input_vcs, Cycle from);
/// Counts the cycles before `until` in which the router sent nothing and flits waited for credit.
/// mesh_arrival.cpp.
void account_starvation(RouterState& router, Cycle until);
/// The packet behind the one that left comes to the front of the input VC. mesh_arrival.cpp.
void bring_to_front(const Shape& shape, State& state, Place place);

}  // namespace athena::fabric::mesh
