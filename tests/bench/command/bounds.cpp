// SPDX-License-Identifier: Apache-2.0
#include "bench/command/bounds.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <sstream>

#include "base/code_pages.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "fabric/router.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"

namespace athena::test {

namespace {

constexpr std::uint64_t kPeriod = 667;  // ps
constexpr unsigned kEvents = 200'000;
constexpr unsigned kAccesses = 200'000;
constexpr unsigned kRepeats = 3;

struct Ticker : base::EventTarget {
    explicit Ticker(base::EventQueue& queue)
        : events(queue), id(queue.add_target("ticker", *this)) {}
    void on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) override {
        ++count;
        events.schedule(events.now() + base::Picoseconds{kPeriod}, id, 0);
    }
    base::EventQueue& events;
    base::EventQueue::TargetId id;
    std::uint64_t count = 0;
};

double nanoseconds_since(std::clock_t start, std::uint64_t of) {
    return 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC /
           static_cast<double>(of);
}

}  // namespace

Bounds measure_bounds() {
    constexpr std::uint64_t kSize = 0x1'0000;
    const FreshSimulation simulation;
    std::ostringstream lines;
    base::Diagnostics diagnostics(lines);
    base::EventQueue events("events");
    Ticker ticker(events);
    base::CodePages code_pages;
    Probe probe("probe");
    fabric::Router crossbar("crossbar", {.latency = {10'000}});
    memory::Memory memory("memory", {.size = kSize, .latency = {60'000}}, code_pages);
    probe.socket.bind(crossbar.add_input("from_probe"));
    crossbar.map("to_memory", {0}, kSize).bind(memory.socket);
    events.schedule(base::Picoseconds{kPeriod}, ticker.id, 0);
    std::array<unsigned char, 64> line{};
    Bounds best{1e9, 1e9};
    for (unsigned i = 0; i < kRepeats; ++i) {
        const std::uint64_t before = ticker.count;
        std::clock_t start = std::clock();
        events.run_ahead(events.now() + base::Picoseconds{kEvents * kPeriod}, diagnostics);
        sc_core::sc_start(sc_core::sc_time::from_value(kEvents * kPeriod));
        best.event = std::min(best.event, nanoseconds_since(start, ticker.count - before));
        start = std::clock();
        for (unsigned access = 0; access < kAccesses; ++access) {
            probe.access(tlm::TLM_READ_COMMAND, access * line.size() % kSize, line);
        }
        best.transport = std::min(best.transport, nanoseconds_since(start, kAccesses));
    }
    return best;
}

}  // namespace athena::test
