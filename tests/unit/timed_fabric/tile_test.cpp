// SPDX-License-Identifier: Apache-2.0
// Transfers between memories and the L1 of a tile through DMA engine and crossbar, all at 1 GHz:
// how much of the port's 64 bytes a cycle they get.
#include "tile/tile.h"

#include "engine_bench.h"
#include "fresh_simulation.h"
#include "unit/tile/matmul_line.h"

using namespace athena;
using test::copy_line;
using Mode = tile::Tile::Mode;

namespace {

constexpr std::uint64_t kL1Bytes = 1 << 20;
constexpr std::uint64_t kMemory = 0x1000'0000;
constexpr std::uint64_t kHbm = 0x2000'0000;
constexpr std::uint64_t kSize = 1 << 20;
constexpr std::uint64_t kBytesPerCycle = 64;

memory::HbmConfig timing(memory::HbmRefresh refresh) {
    memory::HbmConfig timing = *memory::hbm_preset("hbm2e-board");
    timing.refresh = refresh;
    return timing;
}

struct Bench {
    explicit Bench(Mode mode, memory::HbmRefresh refresh = memory::HbmRefresh::None)
        : hbm("hbm", {.memory = {.size = kSize}, .timing = timing(refresh)}, events, code, nullptr),
          tile("tile", {.clock_hz = 1'000'000'000, .mode = mode}, events, diagnostics, threads),
          engine("dma",
                 {.channels = 2,
                  .queue_depth = 4,
                  .clock_hz = 1'000'000'000,
                  .launch_cycles = 10,
                  .bytes_per_cycle = 64,
                  .timed = true,
                  .start_cycles = 8,
                  .outstanding = 64},
                 events, diagnostics) {
        probe.socket.bind(engine.socket);
        engine.completion.bind(completions.socket);
        engine.fabric.bind(crossbar.add_input("from_dma"));
        host.socket.bind(crossbar.add_input("from_host"));
        crossbar.map("to_tile", {0}, 0x100'0000).bind(tile.socket);
        crossbar.map("to_memory", {kMemory}, kSize).bind(memory.socket);
        crossbar.map("to_hbm", {kHbm}, kSize).bind(hbm.socket);
        tile.completion.bind(tile_records.socket);
        std::mt19937 random(11);
        for (auto bytes : {*memory.span(0, kSize), *hbm.span(0, kSize)}) {
            for (std::byte& byte : bytes) {
                byte = static_cast<std::byte>(random());
            }
        }
    }
    void copy(unsigned channel, std::uint64_t from, std::uint64_t to, std::uint32_t bytes) {
        auto line = copy_line({.src = from, .dst = to, .cols = bytes, .rows = 1});
        REQUIRE(probe.access(tlm::TLM_WRITE_COMMAND, 0x8000 + 0x80 * channel,
                             {reinterpret_cast<unsigned char*>(line.data()), line.size()}) ==
                tlm::TLM_OK_RESPONSE);
    }
    void matmul(const test::MatmulFields& fields) {
        auto line = test::matmul_line(fields);
        REQUIRE(host.access(tlm::TLM_WRITE_COMMAND, 0x81'0000,
                            {reinterpret_cast<unsigned char*>(line.data()), line.size()}) ==
                tlm::TLM_OK_RESPONSE);
    }
    [[nodiscard]] std::vector<std::byte> l1(std::uint64_t offset, std::uint64_t size) {
        std::vector<std::byte> bytes(size);
        REQUIRE(host.debug(tlm::TLM_READ_COMMAND, offset,
                           {reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()}) == size);
        return bytes;
    }
    /// Cycles from now to the end of the copies that have been started, which end well.
    std::uint64_t run() {
        const std::uint64_t begin = sc_core::sc_time_stamp().value();
        completions.records.clear();
        sc_core::sc_start();
        REQUIRE_FALSE(completions.records.empty());
        for (const auto& record : completions.records) {
            CHECK(record.status == 0);
        }
        CHECK(log.str().empty());
        CHECK(crossbar.in_flight() == 0);
        return (completions.records.back().when - begin) / 1000;
    }

    test::FreshSimulation simulation;
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::CodePages code;
    base::HostThreads threads{1};
    fabric::Crossbar crossbar{"crossbar", {.clock_hz = 1'000'000'000}, events};
    memory::Memory memory{"memory", {.size = kSize}, code};
    memory::Hbm hbm;
    tile::Tile tile;
    dma::DmaEngine engine;
    test::Completions completions{"completions"};
    test::Completions tile_records{"tile_records"};
    test::Probe probe{"probe"};
    test::Probe host{"host"};
};

std::vector<Mode> modes() {
    return tile::Tile::has_rtl({})
               ? std::vector{Mode::Timed, Mode::Rtl, Mode::Lockstep, Mode::LockstepData}
               : std::vector{Mode::Timed};
}

/// The same in all modes with clock cycles.
template <typename Run>
std::uint64_t cycles_in_all_modes(Run run) {
    std::optional<std::uint64_t> cycles;
    for (const Mode mode : modes()) {
        INFO("mode " << static_cast<int>(mode));
        Bench bench(mode);
        const std::uint64_t taken = run(bench);
        CHECK(taken == cycles.value_or(taken));
        cycles = taken;
    }
    return *cycles;
}

/// Of 64 bytes a cycle, in percent.
double share(std::uint64_t bytes, std::uint64_t cycles) {
    return 100.0 * static_cast<double>(bytes) / static_cast<double>(cycles * kBytesPerCycle);
}

constexpr std::uint32_t kCopied = 1 << 19;

}  // namespace

TEST_CASE("timed: memory and HBM to L1 get 95 % of the port's bytes") {
    for (const std::uint64_t from : {kMemory, kHbm}) {
        const std::uint64_t cycles = cycles_in_all_modes([&](Bench& bench) {
            bench.copy(0, from, 0x4'0000, kCopied);
            const std::uint64_t taken = bench.run();
            const auto source =
                from == kHbm ? bench.hbm.span(0, kCopied) : bench.memory.span(0, kCopied);
            CHECK(std::ranges::equal(bench.l1(0x4'0000, kCopied), *source));
            return taken;
        });
        INFO("from " << std::hex << from << ": " << std::dec << cycles << " cycles");
        CHECK(share(kCopied, cycles) >= 95);
        CHECK(share(kCopied, cycles) <= 100);
    }
}

// A channel that is refreshed holds up the bursts behind its own, whoever they are for.
TEST_CASE("timed: HBM that is refreshed sends as fast to L1 as to a memory") {
    std::uint64_t cycles[2];
    for (const bool to_tile : {false, true}) {
        Bench bench(Mode::Timed, memory::HbmRefresh::AllBank);
        bench.copy(0, kHbm, to_tile ? 0 : kMemory, kCopied);
        cycles[to_tile ? 1 : 0] = bench.run();
    }
    INFO(cycles[0] << " and " << cycles[1] << " cycles");
    CHECK(100 * cycles[0] >= 95 * cycles[1]);
}

TEST_CASE("timed: L1 to memory gets 95 % of the port's bytes") {
    const std::uint64_t cycles = cycles_in_all_modes([](Bench& bench) {
        bench.copy(0, kMemory, 0, kCopied);
        bench.run();
        bench.copy(0, 0, kMemory + kCopied, kCopied);
        const std::uint64_t taken = bench.run();
        CHECK(std::ranges::equal(*bench.memory.span(0, kCopied),
                                 *bench.memory.span(kCopied, kCopied)));
        return taken;
    });
    INFO(cycles << " cycles");
    CHECK(share(kCopied, cycles) >= 95);
    CHECK(share(kCopied, cycles) <= 100);
}

TEST_CASE("timed: copies to and from L1 at a time share its beats") {
    const std::uint64_t cycles = cycles_in_all_modes([](Bench& bench) {
        bench.copy(0, kMemory, 0, kCopied / 2);
        bench.run();
        bench.copy(0, kMemory, kL1Bytes / 2, kCopied / 2);
        bench.copy(1, 0, kMemory + kCopied, kCopied / 2);
        const std::uint64_t taken = bench.run();
        CHECK(std::ranges::equal(*bench.memory.span(0, kCopied / 2),
                                 *bench.memory.span(kCopied, kCopied / 2)));
        CHECK(std::ranges::equal(*bench.memory.span(0, kCopied / 2),
                                 bench.l1(kL1Bytes / 2, kCopied / 2)));
        return taken;
    });
    INFO(cycles << " cycles");
    CHECK(share(kCopied, cycles) >= 90);
    CHECK(share(kCopied, cycles) <= 100);
}

// A product in BF16 with 64 blocks of 32 x 32 in FP32: of a frame's eight cycles the array takes
// four for the next panel, as a panel of 32 k is 64 lines in 16 frames, and for the 64 lines of the
// block before half a cycle, in a block's 128 frames. It leaves 3.5 of 8, 43.75 %; before and
// behind, all.
TEST_CASE("timed: copies get the cycles of L1 that a working array leaves") {
    constexpr std::uint64_t kAt = 0xC'0000;
    constexpr std::uint32_t kBytes = 1 << 18;
    const std::uint64_t cycles = cycles_in_all_modes([](Bench& bench) {
        bench.matmul({.m = 256,
                      .n = 256,
                      .k = 256,
                      .b = 0x2'0000,
                      .c = 0x4'0000,
                      .a_ld = 16,
                      .b_ld = 16,
                      .c_ld = 32});
        bench.copy(0, kMemory, kAt, kBytes);
        const std::uint64_t taken = bench.run();
        CHECK(bench.tile_records.records.size() == 1);
        CHECK(bench.tile_records.records.back().status == 0);
        CHECK(std::ranges::equal(bench.l1(kAt, kBytes), *bench.memory.span(0, kBytes)));
        return taken;
    });
    INFO(cycles << " cycles");
    CHECK(share(kBytes, cycles) >= 25);
    CHECK(share(kBytes, cycles) >= 0.95 * 43.75);
    CHECK(share(kBytes, cycles) <= 1.02 * 43.75);
}
