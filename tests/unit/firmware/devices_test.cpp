// SPDX-License-Identifier: Apache-2.0
// Drivers of uart, PLIC and timer against mock registers. Offsets are those of the data sheets,
// typed here once more.
#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>

#include "mock_bus.h"
#include "plic.h"
#include "timer.h"
#include "uart.h"

using athena::test::MockBus;

namespace {

constexpr std::uintptr_t kBase = 0x4000'0000;

struct uart ready_uart(MockBus& bus) {
    struct uart uart {};
    const uart_config config{kBase, 3'686'400, 115'200};
    REQUIRE(uart_init(&uart, &config) == RESULT_OK);
    bus.accesses.clear();
    return uart;
}

struct timer ready_timer() {
    struct timer timer {};
    const timer_config config{kBase, 1, 10'000'000};
    REQUIRE(timer_init(&timer, &config) == RESULT_OK);
    return timer;
}

constexpr std::uintptr_t kTime = kBase + 0xBFF8;
constexpr std::uintptr_t kCompare1 = kBase + 0x4000 + 8;

bool is_true(void* flag) {
    return *static_cast<bool*>(flag);
}

}  // namespace

// PC16550D data sheet, table II: divisor latch behind LCR bit 7, 8 data bits are LCR 3, FIFO enable
// FCR bit 0.
TEST_CASE("uart: set-up writes divisor, line format and FIFO control", "[firmware]") {
    MockBus bus;
    struct uart uart {};
    const uart_config config{kBase, 3'686'400, 9'600};
    REQUIRE(uart_init(&uart, &config) == RESULT_OK);
    const std::vector<MockBus::Access> expected{
        {true, 1, kBase + 1, 0}, {true, 1, kBase + 3, 0x80}, {true, 1, kBase + 0, 24},
        {true, 1, kBase + 1, 0}, {true, 1, kBase + 3, 0x03}, {true, 1, kBase + 2, 0x01},
    };
    CHECK(bus.writes() == expected);
}

TEST_CASE("uart: refuses a clock that cannot make the rate", "[firmware]") {
    MockBus bus;
    struct uart uart {};
    for (const uart_config& config :
         {uart_config{0, 3'686'400, 9'600}, uart_config{kBase, 100, 9'600},
          uart_config{kBase, 3'686'400, 0}}) {
        CHECK(uart_init(&uart, &config) == RESULT_BAD_ARGUMENT);
    }
    CHECK(bus.accesses.empty());
}

TEST_CASE("uart: waits for the transmitter, but not for ever", "[firmware]") {
    MockBus bus;
    const struct uart uart = ready_uart(bus);
    unsigned looks = 0;
    bus.on_read[kBase + 5] = [&] { return ++looks < 4 ? 0u : 0x20u; };
    CHECK(uart_put(&uart, 'x') == RESULT_OK);
    CHECK(looks == 4);
    CHECK(bus.writes() == std::vector<MockBus::Access>{{true, 1, kBase, 'x'}});
    bus.on_read[kBase + 5] = [] { return 0u; };
    CHECK(uart_put(&uart, 'y') == RESULT_TIMEOUT);
    CHECK(bus.writes().size() == 1);
}

TEST_CASE("uart: gives what was received, or says that nothing was", "[firmware]") {
    MockBus bus;
    const struct uart uart = ready_uart(bus);
    std::uint8_t byte = 0;
    CHECK(uart_get(&uart, &byte) == RESULT_NOT_FOUND);
    bus.registers[kBase + 5] = 0x61;
    bus.registers[kBase] = 'q';
    CHECK(uart_get(&uart, &byte) == RESULT_OK);
    CHECK(byte == 'q');
}

// PLIC specification 1.0.0: priorities at 0x0, enables at 0x2000 + 0x80 a context, thresholds at
// 0x200000 + 0x1000 a context.
TEST_CASE("plic: set-up disables every source of the context only", "[firmware]") {
    MockBus bus;
    struct plic plic {};
    const plic_config config{kBase, 3, 95};
    REQUIRE(plic_init(&plic, &config) == RESULT_OK);
    const std::uintptr_t enables = kBase + 0x2000 + 3 * 0x80;
    const std::vector<MockBus::Access> expected{
        {true, 4, enables, 0},
        {true, 4, enables + 4, 0},
        {true, 4, enables + 8, 0},
        {true, 4, kBase + 0x200000 + 3 * 0x1000, 0},
    };
    CHECK(bus.writes() == expected);
}

TEST_CASE("plic: enabling sets priority 1 and the source's bit, disabling clears it",
          "[firmware]") {
    MockBus bus;
    struct plic plic {};
    const plic_config config{kBase, 0, 95};
    REQUIRE(plic_init(&plic, &config) == RESULT_OK);
    bus.registers[kBase + 0x2004] = 0x10;
    const auto ignore = [](void*) {};
    REQUIRE(plic_enable(&plic, 33, ignore, nullptr) == RESULT_OK);
    CHECK(bus.registers[kBase + 33 * 4] == 1);
    CHECK(bus.registers[kBase + 0x2004] == 0x12);
    REQUIRE(plic_disable(&plic, 33) == RESULT_OK);
    CHECK(bus.registers[kBase + 0x2004] == 0x10);
    CHECK(plic_enable(&plic, 0, ignore, nullptr) == RESULT_BAD_ARGUMENT);
    CHECK(plic_enable(&plic, 96, ignore, nullptr) == RESULT_BAD_ARGUMENT);
    CHECK(plic_enable(&plic, 5, nullptr, nullptr) == RESULT_BAD_ARGUMENT);
    CHECK(plic_disable(&plic, 96) == RESULT_BAD_ARGUMENT);
}

TEST_CASE("plic: an interrupt is claimed, handled and completed until none is pending",
          "[firmware]") {
    MockBus bus;
    struct plic plic {};
    const plic_config config{kBase, 1, 95};
    REQUIRE(plic_init(&plic, &config) == RESULT_OK);
    unsigned calls = 0;
    const auto count = [](void* context) { ++*static_cast<unsigned*>(context); };
    REQUIRE(plic_enable(&plic, 10, count, &calls) == RESULT_OK);
    const std::uintptr_t claim = kBase + 0x201004;
    std::deque<std::uint64_t> pending{10, 40, 10, 0};
    bus.on_read[claim] = [&] {
        const std::uint64_t source = pending.front();
        pending.pop_front();
        return source;
    };
    bus.accesses.clear();
    plic_on_interrupt(&plic);
    CHECK(calls == 2);
    CHECK(plic.unexpected == 1);
    const std::vector<MockBus::Access> completions{
        {true, 4, claim, 10}, {true, 4, claim, 40}, {true, 4, claim, 10}};
    CHECK(bus.writes() == completions);
}

TEST_CASE("plic: has a bounded number of handlers, one a source", "[firmware]") {
    MockBus bus;
    struct plic plic {};
    const plic_config config{kBase, 0, 95};
    REQUIRE(plic_init(&plic, &config) == RESULT_OK);
    const auto ignore = [](void*) {};
    for (std::uint32_t source = 1; source <= PLIC_MAX_HANDLERS; ++source) {
        REQUIRE(plic_enable(&plic, source, ignore, nullptr) == RESULT_OK);
    }
    CHECK(plic_enable(&plic, PLIC_MAX_HANDLERS + 1, ignore, nullptr) == RESULT_FULL);
    CHECK(plic_enable(&plic, 3, ignore, nullptr) == RESULT_OK);
}

TEST_CASE("timer: sets the compare register of its own hart", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    CHECK(bus.registers[kCompare1] == UINT64_MAX);
    timer_set(&timer, 1234);
    CHECK(bus.registers[kCompare1] == 1234);
    timer_on_interrupt(&timer);
    CHECK(timer.expirations == 1);
    CHECK(bus.registers[kCompare1] == UINT64_MAX);
}

TEST_CASE("timer: converts between ticks and microseconds without overflow", "[firmware]") {
    MockBus bus;
    const struct timer timer = ready_timer();
    CHECK(timer_ticks(&timer, 1) == 10);
    CHECK(timer_ticks(&timer, 1'000'000'000'000) == 10'000'000'000'000);
    CHECK(timer_microseconds(&timer, 19) == 1);
    CHECK(timer_microseconds(&timer, UINT64_MAX / 2) == UINT64_MAX / 2 / 10);
}

TEST_CASE("timer: a wait ends when its condition holds", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    bool done = false;
    unsigned sleeps = 0;
    bus.on_idle = [&] {
        CHECK_FALSE(bus.interrupts_on);
        CHECK(bus.registers[kCompare1] == 50);  // 5 us from time 0
        done = ++sleeps == 3;
    };
    CHECK(timer_wait(&timer, "a flag", 5, is_true, &done) == RESULT_OK);
    CHECK(sleeps == 3);
    CHECK(bus.interrupts_on);
    CHECK(bus.registers[kCompare1] == UINT64_MAX);
    CHECK(bus.reports.empty());
}

TEST_CASE("timer: a wait that runs out says what it was for", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    bool never = false;
    bus.registers[kTime] = 1000;
    bus.on_idle = [&] { bus.registers[kTime] += 30; };
    CHECK(timer_wait(&timer, "a flag", 5, is_true, &never) == RESULT_TIMEOUT);
    CHECK(bus.registers[kTime] == 1060);
    CHECK(bus.reports == std::vector<std::string>{"a flag"});
    CHECK(bus.interrupts_on);
    CHECK(bus.registers[kCompare1] == UINT64_MAX);
}
