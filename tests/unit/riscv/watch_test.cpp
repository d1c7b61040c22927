// SPDX-License-Identifier: Apache-2.0
// Watchpoints: every kind of access to a watched byte stops before it has any effect, no other
// does.
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"
#include "page_table.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::riscv::WatchKind;
using athena::riscv::Watchpoint;
using athena::test::Machine;
using athena::test::PageTable;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kData = kRam + 0x1'0000;

constexpr std::uint32_t flw(std::uint32_t fd, std::uint32_t rs1, std::int64_t offset) {
    return i_type(0x07, 2, fd, rs1, offset);
}
constexpr std::uint32_t fsw(std::uint32_t fs2, std::uint32_t rs1, std::int64_t offset) {
    return s_type(0x27, 2, rs1, fs2, offset);
}
// Compressed forms by Volume I, table 16.5, with rs1 = a0 and data register a1, offset 0.
constexpr std::uint32_t kCompressedLd = 0x0001'610C;   // c.ld a1, 0(a0); c.nop
constexpr std::uint32_t kCompressedSd = 0x0001'E10C;   // c.sd a1, 0(a0); c.nop
constexpr std::uint32_t kCompressedFld = 0x0001'210C;  // c.fld fa1, 0(a0); c.nop

struct Form {
    std::uint32_t word;
    unsigned size;
    WatchKind kind;
};
constexpr Form kForms[] = {
    {lb(a1, a0, 0), 1, WatchKind::Read},
    {i_type(0x03, 4, a1, a0, 0), 1, WatchKind::Read},  // lbu
    {i_type(0x03, 1, a1, a0, 0), 2, WatchKind::Read},  // lh
    {i_type(0x03, 5, a1, a0, 0), 2, WatchKind::Read},  // lhu
    {lw(a1, a0, 0), 4, WatchKind::Read},
    {i_type(0x03, 6, a1, a0, 0), 4, WatchKind::Read},  // lwu
    {ld(a1, a0, 0), 8, WatchKind::Read},
    {flw(a1, a0, 0), 4, WatchKind::Read},
    {fld(a1, a0, 0), 8, WatchKind::Read},
    {kCompressedLd, 8, WatchKind::Read},
    {kCompressedFld, 8, WatchKind::Read},
    {sb(a1, a0, 0), 1, WatchKind::Write},
    {s_type(0x23, 1, a0, a1, 0), 2, WatchKind::Write},  // sh
    {sw(a1, a0, 0), 4, WatchKind::Write},
    {sd(a1, a0, 0), 8, WatchKind::Write},
    {fsw(a1, a0, 0), 4, WatchKind::Write},
    {fsd(a1, a0, 0), 8, WatchKind::Write},
    {kCompressedSd, 8, WatchKind::Write},
    {lr_d(a1, a0), 8, WatchKind::Read},
    {sc_d(a1, a1, a0), 8, WatchKind::Write},
    {amoadd_d(a1, a1, a0), 8, WatchKind::ReadWrite},
    {r_type(0x2F, 2, 0x04, a1, a0, a1), 4, WatchKind::ReadWrite},  // amoswap.w
};

// Runs the word on bytes that the TLB knew before the watchpoint came; whether it stopped.
bool stops(std::uint32_t word, std::uint64_t address, const Watchpoint& watchpoint) {
    Machine m;
    m.program(kRam, {ld(t0, a2, 0), sd(t0, a2, 0), nop(), word, kWfi});
    auto state = m.core.state();
    state.mstatus |= riscv::mstatus::kFs;
    state.reserved = true;  // so that SC would write
    state.reserved_address = address;
    state.reserved_size = 8;
    m.core.set_state(state);
    m.set_x(a0, address);
    m.set_x(a1, 0x1234);
    m.set_x(a2, address & ~7ULL);
    m.write<std::uint64_t>(address & ~7ULL, 0x5555'5555'5555'5555);
    REQUIRE(m.run(2) == StopReason::BudgetEnd);
    m.core.add_watchpoint(watchpoint);
    const StopReason reason = m.run(100);
    if (reason != StopReason::Watchpoint) {
        CHECK(reason == StopReason::Wfi);
        return false;
    }
    CHECK(m.pc() == kRam + 12);
    CHECK(m.core.state().instructions == 3);
    CHECK(m.core.state().cycles == 3);
    CHECK(m.x(a1) == 0x1234);
    CHECK(m.core.state().f[a1] == 0);
    CHECK(m.core.state().reserved);
    CHECK(m.read<std::uint64_t>(address & ~7ULL) == 0x5555'5555'5555'5555);
    CHECK(m.core.watch_hit().watchpoint == watchpoint);
    CHECK(m.core.watch_hit().access_address == address);
    // Past it and on: as if nothing had been.
    m.core.pass_stop();
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.core.state().instructions == 5 + (word >> 16 == 1 ? 1 : 0));
    return true;
}

}  // namespace

TEST_CASE("watchpoint: every load, store and atomic stops at each byte it touches, by its kind") {
    for (const Form& form : kForms) {
        for (const WatchKind kind : {WatchKind::Read, WatchKind::Write, WatchKind::ReadWrite}) {
            for (std::uint64_t byte = 0; byte < 16; ++byte) {
                CAPTURE(form.word, static_cast<int>(kind), byte);
                const std::uint64_t watched = kData + byte - 4;
                const bool touched = byte >= 4 && byte < 4 + form.size;
                CHECK(stops(form.word, kData, {watched, watched, kind}) ==
                      (touched && have_common(kind, form.kind)));
            }
        }
    }
}

TEST_CASE("watchpoint: an access within a longer range stops; the hit names the first byte") {
    Machine m;
    m.program(kRam, {lw(a1, a0, 0), lw(a1, a0, 8)});
    m.set_x(a0, kData);
    m.core.add_watchpoint({kData + 2, kData + 0x2000, WatchKind::Read});
    CHECK(m.run(10) == StopReason::Watchpoint);
    CHECK(m.core.watch_hit().address == kData + 2);
    CHECK(m.core.watch_hit().access_address == kData);
    CHECK(m.core.watch_hit().access_size == 4);
    m.core.pass_stop();
    CHECK(m.run(10) == StopReason::Watchpoint);
    CHECK(m.pc() == kRam + 4);
    CHECK(m.core.watch_hit().address == kData + 8);
}

TEST_CASE("watchpoint: a misaligned access over a page end stops for either page") {
    for (const std::uint64_t watched : {kData + 0xFFE, kData + 0x1001}) {
        for (const std::uint32_t word : {lw(a1, a0, -2), sw(a1, a0, -2)}) {
            Machine m;
            m.program(kRam, {ld(t0, a0, 0), ld(t0, a0, -8), sd(t0, a0, 0), sd(t0, a0, -8), word});
            m.set_x(a0, kData + 0x1000);
            m.set_x(a1, 7);
            CHECK(m.run(4) == StopReason::BudgetEnd);
            m.core.add_watchpoint({watched, watched, WatchKind::ReadWrite});
            CHECK(m.run(10) == StopReason::Watchpoint);
            CHECK(m.x(a1) == 7);
            CHECK(m.read<std::uint32_t>(kData + 0xFFE) == 0);
        }
    }
}

TEST_CASE("watchpoint: addresses are virtual, and stop before page faults and A and D bits") {
    constexpr std::uint64_t kCode = 0x10'0000;
    constexpr std::uint64_t kPage = 0x20'0000;
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(kCode, kRam + 0x1000, PageTable::kAll);
    const std::uint64_t entry = table.map(kPage, kData, PageTable::kReadWrite);
    table.enter(kCode);
    m.program(kRam + 0x1000, {sd(a1, a0, 0), ld(a1, a2, 0)});
    m.set_x(a0, kPage);
    m.set_x(a2, kPage + 0x1000);  // not mapped
    m.core.add_watchpoint({kData, kData + 7, WatchKind::ReadWrite});
    m.core.add_watchpoint({kPage, kPage + 7, WatchKind::Write});
    m.core.add_watchpoint({kPage + 0x1000, kPage + 0x1000, WatchKind::Read});
    CHECK(m.run(10) == StopReason::Watchpoint);
    CHECK(m.core.watch_hit().address == kPage);
    CHECK((m.read<std::uint64_t>(entry) & 0xFF) == PageTable::kReadWrite);
    m.core.pass_stop();
    CHECK(m.run(10) == StopReason::Watchpoint);
    CHECK(m.pc() == kCode + 4);
    CHECK(m.core.state().exceptions == 0);
    m.core.pass_stop();
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.core.state().mcause == 13);
}

TEST_CASE("watchpoint: once removed, the page is as fast as others and nothing stops") {
    Machine m;
    m.program(kRam, {ld(a1, a0, 0), sd(a1, a0, 0), jal(zero, -8)});
    m.set_x(a0, kData);
    const Watchpoint both{kData, kData + 3, WatchKind::ReadWrite};
    const Watchpoint writes{kData, kData + 3, WatchKind::Write};
    m.core.add_watchpoint(both);
    m.core.add_watchpoint(writes);
    CHECK(m.run(10) == StopReason::Watchpoint);
    m.core.remove_watchpoint(both);
    CHECK(m.run(10) == StopReason::Watchpoint);
    CHECK(m.pc() == kRam + 4);
    m.core.remove_watchpoint(writes);
    m.core.remove_watchpoint(writes);  // not there: nothing
    CHECK(m.run(100) == StopReason::BudgetEnd);
}

TEST_CASE("watchpoint: device registers stop too, and are accessed once when passed") {
    Machine m;
    m.program(kRam, {nop(), sw(a1, a0, 0), kWfi});
    m.set_x(a0, Machine::kDevice);
    m.core.add_watchpoint({Machine::kDevice, Machine::kDevice + 3, WatchKind::Write});
    CHECK(m.run(10) == StopReason::Watchpoint);
    CHECK(m.run(10, true) == StopReason::Watchpoint);
    CHECK(m.accesses.empty());
    m.core.pass_stop();
    CHECK(m.run(10) == StopReason::BusNeeded);
    CHECK(m.run(10, true) == StopReason::BusDone);
    CHECK(m.accesses.size() == 1);
    CHECK(m.run(10) == StopReason::Wfi);
}

TEST_CASE("watchpoint: passing a breakpoint runs its instruction and stops at the next") {
    Machine m;
    m.program(kRam, {addi(a0, a0, 1), jal(zero, -4)});
    m.core.add_breakpoint(kRam);
    m.core.add_breakpoint(kRam + 4);
    for (std::uint64_t round = 0; round < 6; ++round) {
        CHECK(m.run(10) == StopReason::Breakpoint);
        CHECK(m.pc() == kRam + round % 2 * 4);
        CHECK(m.x(a0) == (round + 1) / 2);
        m.core.pass_stop();
    }
}
