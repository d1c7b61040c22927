// SPDX-License-Identifier: Apache-2.0
// Tables of HBM behind its sockets; the preset of DRAMsim3 has cycles of 1 ns, so its unloaded
// latencies are as published (models/memory/README.md): 17 for an open row, 31 for a closed bank,
// 45 for another row.
#include "memory/hbm.h"

#include "counters.h"
#include "fresh_simulation.h"
#include "phases.h"

using namespace athena;
using test::PhaseInitiator;
using test::Row;

namespace {

constexpr std::uint64_t kChannel4 = 4 * 2048;  // a row of each channel in turn

memory::Hbm::Config config() {
    memory::HbmConfig timing;  // hbm2-8gb-legacy: 8 channels of 1 GiB, bursts of 64 bytes
    timing.refresh = memory::HbmRefresh::None;
    return {.memory = {.size = std::uint64_t{8} << 30}, .timing = timing, .ports = 2};
}

struct Bench {
    Bench() {
        first.socket.bind(hbm.port_socket(0));
        second.socket.bind(hbm.port_socket(1));
    }
    void run(const std::vector<Row>& of_first, const std::vector<Row>& of_second = {}) {
        first.play(of_first);
        second.play(of_second);
        sc_core::sc_start();
        first.check();
        second.check();
        CHECK(hbm.controller().check_conservation() == std::nullopt);
    }

    test::FreshSimulation simulation;
    base::EventQueue events{"events"};
    base::CodePages code;
    memory::Hbm hbm{"hbm", config(), events, code, nullptr};
    PhaseInitiator first{"first", events};
    PhaseInitiator second{"second", events};
};

}  // namespace

TEST_CASE("hbm: unloaded reads at the socket take the published cycles") {
    Bench bench;
    constexpr std::uint64_t kOtherRow =
        2048 * 8 * 16;  // of the same bank: rows of 2 KiB in 8 channels' 16
    bench.run(
        {{0, false, 0x0, 64, 31}, {100, false, 0x40, 64, 117}, {200, false, kOtherRow, 64, 245}});
}

TEST_CASE("hbm: ports serve their channels side by side") {
    Bench bench;
    CHECK(bench.hbm.port_of(0) == 0);
    CHECK(bench.hbm.port_of(kChannel4) == 1);
    bench.run({{0, false, 0x0, 64, 31}}, {{0, false, kChannel4, 64, 31}});
}

TEST_CASE("hbm: a full queue keeps requests at their socket, and all are served") {
    Bench bench;
    // 32 bursts of a row in each of 4 banks of channel 0, which queues 32 reads.
    std::vector<Row> rows;
    for (std::uint64_t bank = 0; bank < 4; ++bank) {
        for (std::uint64_t burst = 0; burst < 32; ++burst) {
            rows.push_back({0, false, bank * 2048 * 8 + burst * 64, 64, 0});
        }
    }
    bench.first.play(rows);
    sc_core::sc_start();
    const std::vector<std::uint64_t> ends = bench.first.ends();
    // The bus carries a burst in 2 cycles and never waits: the next bank opens meanwhile.
    CHECK(*std::ranges::max_element(ends) == 31 + 2 * 127);
    const auto& counters = bench.hbm.controller().channel(0).counters();
    CHECK(counters.completed[0] == rows.size());
    CHECK(counters.refused[0] > 0);
    CHECK(bench.hbm.controller().check_conservation() == std::nullopt);
}

TEST_CASE("hbm: bytes move with the response, and count") {
    Bench bench;
    const auto cells = bench.hbm.span(0x1000, 256);
    REQUIRE(cells.has_value());
    std::ranges::fill(*cells, std::byte{7});
    bench.first.play({{0, true, 0x1000, 256, 0}, {0, false, 0x1000, 256, 0}});
    sc_core::sc_start();
    CHECK(std::ranges::all_of(*cells, [](std::byte b) { return b == std::byte{0}; }));
    CHECK(bench.first.status(0) == tlm::TLM_OK_RESPONSE);
    const test::Counters counters(bench.hbm);
    CHECK(counters.values.at("bytes_read") == 256);
    CHECK(counters.values.at("bytes_written") == 256);
}

TEST_CASE("hbm: an access that leaves the memory is answered with an address error") {
    Bench bench;
    bench.run({{5, false, (std::uint64_t{8} << 30) - 32, 64, 5}});
    CHECK(bench.first.status(0) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}
