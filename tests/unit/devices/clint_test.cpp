// SPDX-License-Identifier: Apache-2.0
#include "devices/clint.h"

#include "device_bench.h"

using namespace athena;
using Changes = std::vector<test::Wires::Change>;

namespace {

constexpr std::uint64_t kMtimecmp = 0x4000;
constexpr std::uint64_t kMtime = 0xBFF8;
constexpr std::uint64_t kNone = ~std::uint64_t{0};

struct Bench {
    explicit Bench(std::uint64_t timebase_hz = 10'000'000)
        : clint("clint", {.harts = 2, .timebase_hz = timebase_hz}, events) {
        for (unsigned hart = 0; hart < 2; ++hart) {
            clint.timer(hart).connect(timers, hart);
            clint.software(hart).connect(software, hart);
        }
    }
    base::EventQueue events{"events"};
    devices::Clint clint;
    test::Wires timers;
    test::Wires software;
    test::Bus bus{clint};
};

}  // namespace

TEST_CASE("clint: reset values and writable bits of each register") {
    test::FreshSimulation simulation;
    Bench bench;
    for (const unsigned hart : {0U, 1U}) {
        CHECK(bench.bus.read(4 * hart, 4) == 0);
        bench.bus.write(4 * hart, 4, 0xFFFF'FFFF);
        CHECK(bench.bus.read(4 * hart, 4) == 1);
        CHECK(bench.bus.read(kMtimecmp + 8 * hart, 8) == kNone);
        bench.bus.write(kMtimecmp + 8 * hart, 8, 0x0123'4567'89AB'CDEF);
        CHECK(bench.bus.read(kMtimecmp + 8 * hart, 4) == 0x89AB'CDEF);
        CHECK(bench.bus.read(kMtimecmp + 8 * hart + 4, 4) == 0x0123'4567);
        bench.bus.write(kMtimecmp + 8 * hart + 4, 4, 0xFEDC'BA98);
        CHECK(bench.bus.read(kMtimecmp + 8 * hart, 8) == 0xFEDC'BA98'89AB'CDEF);
    }
    CHECK(bench.bus.read(0, 8) == 0x1'0000'0001);
    CHECK(bench.bus.read(kMtime, 8) == 0);
    bench.clint.reset();
    CHECK(bench.bus.read(0, 8) == 0);
    CHECK(bench.bus.read(kMtimecmp, 8) == kNone);
}

TEST_CASE("clint: software interrupts follow MSIP of their hart") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(4, 4, 1);
    bench.bus.write(0, 8, 1);  // hart 0 on, hart 1 off
    bench.clint.reset();
    CHECK(bench.software.changes ==
          Changes{{0, 1, true}, {0, 0, true}, {0, 1, false}, {0, 0, false}});
    CHECK(bench.timers.changes.empty());
}

TEST_CASE("clint: the timer interrupt rises at the first picosecond of its tick") {
    // Tick n begins at floor(n * 10^12 / f): 1/32768 s = 30517578.125 ps, 1/3 us = 333333.33 ps.
    struct Row {
        std::uint64_t timebase_hz, compare, instant;
    };
    for (const Row& row :
         {Row{10'000'000, 5, 500'000}, Row{10'000'000, 1, 100'000}, Row{32'768, 1, 30'517'578},
          Row{32'768, 3, 91'552'734}, Row{32'768, 32'768, 1'000'000'000'000},
          Row{3'000'000, 1, 333'333}, Row{3'000'000, 2, 666'666}, Row{3'000'000, 3, 1'000'000}}) {
        CAPTURE(row.timebase_hz, row.compare);
        test::FreshSimulation simulation;
        Bench bench(row.timebase_hz);
        bench.bus.write(kMtimecmp + 8, 8, row.compare);
        sc_core::sc_start();
        CHECK(bench.timers.changes == Changes{{row.instant, 1, true}});
        CHECK(bench.bus.read(kMtime, 8) == row.compare);
        CHECK(bench.clint.count({row.instant - 1}) == row.compare - 1);
        CHECK(bench.clint.count({row.instant}) == row.compare);
    }
}

TEST_CASE("clint: the timer interrupt follows MTIMECMP and MTIME in both directions") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kMtimecmp, 8, 0);  // MTIME 0 >= 0
    bench.bus.write(kMtimecmp, 8, 100);
    test::run_until(3'050'000);       // MTIME 30
    bench.bus.write(kMtime, 8, 100);  // there
    bench.bus.write(kMtime, 4, 90);
    bench.bus.write(kMtimecmp, 4, 95);
    sc_core::sc_start();
    // The phase of ticks is the timebase's: 95 comes 5 ticks after the edge at 3.0 us.
    CHECK(bench.timers.changes == Changes{{0, 0, true},
                                          {0, 0, false},
                                          {3'050'000, 0, true},
                                          {3'050'000, 0, false},
                                          {3'500'000, 0, true}});
    bench.bus.write(kMtime + 4, 4, 7);
    CHECK(bench.bus.read(kMtime, 8) == 0x7'0000'005F);
}

TEST_CASE("clint: MTIME wraps, and the interrupt falls with it") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kMtimecmp, 8, kNone - 1);
    bench.bus.write(kMtime, 8, kNone - 2);
    sc_core::sc_start();
    // Hart 1's MTIMECMP is 2^64 - 1 since the reset.
    CHECK(
        bench.timers.changes ==
        Changes{{100'000, 0, true}, {200'000, 1, true}, {300'000, 0, false}, {300'000, 1, false}});
    CHECK(bench.bus.read(kMtime, 8) == 0);
}

TEST_CASE("clint: a timer beyond the end of board time waits for ever") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kMtimecmp, 8, kNone / 100'000 + 2);
    CHECK(bench.events.next_time() == base::kNever);
    bench.bus.write(kMtimecmp, 8, kNone / 100'000);
    CHECK(bench.events.next_time().value == kNone / 100'000 * 100'000);
}

TEST_CASE("clint: reset starts MTIME from 0 and drops the timers") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kMtimecmp, 8, 3);
    test::run_until(250'000);
    bench.clint.reset();
    sc_core::sc_start();
    CHECK(bench.timers.changes.empty());
    CHECK(bench.clint.count({250'000}) == 0);
    CHECK(bench.clint.count({500'000}) == 3);
}

TEST_CASE("clint: what it does not answer is an error without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    for (const unsigned size : {1U, 2U, 3U}) {
        bench.bus.refuses(kMtimecmp, size, tlm::TLM_BURST_ERROR_RESPONSE);
    }
    bench.bus.refuses(2, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(8, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);  // hart 2
    bench.bus.refuses(kMtimecmp + 16, 8, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(kMtimecmp + 4, 8, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(kMtime - 8, 8, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(0xC000, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.bus.read(kMtimecmp, 8) == kNone);
    CHECK(bench.bus.read(kMtime, 8) == 0);
    CHECK(bench.software.changes.empty());
}

TEST_CASE("clint: a debugger reads MTIME of the present") {
    test::FreshSimulation simulation;
    Bench bench;
    test::run_until(420'000);
    CHECK(bench.bus.debug(kMtime, 8) == 4U);
    CHECK_FALSE(bench.bus.debug(0x8000, 4).has_value());
}

TEST_CASE("clint: saved with a timer running and loaded into a fresh board, it rings in time") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.bus.write(kMtime, 8, 1000);
        bench.bus.write(kMtimecmp + 8, 8, 1010);
        bench.bus.write(0, 4, 1);
        test::run_until(330'000);
        saved = test::save(bench.events, bench.clint);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.clint);
    CHECK(bench.bus.read(kMtime, 8) == 1003);
    sc_core::sc_start();
    CHECK(bench.software.changes == Changes{{0, 0, true}});
    CHECK(bench.timers.changes == Changes{{670'000, 1, true}});
}
