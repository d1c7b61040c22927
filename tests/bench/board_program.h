// SPDX-License-Identifier: Apache-2.0
// Programs of boards whose hart only gives work to command processors.
#pragma once

#include <cstdint>

#include "platform/board.h"
#include "platform/memory_map.h"
#include "regs/command_regs.h"
#include "unit/platform/machine_code.h"

namespace athena::test {

/// Where such a program lies.
inline constexpr std::uint64_t kRam = 0x8000'0000;

/// The hart will start with the program.
inline void load_program(platform::Board& board, const Program& program) {
    Program rom;
    rom.li(rv::t0, kRam);
    rom.jr(rv::t0);
    board.load_rom(rom.bytes(), {.entry = kRam, .device_tree = 0, .next_entry = 0});
    board.load(kRam, program.bytes(), 0);
}

/// Enables ring 0 of the cluster's command processor with all entries to do. Takes t0 and a0.
inline void start_ring(Program& program, std::uint64_t cluster, std::uint64_t base,
                       std::uint32_t entries) {
    namespace command = regs::command;
    program.li(rv::t0, platform::cluster_base(cluster) + platform::kCommandOffset);
    program.li(rv::a0, base);
    program.sd(rv::a0, rv::t0, command::kRingBaseOffset);
    program.li(rv::a0, entries);
    program.sw(rv::a0, rv::t0, command::kRingSizeOffset);
    program.li(rv::a0, 1);
    program.sw(rv::a0, rv::t0, command::kRingCtrlOffset);
    program.li(rv::a0, entries);
    program.sw(rv::a0, rv::t0, command::kRingTailOffset);
}

inline void sleep_forever(Program& program) {
    const auto sleep = program.here();
    program.wfi();
    program.jump(sleep);
}

}  // namespace athena::test
