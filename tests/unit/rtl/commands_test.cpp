// SPDX-License-Identifier: Apache-2.0
// Commands of the Verilated tile: queue, abort, interrupt, counters, reset, idling.
#include <catch2/catch.hpp>
#include <iterator>

#include "saved_state.h"
#include "some_commands.h"

namespace athena::rtl {
namespace {

namespace tile_regs = regs::tile;

TEST_CASE("rtl tile: the queue holds its depth besides the running command, then refuses") {
    TileBench bench;
    REQUIRE(bench.push(line_of(slow(100))));
    std::vector<Record> expected = {{100, 0}};
    for (std::uint32_t i = 0; i < kQueueDepth; ++i) {
        REQUIRE(bench.push(line_of(legal(i))));
        expected.push_back({i, 0});
    }
    CHECK(bench.register_value(tile_regs::kStatusOffset) == (kQueueDepth << 8 | 1));
    CHECK_FALSE(bench.push(line_of(legal(99))));
    CHECK_FALSE(bench.push(line_of(legal(99))));
    CHECK(bench.register_value(tile_regs::kRefusedOffset) == 2);
    REQUIRE(bench.drain());
    CHECK(bench.records == expected);
    CHECK(bench.register_value(tile_regs::kCommandsOffset) == kQueueDepth + 1);
    CHECK(bench.register_value(tile_regs::kErrorsOffset) == 0);
    CHECK(bench.register_value(tile_regs::kStatusOffset) == 2);
}

TEST_CASE("rtl tile: a command reads what the one before it has written") {
    TileBench bench;
    for (std::size_t i = 0; i < 0x2000; i += 2) {
        const std::uint16_t one = 0x3F80;
        std::memcpy(&bench.l1()[0x1'0000 + i], &one, 2);
    }
    // 33x33 ones times ones, then the result as A and as B.
    Command first = {.tag = 1,
                     .m = 33,
                     .n = 33,
                     .k = 33,
                     .a = 0x1'0000,
                     .b = 0x1'0000,
                     .c = 0x2'0000,
                     .a_ld = 96,
                     .b_ld = 96,
                     .c_ld = 96,
                     .c_format = ResultFormat::Bf16};
    Command second = first;
    second.a = second.b = first.c;
    second.c = 0x3'0000;
    Command third = second;
    third.a = second.c;
    third.b = first.c;
    third.c = 0x4'0000;
    std::vector<std::byte> expected(bench.l1().begin(), bench.l1().end());
    for (const Command& command : {first, second, third}) {
        multiply_by_reference(command, expected);
        REQUIRE(bench.push(line_of(command)));
    }
    REQUIRE(bench.drain());
    CHECK(std::equal(expected.begin(), expected.end(), bench.l1().begin()));
    CHECK(bench.register_value(tile_regs::kBusyCyclesOffset) == 3 * expected_cycles(first));
}

TEST_CASE("rtl tile: abort completes what waits, in order and without results") {
    TileBench bench;
    REQUIRE(bench.push(line_of(slow(1))));
    REQUIRE(bench.push(line_of(legal(2))));
    REQUIRE(bench.push(line_of(legal(3))));
    const std::vector<std::byte> before(&bench.l1()[0x4000], &bench.l1()[0x8000]);
    bench.l1()[0x4000] = std::byte{0x55};  // of C
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, tile_regs::kCtrlAbortMask));
    Command after = legal(4);
    after.c = 0x6000;
    REQUIRE(bench.push(line_of(after)));
    REQUIRE(bench.drain());
    const std::uint32_t aborted = code(Status::Aborted);
    CHECK(bench.records == std::vector<Record>{{1, 0}, {2, aborted}, {3, aborted}, {4, 0}});
    CHECK(bench.l1()[0x4000] == std::byte{0x55});
    CHECK(bench.register_value(tile_regs::kLastErrorOffset) == (std::uint64_t{aborted} << 32 | 3));
    CHECK(bench.register_value(tile_regs::kErrorsOffset) == 2);
    CHECK(bench.register_value(tile_regs::kCtrlOffset) == 0);
}

TEST_CASE(
    "rtl tile: an abort reaches the command that waits until the one before it completes, not "
    "from then on") {
    // The cycle in which the first record shows, without an abort, counted from the push.
    const auto start = [](TileBench& bench) {
        REQUIRE(bench.push(line_of(slow(1))));
        REQUIRE(bench.push(line_of(legal(2))));
    };
    std::uint64_t shown = 0;
    {
        TileBench bench;
        start(bench);
        for (; bench.top().completion_valid_o == 0; ++shown) {
            bench.tick();
        }
    }
    for (int offset = -8; offset <= 4; ++offset) {
        INFO("abort's handshake at " << offset << " from the record");
        TileBench bench;
        start(bench);
        bench.run(shown + static_cast<std::uint64_t>(offset));
        REQUIRE(bench.write_register(tile_regs::kCtrlOffset, tile_regs::kCtrlAbortMask));
        REQUIRE(bench.drain());
        REQUIRE(bench.records.size() == 2);
        // The abort acts two cycles after its handshake. In the cycle before the record shows the
        // first command completes, and the second one is the oldest.
        CHECK(bench.records[0] == Record{1, 0});
        CHECK(bench.records[1] == Record{2, offset + 2 < 0 ? code(Status::Aborted) : 0});
    }
}

TEST_CASE("rtl tile: a command is not taken before the completion stream has room for its record") {
    TileBench bench;
    bench.stalls.completion = 100;
    std::vector<Record> expected = {{100, 0}};
    REQUIRE(bench.push(line_of(slow(100))));
    for (std::uint32_t i = 0; i < kQueueDepth; ++i) {
        REQUIRE(bench.push(line_of(legal(i))));
        expected.push_back({i, 0});
    }
    bench.run(100'000);
    CHECK(bench.register_value(tile_regs::kStatusOffset) == (kQueueDepth << 16 | 1 << 8));
    CHECK(bench.top().idle_o == 0);
    bench.stalls.completion = 0;
    REQUIRE(bench.drain());
    CHECK(bench.records == expected);
}

TEST_CASE("rtl tile: abort spares the oldest command even if it has not been taken yet") {
    TileBench bench;
    bench.stalls.completion = 100;  // the stream fills up, so that the next command is not taken
    for (std::uint32_t i = 0; i < kQueueDepth; ++i) {
        REQUIRE(bench.push(line_of(legal(i))));
        bench.run(2000);
    }
    CHECK(bench.register_value(tile_regs::kStatusOffset) == kQueueDepth << 16);
    REQUIRE(bench.push(line_of(legal(10))));
    REQUIRE(bench.push(line_of(legal(11))));
    bench.run(100);
    CHECK(bench.register_value(tile_regs::kStatusOffset) == (kQueueDepth << 16 | 2 << 8));
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, tile_regs::kCtrlAbortMask));
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, tile_regs::kCtrlAbortMask));
    REQUIRE(bench.push(line_of(legal(12))));
    bench.stalls.completion = 0;
    REQUIRE(bench.drain());
    REQUIRE(bench.records.size() == kQueueDepth + 3);
    CHECK(bench.records[kQueueDepth] == Record{10, 0});
    CHECK(bench.records[kQueueDepth + 1] == Record{11, code(Status::Aborted)});
    CHECK(bench.records[kQueueDepth + 2] == Record{12, 0});
}

TEST_CASE("rtl tile: completions and errors interrupt where enabled, until cleared") {
    TileBench bench;
    const auto irq = [&] { return bench.top().irq_o != 0; };
    REQUIRE(status_of(bench, legal()) == Status::Ok);
    CHECK_FALSE(irq());
    CHECK(bench.register_value(tile_regs::kIrqOffset) == tile_regs::kIrqCompletionMask);
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, tile_regs::kCtrlIrqErrorMask));
    CHECK_FALSE(irq());
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, 3, 1));
    CHECK(irq());
    REQUIRE(bench.write_register(tile_regs::kIrqOffset, tile_regs::kIrqErrorMask));
    CHECK(irq());
    REQUIRE(bench.write_register(tile_regs::kIrqOffset, tile_regs::kIrqCompletionMask));
    CHECK_FALSE(irq());
    Command bad = legal();
    bad.a = 1;
    REQUIRE(status_of(bench, bad) == Status::BadAlignment);
    CHECK(bench.register_value(tile_regs::kIrqOffset) == 3);
    REQUIRE(bench.write_register(tile_regs::kIrqOffset, tile_regs::kIrqCompletionMask));
    CHECK(irq());
    REQUIRE(bench.write_register(tile_regs::kIrqOffset, tile_regs::kIrqErrorMask));
    CHECK_FALSE(irq());
}

TEST_CASE("rtl tile: counters change with the record, and the next command starts in that cycle") {
    TileBench bench;
    bench.stalls.completion = 100;
    Command refused = legal(5);
    refused.a = 1;
    REQUIRE(bench.push(line_of(slow(4))));
    REQUIRE(bench.push(line_of(refused)));
    while (bench.top().completion_valid_o == 0) {
        bench.tick();
    }
    CHECK(bench.top().completion_tag_o == 4);
    // The read shows the next cycle, in which the second command runs.
    std::uint64_t value = bench.register_value(tile_regs::kBusyCyclesOffset);
    CHECK(value == expected_cycles(slow(4)) + 1);
    bench.run(20);
    value = bench.register_value(tile_regs::kBusyCyclesOffset);
    CHECK(value == expected_cycles(slow(4)) + kRefusedCycles);
}

TEST_CASE("rtl tile: CYCLES counts clocks since reset") {
    TileBench bench;
    bench.run(100);
    const std::uint64_t first = bench.register_value(tile_regs::kCyclesOffset);
    const std::uint64_t between = bench.cycles();
    bench.run(1000);
    const std::uint64_t second = bench.register_value(tile_regs::kCyclesOffset);
    CHECK(first == 101);  // the read looks one clock after it is taken
    CHECK(second - first == bench.cycles() - between);
}

TEST_CASE("rtl tile: reset drops commands and clears registers, but keeps L1") {
    TileBench bench;
    for (std::size_t i = 0; i < kL1Bytes; i += 4) {
        const auto value = static_cast<std::uint32_t>(bench.random());
        std::memcpy(&bench.l1()[i], &value, 4);
    }
    // Results of a command that reset cuts off may be there or not: C is left out.
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, 3));
    REQUIRE(bench.push(line_of(slow(1))));
    REQUIRE(bench.push(line_of(legal(2))));
    bench.run(700);
    const std::vector<std::byte> before(bench.l1().begin(), bench.l1().end());
    bench.reset();
    CHECK(bench.top().idle_o != 0);
    CHECK(bench.top().irq_o == 0);
    CHECK(std::equal(before.begin(), before.end(), bench.l1().begin()));
    for (const std::uint32_t offset :
         {tile_regs::kCtrlOffset, tile_regs::kIrqOffset, tile_regs::kLastErrorOffset,
          tile_regs::kBusyCyclesOffset, tile_regs::kCommandsOffset, tile_regs::kErrorsOffset,
          tile_regs::kRefusedOffset, tile_regs::kCommandCyclesOffset}) {
        CHECK(bench.register_value(offset) == 0);
    }
    CHECK(bench.register_value(tile_regs::kStatusOffset) == tile_regs::kStatusIdleMask);
    // And it works again.
    std::vector<std::byte> expected(bench.l1().begin(), bench.l1().end());
    multiply_by_reference(legal(), expected);
    REQUIRE(status_of(bench, legal()) == Status::Ok);
    CHECK(std::equal(expected.begin(), expected.end(), bench.l1().begin()));
}

TEST_CASE("rtl tile: clocks of an idle tile change nothing but the cycle counter", "[save]") {
    TileBench bench;
    REQUIRE(status_of(bench, legal()) == Status::Ok);
    REQUIRE(bench.top().idle_o != 0);
    const SavedState before(bench.top());
    const std::uint64_t cycle = bench.cycle_counter();
    bench.run(1000);
    CHECK(bench.cycle_counter() == cycle + 1000);
    bench.cycle_counter() = cycle;
    const SavedState after(bench.top());
    CHECK(before == after);
}

TEST_CASE("rtl tile: a state saved in mid-command goes on to the same end", "[save]") {
    TileBench bench;
    for (std::size_t i = 0; i < kL1Bytes; i += 2) {
        const auto value = static_cast<std::uint16_t>(0x3F00 + bench.draw(256));
        std::memcpy(&bench.l1()[i], &value, 2);
    }
    REQUIRE(bench.push(line_of(slow(1))));
    bench.run(1500);
    REQUIRE(bench.top().idle_o == 0);
    const SavedState state(bench.top());
    REQUIRE(bench.drain());
    const std::vector<std::byte> end(bench.l1().begin(), bench.l1().end());
    const std::uint64_t cycles = bench.register_value(tile_regs::kCommandCyclesOffset);

    TileBench other;
    state.restore(other.top());
    REQUIRE(other.drain());
    CHECK(other.records == std::vector<Record>{{1, 0}});
    CHECK(std::equal(end.begin(), end.end(), other.l1().begin()));
    CHECK(other.register_value(tile_regs::kCommandCyclesOffset) == cycles);
}

}  // namespace
}  // namespace athena::rtl
