// SPDX-License-Identifier: Apache-2.0
// Whatever an initiator does to a block of the accelerator: it gets a response, nothing else of it
// is touched, and nobody crashes. With the asan preset this also finds reads out of bounds.
// ATHENA_FUZZ=N goes through N seeds.
#include "command/command_processor.h"
#include "dma/dma_engine.h"
#include "fuzzed_block.h"
#include "regs/command_regs.h"
#include "regs/dma_regs.h"
#include "regs/tile_regs.h"
#include "tile/tile.h"

using namespace athena;
using test::Board;
using test::Places;
using test::places_of;

namespace {

template <typename Make>
void fuzz(const std::string& name, const Places& places, bool with_time, Make make) {
    test::fuzz("fuzz_accelerator", name, places, with_time, make);
}

}  // namespace

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
