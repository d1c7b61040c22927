// SPDX-License-Identifier: Apache-2.0
// Commands of the Verilated tile: checks and their order, queue, abort, interrupt, counters, reset,
// idling.
#include <catch2/catch.hpp>
#include <functional>
#include <iterator>
#include <string>

#include "command.h"
#include "regs/tile_regs.h"
#include "saved_state.h"

namespace athena::rtl {
namespace {

namespace tile_regs = regs::tile;
namespace layout = regs::descriptor;

// A 40x40x40 product that is legal: A at 0, B at 0x2000, C at 0x4000.
Command legal(std::uint32_t tag = 7) {
    return {.tag = tag,
            .m = 40,
            .n = 40,
            .k = 40,
            .a = 0,
            .b = 0x2000,
            .c = 0x4000,
            .a_ld = 96,
            .b_ld = 96,
            .c_ld = 160};
}

// Long enough that whatever a test does to the queue is done before it ends.
Command slow(std::uint32_t tag) {
    return {.tag = tag,
            .m = 64,
            .n = 64,
            .k = 512,
            .a = 0x1'0000,
            .b = 0x3'0000,
            .c = 0x8'0000,
            .a_ld = 1024,
            .b_ld = 128,
            .c_ld = 256};
}

std::uint32_t code(Status status) {
    return static_cast<std::uint32_t>(status);
}

// Pushes a line into the idle tile and gives the status; L1 must keep its bytes if it is not Ok.
Status status_of(TileBench& bench, const Beat& line) {
    const std::vector<std::byte> before(bench.l1().begin(), bench.l1().end());
    bench.records.clear();
    REQUIRE(bench.push(line));
    REQUIRE(bench.drain());
    REQUIRE(bench.records.size() == 1);
    const auto status = static_cast<Status>(bench.records[0].status);
    if (status != Status::Ok) {
        CHECK(std::equal(before.begin(), before.end(), bench.l1().begin()));
        CHECK(bench.register_value(tile_regs::kCommandCyclesOffset) == kRefusedCycles);
    }
    return status;
}

Status status_of(TileBench& bench, const Command& command) {
    return status_of(bench, line_of(command));
}

struct Mistake {
    const char* name;
    Status status;
    std::function<void(Beat&)> make;
};

void or_byte(Beat& line, std::size_t at, unsigned bits) {
    line[at] |= static_cast<std::byte>(bits);
}

// In the order in which the tile looks at them.
const std::vector<Mistake>& mistakes() {
    static const std::vector<Mistake> all = {
        {"opcode 0", Status::BadOpcode, [](Beat& l) { l[0] = std::byte{0}; }},
        {"opcode 2", Status::BadOpcode, [](Beat& l) { l[0] = std::byte{2}; }},
        {"reserved flag", Status::Reserved, [](Beat& l) { or_byte(l, 0x02, 0x40); }},
        {"reserved flags above", Status::Reserved, [](Beat& l) { or_byte(l, 0x03, 0x80); }},
        {"reserved byte 0x0B", Status::Reserved, [](Beat& l) { or_byte(l, 0x0B, 0x01); }},
        {"reserved mode", Status::Reserved, [](Beat& l) { or_byte(l, 0x13, 0x40); }},
        {"reserved end", Status::Reserved, [](Beat& l) { or_byte(l, 0x3F, 0x80); }},
        {"scale ld of A", Status::Reserved, [](Beat& l) { or_byte(l, 0x32, 0x01); }},
        {"scale address of A", Status::Reserved, [](Beat& l) { or_byte(l, 0x37, 0x80); }},
        {"scale address of B", Status::Reserved, [](Beat& l) { or_byte(l, 0x38, 0x01); }},
        {"scale ld of B", Status::Reserved, [](Beat& l) { or_byte(l, 0x3D, 0x80); }},
        {"format of A", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_a_format(layout::OperandFormat::Mxfp8E4m3); }},
        {"format of B", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_b_format(static_cast<layout::OperandFormat>(15)); }},
        {"format of C", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_c_format(layout::ResultFormat::E4m3); }},
        {"transpose A", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_transpose_a(1); }},
        {"transpose B", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_transpose_b(1); }},
        {"saturate", Status::UnsupportedFormat, [](Beat& l) { MatmulView(l).set_saturate(1); }},
        {"accumulate in BF16", Status::BadFlags,
         [](Beat& l) {
             MatmulView(l).set_c_format(layout::ResultFormat::Bf16);
             MatmulView(l).set_accumulate(1);
         }},
        {"address of A", Status::BadAlignment, [](Beat& l) { or_byte(l, 0x14, 0x10); }},
        {"address of B", Status::BadAlignment, [](Beat& l) { or_byte(l, 0x18, 0x01); }},
        {"address of C", Status::BadAlignment, [](Beat& l) { or_byte(l, 0x1C, 0x02); }},
        {"A beyond L1", Status::BadRange, [](Beat& l) { or_byte(l, 0x17, 0x80); }},
        {"B beyond L1", Status::BadRange, [](Beat& l) { or_byte(l, 0x1A, 0x10); }},
        {"C beyond L1", Status::BadRange, [](Beat& l) { or_byte(l, 0x1E, 0x20); }},
        {"rows of A over each other", Status::BadRange, [](Beat& l) { MatmulView(l).set_a_ld(2); }},
        {"rows of B over each other", Status::BadRange, [](Beat& l) { MatmulView(l).set_b_ld(0); }},
        {"rows of C over each other", Status::BadRange, [](Beat& l) { MatmulView(l).set_c_ld(4); }},
        {"C over A", Status::Overlap, [](Beat& l) { MatmulView(l).set_c_addr(96 * 39); }},
        {"C over B", Status::Overlap, [](Beat& l) { MatmulView(l).set_c_addr(0x2000); }},
    };
    return all;
}

TEST_CASE("rtl tile: each mistake has its status, writes nothing and takes as long as any other") {
    TileBench bench;
    REQUIRE(status_of(bench, legal()) == Status::Ok);
    for (const Mistake& mistake : mistakes()) {
        INFO(mistake.name);
        Beat line = line_of(legal());
        mistake.make(line);
        CHECK(status_of(bench, line) == mistake.status);
    }
}

TEST_CASE("rtl tile: of two mistakes the one that is looked at first counts") {
    TileBench bench;
    for (std::size_t i = 0; i < mistakes().size(); ++i) {
        for (std::size_t j = i + 1; j < mistakes().size(); ++j) {
            const Mistake& first = mistakes()[i];
            const Mistake& second = mistakes()[j];
            // Ranges only meet if both lie in L1; formats with scales take scales as they are.
            if (first.status == second.status || second.status == Status::Overlap ||
                std::string(first.name).find("scale") == 0) {
                continue;
            }
            INFO(first.name << " and " << second.name);
            Beat line = line_of(legal());
            second.make(line);
            first.make(line);
            CHECK(status_of(bench, line) == first.status);
        }
    }
}

TEST_CASE("rtl tile: scale fields are judged only for formats without scales") {
    TileBench bench;
    for (unsigned format = 0; format < 16; ++format) {
        Beat line = line_of(legal());
        MatmulView(line).set_a_format(static_cast<layout::OperandFormat>(format));
        MatmulView(line).set_a_scale_addr(32);
        CHECK(status_of(bench, line) ==
              (format < 3 ? Status::Reserved : Status::UnsupportedFormat));
        line = line_of(legal());
        MatmulView(line).set_b_format(static_cast<layout::OperandFormat>(format));
        MatmulView(line).set_b_scale_ld(1);
        CHECK(status_of(bench, line) ==
              (format < 3 ? Status::Reserved : Status::UnsupportedFormat));
    }
}

TEST_CASE("rtl tile: matrices may end with L1, not one byte later; one row needs no distance") {
    TileBench bench;
    Command command = {.m = 2,
                       .n = 16,
                       .k = 1,
                       .a = 0,
                       .b = 64,
                       .c = kL1Bytes - 128,
                       .a_ld = 32,
                       .b_ld = 0,
                       .c_ld = 64};
    CHECK(status_of(bench, command) == Status::Ok);
    command.n = 17;
    command.c_ld = 96;
    CHECK(status_of(bench, command) == Status::BadRange);
    command.c -= 32;
    CHECK(status_of(bench, command) == Status::BadRange);
    command.c -= 32;
    CHECK(status_of(bench, command) == Status::Ok);
    // A distance of 2 MiB is of no interest to a single row.
    command = {.m = 1,
               .n = 16,
               .k = 16,
               .a = kL1Bytes - 32,
               .b = 0,
               .c = 512,
               .a_ld = 65535 * 32,
               .b_ld = 32,
               .c_ld = 0};
    CHECK(status_of(bench, command) == Status::Ok);
    command.k = 17;
    CHECK(status_of(bench, command) == Status::BadRange);
}

TEST_CASE("rtl tile: no size is so large that a check overflows; zeros make the others harmless") {
    TileBench bench;
    constexpr std::uint32_t kHuge = 0xFFFF'FFFF;
    Command command = legal();
    const auto with = [&](std::uint32_t m, std::uint32_t n, std::uint32_t k) {
        command.m = m;
        command.n = n;
        command.k = k;
        return status_of(bench, command);
    };
    CHECK(with(kHuge, 40, 40) == Status::BadRange);
    CHECK(with(40, kHuge, 40) == Status::BadRange);
    CHECK(with(40, 40, kHuge) == Status::BadRange);
    CHECK(with(kHuge, kHuge, kHuge) == Status::BadRange);
    CHECK(with(0x8000'0000, 1, 0) == Status::BadRange);
    CHECK(with(0, kHuge, 0) == Status::Ok);
    CHECK(with(kHuge, 0, 0) == Status::Ok);
    CHECK(with(0, 0, kHuge) == Status::Ok);
    command.a_ld = command.b_ld = command.c_ld = 65535 * 32;
    CHECK(with(kHuge, kHuge, 0) == Status::BadRange);
    CHECK(with(2, 1, 1) == Status::BadRange);
    CHECK(with(1, 1, 1) == Status::Ok);
}

TEST_CASE("rtl tile: matrices without elements meet nothing and need no room, but alignment") {
    TileBench bench;
    Command command = legal();
    command.k = 0;
    command.a = command.b = kL1Bytes * 2;
    CHECK(status_of(bench, command) == Status::Ok);
    command.a = command.b = command.c;
    CHECK(status_of(bench, command) == Status::Ok);
    command.a = 8;
    CHECK(status_of(bench, command) == Status::BadAlignment);
    command = legal();
    command.n = 0;
    command.c = 0;
    CHECK(status_of(bench, command) == Status::Ok);
}

TEST_CASE("rtl tile: C may lie next to A and B, but not share a byte") {
    TileBench bench;
    // Without gaps: A and B of 32 rows of 64 bytes, C of 32 rows of 128.
    Command command = {.m = 32,
                       .n = 32,
                       .k = 32,
                       .a = 0x1000,
                       .b = 0x1800,
                       .c = 0x2000,
                       .a_ld = 64,
                       .b_ld = 64,
                       .c_ld = 128};
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0;
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0x20;
    CHECK(status_of(bench, command) == Status::Overlap);
    command.c = 0x2000 - 0x20;
    CHECK(status_of(bench, command) == Status::Overlap);
    std::swap(command.a, command.b);
    CHECK(status_of(bench, command) == Status::Overlap);
    command.c = 0x2000;
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0;
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0x20;
    CHECK(status_of(bench, command) == Status::Overlap);
}

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
                     .bf16 = true};
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
    "rtl tile: an abort up to the edge at which a command is taken reaches it, a later one does "
    "not") {
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
        // The abort acts two cycles after its handshake; the command is taken with the record.
        CHECK(bench.records[0] == Record{1, 0});
        CHECK(bench.records[1] == Record{2, offset + 2 <= 0 ? code(Status::Aborted) : 0});
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

TEST_CASE("rtl tile: clocks of an idle tile change nothing but the cycle counter") {
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

TEST_CASE("rtl tile: a state saved in mid-command goes on to the same end") {
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
