// SPDX-License-Identifier: Apache-2.0
// What the mesh says about a way before anything is sent, against what happens on it.
#include <catch2/catch.hpp>
#include <cstdint>
#include <stdexcept>

#include "fabric/mesh.h"
#include "tests/unit/mesh/random.h"

namespace {

using namespace athena;
using fabric::Mesh;
using fabric::MeshConfig;

std::uint64_t simulated(const MeshConfig& config, std::uint32_t from, std::uint32_t to,
                        std::uint32_t flits) {
    Mesh mesh(config);
    mesh.inject({from, to, flits, 0});
    mesh.advance(Mesh::kNever);
    REQUIRE(mesh.deliveries().size() == 1);
    return mesh.deliveries()[0].cycle;
}

// A row of three routers.
MeshConfig row(std::uint32_t buffer_flits) {
    MeshConfig config;
    config.width = 3;
    config.height = 1;
    config.vcs = 1;
    config.buffer_flits = buffer_flits;
    return config;
}

}  // namespace

TEST_CASE("mesh: the latency of a packet alone is what it says, by hand") {
    // README, "Timing": (h + 1) r + h l + 2 t + 1 + (L - 1).
    const Mesh mesh(MeshConfig{});
    CHECK(mesh.zero_load_latency(5, 5, 1) == 4 + 2 + 1);
    CHECK(mesh.zero_load_latency(0, 15, 4) == 7 * 4 + 6 * 1 + 2 + 1 + 3);
    // Buffers of one flit, as in timing_test.cpp: six cycles for each flit behind the head.
    CHECK(Mesh(row(1)).zero_load_latency(0, 0, 4) == 7 + 3 * 6);
    CHECK_THROWS_AS(mesh.zero_load_latency(0, 16, 1), std::invalid_argument);
    CHECK_THROWS_AS(mesh.zero_load_latency(0, 1, 0), std::invalid_argument);
}

TEST_CASE("mesh: the latency of a packet alone is what it takes, in any mesh") {
    test::Random random(1);
    for (unsigned trial = 0; trial < 3000; ++trial) {
        MeshConfig config;
        config.width = 1 + random.below(6);
        config.height = 1 + random.below(6);
        config.vcs = 1 + random.below(3);
        config.buffer_flits = 1 + random.below(random.below(2) == 0 ? 4 : 20);
        config.router_cycles = 3 + random.below(2);
        config.link_cycles = 1 + random.below(6);
        config.terminal_cycles = 1 + random.below(8);
        config.credit_cycles = random.below(4);
        config.credit_link_cycles = random.below(7);
        const std::uint32_t from = random.below(config.nodes());
        const std::uint32_t to = random.below(config.nodes());
        const std::uint32_t flits = 1 + random.below(random.below(2) == 0 ? 6 : 60);
        CAPTURE(trial, config.width, config.height, config.buffer_flits, config.router_cycles,
                config.link_cycles, config.terminal_cycles, config.credit_cycles,
                config.credit_link_cycles, from, to, flits);
        REQUIRE(Mesh(config).zero_load_latency(from, to, flits) ==
                simulated(config, from, to, flits));
    }
}

TEST_CASE("mesh: the backlog of a way is what waits for its outputs") {
    Mesh mesh(row(2));
    CHECK(mesh.backlog(0, 2) == 0);
    mesh.refuse(2, true);
    for (std::uint64_t handle = 0; handle < 20; ++handle) {
        mesh.inject({0, 2, 1, handle});
    }
    CHECK(mesh.backlog(0, 1) == 20);  // all in the queue of node 0
    CHECK(mesh.backlog(1, 2) == 0);
    // 2 flits wait at node 2 and in each router, 12 in the queue: see timing_test.cpp.
    mesh.advance(500);
    CHECK(mesh.backlog(0, 2) == 20);
    CHECK(mesh.backlog(0, 1) == 12 + 2);  // nothing waits for router 1's own node
    CHECK(mesh.backlog(1, 2) == 2 + 2 + 2);
    CHECK(mesh.backlog(2, 2) == 2 + 2);
    CHECK(mesh.backlog(2, 0) == 0);  // the other direction
    mesh.refuse(2, false);
    while (mesh.packets_in_flight() != 0) {
        mesh.advance(Mesh::kNever);
    }
    CHECK(mesh.backlog(0, 2) == 0);
    CHECK_THROWS_AS(mesh.backlog(0, 3), std::out_of_range);
    CHECK_THROWS_AS(mesh.backlog(3, 0), std::out_of_range);
}

TEST_CASE("mesh: the next activity is the arrival of what is on its way, however long that is") {
    // A head is 1 cycle in the source and terminal_cycles on its way; with router_cycles 3 it asks
    // for a channel then. Later packets find the calendar elsewhere.
    MeshConfig config = row(8);
    config.router_cycles = 3;
    config.terminal_cycles = GENERATE(1U, 5U, 60U);
    config.credit_cycles = GENERATE(1U, 60U);
    config.credit_link_cycles = config.credit_cycles;
    Mesh mesh(config);
    std::uint64_t start = 0;
    for (unsigned packet = 0; packet < 300; ++packet) {
        CAPTURE(config.terminal_cycles, config.credit_cycles, packet);
        REQUIRE(mesh.next_activity() == Mesh::kNever);
        mesh.inject({0, 1, 1, 0});
        REQUIRE(mesh.next_activity() == start);
        mesh.advance(start + 1);
        REQUIRE(mesh.next_activity() == start + 1 + config.terminal_cycles);
        mesh.inject({2, 1, 1, 0});  // a cycle later, perhaps where the calendar begins again
        mesh.advance(start + 2);
        REQUIRE(mesh.next_activity() == start + 1 + config.terminal_cycles);
        while (mesh.packets_in_flight() != 0) {
            mesh.advance(Mesh::kNever);
        }
        start = mesh.now() + 500 + packet;  // all credits are back
        mesh.advance(start);
    }
}
