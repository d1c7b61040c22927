// SPDX-License-Identifier: Apache-2.0
#include "sim/report/fabric_map.h"

#include <catch2/catch.hpp>

#include "unit/platform/mini_board.h"

using namespace athena;

namespace {

// A mesh of 2 x 2: node 0 has sent 3 flits to the east in requests and 4 in responses and 5 to the
// north; node 3 2 to the south, and 9 to itself.
struct Counters final : base::StatisticsSource {
    void report(base::StatisticsVisitor& visitor) const override {
        visitor.enter("bus");
        network(visitor, "requests", 3, 5, 0);
        network(visitor, "responses", 4, 0, 2);
        visitor.leave();
    }
    static void network(base::StatisticsVisitor& visitor, const char* name, std::uint64_t east,
                        std::uint64_t north, std::uint64_t south) {
        visitor.enter(name);
        visitor.enter("node0");
        link(visitor, "east", east);
        link(visitor, "north", north);
        visitor.leave();
        visitor.enter("node3");
        link(visitor, "south", south);
        link(visitor, "local", 9);
        visitor.leave();
        visitor.leave();
    }
    static void link(base::StatisticsVisitor& visitor, const char* name, std::uint64_t flits) {
        visitor.enter(name);
        visitor.counter("flits", flits);
        visitor.leave();
    }
};

struct Nothing final : base::StatisticsSource {
    void report(base::StatisticsVisitor& visitor) const override { visitor.counter("flits", 3); }
};

}  // namespace

TEST_CASE("report: the mesh's links have the flits of both networks, nodes what is there") {
    const platform::BoardConfig board =
        test::mini_board({"mesh.flit_bytes=64", "mesh.clock_hz=1_000_000_000", "cluster.count=2",
                          "mesh.clusters=1,2", "mesh.hbm=2,3"});
    const sim::FabricMap map = sim::fabric_map(board, Counters());
    REQUIRE(map.nodes.size() == 4);
    CHECK(map.nodes[0].name == "control");
    CHECK(map.nodes[1].name == "cluster0");
    CHECK(map.nodes[2].name == "cluster1, hbm0");
    CHECK(map.nodes[3].name == "hbm1");
    CHECK(map.nodes[3].x == 1);
    CHECK(map.nodes[3].y == 1);
    REQUIRE(map.links.size() == 3);  // by node and name
    CHECK(map.links[0].to == 1);     // 7 flits of 64 bytes, 1 ns each
    CHECK(map.links[0].bytes == 448);
    CHECK(map.links[0].busy == 7000);
    CHECK(map.links[1].to == 2);  // north is y + 1
    CHECK(map.links[1].bytes == 320);
    CHECK(map.links[2].from == 3);
    CHECK(map.links[2].to == 1);
    CHECK(map.links[2].bytes == 128);
    CHECK(map.nodes[1].bytes == 576);
}

TEST_CASE("report: a board without a mesh has no map") {
    CHECK(sim::fabric_map(test::mini_board({}), Nothing()).nodes.empty());
}
