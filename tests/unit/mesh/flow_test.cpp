// SPDX-License-Identifier: Apache-2.0
// What holds for any traffic: nothing lost, order where it is promised, no time and no work where
// nothing happens, and bad input refused.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "fabric/mesh.h"
#include "tests/unit/mesh/random.h"
#include "tests/unit/mesh/traffic.h"

namespace {

using namespace athena;
using fabric::Mesh;
using fabric::MeshConfig;

std::string conservation(const Mesh& mesh) {
    return mesh.check_conservation().value_or("balanced");
}

std::string reason(const MeshConfig& config) {
    return config.check().value_or("possible");
}

}  // namespace

TEST_CASE("mesh: packets that may use one channel alone arrive in order") {
    const std::uint64_t seed = GENERATE(range(1U, 6U));
    CAPTURE(seed);
    test::Random random(seed);
    MeshConfig config;
    config.vcs = 1 + random.below(4);
    Mesh mesh(config);
    // By source, destination and channel: the numbers of those injected and not delivered.
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::vector<std::uint64_t>>
        expected;
    std::vector<Mesh::Packet> packets;
    for (std::uint64_t cycle = 0; cycle < 3000 || mesh.packets_in_flight() != 0; ++cycle) {
        REQUIRE(cycle < 50000);
        for (std::uint32_t source = 0; cycle < 3000 && source < 16; ++source) {
            if (random.chance(0.3)) {
                // Few destinations, so that many packets are under way between the same two.
                packets.push_back({source, random.below(3) * 5, 1 + random.below(4), packets.size(),
                                   1U << random.below(config.vcs)});
                const Mesh::Packet& packet = packets.back();
                expected[{source, packet.destination, packet.vcs}].push_back(packet.handle);
                mesh.inject(packet);
            }
        }
        mesh.advance(mesh.now() + 1);
        for (const Mesh::Delivery& delivery : mesh.deliveries()) {
            const Mesh::Packet& packet = packets[delivery.handle];
            REQUIRE(delivery.node == packet.destination);
            auto& queue = expected[{packet.source, packet.destination, packet.vcs}];
            REQUIRE(queue.front() == delivery.handle);
            queue.erase(queue.begin());
        }
        if (cycle % 500 == 0) {
            REQUIRE(conservation(mesh) == "balanced");
        }
    }
    REQUIRE(conservation(mesh) == "balanced");
}

TEST_CASE("mesh: all packets arrive once and every flit is counted") {
    const std::uint64_t seed = GENERATE(range(1U, 4U));
    CAPTURE(seed);
    test::Random random(seed);
    MeshConfig config;
    config.width = 5;
    config.height = 3;
    Mesh mesh(config);
    std::vector<unsigned> arrived;
    std::uint64_t flits = 0;
    std::uint64_t crossings = 0;  // of links between routers
    for (std::uint64_t cycle = 0; cycle < 2000 || mesh.packets_in_flight() != 0; ++cycle) {
        REQUIRE(cycle < 50000);
        for (std::uint32_t source = 0; cycle < 2000 && source < 15; ++source) {
            if (random.chance(0.2)) {
                const Mesh::Packet packet{source, random.below(15), 1 + random.below(6),
                                          arrived.size()};
                mesh.inject(packet);
                arrived.push_back(0);
                flits += packet.flits;
                const auto gap = [](std::uint32_t a, std::uint32_t b) {
                    return a > b ? a - b : b - a;
                };
                crossings += packet.flits * (gap(source % 5, packet.destination % 5) +
                                             gap(source / 5, packet.destination / 5));
            }
        }
        mesh.advance(mesh.now() + 1);
        for (const Mesh::Delivery& delivery : mesh.deliveries()) {
            ++arrived[delivery.handle];
        }
        REQUIRE(conservation(mesh) == "balanced");
    }
    for (const unsigned times : arrived) {
        REQUIRE(times == 1);
    }
    std::uint64_t ejected = 0;
    std::uint64_t links = 0;
    for (std::uint32_t node = 0; node < 15; ++node) {
        ejected += mesh.node_counters(node).ejected_flits;
        for (unsigned port = 0; port < fabric::mesh::kLocal; ++port) {
            links += mesh.link(node, port).flits;
        }
    }
    CHECK(ejected == flits);
    CHECK(links == crossings);  // XY takes no way round
}

TEST_CASE("mesh: XY traffic uses the links of its row, then of its column, and no others") {
    Mesh mesh(MeshConfig{});
    mesh.inject({0, 15, 1, 0});
    mesh.advance(Mesh::kNever);
    for (std::uint32_t node = 0; node < 16; ++node) {
        for (unsigned port = 0; port < fabric::mesh::kPorts; ++port) {
            const bool on_the_way = (port == fabric::mesh::kEast && node < 3) ||
                                    (port == fabric::mesh::kNorth && node % 4 == 3 && node < 15) ||
                                    (port == fabric::mesh::kLocal && node == 15);
            CAPTURE(node, port);
            CHECK(mesh.link(node, port).flits == (on_the_way ? 1 : 0));
        }
    }
}

TEST_CASE("mesh: idle cycles cost nothing") {
    Mesh mesh(MeshConfig{});
    CHECK(mesh.next_activity() == Mesh::kNever);
    mesh.advance(std::uint64_t{1} << 60);  // centuries, if they were simulated
    CHECK(mesh.now() == std::uint64_t{1} << 60);
    const std::uint64_t start = mesh.now();
    mesh.inject({0, 3, 1, 0});
    CHECK(mesh.next_activity() == start);
    mesh.advance(start + 1);
    CHECK(mesh.next_activity() == start + 3);  // at its router in 2, its route is ready in 3
    mesh.advance(Mesh::kNever);
    CHECK(mesh.now() == start + 23);
    CHECK(mesh.packets_in_flight() == 0);
    CHECK(conservation(mesh) == "balanced");
    mesh.advance(Mesh::kNever);
    CHECK(mesh.now() == Mesh::kNever);
}

TEST_CASE("mesh: departures are reported on demand") {
    MeshConfig config;
    config.report_departures = true;
    Mesh mesh(config);
    mesh.inject({2, 3, 3, 42});
    mesh.advance(Mesh::kNever);  // flits leave in 0, 1 and 2
    REQUIRE(mesh.departures().size() == 1);
    CHECK(mesh.departures()[0].cycle == 2);
    CHECK(mesh.departures()[0].handle == 42);
    CHECK(mesh.departures()[0].node == 2);
    CHECK(mesh.deliveries().empty());
    CHECK(mesh.now() == 3);
    mesh.advance(Mesh::kNever);
    CHECK(mesh.departures().empty());
    REQUIRE(mesh.deliveries().size() == 1);
    CHECK(mesh.deliveries()[0].cycle == 14);
}

TEST_CASE("mesh: impossible parameters have one clear reason") {
    CHECK(reason({}) == "possible");
    CHECK(reason({.width = 0}) == "mesh: width is 0, must be 1 to 4096");
    CHECK(reason({.height = 0}) == "mesh: height is 0, must be 1 to 4096");
    CHECK(reason({.vcs = 0}) == "mesh: vcs is 0, must be 1 to 12");
    CHECK(reason({.vcs = 13}) == "mesh: vcs is 13, must be 1 to 12");
    CHECK(reason({.buffer_flits = 0}) == "mesh: buffer_flits is 0, must be 1 to 1024");
    CHECK(reason({.router_cycles = 2}) == "mesh: router_cycles is 2, must be 3 to 4");
    CHECK(reason({.link_cycles = 0}) == "mesh: link_cycles is 0, must be 1 to 60");
    CHECK(reason({.terminal_cycles = 61}) == "mesh: terminal_cycles is 61, must be 1 to 60");
    CHECK(reason({.credit_cycles = 61}) == "mesh: credit_cycles is 61, must be 0 to 60");
    CHECK(reason({.width = 65, .height = 64}) ==
          "mesh: 65 x 64 are 4160 nodes, at most 4096 are possible");
    CHECK(reason({.width = 4096, .height = 4096}) ==
          "mesh: 4096 x 4096 are 16777216 nodes, at most 4096 are possible");
    CHECK(reason({.width = 64, .height = 64, .vcs = 12, .buffer_flits = 1024}) ==
          "mesh: the buffers of all 4096 routers hold more than 33554432 flits (vcs 12, "
          "buffer_flits 1024)");
    CHECK_THROWS_WITH(Mesh({.width = 0}), "mesh: width is 0, must be 1 to 4096");
    // The limits themselves are possible.
    CHECK(reason({.width = 64, .height = 64}) == "possible");
    CHECK(reason({.vcs = 12, .link_cycles = 60, .credit_cycles = 60, .credit_link_cycles = 60}) ==
          "possible");
}

TEST_CASE("mesh: packets that cannot be are refused") {
    Mesh mesh(MeshConfig{});
    CHECK_THROWS_WITH(mesh.inject({16, 0, 1, 0}),
                      "mesh: a packet from node 16 to node 0; there are 16");
    CHECK_THROWS_WITH(mesh.inject({0, 16, 1, 0}),
                      "mesh: a packet from node 0 to node 16; there are 16");
    CHECK_THROWS_WITH(mesh.inject({0, 1, 0, 0}),
                      "mesh: a packet of 0 flits; 1 to 65535 are possible");
    CHECK_THROWS_WITH(mesh.inject({0, 1, 65536, 0}),
                      "mesh: a packet of 65536 flits; 1 to 65535 are possible");
    CHECK_THROWS_WITH(mesh.inject({0, 1, 1, 0, 16}),
                      "mesh: a packet for virtual channels that do not exist; there are 4");
    CHECK_THROWS_AS(mesh.refuse(16, true), std::out_of_range);
    CHECK(mesh.packets_in_flight() == 0);
    mesh.inject({0, 1, 65535, 0});  // 12 + 65534
    mesh.advance(Mesh::kNever);
    CHECK(mesh.deliveries()[0].cycle == 65546);
}

TEST_CASE("mesh: the largest meshes and delays work") {
    for (const MeshConfig& config :
         {MeshConfig{.width = 64, .height = 64}, MeshConfig{.width = 4096, .height = 1},
          MeshConfig{.width = 2,
          .height = 2,
          .vcs = 12,
          .buffer_flits = 1024,
          .link_cycles = 60,
          .terminal_cycles = 60,
          .credit_cycles = 60,
          .credit_link_cycles = 60}}) {
        Mesh mesh(config);
        const std::uint32_t last = config.nodes() - 1;
        const std::uint64_t links = config.width + config.height - 2;
        mesh.inject({0, last, 1, 0});
        mesh.inject({last, 0, 1, 1});
        mesh.advance(Mesh::kNever);
        REQUIRE(mesh.deliveries().size() == 2);
        CHECK(mesh.deliveries()[0].cycle ==
              (links + 1) * 4 + links * config.link_cycles + 2 * config.terminal_cycles + 1);
        CHECK(conservation(mesh) == "balanced");
    }
}
