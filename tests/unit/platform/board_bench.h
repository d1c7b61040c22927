// SPDX-License-Identifier: Apache-2.0
// A board with a hand-made program, run to its end.
#pragma once

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "counters.h"
#include "machine_code.h"
#include "mini_board.h"
#include "platform/board.h"

namespace athena::test {

using rv::a0, rv::a1, rv::a2, rv::t0, rv::t1, rv::t2, rv::zero;

inline constexpr std::uint64_t kRam = 0x8000'0000;
/// Programs lie at the start of RAM, the HTIF word is in a page of its own, and data are here.
inline constexpr std::uint64_t kTohost = kRam + 0x1'0000;
inline constexpr std::uint64_t kData = kRam + 0x2'0000;
inline constexpr std::uint64_t kFinisher = 0x10'0000;
inline constexpr std::uint64_t kUart = 0x1000'0000;
inline constexpr base::Picoseconds kMicrosecond{1'000'000};
inline constexpr base::Picoseconds kMillisecond{1'000'000'000};

/// What the boot ROM does (firmware/boot/rom.S), without fw_dynamic_info.
inline std::vector<std::byte> small_rom() {
    Program rom;
    rom.auipc(t0);
    rom.ld(t1, t0, 0x100);
    rom.ld(a1, t0, 0x108);
    rom.csrr(a0, mhartid);
    rom.jr(t1);
    return rom.bytes();
}

/// Ends the run: 1 passes, (code << 1) | 1 fails.
inline void exit_by_tohost(Program& program, std::uint64_t value) {
    program.li(t0, kTohost);
    program.li(t1, value);
    program.sd(t1, t0, 0);
    program.forever();
}

class BoardBench {
  public:
    explicit BoardBench(const Program& program, const std::vector<std::string>& overrides = {},
                        std::optional<base::Picoseconds> quantum = std::nullopt,
                        bool strict = false)
        : config(mini_board(overrides)),
          board(config, {platform::blocks_of(config), quantum, strict}, log) {
        board.load_rom(small_rom(), {.entry = kRam, .device_tree = 0x8f00'0000, .next_entry = 0});
        board.load(kRam, program.bytes(), 0);
        board.load(kTohost, {}, 8);
        board.watch_tohost(kTohost);
    }

    /// Runs in steps until the board has stopped, at most for `most`.
    void run(base::Picoseconds step = kMillisecond,
             base::Picoseconds most = {100 * kMillisecond.value}) {
        while (!board.stopped() && board.now() < most) {
            board.run_until(board.now() + step);
        }
    }
    [[nodiscard]] base::Diagnostics::Stop stop() const {
        REQUIRE(board.stopped());
        return *board.stopped();
    }
    [[nodiscard]] std::uint64_t read(std::uint64_t address) {
        std::uint64_t value = 0;
        REQUIRE(board.read_memory(address, std::as_writable_bytes(std::span(&value, 1))));
        return value;
    }
    [[nodiscard]] std::string output() {
        const auto bytes = board.take_console_output();
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    platform::BoardConfig config;
    std::ostringstream log;
    platform::Board board;
};

}  // namespace athena::test
