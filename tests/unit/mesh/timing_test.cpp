// SPDX-License-Identifier: Apache-2.0
// Small cases by hand. With router_cycles 4 and channels of 1 cycle, a head that is injected in
// cycle c arrives at its first router in c + 2, gets a VC in c + 3 and the switch in c + 4, arrives
// at the next router in c + 7, gets the switch there in c + 9, and so on every 5 cycles; the node
// takes what got the switch in cycle s in s + 3. A flit behind the head gets the switch in the
// cycle of its arrival if nothing is in its way. A credit counts 3 cycles after the switch
// allocation that frees the place, at a node 2.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "fabric/mesh.h"

namespace {

using athena::fabric::Mesh;
using athena::fabric::MeshConfig;

struct Issue {
    std::uint64_t cycle;
    std::uint32_t from;
    std::uint32_t to;
    std::uint32_t flits;
    std::uint64_t expected;  // cycle of its delivery
};

// A row of three routers.
MeshConfig row(std::uint32_t vcs, std::uint32_t buffer_flits) {
    MeshConfig config;
    config.width = 3;
    config.height = 1;
    config.vcs = vcs;
    config.buffer_flits = buffer_flits;
    return config;
}

// Issues are in the order of their cycles.
void check(const MeshConfig& config, const std::vector<Issue>& issues) {
    Mesh mesh(config);
    std::vector<std::uint64_t> delivered(issues.size());
    const auto collect = [&] {
        for (const Mesh::Delivery& delivery : mesh.deliveries()) {
            delivered[delivery.handle] = delivery.cycle;
        }
    };
    for (std::size_t index = 0; index < issues.size(); ++index) {
        const Issue& issue = issues[index];
        while (mesh.now() < issue.cycle) {
            mesh.advance(issue.cycle);
            collect();
        }
        mesh.inject({issue.from, issue.to, issue.flits, index});
    }
    while (mesh.packets_in_flight() != 0) {
        mesh.advance(mesh.now() + 1);
        collect();
        REQUIRE(mesh.now() < 10000);
    }
    for (std::size_t index = 0; index < issues.size(); ++index) {
        CAPTURE(index);
        CHECK(delivered[index] == issues[index].expected);
    }
    CHECK(mesh.check_conservation().value_or("balanced") == "balanced");
}

}  // namespace

TEST_CASE("mesh: a packet alone") {
    // (h + 1) 4 + h + 3 + (L - 1)
    check(row(4, 8), {{0, 0, 0, 1, 7},        // h = 0
                      {50, 0, 2, 1, 67},      // h = 2: 17
                      {100, 2, 0, 5, 121}});  // h = 2, L = 5: 21
}

TEST_CASE("mesh: two packets want a link in the same cycle, in five ways") {
    // Both ask for a VC of router 1's output to the east in cycle 8 (the one from 0: 7 + 1, the one
    // from 1: 5 + 3), numbers 4 (west, VC 0) and 16 (local, VC 0) of 20.
    // 8: all four VCs offer themselves to 4, which takes VC 0 and sends in 9; 16 takes VC 1 in 9
    // and sends in 10. Pointers of the VCs: 5, 17, 0, 0; of the switch: behind local.
    // 108, 4 and 17: VCs 0 and 1 are offered to 17, the others to 4; both ask for the switch in
    // 109. The pointer is behind local, so the west is first.
    // 208, 4 alone: takes VC 3, the next for it. Pointers of the VCs: 18, 17, 5, 5.
    // 308, 4 and 18: all are offered to 18, which takes VC 0; 4 takes VC 1 in 309.
    // 408, 5 and 19: VC 0 (pointer 19) is offered to 19, the others (5) to 5; both ask for the
    // switch in 409. The pointer is behind the west, so local is first.
    check(row(4, 8), {{0, 0, 2, 1, 17},
                      {5, 1, 2, 1, 18},
                      {100, 0, 2, 1, 117},
                      {105, 1, 2, 1, 118},
                      {200, 0, 2, 1, 217},
                      {300, 0, 2, 1, 318},
                      {305, 1, 2, 1, 317},
                      {400, 0, 2, 1, 418},
                      {405, 1, 2, 1, 417}});
}

TEST_CASE("mesh: a buffer of one flit passes a flit in six cycles") {
    // The place is free again 3 + 3 cycles after the switch allocation that filled it: 3 to the
    // next router or node, which passes a flit on at once, and 3 for the credit.
    // The node's own flits leave in 0, 6, 12 and 18: 2 cycles to the router, the head 2 more until
    // it gets the switch (4), the others wait for the credit of the one before (10, 16, 22), 2
    // cycles for the node's credit. 22 + 3.
    check(row(1, 1), {{0, 0, 0, 4, 25}});
}

TEST_CASE("mesh: a packet waits until the only virtual channel is free") {
    // Four flits from 0 get the switch of router 1 in 9, 10, 11 and 12. Those of the packet from 1
    // that is injected in 6 ask for the channel from 9 on; it is free from 13 on: switch in 14. It
    // arrives at router 2 in 17, the cycle in which the last of the four leaves its only channel
    // there (the head in 14, the others behind it): route 18, VC 19, switch 20.
    check(row(1, 8), {{0, 0, 2, 4, 20}, {6, 1, 2, 1, 23}});
    // With two channels it gets one in 9 and the switch in 10, in turns with the other, whose last
    // flit gets it in 13.
    check(row(2, 8), {{0, 0, 2, 4, 21}, {6, 1, 2, 1, 18}});
}

TEST_CASE("mesh: packets one behind the other in a channel are three cycles apart") {
    // With one channel the second head begins its route in the cycle behind the tail's switch
    // allocation: route 5, VC 6, switch 7; with router_cycles 3 only 2 cycles pass.
    MeshConfig config = row(1, 8);
    check(config, {{0, 1, 1, 1, 7}, {0, 1, 1, 1, 10}, {0, 1, 1, 1, 13}});
    config.router_cycles = 3;
    check(config, {{0, 1, 1, 1, 6}, {0, 1, 1, 1, 8}, {0, 1, 1, 1, 10}});
}

TEST_CASE("mesh: a node that refuses holds back all that comes behind") {
    // One channel of 2 flits: what node 2 does not take fills its own buffer, then those of
    // routers 2, 1 and 0: 8 packets of 20 leave the source. Nothing happens any more.
    Mesh mesh(row(1, 2));
    mesh.refuse(2, true);
    for (std::uint64_t handle = 0; handle < 20; ++handle) {
        mesh.inject({0, 2, 1, handle});
    }
    mesh.advance(500);
    CHECK(mesh.now() == 500);
    CHECK(mesh.deliveries().empty());
    CHECK(mesh.next_activity() == Mesh::kNever);
    CHECK(mesh.packets_in_flight() == 20);
    CHECK(mesh.node_counters(0).injected_packets == 8);
    CHECK(mesh.queued_packets(0) == 12);
    CHECK(mesh.link(0, athena::fabric::mesh::kEast).flits == 6);
    CHECK(mesh.link(2, athena::fabric::mesh::kLocal).flits == 2);
    CHECK(mesh.check_conservation().value_or("balanced") == "balanced");
    // Two wait at the node and are taken in 500 and 501. Their credits count at router 2 in 503
    // and 504. The third got its channel long ago: switch in 503, taken in 506. The fourth's route
    // begins in 504, VC in 505, switch in 506, taken in 509.
    mesh.refuse(2, false);
    std::vector<std::uint64_t> cycles;
    while (cycles.size() < 4) {
        mesh.advance(Mesh::kNever);
        REQUIRE(mesh.deliveries().size() == 1);
        CHECK(mesh.deliveries()[0].handle == cycles.size());
        cycles.push_back(mesh.deliveries()[0].cycle);
    }
    CHECK(cycles == std::vector<std::uint64_t>{500, 501, 506, 509});
    while (mesh.packets_in_flight() != 0) {
        mesh.advance(Mesh::kNever);
    }
    CHECK(mesh.check_conservation().value_or("balanced") == "balanced");
}

TEST_CASE("mesh: a node takes one flit a cycle of those that waited") {
    // Four flits wait from cycle 20 on; they are taken in 40, 41, 42 and 43.
    Mesh mesh(row(4, 8));
    mesh.refuse(2, true);
    mesh.inject({0, 2, 4, 1});
    mesh.advance(40);
    REQUIRE(mesh.now() == 40);
    mesh.refuse(2, false);
    mesh.advance(Mesh::kNever);
    REQUIRE(mesh.deliveries().size() == 1);
    CHECK(mesh.deliveries()[0].cycle == 43);
}

TEST_CASE("mesh: a link's busy and stalled cycles") {
    // Two packets want router 1's output to the east (see above): it is busy in 9 and in 10, and no
    // flit with a channel waits while nothing is sent.
    const unsigned east = athena::fabric::mesh::kEast;
    Mesh mesh(row(4, 8));
    mesh.inject({0, 2, 1, 0});
    mesh.advance(5);
    mesh.inject({1, 2, 1, 1});
    mesh.advance(Mesh::kNever);
    mesh.advance(100);
    CHECK(mesh.link(1, east).busy_cycles == 2);
    CHECK(mesh.link(1, east).stalled_cycles == 0);
    // With buffers of one flit: the head gets the switch of the routers in 4, 9 and 14. Its credit
    // is back at router 0 in 12: the second flit gets the switch there and is at router 1 in 15,
    // where it waits until 17 for the head's credit from router 2: two cycles. It is at router 2 in
    // 20, when the head's credit comes from the node, so its own is back at router 1 in 23; there
    // the third arrives then (20 at router 0), and so on every 6 cycles without waiting.
    Mesh narrow(row(1, 1));
    narrow.inject({0, 2, 4, 0});
    narrow.advance(Mesh::kNever);
    CHECK(narrow.link(1, east).busy_cycles == 4);
    CHECK(narrow.link(1, east).stalled_cycles == 2);
}
