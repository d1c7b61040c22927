// SPDX-License-Identifier: Apache-2.0
// Drivers of DMA engine and tile against mock registers.
#include <catch2/catch.hpp>
#include <cstdint>

#include "dma.h"
#include "dma_regs.h"
#include "mock_bus.h"
#include "tile.h"
#include "tile_regs.h"

using athena::test::MockBus;

namespace {

constexpr std::uintptr_t kBase = 0x40'0010'0000;
constexpr std::uintptr_t kClint = 0x200'0000;

struct timer ready_timer() {
    struct timer timer {};
    const timer_config config{kClint, 0, 10'000'000};
    REQUIRE(timer_init(&timer, &config) == RESULT_OK);
    return timer;
}

void put_tile(MockBus& bus) {
    bus.registers[kBase + ATHENA_TILE_ID_OFFSET] = 0x00010000'4154494C;
    bus.registers[kBase + ATHENA_TILE_CAPS_OFFSET] = 0x00100000'00082010;
}

}  // namespace

TEST_CASE("dma: finds its engine by the ID register", "[firmware]") {
    MockBus bus;
    struct dma dma {};
    const dma_config config{kBase};
    CHECK(dma_init(&dma, &config) == RESULT_NOT_FOUND);
    bus.registers[kBase + ATHENA_DMA_ID_OFFSET] = 0x41444D41;  // "ADMA"
    bus.registers[kBase + ATHENA_DMA_CAPS_OFFSET] = 0x0804;
    REQUIRE(dma_init(&dma, &config) == RESULT_OK);
    CHECK(dma.channels == 4);
    CHECK(dma.queue_depth == 8);
    const dma_config nowhere{0};
    CHECK(dma_init(&dma, &nowhere) == RESULT_BAD_ARGUMENT);
}

TEST_CASE("dma: reads counters and the error of one channel", "[firmware]") {
    MockBus bus;
    struct dma dma {};
    const dma_config config{kBase};
    bus.registers[kBase + ATHENA_DMA_ID_OFFSET] = ATHENA_DMA_ID_RESET;
    bus.registers[kBase + ATHENA_DMA_CAPS_OFFSET] = 0x0802;
    REQUIRE(dma_init(&dma, &config) == RESULT_OK);
    const std::uintptr_t channel1 = kBase + 0x140;
    bus.registers[channel1 + 0x04] = 11;
    bus.registers[channel1 + 0x08] = 0x1'0000'0001;
    bus.registers[channel1 + 0x10] = 99;
    bus.registers[channel1 + 0x18] = 9;
    bus.registers[channel1 + 0x1C] = 0xCAFE;
    bus.registers[channel1 + 0x20] = 0x80'0000'1000;
    bus.registers[channel1 + 0x28] = 3 << 16 | 1 << 8 | 9;
    dma_counters counters{};
    REQUIRE(dma_read_counters(&dma, 1, &counters) == RESULT_OK);
    CHECK(counters.commands == 11);
    CHECK(counters.bytes == 0x1'0000'0001);
    CHECK(counters.busy_cycles == 99);
    dma_error error{};
    REQUIRE(dma_read_error(&dma, 1, &error) == RESULT_OK);
    CHECK(error.status == 9);
    CHECK(error.tag == 0xCAFE);
    CHECK(error.address == 0x80'0000'1000);
    CHECK(error.opcode == 9);
    CHECK(error.ring == 3);
    CHECK(error.write);
    CHECK(dma_read_counters(&dma, 2, &counters) == RESULT_BAD_ARGUMENT);
    CHECK(dma_read_error(&dma, 2, &error) == RESULT_BAD_ARGUMENT);
}

TEST_CASE("tile: finds its tile by the ID register and reads what it has", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    struct tile tile {};
    const tile_config config{kBase, &timer};
    CHECK(tile_init(&tile, &config) == RESULT_NOT_FOUND);
    put_tile(bus);
    REQUIRE(tile_init(&tile, &config) == RESULT_OK);
    CHECK(tile.rows == 16);
    CHECK(tile.columns == 32);
    CHECK(tile.queue_depth == 8);
    CHECK(tile.l1_bytes == 0x100000);
    const tile_config nowhere{0, &timer};
    CHECK(tile_init(&tile, &nowhere) == RESULT_BAD_ARGUMENT);
    const tile_config no_timer{kBase, nullptr};
    CHECK(tile_init(&tile, &no_timer) == RESULT_BAD_ARGUMENT);
}

TEST_CASE("tile: reads counters and the last error", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    struct tile tile {};
    const tile_config config{kBase, &timer};
    put_tile(bus);
    REQUIRE(tile_init(&tile, &config) == RESULT_OK);
    bus.registers[kBase + 0x28] = 0x00000006'0000BEEF;
    bus.registers[kBase + 0x48] = 1000;
    bus.registers[kBase + 0x50] = 20;
    bus.registers[kBase + 0x58] = 3;
    bus.registers[kBase + 0x60] = 4;
    bus.registers[kBase + 0x68] = 50;
    const tile_counters counters = tile_read_counters(&tile);
    CHECK(counters.busy_cycles == 1000);
    CHECK(counters.commands == 20);
    CHECK(counters.errors == 3);
    CHECK(counters.refused == 4);
    CHECK(counters.command_cycles == 50);
    const tile_error error = tile_read_error(&tile);
    CHECK(error.status == 6);
    CHECK(error.tag == 0xBEEF);
}

TEST_CASE("tile: an abort keeps the interrupt enables and waits until the tile is idle",
          "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    struct tile tile {};
    const tile_config config{kBase, &timer};
    put_tile(bus);
    REQUIRE(tile_init(&tile, &config) == RESULT_OK);
    bus.registers[kBase + 0x10] = 2;  // IRQ_ERROR
    unsigned looks = 0;
    bus.on_read[kBase + 0x18] = [&] { return ++looks < 5 ? 0x1u : 0x2u; };
    CHECK(tile_abort(&tile, 100) == RESULT_OK);
    CHECK(looks == 5);
    CHECK(bus.registers[kBase + 0x10] == 0x102);
    bus.on_read[kBase + 0x18] = [&] {
        bus.registers[kClint + 0xBFF8] += 100;
        return 0x1u;
    };
    CHECK(tile_abort(&tile, 100) == RESULT_TIMEOUT);
    CHECK(bus.reports == std::vector<std::string>{"the abort of a tile"});
}

TEST_CASE("tile: interrupts are switched, counted by cause and acknowledged", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    struct tile tile {};
    const tile_config config{kBase, &timer};
    put_tile(bus);
    REQUIRE(tile_init(&tile, &config) == RESULT_OK);
    bus.accesses.clear();
    tile_set_interrupts(&tile, TILE_INTERRUPTS_ALL);
    tile_set_interrupts(&tile, TILE_INTERRUPTS_ERRORS);
    tile_set_interrupts(&tile, TILE_INTERRUPTS_OFF);
    const std::vector<MockBus::Access> expected{
        {true, 8, kBase + 0x20, 3}, {true, 8, kBase + 0x10, 3}, {true, 8, kBase + 0x20, 3},
        {true, 8, kBase + 0x10, 2}, {true, 8, kBase + 0x20, 3}, {true, 8, kBase + 0x10, 0},
    };
    CHECK(bus.writes() == expected);
    bus.accesses.clear();
    bus.registers[kBase + 0x20] = 1;
    tile_on_interrupt(&tile);
    CHECK(bus.writes() == std::vector<MockBus::Access>{{true, 8, kBase + 0x20, 1}});
    bus.registers[kBase + 0x20] = 3;
    tile_on_interrupt(&tile);
    CHECK(tile.completion_interrupts == 2);
    CHECK(tile.error_interrupts == 1);
}

TEST_CASE("tile: reads its state", "[firmware]") {
    MockBus bus;
    struct timer timer = ready_timer();
    struct tile tile {};
    const tile_config config{kBase, &timer};
    put_tile(bus);
    REQUIRE(tile_init(&tile, &config) == RESULT_OK);
    bus.registers[kBase + 0x18] = 0x0301;
    CHECK(tile_read_state(&tile).busy);
    CHECK_FALSE(tile_read_state(&tile).idle);
    CHECK(tile_read_state(&tile).queued == 3);
    bus.registers[kBase + 0x18] = 0x0002;
    CHECK(tile_read_state(&tile).idle);
    CHECK_FALSE(tile_read_state(&tile).busy);
}
