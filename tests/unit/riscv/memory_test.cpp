// SPDX-License-Identifier: Apache-2.0
// Loads, stores and atomics in RAM: alignment, page ends, reservations.
#include <array>
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"
#include "page_table.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::test::Machine;
using athena::test::PageTable;

namespace {
constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kData = kRam + 0x1'0000;
}  // namespace

TEST_CASE("memory: loads of every size and sign at every alignment, twice over") {
    struct Load {
        std::uint32_t funct3;
        unsigned size;
        bool is_signed;
    };
    for (const Load load : {Load{0, 1, true}, Load{1, 2, true}, Load{2, 4, true}, Load{3, 8, true},
                            Load{4, 1, false}, Load{5, 2, false}, Load{6, 4, false}}) {
        for (std::uint64_t offset = 0xFF0; offset < 0x1010; ++offset) {
            Machine m;
            for (unsigned i = 0; i < 0x2000; ++i) {
                m.ram[kData - kRam + i] = static_cast<unsigned char>(i * 37 + 0x80);
            }
            m.set_x(a0, kData + offset);
            m.program(kRam,
                      {i_type(0x03, load.funct3, a1, a0, 0), i_type(0x03, load.funct3, a2, a0, 0)});
            CHECK(m.run(2) == StopReason::BudgetEnd);
            std::uint64_t expected = 0;
            for (unsigned i = load.size; i-- > 0;) {
                expected = expected << 8 | m.ram[kData - kRam + offset + i];
            }
            const unsigned unused = 64 - 8 * load.size;
            if (load.is_signed) {
                expected = static_cast<std::uint64_t>(
                    static_cast<std::int64_t>(expected << unused) >> unused);
            }
            CHECK(m.x(a1) == expected);
            CHECK(m.x(a2) == expected);
        }
    }
}

TEST_CASE("memory: stores of every size at every alignment change their bytes only") {
    for (std::uint32_t log = 0; log < 4; ++log) {
        for (std::uint64_t offset = 0xFF4; offset < 0x100C; ++offset) {
            Machine m;
            m.set_x(a0, kData + offset);
            m.set_x(a1, 0x8877'6655'4433'2211);
            m.program(kRam, {s_type(0x23, log, a0, a1, 0)});
            CHECK(m.run(1) == StopReason::BudgetEnd);
            for (std::uint64_t i = 0xF00; i < 0x1100; ++i) {
                const std::uint64_t place = i - offset;
                const unsigned expected =
                    place < (1U << log) ? 0x11U * static_cast<unsigned>(place + 1) : 0;
                REQUIRE(m.ram[kData - kRam + i] == expected);
            }
        }
    }
}

TEST_CASE("memory: a store into two pages of which the second faults does nothing") {
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(0x10'0000, kRam + 0x1000, PageTable::kAll);
    table.map(0x20'0000, kData, PageTable::kReadWrite);
    table.map(0x20'1000, kData + 0x5000, PageTable::kRead);
    m.program(kRam + 0x1000, {sd(a1, a0, 0)});
    table.enter(0x10'0000);
    m.set_x(a0, 0x20'0FFD);
    m.set_x(a1, ~0ULL);
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.core.state().mcause == 15);
    CHECK(m.core.state().mtval == 0x20'1000);
    CHECK(m.read<std::uint64_t>(kData + 0xFF8) == 0);
}

TEST_CASE("memory: an access into two pages follows both mappings") {
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(0x10'0000, kRam + 0x1000, PageTable::kAll);
    table.map(0x20'0000, kData, PageTable::kReadWrite);
    table.map(0x20'1000, kData + 0x5000, PageTable::kReadWrite);
    m.program(kRam + 0x1000, {sd(a1, a0, 0), ld(a2, a0, 0), kWfi});
    table.enter(0x10'0000);
    m.set_x(a0, 0x20'0FFD);
    m.set_x(a1, 0x8877'6655'4433'2211);
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.x(a2) == 0x8877'6655'4433'2211);
    CHECK(m.read<std::uint8_t>(kData + 0xFFF) == 0x33);
    CHECK(m.read<std::uint8_t>(kData + 0x5000) == 0x44);
}

TEST_CASE("memory: a store-conditional succeeds once, for the reserved bytes only") {
    Machine m;
    m.program(kRam, {sc_d(a1, t0, a0), lr_d(a2, a0), sc_d(a3, t0, a0), sc_d(a4, t0, a0),
                     lr_d(a2, a0), addi(a5, a0, 8), sc_d(a5, t0, a5), sc_d(a6, t0, a0)});
    m.set_x(a0, kData);
    m.set_x(t0, 42);
    CHECK(m.run(8) == StopReason::BudgetEnd);
    CHECK(m.x(a1) == 1);  // nothing was reserved
    CHECK(m.x(a3) == 0);
    CHECK(m.x(a4) == 1);  // used up
    CHECK(m.x(a5) == 1);  // another address
    CHECK(m.x(a6) == 1);  // which used it up as well
    CHECK(m.read<std::uint64_t>(kData) == 42);
    CHECK(m.read<std::uint64_t>(kData + 8) == 0);
}

TEST_CASE("memory: another initiator's write breaks a reservation in its 64 bytes") {
    struct Case {
        std::uint64_t page;
        std::uint64_t lines;
        bool breaks;
    };
    for (const Case& c : {Case{kData >> 12, 2, true}, Case{kData >> 12, ~2ULL, false},
                          Case{(kData >> 12) + 1, 2, false}}) {
        Machine m;
        m.program(kRam, {lr_d(a2, a0), sc_d(a3, t0, a0)});
        m.set_x(a0, kData + 0x78);
        CHECK(m.run(1) == StopReason::BudgetEnd);
        m.core.break_reservation(c.page, c.lines);
        CHECK(m.run(1) == StopReason::BudgetEnd);
        CHECK(m.x(a3) == (c.breaks ? 1 : 0));
    }
}

TEST_CASE("memory: misaligned atomics trap with their address") {
    for (const std::uint32_t word : {lr_d(a2, a0), sc_d(a2, t0, a0), amoadd_d(a2, t0, a0)}) {
        Machine m;
        m.program(kRam, {word});
        auto state = m.core.state();
        state.mtvec = kRam + 0x100;
        m.core.set_state(state);
        m.set_x(a0, kData + 4);
        m.set_x(a2, 5);
        CHECK(m.run(1) == StopReason::BudgetEnd);
        CHECK(m.core.state().mcause == (word == lr_d(a2, a0) ? 4U : 6U));
        CHECK(m.core.state().mtval == kData + 4);
        CHECK(m.x(a2) == 5);
    }
}
