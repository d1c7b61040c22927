// SPDX-License-Identifier: Apache-2.0
// An empty mesh: the latency of every pair of nodes is the reference's formula.
#include <catch2/catch.hpp>
#include <cstdint>

#include "fabric/mesh.h"

namespace {

using athena::fabric::Mesh;
using athena::fabric::MeshConfig;

// Returns the latency of a packet that is alone.
std::uint64_t latency(Mesh& mesh, std::uint32_t from, std::uint32_t to, std::uint32_t flits) {
    const std::uint64_t start = mesh.now();
    mesh.inject({from, to, flits, 7});
    mesh.advance(Mesh::kNever);
    REQUIRE(mesh.deliveries().size() == 1);
    REQUIRE(mesh.deliveries()[0].handle == 7);
    REQUIRE(mesh.deliveries()[0].node == to);
    REQUIRE(mesh.deliveries()[0].entered == start);
    const std::uint64_t taken = mesh.deliveries()[0].cycle - start;
    REQUIRE(mesh.now() == mesh.deliveries()[0].cycle + 1);
    mesh.advance(mesh.now() + 1000);  // the credits return
    REQUIRE(mesh.next_activity() == Mesh::kNever);
    return taken;
}

std::uint32_t gap(std::uint32_t a, std::uint32_t b) {
    return a > b ? a - b : b - a;
}

}  // namespace

// BookSim 2, commit 28f4329: 4x4 mesh, 4 VCs of 8 flits, latencies by links between the nodes at
// 0.003 flits/node/cycle, which are (h + 1) r + h + 3 + (L - 1) for link_cycles 1.
TEST_CASE("mesh: zero-load latency is the reference's, for every pair of nodes") {
    struct Row {
        std::uint32_t flits;
        std::uint32_t router_cycles;
        std::uint64_t latency[7];
    };
    const Row rows[] = {{1, 4, {7, 12, 17, 22, 27, 32, 37}},
                        {4, 4, {10, 15, 20, 25, 30, 35, 40}},
                        {1, 3, {6, 10, 14, 18, 22, 26, 30}},
                        {4, 3, {9, 13, 17, 21, 25, 29, 33}}};
    for (const Row& row : rows) {
        MeshConfig config;
        config.router_cycles = row.router_cycles;
        Mesh mesh(config);
        for (std::uint32_t from = 0; from < 16; ++from) {
            for (std::uint32_t to = 0; to < 16; ++to) {
                const std::uint32_t links = gap(from % 4, to % 4) + gap(from / 4, to / 4);
                CAPTURE(row.router_cycles, row.flits, from, to);
                REQUIRE(latency(mesh, from, to, row.flits) == row.latency[links]);
            }
        }
        REQUIRE(mesh.check_conservation().value_or("balanced") == "balanced");
    }
}

TEST_CASE("mesh: zero-load latency follows the formula for other sizes, links and lengths") {
    const std::uint32_t sizes[][2] = {{8, 8}, {2, 8}, {8, 2}, {1, 5}, {5, 1}, {1, 1}, {3, 2}};
    for (const auto& size : sizes) {
        for (const std::uint32_t router : {3, 4}) {
            for (const std::uint32_t link : {1, 2, 5}) {
                // The longest packet's credits must return before they are needed: 8 flits of
                // buffer last for the round trip of a link of at most 2 cycles.
                const std::uint32_t flits = link <= 2 ? 16 : 8;
                MeshConfig config;
                config.width = size[0];
                config.height = size[1];
                config.router_cycles = router;
                config.link_cycles = link;
                config.credit_link_cycles = 1;
                config.buffer_flits = 16;
                Mesh mesh(config);
                for (std::uint32_t from = 0; from < config.nodes(); from += 3) {
                    for (std::uint32_t to = 0; to < config.nodes(); ++to) {
                        const std::uint32_t links =
                            gap(from % size[0], to % size[0]) + gap(from / size[0], to / size[0]);
                        CAPTURE(size[0], size[1], router, link, from, to);
                        REQUIRE(latency(mesh, from, to, flits) ==
                                (links + 1) * router + links * link + 3 + (flits - 1));
                    }
                }
            }
        }
    }
}
