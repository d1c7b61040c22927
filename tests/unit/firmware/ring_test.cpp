// SPDX-License-Identifier: Apache-2.0
// The ring's driver against mock registers.
#include "ring.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <string>

#include "command_regs.h"
#include "descriptor_regs.h"
#include "mock_bus.h"

using athena::test::MockBus;

namespace {

constexpr std::uintptr_t kBase = 0x40'0000'0000;
constexpr std::uintptr_t kRing1 = kBase + 0x180;  // registers of ring 1
constexpr std::uintptr_t kClint = 0x200'0000;
constexpr std::uint32_t kSize = 4;

// Registers by offset from a ring's first one.
enum : std::uintptr_t {
    Base = 0x00,
    Size = 0x08,
    Control = 0x0C,
    Head = 0x10,
    Tail = 0x14,
    Status = 0x18,
    Irq = 0x1C,
    Completed = 0x20,
    ErrorStatus = 0x28,
    ErrorPosition = 0x2C,
    ErrorTag = 0x30,
    ErrorEngine = 0x34,
    ErrorAddress = 0x38,
    ErrorWait = 0x4C,
};

struct Bench {
    MockBus bus;
    struct timer timer {};
    std::array<descriptor, kSize> memory{};
    struct ring ring {};

    Bench() {
        const timer_config config{kClint, 0, 10'000'000};
        REQUIRE(timer_init(&timer, &config) == RESULT_OK);
        bus.registers[kBase] = 0x41434D44;         // "ACMD"
        bus.registers[kBase + 4] = 0x01'01'20'02;  // 2 rings, 32 semaphores
        bus.on_write[kRing1 + Control] = [this](std::uint64_t value) {
            bus.registers[kRing1 + Control] = value & ~std::uint64_t{2};  // a reset ends at once
        };
    }
    ring_config config() { return {kBase, 1, memory.data(), kSize, &timer}; }
    void start() {
        const ring_config settings = config();
        REQUIRE(ring_init(&ring, &settings) == RESULT_OK);
        bus.accesses.clear();
    }
    descriptor tagged(std::uint32_t tag) {
        descriptor_sync sync{};
        sync.tag = tag;
        return descriptor_nop(&sync);
    }
    std::uint32_t tag_at(std::uint32_t place) {
        return athena_descriptor_get_tag(memory.at(place).bytes);
    }
};

}  // namespace

TEST_CASE("ring: set-up resets, clears semaphores, sets base and size before it enables",
          "[firmware]") {
    Bench bench;
    const ring_config settings = bench.config();
    REQUIRE(ring_init(&bench.ring, &settings) == RESULT_OK);
    const auto writes = bench.bus.writes();
    REQUIRE(writes.size() ==
            1 + 1 + 32 + 3);  // the timer's compare register, reset, semaphores, the rest
    CHECK(writes[1] == MockBus::Access{true, 4, kRing1 + Control, 2});
    CHECK(writes[2] == MockBus::Access{true, 4, kBase + 0x800, 0});
    CHECK(writes[33] == MockBus::Access{true, 4, kBase + 0x800 + 31 * 4, 0});
    CHECK(writes[34].address == kRing1 + Base);
    CHECK(writes[34].value == reinterpret_cast<std::uintptr_t>(bench.memory.data()));
    CHECK(writes[35] == MockBus::Access{true, 4, kRing1 + Size, kSize});
    CHECK(writes[36] == MockBus::Access{true, 4, kRing1 + Control, 0b1101});
}

TEST_CASE("ring: refuses a ring that makes no sense or is not there", "[firmware]") {
    Bench bench;
    const auto outcome = [&](auto change) {
        ring_config settings = bench.config();
        change(settings);
        return ring_init(&bench.ring, &settings);
    };
    CHECK(outcome([](ring_config& c) { c.registers = 0; }) == RESULT_BAD_ARGUMENT);
    CHECK(outcome([](ring_config& c) { c.size = 3; }) == RESULT_BAD_ARGUMENT);
    CHECK(outcome([](ring_config& c) { c.size = 1; }) == RESULT_BAD_ARGUMENT);
    CHECK(outcome([](ring_config& c) { c.size = 131072; }) == RESULT_BAD_ARGUMENT);
    CHECK(outcome([](ring_config& c) { c.timer = nullptr; }) == RESULT_BAD_ARGUMENT);
    CHECK(outcome([](ring_config& c) {
              c.memory =
                  reinterpret_cast<descriptor*>(reinterpret_cast<std::uintptr_t>(c.memory) + 8);
          }) == RESULT_BAD_ARGUMENT);
    CHECK(outcome([](ring_config& c) { c.index = 2; }) == RESULT_NOT_FOUND);
    bench.bus.registers[kBase] = 0;
    CHECK(outcome([](ring_config&) {}) == RESULT_NOT_FOUND);
}

TEST_CASE("ring: a reset that does not end is a timeout with a name", "[firmware]") {
    Bench bench;
    bench.bus.on_read[kRing1 + Control] = [&] {
        bench.bus.registers[kClint + 0xBFF8] += 1'000'000;
        return 2u;
    };
    const ring_config settings = bench.config();
    CHECK(ring_init(&bench.ring, &settings) == RESULT_TIMEOUT);
    CHECK(bench.bus.reports == std::vector<std::string>{"the reset of a ring"});
}

TEST_CASE("ring: descriptors fill places in turn; the doorbell tells the tail", "[firmware]") {
    Bench bench;
    bench.start();
    for (std::uint32_t tag = 0; tag < kSize; ++tag) {
        const descriptor line = bench.tagged(tag);
        REQUIRE(ring_put(&bench.ring, &line) == RESULT_OK);
    }
    CHECK(bench.bus.writes().empty());
    ring_doorbell(&bench.ring);
    CHECK(bench.bus.registers[kRing1 + Tail] == kSize);
    const descriptor more = bench.tagged(77);
    CHECK(ring_put(&bench.ring, &more) == RESULT_FULL);
    bench.bus.registers[kRing1 + Head] = 2;
    CHECK(ring_room(&bench.ring) == 2);
    REQUIRE(ring_put(&bench.ring, &more) == RESULT_OK);
    CHECK(bench.tag_at(0) == 77);
    CHECK(bench.tag_at(1) == 1);
    CHECK(ring_room(&bench.ring) == 1);
}

TEST_CASE("ring: positions pass 2^32", "[firmware]") {
    Bench bench;
    bench.start();
    bench.ring.tail = UINT32_MAX;
    bench.ring.head = UINT32_MAX;
    const descriptor first = bench.tagged(1);
    const descriptor second = bench.tagged(2);
    REQUIRE(ring_put(&bench.ring, &first) == RESULT_OK);
    REQUIRE(ring_put(&bench.ring, &second) == RESULT_OK);
    CHECK(bench.tag_at(3) == 1);
    CHECK(bench.tag_at(0) == 2);
    CHECK(ring_room(&bench.ring) == 2);
    ring_doorbell(&bench.ring);
    CHECK(bench.bus.registers[kRing1 + Tail] == 1);
}

TEST_CASE("ring: waiting for idle ends with the last completion, an error or a timeout",
          "[firmware]") {
    Bench bench;
    bench.start();
    const descriptor line = bench.tagged(1);
    REQUIRE(ring_put(&bench.ring, &line) == RESULT_OK);
    bench.bus.on_idle = [&] { bench.bus.registers[kRing1 + Completed] = 1; };
    CHECK(ring_wait_idle(&bench.ring, 1000) == RESULT_OK);

    REQUIRE(ring_put(&bench.ring, &line) == RESULT_OK);
    bench.bus.on_idle = [&] { bench.bus.registers[kClint + 0xBFF8] += 10'000; };
    CHECK(ring_wait_idle(&bench.ring, 1000) == RESULT_TIMEOUT);
    CHECK(bench.bus.reports == std::vector<std::string>{"the completion of a ring's list"});

    bench.bus.on_idle = [&] { bench.bus.registers[kRing1 + Status] = 2; };
    CHECK(ring_wait_idle(&bench.ring, 1000) == RESULT_DEVICE_ERROR);
}

TEST_CASE("ring: waiting for room takes the device's head", "[firmware]") {
    Bench bench;
    bench.start();
    for (std::uint32_t tag = 0; tag < kSize; ++tag) {
        const descriptor line = bench.tagged(tag);
        REQUIRE(ring_put(&bench.ring, &line) == RESULT_OK);
    }
    bench.bus.on_idle = [&] { ++bench.bus.registers[kRing1 + Head]; };
    CHECK(ring_wait_room(&bench.ring, 3, 1000) == RESULT_OK);
    CHECK(bench.bus.registers[kRing1 + Head] == 3);
    CHECK(ring_wait_room(&bench.ring, 5, 1000) == RESULT_BAD_ARGUMENT);
    bench.bus.on_idle = [&] { bench.bus.registers[kRing1 + Status] = 2; };
    CHECK(ring_wait_room(&bench.ring, 4, 1000) == RESULT_DEVICE_ERROR);
}

TEST_CASE("ring: the error record, and recovery that clears the semaphores asked for",
          "[firmware]") {
    Bench bench;
    bench.start();
    auto& registers = bench.bus.registers;
    registers[kRing1 + ErrorStatus] = ATHENA_DESCRIPTOR_STATUS_BAD_RANGE;
    registers[kRing1 + ErrorPosition] = 5;
    registers[kRing1 + ErrorTag] = 0xABCD;
    registers[kRing1 + ErrorEngine] = 0x0302;
    registers[kRing1 + ErrorAddress] = 0x80'0000'0040;
    registers[kRing1 + ErrorWait] = 0x10207;
    ring_error error{};
    ring_read_error(&bench.ring, &error);
    CHECK(std::string(ring_status_name(error.status)) == "bad range");
    CHECK(error.position == 5);
    CHECK(error.tag == 0xABCD);
    CHECK(error.opcode == 2);
    CHECK(error.engine == 3);
    CHECK(error.address == 0x80'0000'0040);
    CHECK(error.semaphore == 7);
    CHECK(error.wait_value == 0x102);
    CHECK(std::string(ring_status_name(999)) == "unknown status");

    registers[kBase + 0x800] = 7;
    registers[kBase + 0x804] = 8;
    bench.ring.tail = 9;
    REQUIRE(ring_recover(&bench.ring, 0b10) == RESULT_OK);
    CHECK(bench.ring.tail == 0);
    CHECK(ring_semaphore(&bench.ring, 0) == 7);
    CHECK(ring_semaphore(&bench.ring, 1) == 0);
    CHECK(registers[kRing1 + Control] == 0b1101);
}

TEST_CASE("ring: an interrupt is counted by its causes and acknowledged", "[firmware]") {
    Bench bench;
    bench.start();
    bench.bus.registers[kRing1 + Irq] = 3;
    ring_on_interrupt(&bench.ring);
    CHECK(bench.ring.completion_interrupts == 1);
    CHECK(bench.ring.error_interrupts == 1);
    CHECK(bench.bus.writes() == std::vector<MockBus::Access>{{true, 4, kRing1 + Irq, 3}});
    bench.bus.registers[kRing1 + Irq] = 1;
    ring_on_interrupt(&bench.ring);
    CHECK(bench.ring.completion_interrupts == 2);
    CHECK(bench.ring.error_interrupts == 1);
}
