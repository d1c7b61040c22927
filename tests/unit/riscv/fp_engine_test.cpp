// SPDX-License-Identifier: Apache-2.0
// The host's FPU and integers as the hart's floating point: the same registers, flags and FS for
// random programs; modes; boxing.
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::test::Machine;
namespace mstatus = athena::riscv::mstatus;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kFsInitial = 1 << 13;

std::uint64_t interesting(std::mt19937_64& random) {
    static constexpr std::uint64_t kValues[] = {0,
                                                1,
                                                0x8000'0000'0000'0000,
                                                0x3FF0'0000'0000'0000,
                                                0xBFF0'0000'0000'0000,
                                                0x7FF0'0000'0000'0000,
                                                0xFFF0'0000'0000'0000,
                                                0x7FF8'0000'0000'0000,
                                                0x7FF0'0000'0000'0001,
                                                0x41DF'FFFF'FFC0'0000,
                                                0x43E0'0000'0000'0000,
                                                0x000F'FFFF'FFFF'FFFF,
                                                0x7FEF'FFFF'FFFF'FFFF,
                                                0xFFFF'FFFF'3F80'0000,
                                                0xFFFF'FFFF'7F80'0000,
                                                0xFFFF'FFFF'7F80'0001,
                                                0xFFFF'FFFF'0000'0001,
                                                0xFFFF'FFFF'4F00'0000,
                                                0xFFFF'FFFF'BF00'0000,
                                                0xFFFF'FFFF'7F7F'FFFF};
    switch (random() % 4) {
        case 0:
            return random();
        case 1:
            return 0xFFFF'FFFF'0000'0000 | (random() & 0xFFFF'FFFF);
        case 2:
            return (random() & 0x800F'FFFF'FFFF'FFFF) | (0x3F0 + random() % 0x60) << 52;
        default:
            return kValues[random() % std::size(kValues)];
    }
}

std::uint32_t random_fp_word(std::mt19937_64& random) {
    static constexpr std::uint32_t kRounding[] = {0, 1, 2, 3, 4, 7, 7, 7};
    const auto reg = [&] { return static_cast<std::uint32_t>(random() % 32); };
    const std::uint32_t mode = kRounding[random() % std::size(kRounding)];
    const auto format = static_cast<std::uint32_t>(random() % 2);
    if (random() % 4 == 0) {
        const std::uint32_t opcode = 0x43 + static_cast<std::uint32_t>(random() % 4) * 4;
        return reg() << 27 | format << 25 | reg() << 20 | reg() << 15 | mode << 12 | reg() << 7 |
               opcode;
    }
    const auto small = [&](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() % limit);
    };
    switch (random() % 8) {
        case 0:
        case 1:  // add, sub, mul, div
            return r_type(0x53, mode, small(4) << 2 | format, reg(), reg(), reg());
        case 2:  // sqrt
            return r_type(0x53, mode, 0x2C | format, reg(), reg(), 0);
        case 3:  // sign injection, minimum, maximum
            return random() % 2 == 0 ? r_type(0x53, small(3), 0x10 | format, reg(), reg(), reg())
                                     : r_type(0x53, small(2), 0x14 | format, reg(), reg(), reg());
        case 4:  // comparisons
            return r_type(0x53, small(3), 0x50 | format, reg(), reg(), reg());
        case 5:  // to integers
            return r_type(0x53, mode, 0x60 | format, reg(), reg(), small(4));
        case 6:  // from integers
            return r_type(0x53, mode, 0x68 | format, reg(), reg(), small(4));
        default:  // between formats
            return r_type(0x53, mode, 0x20 | format, reg(), reg(), 1 - format);
    }
}

std::uint64_t seed() {
    const char* given = std::getenv("ATHENA_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 0) : 1;
}

}  // namespace

TEST_CASE("fp: random programs give the same state by the host's FPU and without it") {
    INFO("replay: ATHENA_SEED=" << seed() << " unit_riscv \"fp: random programs*\"");
    std::mt19937_64 random(seed());
    constexpr unsigned kLength = 200;
    for (int round = 0; round < 500; ++round) {
        std::vector<std::uint32_t> words;
        for (unsigned i = 0; i < kLength; ++i) {
            switch (random() % 16) {
                case 0:
                    words.push_back(csrrwi(zero, 0x002, static_cast<std::uint32_t>(random() % 5)));
                    break;
                case 1:
                    words.push_back(csrrs(t6, 0x001, zero));
                    break;
                case 2:
                    words.push_back(csrrwi(t5, 0x001, 0));
                    break;
                default:
                    words.push_back(random_fp_word(random));
                    break;
            }
        }
        riscv::HartState start;
        for (unsigned i = 0; i < 32; ++i) {
            start.x[i] = i == 0 ? 0 : interesting(random);
            start.f[i] = interesting(random);
        }
        start.pc = kRam;
        start.mstatus |= kFsInitial;
        riscv::HartState ends[2];
        const std::uint64_t first_piece = 1 + random() % kLength;
        for (const bool host_fpu : {false, true}) {
            Machine m({.reset_pc = kRam, .host_fpu = host_fpu});
            for (unsigned i = 0; i < kLength; ++i) {
                m.write(kRam + 4 * i, words[i]);
            }
            m.core.set_state(start);
            CHECK(m.run(host_fpu ? first_piece : kLength) == StopReason::BudgetEnd);
            if (host_fpu && first_piece != kLength) {
                CHECK(m.run(kLength - first_piece) == StopReason::BudgetEnd);
            }
            ends[host_fpu ? 1 : 0] = m.core.state();
        }
        REQUIRE(ends[0].exceptions == 0);
        for (unsigned i = 0; i < 32; ++i) {
            INFO("round " << round << " register " << i);
            REQUIRE(ends[0].x[i] == ends[1].x[i]);
            REQUIRE(ends[0].f[i] == ends[1].f[i]);
        }
        REQUIRE(ends[0].fflags == ends[1].fflags);
        REQUIRE(ends[0].fp_dirty == ends[1].fp_dirty);
    }
}

TEST_CASE(
    "fp: instructions are illegal while FS is off, and with a reserved rounding mode in frm") {
    const std::uint32_t fadd = r_type(0x53, 7, 0x01, 1, 2, 3);
    const std::uint32_t fadd_static = r_type(0x53, 0, 0x01, 1, 2, 3);
    const std::uint32_t fsgnj = r_type(0x53, 0, 0x11, 1, 2, 3);
    struct Case {
        std::uint32_t word;
        std::uint64_t fs;
        std::uint64_t frm;
        bool legal;
    };
    for (const Case& c :
         {Case{fadd, 0, 0, false}, Case{fld(1, a0, 0), 0, 0, false},
          Case{fsd(1, a0, 0), 0, 0, false}, Case{csrrs(a1, 3, 0), 0, 0, false},
          Case{fadd, kFsInitial, 0, true}, Case{fadd, kFsInitial, 4, true},
          Case{fadd, kFsInitial, 5, false}, Case{fadd, kFsInitial, 7, false},
          Case{fadd_static, kFsInitial, 5, true}, Case{fsgnj, kFsInitial, 5, true}}) {
        Machine m;
        m.program(kRam, {c.word});
        auto state = m.core.state();
        state.mstatus |= c.fs;
        state.frm = c.frm;
        state.x[a0] = kRam + 0x100;
        m.core.set_state(state);
        m.run(1);
        CHECK(m.core.state().exceptions == (c.legal ? 0 : 1));
    }
}

TEST_CASE("fp: a block decoded in one mode is not run in another") {
    Machine m;
    // The same fadd.d with frm 0, 3, 4 and with FS off.
    m.program(kRam + 0x100, {r_type(0x53, 7, 0x01, 1, 2, 3), jalr(zero, ra, 0)});
    m.program(kRam, {csrrwi(zero, 2, 0), jal(ra, 0x100 - 4), r_type(0x53, 0, 0x71, a0, 1, 0),
                     csrrwi(zero, 2, 3), jal(ra, 0x100 - 16), r_type(0x53, 0, 0x71, a1, 1, 0),
                     csrrwi(zero, 2, 4), jal(ra, 0x100 - 28), r_type(0x53, 0, 0x71, a2, 1, 0),
                     csrrw(zero, 0x300, zero), jal(ra, 0x100 - 40)});
    auto state = m.core.state();
    state.mstatus |= kFsInitial;
    state.f[2] = 0x3FF0'0000'0000'0000;  // 1
    state.f[3] = 0x3CA0'0000'0000'0000;  // half a unit in its last place
    m.core.set_state(state);
    CHECK(m.run(18) == StopReason::BudgetEnd);
    CHECK(m.x(a0) == 0x3FF0'0000'0000'0000);
    CHECK(m.x(a1) == 0x3FF0'0000'0000'0001);
    CHECK(m.x(a2) == 0x3FF0'0000'0000'0001);
    CHECK(m.core.state().mcause == 2);
    CHECK(m.core.state().mepc == kRam + 0x100);
}

TEST_CASE("fp: the host's rounding mode and flags are its own again after a run, and in accesses") {
    Machine m;
    m.program(kRam, {r_type(0x53, 7, 0x0D, 1, 2, 3), sw(a1, a0, 0)});
    auto state = m.core.state();
    state.mstatus |= kFsInitial;
    state.frm = 3;
    state.f[2] = 0x3FF0'0000'0000'0000;
    state.f[3] = 0x4008'0000'0000'0000;  // 1 / 3 is inexact
    state.x[a0] = Machine::kDevice;
    m.core.set_state(state);
    const auto third = [] {
        volatile double one = 1.0;
        volatile double three = 3.0;
        return one / three;
    };
    const double expected = third();
    double seen = 0.0;
    m.on_access = [&] { seen = third(); };
    CHECK(m.core.run(1, false).reason == StopReason::BudgetEnd);
    CHECK(third() == expected);
    CHECK(m.core.state().fflags == 1);
    CHECK(m.core.run(1, true).reason == StopReason::BusDone);
    CHECK(seen == expected);
    CHECK(m.core.state().f[1] == 0x3FD5'5555'5555'5556);
}
