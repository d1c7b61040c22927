// SPDX-License-Identifier: Apache-2.0
// Tables of the crossbar at 1 GHz: requests take 4 cycles, responses 5, a beat has 64 bytes.
#include "fabric/crossbar.h"

#include "fresh_simulation.h"
#include "phases.h"

using namespace athena;
using test::PhaseInitiator;
using test::PhaseTarget;
using test::Row;

namespace {

struct Bench {
    explicit Bench(std::uint64_t latency = 10, std::uint64_t accept = 0, std::uint32_t queue = 8)
        : crossbar("crossbar",
                   {.clock_hz = 1'000'000'000,
                    .bytes_per_cycle = 64,
                    .request_cycles = 4,
                    .response_cycles = 5,
                    .queue = queue},
                   events),
          near("near", events, latency, accept),
          far("far", events, latency, accept) {
        first.socket.bind(crossbar.add_input("from_first"));
        second.socket.bind(crossbar.add_input("from_second"));
        crossbar.map("to_near", {0}, 0x1000).bind(near.socket);
        crossbar.map("to_far", {0x1000}, 0x1000).bind(far.socket);
    }
    void run(const std::vector<Row>& of_first, const std::vector<Row>& of_second = {}) {
        first.play(of_first);
        second.play(of_second);
        sc_core::sc_start();
        first.check();
        second.check();
        CHECK(crossbar.in_flight() == 0);
    }

    test::FreshSimulation simulation;
    base::EventQueue events{"events"};
    fabric::Crossbar crossbar;
    PhaseInitiator first{"first", events};
    PhaseInitiator second{"second", events};
    PhaseTarget near;
    PhaseTarget far;
};

}  // namespace

TEST_CASE("crossbar: a transaction alone takes request, target and response") {
    Bench bench;
    // 4 + 10 + 5; a write's beats and a read's are under way behind their first one.
    bench.run({{0, false, 0x0, 64, 19}, {100, true, 0x40, 256, 119}, {200, false, 0x0, 256, 219}});
    CHECK(bench.near.begun == std::vector<std::uint64_t>{4, 104, 204});
}

TEST_CASE("crossbar: reads of one input share its read data, those of two do not") {
    Bench bench;
    // Of first: granted in 0 and 1, answered in 14 and 15; the second one's 4 beats end 4 behind
    // the first's, in 18. Of second: granted in 1 at the other output, answered in 15.
    bench.run({{0, false, 0x0, 256, 19}, {0, false, 0x1000, 256, 23}},
              {{1, false, 0x1100, 256, 20}});
}

TEST_CASE("crossbar: writes to one output share its data channel, in turn") {
    Bench bench;
    // Grants: first 0, second 4, first 8, second 12; each then 4 + 10 + 5.
    bench.run({{0, true, 0x0, 256, 19}, {0, true, 0x0, 256, 27}},
              {{0, true, 0x100, 256, 23}, {0, true, 0x100, 256, 31}});
}

TEST_CASE("crossbar: reads pass while a write's data is sent") {
    Bench bench;
    // The write is granted in 0, the read in the same cycle by its own channel, the next write
    // when 4 beats are through, in 4.
    bench.run({{0, true, 0x0, 256, 19}, {0, false, 0x0, 64, 19}, {0, true, 0x0, 256, 23}});
}

TEST_CASE("crossbar: a target that takes its time holds back only its own requests") {
    Bench bench(10, 6, 2);
    // near: requests arrive in 4; ends of request in 10, 16, 22. Two are on their way at a time:
    // the third is granted when the first is taken, in 10, arrives in 14. Responses 10 after an
    // end, then 5.
    bench.run({{0, false, 0x0, 64, 25}, {0, false, 0x0, 64, 31}, {0, false, 0x0, 64, 37}},
              {{0, false, 0x1000, 64, 25}});
    CHECK(bench.near.most_open == 1);
}

TEST_CASE("crossbar: two inputs get the same share of an output") {
    Bench bench;
    std::vector<Row> rows;
    for (std::uint64_t i = 0; i < 100; ++i) {
        rows.push_back({0, true, 0x0, 256, 19 + 8 * i});
    }
    std::vector<Row> others;
    for (std::uint64_t i = 0; i < 100; ++i) {
        others.push_back({0, true, 0x100, 256, 23 + 8 * i});
    }
    bench.run(rows, others);
}

TEST_CASE("crossbar: what no range holds is answered at once and does not stay") {
    Bench bench;
    bench.run({{3, false, 0x1FF0, 32, 3}, {4, false, 0x0, 64, 23}});
    CHECK(bench.first.status(0) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.first.status(1) == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("crossbar: what stands still is named, from where to where") {
    Bench bench(10, 1'000'000, 1);
    bench.first.play({{0, true, 0x40, 256, 0}, {0, true, 0x80, 64, 0}});
    bench.second.play({{0, false, 0x1000, 64, 0}});
    sc_core::sc_start(100, sc_core::SC_NS);
    CHECK(
        bench.crossbar.waits() ==
        std::vector<std::string>{
            "crossbar: write of 256 bytes at 0x40 from from_first to to_near is not taken by its "
            "target",
            "crossbar: read of 64 bytes at 0x1000 from from_second to to_far is not taken by its "
            "target",
            "crossbar: write of 64 bytes at 0x80 from from_first to to_near waits for room on its "
            "way"});
}

TEST_CASE("crossbar: b_transport is charged what is before it, and is before what comes") {
    Bench bench;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    // 4 + 5, 3 further beats, and the target's 10; the second one's data waits for 4 beats.
    CHECK(test::charged(bench.first.socket, tlm::TLM_WRITE_COMMAND, 0) == 22'000);
    CHECK(test::charged(bench.first.socket, tlm::TLM_WRITE_COMMAND, 0) == 26'000);
    bench.second.play({{0, true, 0x0, 64, 27}});  // granted in 8
    sc_core::sc_start();
    bench.second.check();
}
