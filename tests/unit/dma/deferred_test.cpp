// SPDX-License-Identifier: Apache-2.0
// Commands whose bytes move later (base/backlog.h). fuzz_backlog holds whole clusters against ones
// that move them at once.
#include "base/backlog.h"
#include "command_lines.h"
#include "engine_bench.h"
#include "fresh_simulation.h"

using namespace athena;

namespace {

struct Nothing {
    void run(base::HostThreads& /*threads*/) const {}
};

struct Bench {
    Bench() {
        probe.socket.bind(engine.socket);
        engine.fabric.bind(memory.socket);
        engine.completion.bind(completions.socket);
    }
    void run(std::span<const std::byte> command) {
        std::vector<std::byte> lines(command.begin(), command.end());
        REQUIRE(probe.access(tlm::TLM_WRITE_COMMAND, 0x8000,
                             {reinterpret_cast<unsigned char*>(lines.data()), lines.size()}) ==
                tlm::TLM_OK_RESPONSE);
        sc_core::sc_start();
        REQUIRE(completions.records.back().status == 0);
    }
    unsigned seen_by_debugger(std::uint64_t address) {
        unsigned char byte = 0;
        tlm::tlm_generic_payload payload;
        payload.set_read();
        payload.set_address(address);
        payload.set_data_ptr(&byte);
        payload.set_data_length(1);
        REQUIRE(engine.fabric->transport_dbg(payload) == 1);
        return byte;
    }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::CodePages code;
    base::HostThreads threads{1};
    base::Backlog backlog{threads, 2};
    memory::Memory memory{"memory", {.size = 1 << 20}, code, &backlog};
    dma::DmaEngine engine{"dma", {}, events, diagnostics, base::Backlog::Lane(backlog, 0)};
    test::Completions completions{"completions"};
    test::Probe probe{"probe"};
};

}  // namespace

TEST_CASE("dma: a command's bytes move when somebody looks at them") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.run(test::fill_line({.pattern = 7, .dst = 0x1000, .cols = 64, .dst_stride = 64}));
    CHECK_FALSE(bench.backlog.empty());
    CHECK(bench.seen_by_debugger(0x8000) == 0);
    CHECK_FALSE(bench.backlog.empty());
    CHECK(bench.seen_by_debugger(0x103F) == 7);
    CHECK(bench.backlog.empty());
}

TEST_CASE("dma: all copies of a multicast are noted, also if the backlog is full between them") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.run(test::fill_line({.pattern = 9, .dst = 0x1000, .cols = 64}));
    bench.backlog.settle();
    bench.backlog.add<Nothing>(0, 199'999'999);  // one nanosecond is left
    REQUIRE_FALSE(bench.backlog.empty());
    bench.run(test::nd_lines({.src = 0x1000,
                              .dst = 0x4000,
                              .cols = 64,
                              .multicast = 0b111,
                              .multicast_stride = 0x1000}));
    for (const std::uint64_t address : {0x4000, 0x5000, 0x6000}) {
        CHECK(bench.seen_by_debugger(address) == 9);
    }
    // Nor is the source forgotten.
    bench.backlog.settle();
    bench.backlog.add<Nothing>(0, 199'999'999);
    bench.run(test::nd_lines(
        {.src = 0x1000, .dst = 0x8000, .cols = 64, .multicast = 0b11, .multicast_stride = 0x1000}));
    std::array<unsigned char, 1> changed{3};
    tlm::tlm_generic_payload payload;
    payload.set_write();
    payload.set_address(0x1000);
    payload.set_data_ptr(changed.data());
    payload.set_data_length(1);
    REQUIRE(bench.engine.fabric->transport_dbg(payload) == 1);
    CHECK(bench.seen_by_debugger(0x9000) == 9);
}
