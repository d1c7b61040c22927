// SPDX-License-Identifier: Apache-2.0
// A whole board whose tiles multiply without pause: its hart fills their L1, gives a ring of
// products to the command processor, and sleeps.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "bench/board_program.h"
#include "bench/rtl/bare_tile.h"
#include "counters.h"
#include "platform/board.h"
#include "platform/memory_map.h"
#include "unit/platform/mini_board.h"

namespace athena::test {

class WorkingBoard {
  public:
    WorkingBoard(unsigned tiles, const std::string& fidelity, unsigned threads = 1)
        : config_(mini_board({"tile.count=" + std::to_string(tiles)})) {
        auto blocks = platform::blocks_of(config_);
        platform::choose_fidelity(blocks, fidelity);
        board_ = std::make_unique<platform::Board>(
            config_, platform::BoardOptions{.blocks = std::move(blocks), .threads = threads}, log_);
        load_program(*board_, program(tiles));
        std::vector<std::byte> operands(kOperands);
        fill_operands(operands);
        board_->load(kSource, std::move(operands), 0);
        board_->load(kRing, ring(tiles), 0);
        while (busy_cycles() == 0) {
            run(10);
        }
    }

    void run(std::uint64_t microseconds) {
        board_->run_until(board_->now() + base::Picoseconds{microseconds * 1'000'000});
    }
    /// Of all tiles together.
    [[nodiscard]] std::uint64_t busy_cycles() const {
        const Counters counters = statistics();
        std::uint64_t busy = 0;
        for (std::uint64_t tile = 0; tile < config_.tile.count; ++tile) {
            busy += counters.values.at("cluster0.tile" + std::to_string(tile) + ".busy_cycles");
        }
        return busy;
    }
    /// All that `--stats` has of the machine.
    [[nodiscard]] Counters statistics() const { return Counters(*board_); }

  private:
    static constexpr std::uint64_t kSource = kRam + 0x10'0000;
    static constexpr std::uint64_t kRing = kRam + 0x40'0000;
    static constexpr std::size_t kOperands = 2 * kSide * kSide * 2;
    static constexpr std::uint32_t kEntries = 4096;

    static std::vector<std::byte> ring(unsigned tiles) {
        std::vector<std::byte> bytes;
        for (std::uint32_t i = 0; i < kEntries; ++i) {
            auto line = product_line();
            line[1] = static_cast<std::byte>(i % tiles);  // the engine
            bytes.insert(bytes.end(), line.begin(), line.end());
        }
        return bytes;
    }

    static Program program(unsigned tiles) {
        Program program;
        for (unsigned tile = 0; tile < tiles; ++tile) {
            program.li(rv::t0, kSource);
            program.li(rv::t1, platform::tile_base(0, tile));
            program.li(rv::t2, kSource + kOperands);
            const auto loop = program.here();
            program.ld(rv::a0, rv::t0, 0);
            program.sd(rv::a0, rv::t1, 0);
            program.addi(rv::t0, rv::t0, 8);
            program.addi(rv::t1, rv::t1, 8);
            program.bne(rv::t0, rv::t2, loop);
        }
        start_ring(program, 0, kRing, kEntries);
        sleep_forever(program);
        return program;
    }

    std::ostringstream log_;
    platform::BoardConfig config_;
    std::unique_ptr<platform::Board> board_;
};

}  // namespace athena::test
