// SPDX-License-Identifier: Apache-2.0
#include "devices/rtc.h"

#include "device_bench.h"

using namespace athena;
using Changes = std::vector<test::Wires::Change>;

namespace {

constexpr std::uint64_t kEpoch = 0x0000'0001'FFFF'FFF0;  // 16 ns before the high half changes
enum Offset : std::uint64_t {
    kTimeLow = 0x00,
    kTimeHigh = 0x04,
    kAlarmLow = 0x08,
    kAlarmHigh = 0x0C,
    kIrqEnabled = 0x10,
    kClearAlarm = 0x14,
    kAlarmStatus = 0x18,
    kClearInterrupt = 0x1C,
};

struct Bench {
    explicit Bench(std::uint64_t epoch = kEpoch) : rtc("rtc", {.epoch_ns = epoch}, events) {
        rtc.irq.connect(wires, 11);
    }
    std::uint64_t time() {
        const std::uint64_t low = bus.read(kTimeLow, 4);
        return bus.read(kTimeHigh, 4) << 32 | low;
    }
    void set_alarm(std::uint64_t time) {
        bus.write(kAlarmHigh, 4, time >> 32);
        bus.write(kAlarmLow, 4, time & 0xFFFF'FFFF);
    }
    base::EventQueue events{"events"};
    devices::Rtc rtc;
    test::Wires wires;
    test::Bus bus{rtc};
};

}  // namespace

TEST_CASE("rtc: time is the epoch and whole nanoseconds of board time") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.time() == kEpoch);
    test::run_until(1'999);
    CHECK(bench.time() == kEpoch + 1);
    CHECK(bench.bus.debug(kTimeLow, 4) == ((kEpoch + 1) & 0xFFFF'FFFF));
}

TEST_CASE("rtc: TIME_HIGH belongs to the last read of TIME_LOW") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.bus.read(kTimeLow, 4) == 0xFFFF'FFF0);
    test::run_until(20'000);
    CHECK(bench.bus.read(kTimeHigh, 4) == 1);
    CHECK(bench.time() == 0x2'0000'0004);
}

TEST_CASE("rtc: reset values and writable bits of each register") {
    test::FreshSimulation simulation;
    Bench bench;
    for (const std::uint64_t offset :
         {kAlarmLow, kAlarmHigh, kIrqEnabled, kClearAlarm, kAlarmStatus, kClearInterrupt}) {
        CHECK(bench.bus.read(offset, 4) == 0);
    }
    bench.bus.write(kAlarmHigh, 4, 0xFFFF'FFFF);
    bench.bus.write(kAlarmLow, 4, 0x1234'5678);
    CHECK(bench.bus.read(kAlarmHigh, 4) == 0xFFFF'FFFF);
    CHECK(bench.bus.read(kAlarmLow, 4) == 0x1234'5678);
    CHECK(bench.bus.read(kAlarmStatus, 4) == 1);
    bench.bus.write(kIrqEnabled, 4, 0xFFFF'FFFF);
    CHECK(bench.bus.read(kIrqEnabled, 4) == 1);
    bench.bus.write(kTimeHigh, 4, 0x0000'0055);
    bench.bus.write(kTimeLow, 4, 0x6677'8899);
    CHECK(bench.time() == 0x55'6677'8899);
    bench.rtc.reset();
    CHECK(bench.bus.read(kAlarmHigh, 4) == 0);
    CHECK(bench.bus.read(kAlarmStatus, 4) == 0);
    CHECK(bench.bus.read(kIrqEnabled, 4) == 0);
    CHECK(bench.time() == 0x55'6677'8899);
}

TEST_CASE("rtc: an alarm rings at its nanosecond, once, and interrupts until cleared") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kIrqEnabled, 4, 1);
    bench.set_alarm(kEpoch + 40);
    CHECK(bench.bus.read(kAlarmStatus, 4) == 1);
    test::run_until(100'000);
    CHECK(bench.bus.read(kAlarmStatus, 4) == 0);
    bench.bus.write(kClearInterrupt, 4, 0);
    sc_core::sc_start();
    CHECK(bench.wires.changes == Changes{{40'000, 11, true}, {100'000, 11, false}});
}

TEST_CASE("rtc: an alarm of the past rings at once; without its enable it is only remembered") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.set_alarm(kEpoch);
    CHECK(bench.bus.read(kAlarmStatus, 4) == 0);
    CHECK(bench.wires.changes.empty());
    bench.bus.write(kIrqEnabled, 4, 1);
    bench.bus.write(kIrqEnabled, 4, 0);
    CHECK(bench.wires.changes == Changes{{0, 11, true}, {0, 11, false}});
}

TEST_CASE("rtc: CLEAR_ALARM disarms") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kIrqEnabled, 4, 1);
    bench.set_alarm(kEpoch + 40);
    bench.bus.write(kClearAlarm, 4, 0);
    CHECK(bench.bus.read(kAlarmStatus, 4) == 0);
    sc_core::sc_start();
    CHECK(bench.wires.changes.empty());
}

TEST_CASE("rtc: an armed alarm follows when the time is set") {
    test::FreshSimulation simulation;
    Bench bench(1'000'000);
    bench.bus.write(kIrqEnabled, 4, 1);
    bench.set_alarm(1'001'000);
    test::run_until(2'500);
    bench.bus.write(kTimeLow, 4, 1'000'990);
    sc_core::sc_start();
    // The time was 1000990 from nanosecond 2 on, so 10 ns later it has come.
    CHECK(bench.wires.changes == Changes{{12'000, 11, true}});
}

TEST_CASE("rtc: what it does not answer is an error without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    for (const unsigned size : {1U, 2U, 8U}) {
        bench.bus.refuses(kTimeLow, size, tlm::TLM_BURST_ERROR_RESPONSE);
    }
    bench.bus.refuses(2, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(0x20, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.time() == kEpoch);
}

TEST_CASE("rtc: saved with an armed alarm and loaded into a fresh board, it rings in time") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.bus.write(kIrqEnabled, 4, 1);
        bench.set_alarm(kEpoch + 50);
        test::run_until(20'000);
        saved = test::save(bench.events, bench.rtc);
    }
    test::FreshSimulation simulation;
    Bench bench(0);
    test::load(saved, bench.events, bench.rtc);
    CHECK(bench.time() == kEpoch + 20);
    sc_core::sc_start();
    CHECK(bench.wires.changes == Changes{{30'000, 11, true}});
}
