// SPDX-License-Identifier: Apache-2.0
// A mesh that is saved and loaded in mid-operation goes on as if nothing had happened.
#include "base/state.h"

#include <catch2/catch.hpp>
#include <vector>

#include "fabric/mesh.h"
#include "tests/unit/mesh/random.h"

namespace {

using namespace athena;
using fabric::Mesh;
using fabric::MeshConfig;

std::vector<std::byte> saved(const Mesh& mesh) {
    base::StateWriter writer;
    mesh.save(writer);
    return writer.data();
}

void load(Mesh& mesh, const std::vector<std::byte>& data) {
    base::StateReader reader(data);
    mesh.load(reader);
}

// Traffic by the cycle's number alone; some nodes refuse for a while.
void drive(Mesh& mesh) {
    test::Random random(mesh.now() + 1);
    for (std::uint32_t source = 0; source < mesh.config().nodes(); ++source) {
        if (random.chance(0.15)) {
            mesh.inject({source, random.below(mesh.config().nodes()), 1 + random.below(5),
                         random.next(), random.below(8)});
        }
    }
    const std::uint32_t node = random.below(mesh.config().nodes());
    mesh.refuse(node, random.below(3) == 0);
    mesh.advance(mesh.now() + 1);
}

void check_same(const Mesh& a, const Mesh& b) {
    REQUIRE(a.now() == b.now());
    REQUIRE(a.next_activity() == b.next_activity());
    REQUIRE(a.deliveries().size() == b.deliveries().size());
    for (std::size_t index = 0; index < a.deliveries().size(); ++index) {
        REQUIRE(a.deliveries()[index].handle == b.deliveries()[index].handle);
        REQUIRE(a.deliveries()[index].node == b.deliveries()[index].node);
        REQUIRE(a.deliveries()[index].entered == b.deliveries()[index].entered);
    }
}

}  // namespace

TEST_CASE("mesh: saved and loaded in any cycle it goes on alike") {
    const std::uint32_t router_cycles = GENERATE(3U, 4U);
    const MeshConfig config{.width = 3,
                            .height = 3,
                            .vcs = 3,
                            .buffer_flits = 3,
                            .router_cycles = router_cycles,
                            .link_cycles = 2};
    Mesh mesh(config);
    for (unsigned cycle = 0; cycle < 250; ++cycle) {
        CAPTURE(router_cycles, cycle);
        const std::vector<std::byte> data = saved(mesh);
        Mesh original(config);
        load(original, data);
        Mesh other(config);
        for (unsigned before = 0; before < cycle % 20; ++before) {
            drive(other);  // what it had is forgotten
        }
        load(other, data);
        REQUIRE(saved(other) == data);
        for (unsigned after = 0; after < 40; ++after) {
            drive(original);
            drive(other);
            check_same(original, other);
        }
        REQUIRE(saved(other) == saved(original));
        REQUIRE(other.check_conservation().value_or("balanced") == "balanced");
        drive(mesh);
    }
}

TEST_CASE("mesh: the saved state of another configuration or version is refused") {
    Mesh mesh(MeshConfig{});
    const std::vector<std::byte> data = saved(mesh);
    Mesh wider(MeshConfig{.width = 5});
    CHECK_THROWS_WITH(load(wider, data), "saved state: the mesh's width is 4, not 5");
    Mesh slower(MeshConfig{.link_cycles = 2});
    CHECK_THROWS_WITH(load(slower, data), "saved state: the mesh's link_cycles is 1, not 2");
    std::vector<std::byte> cut(data.begin(), data.end() - 100);
    CHECK_THROWS_AS(load(mesh, cut), base::StateError);
    base::StateWriter writer;
    writer.begin("mesh", 1);
    writer.end();
    CHECK_THROWS_WITH(load(mesh, writer.data()), "saved state of 'mesh' is version 1, not 2");
}
