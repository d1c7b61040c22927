// SPDX-License-Identifier: Apache-2.0
// Boards as wholes: reset in place, console, counts of blocks, and runs that repeat.
#include "board_bench.h"
#include "platform/memory_map.h"

namespace {

using namespace athena::test;
using athena::base::ExitStatus;
using athena::base::kNever;
using athena::base::Picoseconds;

constexpr std::uint64_t kClint = 0x200'0000;
constexpr std::uint64_t kCommand = 0x40'0000'0000;
constexpr std::uint64_t kRingSize = 0x108;

/// Counts in a register for a while, is interrupted by the timer each 10 us, sleeps between, and
/// passes after five interrupts.
Program timer_program() {
    Program program;
    const auto over = program.later();
    const auto handler = program.here();
    program.li(t0, kClint + 0xBFF8);
    program.ld(t1, t0, 0);  // mtime
    program.addi(t1, t1, 100);
    program.li(t0, kClint + 0x4000);
    program.sd(t1, t0, 0);  // mtimecmp
    program.li(t0, kData);
    program.ld(t1, t0, 0);
    program.addi(t1, t1, 1);
    program.sd(t1, t0, 0);
    program.addi(t2, t1, -5);
    const auto more = program.later();
    exit_by_tohost(program, 1);
    const auto resume = program.here();
    program.mret();
    program.jump_here(over);
    program.li(t0, kRam + 4 * handler);
    program.csrw(mtvec, t0);
    program.li(t0, kClint + 0x4000);
    program.addi(t1, zero, 100);
    program.sd(t1, t0, 0);
    program.li(t0, 1 << 7);
    program.csrw(mie, t0);
    program.li(t0, 1 << 3);
    program.csrw(mstatus, t0);
    const auto again = program.here();
    program.li(a2, 300);
    const auto loop = program.here();
    program.addi(a2, a2, -1);
    program.bnez(a2, loop);
    program.wfi();
    program.jump(again);
    program.bnez_at(more, t2, resume);
    return program;
}

TEST_CASE("board: reset in place reloads what was loaded, resets blocks, and keeps the rest") {
    // The first life changes its own data, a device and unloaded memory, and asks for a reset; the
    // second looks at them.
    constexpr std::uint64_t kUnloaded = kRam + 0x50'0000;
    constexpr std::uint64_t kHbm = 0x80'0000'0000;
    Program program;
    program.li(a2, kUnloaded);
    program.ld(t1, a2, 0);
    const auto first_life = program.later();
    program.li(a1, kData);
    program.ld(t1, a1, 0);
    program.sd(t1, a2, 8);
    program.li(a1, kHbm);
    program.ld(t1, a1, 0);
    program.sd(t1, a2, 16);
    program.li(a1, kCommand + kRingSize);
    program.lw(t1, a1, 0);
    program.sd(t1, a2, 24);
    exit_by_tohost(program, 1);
    const auto start = program.here();
    program.addi(t1, zero, 1);
    program.sd(t1, a2, 0);
    program.li(a1, kData);
    program.sd(t1, a1, 0);
    program.li(a1, kHbm);
    program.sd(t1, a1, 0);
    program.li(a1, kCommand + kRingSize);
    program.sw(t1, a1, 0);
    program.li(t0, kFinisher);
    program.li(t1, 0x7777);
    program.sw(t1, t0, 0);
    program.forever();
    program.beqz_at(first_life, t1, start);

    BoardBench bench(program);
    bench.board.load(kData, {std::byte{0x55}}, 8);
    bench.board.load(kHbm, {std::byte{0x66}}, 8);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    CHECK(bench.read(kUnloaded) == 1);
    CHECK(bench.read(kUnloaded + 8) == 0x55);
    CHECK(bench.read(kUnloaded + 16) == 0x66);
    CHECK(bench.read(kUnloaded + 24) == 0);
    CHECK(bench.board.now() < kMillisecond);
    // Statistics are of both lives: each is more than 30 and less than 50 instructions.
    CHECK(bench.board.instructions() > 60);
    CHECK(Counters(bench.board).values.at("harts.0.instructions") == bench.board.instructions());
}

TEST_CASE("board: what a hart sends into a cluster is counted on the bus and in its crossbar") {
    Program program;
    program.li(a1, athena::platform::cluster_base(0) + athena::platform::kSramOffset);
    program.sd(t1, a1, 0);
    program.sw(t1, a1, 16);
    program.lb(t1, a1, 3);
    exit_by_tohost(program, 1);
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    const auto counts = Counters(bench.board).values;
    for (const char* port : {"bus.cluster0.", "cluster0.crossbar.from_bus.",
                             "cluster0.crossbar.to_sram.", "cluster0.sram."}) {
        INFO(port);
        CHECK(counts.at(std::string(port) + "bytes_written") == 12);
        CHECK(counts.at(std::string(port) + "bytes_read") == 1);
    }
}

TEST_CASE("board: the console takes what the guest sends and gives it what is typed") {
    Program program;  // echoes one character, incremented
    program.li(t0, kUart);
    const auto poll = program.here();
    program.lb(t1, t0, 5);
    program.andi(t1, t1, 1);
    program.beqz(t1, poll);
    program.lb(t1, t0, 0);
    program.addi(t1, t1, 1);
    program.sb(t1, t0, 0);
    exit_by_tohost(program, 1);
    BoardBench bench(program);
    bench.board.run_until(kMillisecond);
    CHECK_FALSE(bench.board.stopped());
    CHECK(bench.board.console_room() >= 1);
    CHECK_FALSE(bench.board.console_wakes());
    const std::byte typed{'a'};
    bench.board.console_input({&typed, 1});
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    CHECK(bench.output() == "b");
    CHECK(bench.output().empty());
}

TEST_CASE("board: input wakes a hart that sleeps until the uart interrupts it") {
    Program program;
    constexpr std::uint64_t kPlic = 0xC00'0000;
    program.li(t0, kPlic + 4 * 10);
    program.li(t1, 1);
    program.sw(t1, t0, 0);  // priority of source 10
    program.li(t0, kPlic + 0x2000);
    program.li(t1, 1 << 10);
    program.sw(t1, t0, 0);  // enabled for context 0
    program.li(t0, kUart);
    program.li(t1, 1);
    program.sb(t1, t0, 1);  // received data interrupt
    program.li(t1, 1 << 11);
    program.csrw(mie, t1);
    program.wfi();
    exit_by_tohost(program, 1);
    BoardBench bench(program);
    bench.board.run_until(kMillisecond);
    CHECK(bench.board.idle());
    CHECK(bench.board.console_wakes());
    CHECK(bench.board.next_event() == kNever);
    const std::byte typed{'x'};
    bench.board.console_input({&typed, 1});
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    CHECK(bench.board.now().value < kMillisecond.value + kMicrosecond.value);
}

TEST_CASE("board: two runs give the same statistics") {
    BoardBench first(timer_program());
    BoardBench second(timer_program());
    first.run();
    second.run();
    REQUIRE(first.stop().status == ExitStatus::Passed);
    CHECK(first.board.now() == second.board.now());
    const Counters counters(first.board);
    CHECK(counters == Counters(second.board));
    CHECK(counters.values.at("harts.0.interrupts") == 5);
    CHECK(counters.values.at("harts.0.instructions") == first.board.instructions());
    CHECK(counters.values.contains("cluster0.tile0.commands"));
    CHECK(counters.values.contains("cluster0.dma.channel0.bytes"));
    CHECK(counters.values.contains("hbm.bytes_read"));
    CHECK(counters.values.at("guest_faults") == 0);
}

TEST_CASE("board: neither the quantum nor the steps of a run change what one hart does") {
    BoardBench reference(timer_program());
    reference.run();
    const Counters expected(reference.board);
    for (const std::uint64_t quantum_ns : {100, 3'333, 1'000'000}) {
        CAPTURE(quantum_ns);
        BoardBench bench(timer_program(), {}, Picoseconds{quantum_ns * 1000});
        bench.run();
        CHECK(bench.board.now() == reference.board.now());
        CHECK(Counters(bench.board) == expected);
    }
    for (const std::uint64_t step_ps : {777'777, 2'500, 50'000'000}) {
        CAPTURE(step_ps);
        BoardBench bench(timer_program());
        bench.run({step_ps});
        CHECK(bench.board.now() == reference.board.now());
        CHECK(Counters(bench.board) == expected);
    }
}

TEST_CASE("board: no hart runs past the time that was asked for") {
    Program program;
    program.forever();
    BoardBench bench(program);  // its quantum is 100 us
    for (const std::uint64_t time : {10, 11, 35}) {
        bench.board.run_until({time * kMicrosecond.value});
        // An instruction takes 5 ns; some at the start waited for the bus.
        CHECK(bench.board.instructions() <= time * 200);
        CHECK(bench.board.instructions() + 50 >= time * 200);
    }
}

TEST_CASE("board: two boards of one process run independently, step by step") {
    BoardBench alone(timer_program());
    alone.run();
    BoardBench first(timer_program());
    BoardBench second(timer_program(), {"harts.clock_hz=100M"});
    while ((!first.board.stopped() || !second.board.stopped()) &&
           second.board.now() < kMillisecond) {
        first.board.run_until(first.board.now() + kMicrosecond);
        second.board.run_until(second.board.now() + kMicrosecond);
    }
    CHECK(first.board.now() == alone.board.now());
    CHECK(Counters(first.board) == Counters(alone.board));
    CHECK(second.board.now() > first.board.now());
    CHECK(second.stop().status == ExitStatus::Passed);
}

TEST_CASE("board: harts, clusters, tiles and DMA channels are as many as the file says") {
    // Each hart adds one to a word; hart 0 waits for all and then asks each cluster what it has.
    Program program;
    program.li(a2, kData);
    program.addi(t1, zero, 1);
    program.amoadd(zero, t1, a2);
    const auto others = program.later();
    program.addi(t1, zero, 3);
    const auto wait = program.here();
    program.ld(t2, a2, 0);
    program.bne(t1, t2, wait);
    for (std::uint64_t cluster = 0; cluster < 2; ++cluster) {
        program.li(t0, athena::platform::cluster_base(cluster));
        program.lw(t1, t0, 4);  // CAPS
        program.sd(t1, a2, static_cast<std::int32_t>(8 + 8 * cluster));
        program.li(t0, athena::platform::tile_base(cluster, 1) + 0x80'0000);
        program.lw(t1, t0, 0);  // ID
        program.sd(t1, a2, static_cast<std::int32_t>(24 + 8 * cluster));
    }
    exit_by_tohost(program, 1);
    const auto sleep = program.here();
    program.wfi();
    program.jump(sleep);
    program.bnez_at(others, a0, sleep);
    BoardBench bench(program,
                     {"harts.count=3", "cluster.count=2", "tile.count=2", "dma.channels=2"});
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    for (std::uint64_t cluster = 0; cluster < 2; ++cluster) {
        const std::uint64_t caps = bench.read(kData + 8 + 8 * cluster);
        CHECK((caps >> 16 & 0xFF) == 2);
        CHECK((caps >> 24 & 0xFF) == 2);
        CHECK(bench.read(kData + 24 + 8 * cluster) != 0);
    }
    const Counters counters(bench.board);
    CHECK(counters.values.contains("harts.2.instructions"));
    CHECK_FALSE(counters.values.contains("harts.3.instructions"));
    CHECK(counters.values.contains("cluster1.tile1.commands"));
    CHECK(counters.values.contains("cluster1.dma.channel1.commands"));
}

TEST_CASE("board: with --strict the first guest fault ends the run") {
    Program program;
    program.li(t0, kCommand + 0x10'8000);  // a DMA queue takes whole lines only
    program.sd(t0, t0, 0);
    exit_by_tohost(program, 1);
    BoardBench bench(program, {}, std::nullopt, true);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::GuestFailed);
    CHECK_THAT(bench.log.str(), Catch::StartsWith("athena: guest fault: cluster0.dma: "));
}

}  // namespace
