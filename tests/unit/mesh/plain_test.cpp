// SPDX-License-Identifier: Apache-2.0
// The mesh against its plain twin: the same packets, the same cycles.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "tests/unit/mesh/plain_mesh.h"
#include "tests/unit/mesh/random.h"

namespace {

using namespace athena;
using fabric::Mesh;
using fabric::MeshConfig;

MeshConfig random_config(test::Random& random) {
    MeshConfig config;
    config.width = 1 + random.below(4);
    config.height = 1 + random.below(4);
    config.vcs = 1 + random.below(random.below(4) == 0 ? MeshConfig::kMaxVcs : 4);
    config.buffer_flits = 1 + random.below(9);
    config.router_cycles = 3 + random.below(2);
    config.link_cycles = 1 + random.below(3);
    config.terminal_cycles = 1 + random.below(2);
    config.credit_cycles = random.below(3);
    config.credit_link_cycles = random.below(3);
    return config;
}

std::string text(const MeshConfig& config) {
    const std::uint32_t fields[] = {
        config.width,           config.height,        config.vcs,
        config.buffer_flits,    config.router_cycles, config.link_cycles,
        config.terminal_cycles, config.credit_cycles, config.credit_link_cycles};
    std::string all;
    for (const std::uint32_t field : fields) {
        all += std::to_string(field) + " ";
    }
    return all;
}

void compare_links(const Mesh& fast, const test::PlainMesh& plain) {
    for (std::uint32_t node = 0; node < fast.config().nodes(); ++node) {
        for (unsigned port = 0; port < fabric::mesh::kPorts; ++port) {
            CAPTURE(node, port);
            REQUIRE(fast.link(node, port).flits == plain.link(node, port).flits);
            REQUIRE(fast.link(node, port).busy_cycles == plain.link(node, port).busy_cycles);
            REQUIRE(fast.link(node, port).stalled_cycles == plain.link(node, port).stalled_cycles);
        }
    }
}

// Lengths, destinations and bursts of all kinds; some packets are bound to some channels, some
// nodes refuse for a while.
void compare(std::uint64_t seed) {
    test::Random random(seed);
    const MeshConfig config = random_config(random);
    const std::uint32_t longest = 1 + random.below(random.below(3) == 0 ? 20 : 4);
    const double load = (1 + random.below(10)) / 10.0;
    const bool has_restricted = random.below(2) == 0;
    const bool has_refusals = random.below(2) == 0;
    CAPTURE(seed, text(config), longest, load);
    Mesh fast(config);
    test::PlainMesh plain(config);
    std::uint64_t handle = 0;
    for (unsigned cycle = 0; cycle < 400; ++cycle) {
        for (std::uint32_t source = 0; source < config.nodes(); ++source) {
            if (cycle > 300 || !random.chance(load / longest)) {
                continue;
            }
            const std::uint32_t vcs =
                has_restricted ? random.below(1U << config.vcs) : 0;  // 0: all of them
            const Mesh::Packet packet{source, random.below(config.nodes()),
                                      1 + random.below(longest), handle++, vcs};
            fast.inject(packet);
            plain.inject(packet);
        }
        if (has_refusals && random.below(10) == 0) {
            const std::uint32_t node = random.below(config.nodes());
            const bool refuses = cycle < 300 && random.below(2) == 0;
            fast.refuse(node, refuses);
            plain.refuse(node, refuses);
        }
        const std::vector<Mesh::Delivery> expected = plain.cycle();
        fast.advance(cycle + 1);
        CAPTURE(cycle);
        REQUIRE(fast.now() == cycle + 1);
        REQUIRE(fast.deliveries().size() == expected.size());
        for (std::size_t index = 0; index < expected.size(); ++index) {
            REQUIRE(fast.deliveries()[index].node == expected[index].node);
            REQUIRE(fast.deliveries()[index].handle == expected[index].handle);
            REQUIRE(fast.deliveries()[index].entered == expected[index].entered);
            REQUIRE(fast.deliveries()[index].cycle == cycle);
        }
        if (cycle % 16 == 0) {
            compare_links(fast, plain);
        }
    }
    REQUIRE(fast.check_conservation().value_or("balanced") == "balanced");
}

}  // namespace

// One seed alone: MESH_SEED=N unit_mesh "mesh: random*"
TEST_CASE("mesh: random traffic takes the same cycles and counts as in the plain model") {
    if (const char* seed = std::getenv("MESH_SEED")) {
        compare(std::strtoull(seed, nullptr, 10));
        return;
    }
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        compare(seed);
    }
}
