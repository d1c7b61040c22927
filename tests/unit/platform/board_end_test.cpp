// SPDX-License-Identifier: Apache-2.0
// How runs end: HTIF, the finisher, dead and sleeping harts, errors of loading.
#include "board_bench.h"

namespace {

using namespace athena::test;
using athena::base::ExitStatus;
using athena::base::kNever;

TEST_CASE("board: tohost 1 passes, at the instant of the store") {
    Program program;
    exit_by_tohost(program, 1);
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    CHECK_FALSE(bench.board.guest_code());
    // 5 instructions of the ROM and fewer than 10 of the program at 200 MHz, and three bus
    // accesses.
    CHECK(bench.board.now() < kMicrosecond);
    CHECK(bench.board.instructions() < 15);
}

TEST_CASE("board: an odd tohost fails with its code") {
    Program program;
    exit_by_tohost(program, 42 << 1 | 1);
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::GuestFailed);
    CHECK(bench.board.guest_code() == 42u);
    CHECK(bench.stop().reason.find("42") != std::string::npos);
}

TEST_CASE("board: tohost counts once both halves are written, high half last") {
    Program program;
    program.li(t0, kTohost);
    program.li(t1, 7 << 1 | 1);
    program.sw(t1, t0, 0);
    program.sw(zero, t0, 4);
    program.forever();
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::GuestFailed);
    CHECK(bench.board.guest_code() == 7u);
    CHECK(bench.board.now() < kMicrosecond);
}

TEST_CASE("board: a low half of tohost alone counts after a microsecond") {
    Program program;
    program.li(t0, kTohost);
    program.li(t1, 1);
    program.sw(t1, t0, 0);
    program.forever();
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    CHECK(bench.board.now() >= kMicrosecond);
    CHECK(bench.board.now().value < 2 * kMicrosecond.value);
}

TEST_CASE("board: data beside tohost are ordinary memory") {
    Program program;
    program.li(t0, kTohost);
    program.li(t1, 0x1234);
    program.sd(t1, t0, 64);
    program.ld(t2, t0, 64);
    program.li(t0, kData);
    program.sd(t2, t0, 0);
    exit_by_tohost(program, 1);
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Passed);
    CHECK(bench.read(kData) == 0x1234);
    CHECK(bench.read(kTohost + 64) == 0x1234);
}

TEST_CASE("board: a device command by tohost is a model gap") {
    Program program;
    exit_by_tohost(program, 0x0101'0000'0000'0041);  // putchar of HTIF's console
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::Simulator);
    CHECK(bench.stop().reason.find("0x0101000000000041") != std::string::npos);
}

TEST_CASE("board: the finisher passes, or fails with its code") {
    struct Case {
        std::uint32_t value;
        ExitStatus status;
        std::optional<std::uint64_t> code;
    };
    for (const Case& one : {Case{0x5555, ExitStatus::Passed, std::nullopt},
                            Case{0x3333 | 9 << 16, ExitStatus::GuestFailed, 9}}) {
        CAPTURE(one.value);
        Program program;
        program.li(t0, kFinisher);
        program.li(t1, one.value);
        program.sw(t1, t0, 0);
        program.forever();
        BoardBench bench(program);
        bench.run();
        CHECK(bench.stop().status == one.status);
        CHECK(bench.board.guest_code() == one.code);
    }
}

TEST_CASE("board: a jump to nowhere with no trap vector is a dead hart") {
    Program program;
    program.li(t0, 0x4000'0000);
    program.csrw(mtvec, t0);
    program.li(t1, 0x5000'0000);
    program.jr(t1);
    BoardBench bench(program);
    bench.run();
    CHECK(bench.stop().status == ExitStatus::GuestFailed);
    CHECK(bench.stop().reason.find("hart0") != std::string::npos);
    CHECK(bench.stop().reason.find("0x40000000") != std::string::npos);
}

TEST_CASE("board: a hart that nothing can wake is idle, with no event to come, and says so") {
    Program program;
    program.csrw(mie, zero);
    program.wfi();
    BoardBench bench(program);
    bench.run(kMillisecond, kMillisecond);
    CHECK_FALSE(bench.board.stopped());
    CHECK(bench.board.idle());
    CHECK(bench.board.next_event() == kNever);
    CHECK(bench.board.waits() ==
          "hart0 is in WFI before pc 0x80000008 and waits for nothing, as no interrupt is enabled");
}

TEST_CASE("board: what a sleeping hart waits for is told") {
    Program program;
    program.li(t0, 1 << 7 | 1 << 11);
    program.csrw(mie, t0);
    program.wfi();
    BoardBench bench(program);
    bench.run(kMillisecond, kMillisecond);
    CHECK(bench.board.idle());
    CHECK(bench.board.waits().ends_with("waits for interrupts: machine external, machine timer"));
}

TEST_CASE("board: an access that nothing answers is an access fault of the hart") {
    Program program;
    const auto over = program.later();
    const auto handler = program.here();  // the cause is the exit code
    program.csrr(t1, mcause);
    program.slli(t1, t1, 1);
    program.addi(t1, t1, 1);
    program.li(t0, kTohost);
    program.sd(t1, t0, 0);
    program.forever();
    program.jump_here(over);
    program.li(t0, kRam + 4 * handler);
    program.csrw(mtvec, t0);
    program.li(t0, 0x40'0300'0000);  // in the cluster's window, between its blocks
    program.ld(t1, t0, 0);
    BoardBench bench(program);
    bench.run();
    CHECK(bench.board.guest_code() == 5u);  // load access fault
}

TEST_CASE("board: a stop from outside counts once and stays") {
    Program program;
    program.forever();
    BoardBench bench(program);
    bench.board.run_until(kMillisecond);
    CHECK(bench.board.now() == kMillisecond);
    bench.board.stop(ExitStatus::Interrupted, "interrupted");
    bench.board.stop(ExitStatus::Passed, "");
    CHECK(bench.stop().status == ExitStatus::Interrupted);
    const std::uint64_t instructions = bench.board.instructions();
    bench.board.run_until({2 * kMillisecond.value});
    CHECK(bench.board.now() == kMillisecond);
    CHECK(bench.board.instructions() == instructions);
}

TEST_CASE("board: what lies in no memory is refused") {
    Program program;
    program.wfi();
    BoardBench bench(program);
    athena::platform::Board& board = bench.board;
    CHECK_THROWS_AS(board.load(0x7fff'ffff, {std::byte{1}, std::byte{2}}, 2), std::out_of_range);
    CHECK_THROWS_WITH(board.load(kRam + (256u << 20) - 4, {}, 8),
                      "8 bytes at 0x8ffffffc lie neither in RAM nor in HBM");
    CHECK_THROWS_AS(board.load_rom(std::vector<std::byte>(0xF001), {}), std::invalid_argument);
    board.load(0x80'0000'0000, {std::byte{7}}, 8);
    CHECK(bench.read(0x80'0000'0000) == 7);
    std::array<std::byte, 8> bytes{};
    CHECK_FALSE(board.read_memory(kRam + (256u << 20) - 4, bytes));
    CHECK_FALSE(board.read_memory(0x4000'0000, bytes));
}

}  // namespace
