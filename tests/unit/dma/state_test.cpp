// SPDX-License-Identifier: Apache-2.0
#include "base/state.h"

#include <algorithm>
#include <map>
#include <random>

#include "command_lines.h"
#include "counters.h"
#include "engine_bench.h"
#include "fresh_simulation.h"

using namespace athena;
using test::copy_line;
using Bench = test::EngineBench;
using Record = test::Completions::Record;

namespace {

// What a guest, or a reader of statistics, finds of the engine.
struct Visible {
    std::vector<Record> records;
    std::vector<std::uint64_t> registers;
    std::map<std::string, std::uint64_t> counters;
    std::vector<std::byte> memory;
    bool operator==(const Visible&) const = default;
};

Visible visible(Bench& bench) {
    Visible all{.records = bench.completions.records,
                .registers = {},
                .counters = test::Counters(bench.engine).values,
                .memory = {}};
    for (std::uint64_t channel = 0; channel < 2; ++channel) {
        for (std::uint64_t offset = 0; offset < 0x2C; offset += 4) {
            all.registers.push_back(bench.reg(0x100 + 0x40 * channel + offset, 4));
        }
    }
    const auto bytes = *bench.memory.span(0, 1 << 20);
    all.memory.assign(bytes.begin(), bytes.end());
    return all;
}

// A copy and an error on channel 0, a reset, then both on channel 1, whose error stays to be read.
void run_before(Bench& bench) {
    const auto run = [&](unsigned channel, std::uint32_t bytes, std::uint64_t destination) {
        CHECK(bench.push(channel, copy_line({.src = 0x40,
                                             .dst = destination,
                                             .cols = bytes,
                                             .rows = 1,
                                             .tag = 70 + channel})) == tlm::TLM_OK_RESPONSE);
        sc_core::sc_start();
    };
    run(0, 300, 0xC000);
    run(0, 64, 1 << 20);
    bench.engine.reset();
    run(1, 200, 0xD000);
    run(1, 128, 1 << 20);
    bench.completions.records.clear();
}

}  // namespace

TEST_CASE("dma: saved in mid-copy and loaded into a busy engine, it ends equally") {
    // Runs when it is saved, and fails: its second destination lies behind memory.
    const auto running = test::nd_lines({.src = 0,
                                         .dst = 0xF'FFC0,
                                         .cols = 64,
                                         .rows = 10,
                                         .multicast = 0b11,
                                         .multicast_stride = 0x40,
                                         .tag = 5});
    // Wait then: all of their second lines counts.
    test::NdFields waiting{.src = 0x100,
                           .dst = 0x8000,
                           .cols = 5,
                           .rows = 2,
                           .sizes = {2, 3, 2},
                           .src_strides = {7, 100, 300, 1000},
                           .dst_strides = {5, 10, 20, 60},
                           .tag = 6};
    const auto waiting0 = test::nd_lines(waiting);
    waiting.dst = 0xB000;
    const auto waiting1 = test::nd_lines(waiting);
    std::vector<std::byte> saved;
    std::vector<std::byte> memory(1 << 20);
    std::mt19937 random(11);
    std::ranges::generate(memory, [&] { return static_cast<std::byte>(random()); });
    std::uint64_t when = 0;
    Visible expected;
    {
        test::FreshSimulation simulation;
        Bench bench;
        std::ranges::copy(memory, bench.memory.span(0, 1 << 20)->begin());
        run_before(bench);
        bench.push_for_ring(0, running, 2, 50);
        bench.push_for_ring(0, waiting0, 3, 51);
        bench.push_for_ring(1, waiting1, 1, 52);
        sc_core::sc_start(sc_core::sc_time(3, sc_core::SC_NS));
        when = sc_core::sc_time_stamp().value();
        memory = visible(bench).memory;
        base::StateWriter writer;
        bench.events.save(writer);
        bench.engine.save(writer);
        saved = writer.data();
        sc_core::sc_start();
        expected = visible(bench);
    }
    test::FreshSimulation simulation;
    Bench bench;
    std::ranges::copy(memory, bench.memory.span(0, 1 << 20)->begin());
    bench.push_for_ring(0, copy_line({.dst = 0x9000, .cols = 9, .rows = 1, .tag = 99}), 0, 99);
    bench.push_for_ring(1, copy_line({.dst = 0xA000, .cols = 9, .rows = 1, .tag = 98}), 0, 98);
    base::StateReader reader(saved);
    bench.events.load(reader);
    bench.engine.load(reader);
    sc_core::sc_start();
    for (Record& record : expected.records) {
        record.when -= when;  // the kernel's own time starts anew
    }
    const Visible found = visible(bench);
    CHECK(found.records == expected.records);
    CHECK(found.registers == expected.registers);
    CHECK(found.counters == expected.counters);
    CHECK(found.memory == expected.memory);
    CHECK(expected.records.size() == 3);
    CHECK(bench.reg(0x11C, 4) == 50);
    CHECK(bench.reg(0x120, 8) == 1 << 20);
    CHECK(bench.reg(0x128, 4) == (2u << 16 | 1u << 8 | 9));
}
