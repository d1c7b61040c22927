// SPDX-License-Identifier: Apache-2.0
// Transfers in timed fidelity: cycles by hand, and against the functional engine on random
// commands.
#include "engine_bench.h"
#include "fresh_simulation.h"

using namespace athena;
using test::copy_line;
using Bench = test::TimedEngineBench;
using Record = test::Completions::Record;

namespace {

constexpr std::uint64_t kFaulty = Bench::kFaulty;
constexpr std::uint32_t kReadError = 9;
constexpr std::uint32_t kWriteError = 10;

/// What a guest can see of commands: records without their times, bytes, counters, errors.
struct Outcome {
    std::vector<Record> records;
    std::vector<std::byte> bytes;
    std::vector<std::uint64_t> registers;
    std::string log;
    bool operator==(const Outcome&) const = default;
};

struct Command {
    unsigned channel;
    std::vector<std::byte> lines;
};

Outcome run(bool timed, const std::vector<Command>& commands, std::optional<std::uint64_t> bad) {
    test::FreshSimulation simulation;
    Bench bench(timed);
    bench.faulty.bad = bad;
    for (const Command& command : commands) {
        bench.push(command.channel, command.lines);
        sc_core::sc_start();
    }
    Outcome outcome{bench.completions.records, bench.all_bytes(), {}, bench.log.str()};
    for (Record& record : outcome.records) {
        record.when = 0;
    }
    for (unsigned channel = 0; channel < 2; ++channel) {
        // All registers but busy cycles, which are time.
        for (const std::uint64_t offset : {0x100, 0x104, 0x118, 0x11C, 0x128}) {
            outcome.registers.push_back(bench.reg(offset + 0x40 * channel, 4));
        }
        for (const std::uint64_t offset : {0x108, 0x120}) {
            outcome.registers.push_back(bench.reg(offset + 0x40 * channel, 8));
        }
    }
    CHECK(bench.crossbar.in_flight() == 0);
    CHECK(bench.engine.idle());
    return outcome;
}

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

  private:
    std::mt19937_64 engine_;
};

std::vector<std::byte> bytes_of(std::span<const std::byte> lines) {
    return {lines.begin(), lines.end()};
}

// Blocks of some KiB anywhere; a few leave their memory, or overlap.
std::vector<std::byte> random_command(Random& random) {
    const auto place = [&] {
        const std::uint64_t bases[] = {0, Bench::kSram, kFaulty, Bench::kHbm};
        return bases[random.below(4)] + random.below(0xC000);
    };
    const unsigned element = static_cast<unsigned>(random.below(4));
    const bool transpose = random.below(3) == 0;
    const auto cols = static_cast<std::uint32_t>(1 + random.below(transpose ? 150 : 700));
    const auto rows = static_cast<std::uint32_t>(1 + random.below(transpose ? 150 : 6));
    const auto stride = [&](std::uint64_t bytes) {
        return static_cast<std::int64_t>(bytes + random.below(40));
    };
    const std::int64_t source_stride = stride(std::uint64_t{cols} << element);
    const std::int64_t destination_stride =
        stride(std::uint64_t{transpose ? rows : cols} << element);
    const auto tag = static_cast<std::uint32_t>(random.below(1000));
    switch (random.below(4)) {
        case 0:
            return bytes_of(test::fill_line({.pattern = random.below(1ULL << (8U << element) / 2),
                                             .dst = place(),
                                             .cols = cols,
                                             .rows = rows,
                                             .dst_stride = destination_stride,
                                             .element_log2 = element,
                                             .tag = tag}));
        case 1:
            return bytes_of(
                test::nd_lines({.src = place(),
                                .dst = place(),
                                .cols = cols / 4 + 1,
                                .rows = rows / 2 + 1,
                                .sizes = {2, 1, 2},
                                .src_strides = {source_stride, 0x700, 0, -0x900},
                                .dst_strides = {destination_stride, 0x1300, 0, 0x2600},
                                .multicast = static_cast<std::uint32_t>(random.below(4)),
                                .multicast_stride = 0,
                                .element_log2 = element,
                                .transpose = transpose,
                                .tag = tag}));
        default:
            return bytes_of(copy_line({.src = place(),
                                       .dst = place(),
                                       .cols = cols,
                                       .rows = rows,
                                       .src_stride = source_stride,
                                       .dst_stride = destination_stride,
                                       .element_log2 = element,
                                       .transpose = transpose,
                                       .tag = tag}));
    }
}

}  // namespace

TEST_CASE("timed dma: a burst takes its start, the way there and back, and its write the same") {
    test::FreshSimulation simulation;
    Bench bench(true);
    bench.push(0, copy_line({.src = 0, .dst = Bench::kSram, .cols = 256, .rows = 1, .tag = 5}));
    sc_core::sc_start();
    // 8 to start; 4 there, nothing in a memory without latency, 4 beats back of which the response
    // shows the last one: max(12, 0 + 4); 4. Then 4 and 4 for the write.
    CHECK(bench.completions.records == std::vector<Record>{{24'000, 5, 0, 0}});
    CHECK(bench.reg(0x110, 8) == 24);
}

TEST_CASE("timed dma: bursts follow each other at the width of the data path") {
    test::FreshSimulation simulation;
    Bench bench(true);
    bench.push(0, copy_line({.src = 0, .dst = Bench::kSram, .cols = 16384, .rows = 1}));
    sc_core::sc_start();
    // 64 bursts: the last read is sent 63 · 4 cycles behind the first.
    CHECK(bench.completions.records == std::vector<Record>{{24'000 + 252'000, 0, 0, 0}});
}

TEST_CASE("timed dma: bursts on their way are bounded") {
    test::FreshSimulation simulation;
    Bench bench(true, 1);
    bench.push(0, copy_line({.src = 0, .dst = Bench::kSram, .cols = 1024, .rows = 1}));
    sc_core::sc_start();
    // One at a time: read and write take 8 each.
    CHECK(bench.completions.records == std::vector<Record>{{8'000 + 4 * 16'000, 0, 0, 0}});
}

TEST_CASE("timed dma: channels share the data path in turn") {
    test::FreshSimulation simulation;
    Bench bench(true);
    const auto line = copy_line({.src = 0, .dst = Bench::kSram, .cols = 8192, .rows = 1});
    const auto other =
        copy_line({.src = 0x4000, .dst = Bench::kSram + 0x4000, .cols = 8192, .rows = 1, .tag = 1});
    bench.push(0, line);
    bench.push(1, other);
    sc_core::sc_start();
    // 32 bursts each: as 64 of one channel; the two ends are a burst apart.
    CHECK(bench.completions.records ==
          std::vector<Record>{{24'000 + 248'000, 0, 0, 0}, {24'000 + 252'000, 1, 0, 0}});
}

TEST_CASE("timed dma: a multicast takes the beats of one destination, in other outputs at once") {
    std::vector<std::uint64_t> ends;
    for (const std::uint32_t mask : {0b01u, 0b11u}) {
        test::FreshSimulation simulation;
        Bench bench(true, 64);
        bench.push(0, test::nd_lines({.src = Bench::kHbm,
                                      .dst = 0,
                                      .cols = 16384,
                                      .rows = 1,
                                      .sizes = {1, 1, 1},
                                      .multicast = mask,
                                      .multicast_stride = Bench::kSram}));
        sc_core::sc_start();
        REQUIRE(bench.completions.records.size() == 1);
        ends.push_back(bench.completions.records[0].when);
        const auto sent = bench.hbm.span(0, 16384)->first(16384);
        CHECK(std::ranges::equal(sent, bench.memory.span(0, 16384)->first(16384)));
        CHECK(std::ranges::equal(sent, bench.sram.bytes().first(16384)) == (mask == 0b11));
    }
    // Not 256 cycles more, as the crossbar hands each beat to both outputs; one, as the two answers
    // to the last come one behind the other.
    CHECK(ends[1] == ends[0] + 1'000);
}

TEST_CASE("timed dma: a multicast to places behind one output takes the beats of each") {
    test::FreshSimulation simulation;
    Bench bench(true);
    bench.push(0, test::nd_lines({.src = 0,
                                  .dst = Bench::kSram,
                                  .cols = 16384,
                                  .rows = 1,
                                  .sizes = {1, 1, 1},
                                  .multicast = 0b11,
                                  .multicast_stride = 0x4000}));
    sc_core::sc_start();
    // 128 writes of 4 cycles, the first of which begins 8 + 12 cycles after the command; 4 back.
    REQUIRE(bench.completions.records.size() == 1);
    CHECK(bench.completions.records[0].when >= (8 + 8 + 128 * 4) * 1'000);
}

TEST_CASE("timed dma: an error at any burst writes what is before it and nothing after") {
    // A row of 1000 bytes from 40 on: bursts end at multiples of 256 of the source.
    constexpr std::uint64_t kFrom = 40;
    constexpr std::uint64_t kLength = 1000;
    for (const bool writes : {false, true}) {
        for (std::uint64_t bad = 0; bad < kLength; bad += 37) {
            CAPTURE(writes, bad);
            test::FreshSimulation simulation;
            Bench bench(true);
            const std::uint64_t faulty = kFaulty + kFrom;
            bench.faulty.bad = kFrom + bad;
            const std::vector<std::byte> before = bench.all_bytes();
            bench.push(0, copy_line({.src = writes ? 0x1000 + kFrom : faulty,
                                     .dst = writes ? faulty : 0x1000 + kFrom,
                                     .cols = kLength,
                                     .rows = 1,
                                     .tag = 9}));
            sc_core::sc_start();
            // The burst that holds the bad byte begins at the multiple of 256 before it.
            const std::uint64_t first = std::max(kFrom, (kFrom + bad) / 256 * 256);
            REQUIRE(bench.completions.records.size() == 1);
            CHECK(bench.completions.records[0].status == (writes ? kWriteError : kReadError));
            CHECK(bench.completions.records[0].address == kFaulty + first);
            CHECK(bench.reg(0x108, 8) == first - kFrom);
            const std::vector<std::byte> after = bench.all_bytes();
            const std::size_t source =
                writes ? 0x1000 + kFrom : after.size() - Bench::kSize + kFrom;
            const std::size_t destination =
                writes ? after.size() - Bench::kSize + kFrom : 0x1000 + kFrom;
            std::vector<std::byte> expected = before;
            std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(source), first - kFrom,
                        expected.begin() + static_cast<std::ptrdiff_t>(destination));
            CHECK(after == expected);
        }
    }
}

TEST_CASE("timed dma: random commands do what they do in functional fidelity") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        std::vector<Command> commands;
        for (int i = 0; i < 12; ++i) {
            commands.push_back({static_cast<unsigned>(random.below(2)), random_command(random)});
        }
        const std::optional<std::uint64_t> bad =
            random.below(2) == 0 ? std::nullopt : std::optional(random.below(0xC000));
        const Outcome functional = run(false, commands, bad);
        const Outcome timed = run(true, commands, bad);
        CHECK(timed.records == functional.records);
        CHECK(timed.registers == functional.registers);
        CHECK(timed.log == functional.log);
        CHECK((timed.bytes == functional.bytes));
    }
}

TEST_CASE("timed dma: a reset in the midst ends everything, and what is on its way has no effect") {
    for (std::uint64_t cycle = 9; cycle < 60; ++cycle) {
        CAPTURE(cycle);
        test::FreshSimulation simulation;
        Bench bench(true);
        const std::vector<std::byte> before = bench.all_bytes();
        bench.push(0, copy_line({.src = 0, .dst = Bench::kSram, .cols = 4096, .rows = 1}));
        sc_core::sc_start(static_cast<double>(cycle), sc_core::SC_NS);
        const std::vector<std::byte> at_reset = bench.all_bytes();
        bench.engine.reset();
        sc_core::sc_start();
        CHECK((bench.all_bytes() == at_reset));
        CHECK(bench.completions.records.empty());
        CHECK(bench.engine.idle());
        CHECK(bench.crossbar.in_flight() == 0);
        bench.push(0, copy_line({.src = 0, .dst = Bench::kSram, .cols = 4096, .rows = 1}));
        sc_core::sc_start();
        CHECK(bench.completions.records.size() == 1);
        CHECK(std::ranges::equal(*bench.memory.span(0, 4096), bench.sram.bytes().first(4096)));
    }
}

TEST_CASE("timed dma: HBM feeds the data path at 95 % and more") {
    test::FreshSimulation simulation;
    Bench bench(true, 64);
    constexpr std::uint32_t kBytes = 0xC000;
    bench.push(0, copy_line({.src = Bench::kHbm, .dst = 0, .cols = kBytes, .rows = 1}));
    bench.push(0, copy_line({.src = Bench::kHbm + 0x10000, .dst = 0, .cols = kBytes, .rows = 1}));
    sc_core::sc_start();
    REQUIRE(bench.completions.records.size() == 2);
    const double cycles = static_cast<double>(bench.reg(0x110, 8));
    const double bytes_per_cycle = 2.0 * kBytes / cycles;
    CAPTURE(bytes_per_cycle);
    CHECK(bytes_per_cycle > 0.9 * 64);  // starts, and what is unloaded, are in it
}
