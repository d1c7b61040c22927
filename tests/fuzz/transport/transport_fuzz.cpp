// SPDX-License-Identifier: Apache-2.0
// Whatever an initiator does to a block: it gets a response, nothing else of it is touched, and
// nobody crashes. With the asan preset this also finds reads out of bounds. ATHENA_FUZZ=N goes
// through N seeds.
#include <deque>
#include <memory>
#include <sstream>

#include "command/command_processor.h"
#include "devices/clint.h"
#include "devices/plic.h"
#include "devices/rtc.h"
#include "devices/syscon.h"
#include "devices/uart.h"
#include "dma/dma_engine.h"
#include "fabric/router.h"
#include "fresh_simulation.h"
#include "fuzz/parsers/mutator.h"
#include "memory/memory.h"
#include "perf/perf.h"
#include "random_payload.h"
#include "regs/clint_regs.h"
#include "regs/command_regs.h"
#include "regs/dma_regs.h"
#include "regs/perf_regs.h"
#include "regs/plic_regs.h"
#include "regs/rtc_regs.h"
#include "regs/syscon_regs.h"
#include "regs/tile_regs.h"
#include "regs/uart_regs.h"
#include "tile/tile.h"

using namespace athena;
using test::Places;

namespace {

constexpr std::uint64_t kMemorySize = 0x1'0000;
constexpr int kAccesses = 4000;

/// What blocks need around them.
struct Board {
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::HostThreads threads{1};
    base::CodePages code;
    test::Probe probe{"probe"};
    std::deque<memory::Memory> memories;
    struct : base::StatisticsSource {
        void report(base::StatisticsVisitor& visitor) const override {
            visitor.counter("counter", 1);
        }
    } counted;

    base::TargetSocket& memory(const char* name, bool read_only = false) {
        const memory::Memory::Config config{.size = kMemorySize, .read_only = read_only};
        return memories.emplace_back(name, config, code).socket;
    }
};

Places places_of(std::span<const base::RegisterInfo> registers, std::uint64_t window,
                 std::uint64_t base = 0) {
    Places places;
    places.window = base + window;
    for (const base::RegisterInfo& info : registers) {
        const std::uint64_t first = base + info.offset;
        const std::uint64_t stride = info.stride != 0 ? info.stride : info.width;
        places.offsets.insert(places.offsets.end(),
                              {first, first + stride, first + stride * (info.count - 1)});
    }
    return places;
}

/// `make` builds the block, binds the probe to it, and returns what keeps it alive.
template <typename Make>
void fuzz(const std::string& name, const Places& places, bool with_time, Make make) {
    const std::uint32_t first = test::first_seed();
    const std::uint32_t seeds = test::iterations(2);
    for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_transport '" << name << "*'");
        test::FreshSimulation simulation;
        Board board;
        [[maybe_unused]] const auto block = make(board);
        test::RandomAccess access(board.probe, places, seed);
        for (int round = 0; round < kAccesses; ++round) {
            access.run();
            if (with_time && access.below(4) == 0) {
                sc_core::sc_start(sc_core::sc_time::from_value(1 + access.below(1'000'000)));
            }
        }
        CHECK((!board.diagnostics.stopped() ||
               board.diagnostics.stopped()->status != base::ExitStatus::Simulator));
    }
}

}  // namespace

TEST_CASE("clint: random transactions") {
    fuzz("clint", places_of(regs::clint::kRegisters, 0x1'0000), true, [](Board& board) {
        auto clint = std::make_unique<devices::Clint>("clint", devices::Clint::Config{.harts = 3},
                                                      board.events);
        board.probe.socket.bind(clint->socket);
        return clint;
    });
}

TEST_CASE("plic: random transactions") {
    fuzz("plic", places_of(regs::plic::kRegisters, 0x60'0000), false, [](Board& board) {
        auto plic = std::make_unique<devices::Plic>(
            "plic", devices::Plic::Config{.sources = 1023, .contexts = 5});
        board.probe.socket.bind(plic->socket);
        for (unsigned source = 0; source < 1024; source += 3) {
            plic->set_irq(source, true);
        }
        return plic;
    });
}

TEST_CASE("uart: random transactions") {
    fuzz("uart", places_of(regs::uart::kRegisters, 0x100), true, [](Board& board) {
        auto uart = std::make_unique<devices::Uart>("uart", devices::Uart::Config{}, board.events);
        board.probe.socket.bind(uart->socket);
        return uart;
    });
}

TEST_CASE("rtc: random transactions") {
    fuzz("rtc", places_of(regs::rtc::kRegisters, 0x1000), true, [](Board& board) {
        auto rtc = std::make_unique<devices::Rtc>("rtc", devices::Rtc::Config{}, board.events);
        board.probe.socket.bind(rtc->socket);
        return rtc;
    });
}

TEST_CASE("perf: random transactions") {
    fuzz("perf", places_of(regs::perf::kRegisters, 0x1000), false, [](Board& board) {
        auto perf = std::make_unique<perf::Perf>("perf", board.counted, board.events);
        board.probe.socket.bind(perf->socket);
        return perf;
    });
}

TEST_CASE("syscon: random transactions") {
    fuzz("syscon", places_of(regs::syscon::kRegisters, 0x1000), false, [](Board& board) {
        auto syscon = std::make_unique<devices::Syscon>("syscon", board.diagnostics, [] {});
        board.probe.socket.bind(syscon->socket);
        return syscon;
    });
}

TEST_CASE("memory: random transactions") {
    const Places places{{0, 4096, kMemorySize - 1, kMemorySize - 64}, kMemorySize};
    fuzz("memory", places, false, [](Board& board) {
        board.probe.socket.bind(board.memory("memory"));
        return 0;
    });
}

TEST_CASE("rom: random transactions") {
    const Places places{{0, kMemorySize - 1, kMemorySize - 64}, kMemorySize};
    fuzz("rom", places, false, [](Board& board) {
        board.probe.socket.bind(board.memory("rom", true));
        return 0;
    });
}

TEST_CASE("router: random transactions") {
    constexpr std::uint64_t kBase = 0x10'0000;
    constexpr std::uint64_t kLast = ~std::uint64_t{0} - kMemorySize + 1;
    const Places places{{0, kBase - 1, kBase, kBase + kMemorySize - 1, kLast}, kBase + kMemorySize};
    fuzz("router", places, false, [](Board& board) {
        auto router =
            std::make_unique<fabric::Router>("router", fabric::Router::Config{.latency = {10}});
        board.probe.socket.bind(router->add_input("in"));
        router->map("memory", {kBase}, kMemorySize).bind(board.memory("memory"));
        router->map("records", {kLast}, kMemorySize).bind(board.memory("records"));
        return router;
    });
}

TEST_CASE("dma: random transactions") {
    fuzz("dma", places_of(regs::dma::kRegisters, 0x1'0000), true, [](Board& board) {
        auto dma = std::make_unique<dma::DmaEngine>("dma", dma::DmaEngine::Config{.channels = 3},
                                                    board.events, board.diagnostics);
        board.probe.socket.bind(dma->socket);
        dma->fabric.bind(board.memory("memory"));
        dma->completion.bind(board.memory("records"));
        return dma;
    });
}

TEST_CASE("command: random transactions") {
    fuzz("command", places_of(regs::command::kRegisters, 0x1'0000), true, [](Board& board) {
        command::CommandProcessor::Config config;
        config.tile_queues = {{0x100}};
        config.dma_queues = {{0x200}};
        auto command = std::make_unique<command::CommandProcessor>("command", config, board.events,
                                                                   board.diagnostics);
        board.probe.socket.bind(command->socket);
        command->fabric.bind(board.memory("memory"));
        auto engines = std::make_unique<test::Probe>("engines");
        engines->socket.bind(command->completions);
        return std::pair(std::move(command), std::move(engines));
    });
}

namespace {

void fuzz_tile(const std::string& name, const tile::Tile::Config& config) {
    constexpr std::uint64_t kRegisters = 0x80'0000;
    constexpr std::uint64_t kQueue = 0x81'0000;
    const std::uint64_t l1 = config.l1_bytes;
    Places places = places_of(regs::tile::kRegisters, 0x1'0000, kRegisters);
    places.offsets.insert(places.offsets.end(),
                          {0, 0x40, l1 - 1, l1 - 64, kQueue, kQueue, kQueue, kQueue + 0xFFC0});
    fuzz(name, places, true, [&](Board& board) {
        auto tile = std::make_unique<tile::Tile>("tile", config, board.events, board.diagnostics,
                                                 board.threads);
        board.probe.socket.bind(tile->socket);
        tile->completion.bind(board.memory("records"));
        return tile;
    });
}

}  // namespace

TEST_CASE("tile: random transactions") {
    fuzz_tile("tile:", {.l1_bytes = 0x1'0000});
}

TEST_CASE("tile in lockstep: random transactions") {
    fuzz_tile("tile in lockstep", {.mode = tile::Tile::Mode::Lockstep});
}
