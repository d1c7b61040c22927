// SPDX-License-Identifier: Apache-2.0
// Tables of the network at 1 GHz: 3 x 1 nodes, 3 cycles a router, 1 a link, flits of 64 bytes.
#include "fabric/noc.h"

#include "fresh_simulation.h"
#include "phases.h"

using namespace athena;
using test::PhaseInitiator;
using test::PhaseTarget;
using test::Row;

namespace {

// Halves of 256 bytes.
struct Halves final : base::PortMap {
    [[nodiscard]] std::uint32_t ports() const override { return 2; }
    [[nodiscard]] std::uint32_t port_of(std::uint64_t offset) const override {
        return static_cast<std::uint32_t>(offset / 256 % 2);
    }
};

struct Bench {
    explicit Bench(std::uint64_t latency = 10, std::uint64_t accept = 0)
        : noc("noc",
              {.mesh = {.width = 3, .height = 1, .router_cycles = 3},
               .clock_hz = 1'000'000'000,
               .flit_bytes = 64,
               .source_queue = 2,
               .target_queue = 2},
              events),
          near("near", events, latency, accept),
          even("even", events, latency, accept),
          odd("odd", events, latency, accept) {
        first.socket.bind(noc.add_input("from_first"));
        second.socket.bind(noc.add_input("from_second"));
        noc.at_node(1);
        noc.map("to_near", {0}, 0x1000).bind(near.socket);
        const std::array<std::uint32_t, 2> nodes{1, 2};
        const auto sockets = noc.map_ports("to_far", {0x1000}, 0x1000, halves, nodes);
        sockets[0]->bind(even.socket);
        sockets[1]->bind(odd.socket);
    }
    void run(const std::vector<Row>& of_first, const std::vector<Row>& of_second = {}) {
        first.play(of_first);
        second.play(of_second);
        sc_core::sc_start();
        first.check();
        second.check();
        CHECK(noc.in_flight() == 0);
        CHECK(noc.check_conservation() == std::nullopt);
    }

    test::FreshSimulation simulation;
    base::EventQueue events{"events"};
    fabric::Noc noc;
    Halves halves;
    PhaseInitiator first{"first", events};
    PhaseInitiator second{"second", events};
    PhaseTarget near;
    PhaseTarget even;
    PhaseTarget odd;
};

}  // namespace

// A packet of L flits over h links: 3 (h + 1) + h + 2 channels of 1 + 1 in the source + L - 1, and
// 1 until its receiver sees it: 4 h + 6 + L.
TEST_CASE("noc: a transaction alone takes both ways' packets and its target") {
    Bench bench;
    // Read of 256 bytes: 11 there, 10, 14 back; write: 14, 10, 11. Two links: 15 and 18.
    bench.run({{0, false, 0x0, 256, 35},
               {100, true, 0x0, 256, 135},
               {200, false, 0x1100, 256, 243},
               {300, false, 0x1000, 64, 332}});
    CHECK(bench.near.begun == std::vector<std::uint64_t>{11, 114});
    CHECK(bench.odd.begun == std::vector<std::uint64_t>{215});
    CHECK(bench.even.begun == std::vector<std::uint64_t>{311});
}

TEST_CASE("noc: packets of one node follow each other flit by flit") {
    Bench bench;
    // Writes of 4 flits enter in cycles 0, 4 and 8; those for the same 256 bytes keep a channel,
    // which is free again a cycle after a tail: 100, 105, 110.
    bench.run({{0, true, 0x0, 256, 35},
               {0, true, 0x100, 256, 39},
               {0, true, 0x200, 256, 43},
               {100, true, 0x0, 256, 135},
               {100, true, 0x0, 256, 140},
               {100, true, 0x0, 256, 145}});
    CHECK(bench.near.begun == std::vector<std::uint64_t>{14, 18, 22, 114, 119, 124});
}

TEST_CASE("noc: a slow target fills its node and then the network, and all come in their order") {
    Bench bench(10, 50);
    const std::vector<Row> rows(40, {0, false, 0x0, 256, 0});
    bench.first.play(rows);
    bench.second.play(rows);
    sc_core::sc_start();
    CHECK(bench.near.most_open == 1);
    const std::vector<std::uint64_t> of_first = bench.first.ends();
    const std::vector<std::uint64_t> of_second = bench.second.ends();
    CHECK(std::ranges::is_sorted(of_first));
    CHECK(std::ranges::is_sorted(of_second));
    // Taken one after the other: the first arrives in 11, ends of request are in 61, 111, …; the
    // response comes 10 later and takes 14.
    std::vector<std::uint64_t> all;
    std::ranges::merge(of_first, of_second, std::back_inserter(all));
    for (std::uint64_t i = 0; i < all.size(); ++i) {
        CHECK(all[i] == 61 + 50 * i + 24);
    }
    // The inputs of a node take turns once its queue is full, which holds 2 of the first's, and a
    // third waits before the second's first: places 2 i - 2 and 2 i + 3.
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(std::max(of_first[i], of_second[i]) - std::min(of_first[i], of_second[i]) <= 250);
    }
    CHECK(bench.noc.check_conservation() == std::nullopt);
}

TEST_CASE("noc: b_transport is charged the ways of its packets") {
    Bench bench;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    // There 11 and back 14, as the whole range's first port serves it, and 10.
    CHECK(test::charged(bench.first.socket, tlm::TLM_READ_COMMAND, 0x1100) == 35'000);
    sc_core::sc_start();
    CHECK(bench.noc.check_conservation() == std::nullopt);
    CHECK(bench.noc.requests().packets_in_flight() == 0);
}
