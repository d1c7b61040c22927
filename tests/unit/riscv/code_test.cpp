// SPDX-License-Identifier: Apache-2.0
// What is decoded never outlives what is in memory or what a page maps to.
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
}  // namespace

TEST_CASE("code: a program that overwrites its own next instruction runs the new one") {
    for (const std::uint32_t fence : {kFenceI, nop()}) {
        Machine m;
        m.program(kRam, {nop(), sw(a0, a1, 0), fence, li(a2, 1), jal(zero, 0)});
        m.set_x(a0, li(a2, 2));
        m.set_x(a1, kRam + 12);
        CHECK(m.run(10) == StopReason::BudgetEnd);
        CHECK(m.x(a2) == 2);
    }
}

TEST_CASE("code: a loop that patches itself in each round runs each patch") {
    Machine m;
    // a2 += immediate; the store increments the immediate field of the addi.
    m.program(kRam, {addi(a2, a2, 1), lw(a0, a1, 0), add(a0, a0, a3), sw(a0, a1, 0),
                     addi(t0, t0, -1), bne(t0, zero, -20), kWfi});
    m.set_x(a1, kRam);
    m.set_x(a3, 1 << 20);
    m.set_x(t0, 20);
    CHECK(m.run(1000) == StopReason::Wfi);
    CHECK(m.x(a2) == 20 * 21 / 2);
}

TEST_CASE("code: data beside code in a page does not make the code be decoded again") {
    Machine m;
    m.program(kRam, {sw(t0, a1, 0), addi(t0, t0, -1), bne(t0, zero, -8), kWfi});
    m.set_x(a1, kRam + 0x100);
    m.set_x(t0, 1000);
    CHECK(m.run(10'000) == StopReason::Wfi);
    CHECK(m.core.blocks_decoded() < 5);
}

TEST_CASE("code: stores hit pages whose code was decoded after the TLB knew them") {
    Machine m;
    m.program(kRam,
              {sw(zero, a1, 64), jal(ra, 0x1000 - 4), sw(a0, a1, 0), jal(ra, 0x1000 - 12), kWfi});
    m.program(kRam + 0x1000, {li(a2, 1), jalr(zero, ra, 0)});
    m.set_x(a0, li(a2, 2));
    m.set_x(a1, kRam + 0x1000);
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.x(a2) == 2);
}

TEST_CASE("code: another writer's change is seen by the next run") {
    Machine m;
    m.program(kRam, {jal(ra, 0x1000), jal(zero, -4)});
    m.program(kRam + 0x1000, {li(a2, 1), jalr(zero, ra, 0)});
    CHECK(m.run(50) == StopReason::BudgetEnd);
    CHECK(m.x(a2) == 1);
    m.write(kRam + 0x1000, li(a2, 2));
    CHECK(m.run(50) == StopReason::BudgetEnd);
    CHECK(m.x(a2) == 2);
}

TEST_CASE("code: an instruction that straddles pages is decoded anew when either half changes") {
    for (const std::uint64_t changed : {0x1FFEULL, 0x2000ULL}) {
        Machine m;
        m.program(kRam, {jal(ra, 0x1FFE), jal(zero, -4)});
        // li a2, 0x123 over the boundary, then jalr
        const std::uint32_t word = li(a2, 0x123);
        m.write(kRam + 0x1FFE, static_cast<std::uint16_t>(word));
        m.write(kRam + 0x2000, static_cast<std::uint16_t>(word >> 16));
        m.program(kRam + 0x2002, {jalr(zero, ra, 0)});
        CHECK(m.run(40) == StopReason::BudgetEnd);
        CHECK(m.x(a2) == 0x123);
        // Its immediate is in the second half, its destination in the first.
        const std::uint32_t other = changed == 0x2000 ? li(a2, 0x456) : li(a3, 0x123);
        m.write(kRam + changed,
                static_cast<std::uint16_t>(changed == 0x2000 ? other >> 16 : other));
        CHECK(m.run(40) == StopReason::BudgetEnd);
        CHECK(m.x(a2) == (changed == 0x2000 ? 0x456U : 0x123U));
        CHECK(m.x(a3) == (changed == 0x2000 ? 0U : 0x123U));
    }
}

TEST_CASE("code: the half of a jump that lies alone in the next page is watched") {
    Machine m;
    m.program(kRam, {jal(ra, 0x1FFE), jal(zero, -4)});
    m.write(kRam + 0x1FFE, static_cast<std::uint16_t>(jal(zero, 0x1002)));
    m.write(kRam + 0x2000, static_cast<std::uint16_t>(jal(zero, 0x1002) >> 16));
    m.program(kRam + 0x3000, {addi(a2, a2, 1), jalr(zero, ra, 0)});
    m.program(kRam + 0x3010, {addi(a3, a3, 1), jalr(zero, ra, 0)});
    CHECK(m.run(40) == StopReason::BudgetEnd);
    CHECK(m.x(a3) == 0);
    m.write(kRam + 0x2000, static_cast<std::uint16_t>(jal(zero, 0x1012) >> 16));
    CHECK(m.run(40) == StopReason::BudgetEnd);
    CHECK(m.x(a2) == 8);
    CHECK(m.x(a3) == 8);
}

TEST_CASE("code: a straddling instruction takes its halves from where its two pages map now") {
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(0x10'0000, kRam + 0x1000, PageTable::kAll);
    const std::uint64_t second = table.map(0x10'1000, kRam + 0x2000, PageTable::kAll);
    const std::uint32_t words[] = {li(a2, 0x123), li(a2, 0x456)};
    m.write(kRam + 0x1FFE, static_cast<std::uint16_t>(words[0]));
    for (int i = 0; i < 2; ++i) {
        const std::uint64_t page = kRam + 0x2000 + 0x1000 * static_cast<unsigned>(i);
        m.write(page, static_cast<std::uint16_t>(words[i] >> 16));
        m.program(page + 2, {kSfenceVma, jalr(zero, ra, 0)});
    }
    m.program(kRam + 0x1000, {jal(ra, 0xFFE), jal(zero, -4)});
    table.enter(0x10'0000);
    CHECK(m.run(5) == StopReason::BudgetEnd);
    CHECK(m.x(a2) == 0x123);
    m.write(second, PageTable::leaf(kRam + 0x3000, PageTable::kAll));
    CHECK(m.run(10) == StopReason::BudgetEnd);
    CHECK(m.x(a2) == 0x456);
}

TEST_CASE("code: a jump out of a page leads where each alias of the page has its neighbour") {
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(0x10'0000, kRam + 0x1000, PageTable::kAll);
    table.map(0x10'1000, kRam + 0x1000, PageTable::kAll);
    table.map(0x20'0000, kRam + 0x1000, PageTable::kAll);
    table.map(0x20'1000, kRam + 0x2000, PageTable::kAll);
    m.program(kRam + 0x1000, {jal(zero, 0x1100)});
    m.program(kRam + 0x1100, {addi(a2, a2, 1), jalr(zero, a0, 0)});
    m.program(kRam + 0x2100, {addi(a3, a3, 1), kWfi});
    table.enter(0x10'0000);
    m.set_x(a0, 0x20'0000);
    CHECK(m.run(20) == StopReason::Wfi);
    CHECK(m.x(a2) == 1);
    CHECK(m.x(a3) == 1);
}

TEST_CASE("code: a store through one mapping changes the code of another") {
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(0x10'0000, kRam + 0x1000, PageTable::kReadExecute);
    table.map(0x20'0000, kRam + 0x1000, PageTable::kReadWrite);
    m.program(kRam + 0x1000,
              {addi(a2, a2, 1), sw(a0, a1, 0), addi(t0, t0, -1), bne(t0, zero, -12), kWfi});
    table.enter(0x10'0000);
    m.set_x(a0, addi(a2, a2, 0x10));
    m.set_x(a1, 0x20'0000);
    m.set_x(t0, 3);
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.x(a2) == 0x21);
}

TEST_CASE("code: a page that is mapped elsewhere brings its own code, linked blocks or not") {
    Machine m;
    PageTable table(m, kRam + 0x8'0000);
    table.map(0x10'0000, kRam + 0x1000, PageTable::kReadExecute);
    const std::uint64_t entry = table.map(0x10'1000, kRam + 0x2000, PageTable::kReadExecute);
    table.map(0x30'0000, entry & ~0xFFFULL, PageTable::kReadWrite);
    const std::uint64_t entry_address = 0x30'0000 + (entry & 0xFFF);
    // Calls into the second page, remaps it, fences, calls again.
    m.program(kRam + 0x1000, {jal(ra, 0x1000), jal(ra, 0x1000 - 4), sd(a0, a1, 0), kSfenceVma,
                              jal(ra, 0x1000 - 16), kWfi});
    m.program(kRam + 0x2000, {addi(a2, a2, 1), jalr(zero, ra, 0)});
    m.program(kRam + 0x3000, {addi(a2, a2, 0x100), jalr(zero, ra, 0)});
    table.enter(0x10'0000);
    m.set_x(a0, PageTable::leaf(kRam + 0x3000, PageTable::kReadExecute));
    m.set_x(a1, entry_address);
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.x(a2) == 0x102);
}

TEST_CASE("code: the cache starts anew when it is full, and nothing is lost") {
    Machine m({.reset_pc = kRam, .decoded_instructions = 100});
    for (std::uint64_t place = kRam; place < kRam + 8000; place += 8) {
        m.program(place, {addi(a2, a2, 1), jal(zero, 4)});
    }
    m.program(kRam + 8000, {addi(t0, t0, -1), bne(t0, zero, 8), kWfi, jalr(zero, s0, 0)});
    m.set_x(s0, kRam);
    m.set_x(t0, 5);
    CHECK(m.run(1'000'000) == StopReason::Wfi);
    CHECK(m.x(a2) == 5000);
    CHECK(m.core.blocks_decoded() > 4000);
}
