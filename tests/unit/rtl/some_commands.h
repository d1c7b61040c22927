// SPDX-License-Identifier: Apache-2.0
// Commands that tests of queue and checks use, and what comes of one.
#pragma once

#include <catch2/catch.hpp>

#include "command.h"
#include "regs/tile_regs.h"

namespace athena::rtl {

// A 40x40x40 product that is legal: A at 0, B at 0x2000, C at 0x4000.
inline Command legal(std::uint32_t tag = 7) {
    return {.tag = tag,
            .m = 40,
            .n = 40,
            .k = 40,
            .a = 0,
            .b = 0x2000,
            .c = 0x4000,
            .a_ld = 96,
            .b_ld = 96,
            .c_ld = 160};
}

// Long enough that whatever a test does to the queue is done before it ends.
inline Command slow(std::uint32_t tag) {
    return {.tag = tag,
            .m = 64,
            .n = 64,
            .k = 512,
            .a = 0x1'0000,
            .b = 0x3'0000,
            .c = 0x8'0000,
            .a_ld = 1024,
            .b_ld = 128,
            .c_ld = 256};
}

inline std::uint32_t code(Status status) {
    return static_cast<std::uint32_t>(status);
}

// Pushes a line into the idle tile and gives the status; L1 must keep its bytes if it is not Ok.
inline Status status_of(TileBench& bench, const Beat& line) {
    const std::vector<std::byte> before(bench.l1().begin(), bench.l1().end());
    bench.records.clear();
    REQUIRE(bench.push(line));
    REQUIRE(bench.drain());
    REQUIRE(bench.records.size() == 1);
    const auto status = static_cast<Status>(bench.records[0].status);
    if (status != Status::Ok) {
        CHECK(std::equal(before.begin(), before.end(), bench.l1().begin()));
        CHECK(bench.register_value(regs::tile::kCommandCyclesOffset) == kRefusedCycles);
    }
    return status;
}

inline Status status_of(TileBench& bench, const Command& command) {
    return status_of(bench, line_of(command));
}

}  // namespace athena::rtl
