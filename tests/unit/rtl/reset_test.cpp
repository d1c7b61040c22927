// SPDX-License-Identifier: Apache-2.0
// Reset makes the tile forget everything but L1: from 20 random states of all registers the same
// traffic gives the same results, records, registers and cycles; so it does after a reset in the
// midst of a command.
#include <tuple>

#include "place.h"

namespace athena::rtl {
namespace {

constexpr int kSeeds = 20;

// What a user can see of a run
struct Seen {
    std::vector<std::byte> l1;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> records;
    std::vector<std::uint64_t> registers;
    std::vector<std::uint64_t> cycles;  // after each command

    bool operator==(const Seen&) const = default;
};

std::vector<Command> some_commands(TileBench& bench) {
    std::vector<Command> commands;
    commands.push_back(placed(bench, {.m = 40, .n = 70, .k = 100, .accumulate = true}));
    Command mx = commands.front();
    mx.tag = 2;
    mx.a_format = OperandFormat::Mxfp8E5m2;
    mx.b_format = OperandFormat::Mxfp4;
    mx.c_format = ResultFormat::E4m3;
    mx.accumulate = false;
    mx.transpose_b = true;
    mx.a_scale = 0x4'0000;
    mx.b_scale = 0x5'0000;
    mx.a_scale_ld = 32;
    mx.b_scale_ld = 64;
    mx.c = 0x8'0000;
    commands.push_back(mx);
    Command wrong = mx;
    wrong.tag = 3;
    wrong.c += 1;
    commands.push_back(wrong);
    return commands;
}

// From the reset on
Seen run(TileBench& bench, const std::vector<std::byte>& l1, const std::vector<Command>& commands) {
    Seen seen;
    std::ranges::copy(l1, bench.l1().begin());
    bench.random.seed(5);
    bench.stalls = Stalls::all(30);
    const std::uint64_t start = bench.cycles();
    for (const Command& command : commands) {
        REQUIRE(bench.push(line_of(command)));
        REQUIRE(bench.drain());
        seen.cycles.push_back(bench.cycles() - start);
    }
    for (const Record& record : bench.records) {
        seen.records.emplace_back(record.tag, record.status);
    }
    for (std::uint32_t offset = 0; offset < 0x70; offset += 8) {
        std::uint64_t value = 0;
        seen.registers.push_back(bench.read_register(offset, value) ? value : ~std::uint64_t{0});
    }
    seen.l1.assign(bench.l1().begin(), bench.l1().end());
    return seen;
}

TEST_CASE("rtl tile: reset from 20 random states gives equal results and cycles") {
    TileBench zeros;
    const std::vector<Command> commands = some_commands(zeros);
    const std::vector<std::byte> l1(zeros.l1().begin(), zeros.l1().end());
    const Seen expected = run(zeros, l1, commands);
    REQUIRE(expected.records == std::vector<std::pair<std::uint32_t, std::uint32_t>>{
                                    {commands[0].tag, 0},
                                    {2, 0},
                                    {3, static_cast<std::uint32_t>(Status::BadAlignment)}});
    for (int seed = 1; seed <= kSeeds; ++seed) {
        CAPTURE(seed);
        TileBench bench(1, seed);
        CHECK(run(bench, l1, commands) == expected);
    }
}

TEST_CASE(
    "rtl tile: reset in the midst of a command, its queue and its bursts, gives equal results and "
    "cycles") {
    TileBench zeros;
    const std::vector<Command> commands = some_commands(zeros);
    const std::vector<std::byte> l1(zeros.l1().begin(), zeros.l1().end());
    const Seen expected = run(zeros, l1, commands);
    for (int seed = 1; seed <= kSeeds; ++seed) {
        CAPTURE(seed);
        TileBench bench(static_cast<std::uint32_t>(seed), seed);
        for (const Command& command : commands) {
            (void)bench.push(line_of(command));
        }
        bench.send_read({.address = 0x1000, .size = 6}, 200);
        bench.run(20 + bench.draw(1500));
        bench.reset();
        CHECK(run(bench, l1, commands) == expected);
    }
}

}  // namespace
}  // namespace athena::rtl
