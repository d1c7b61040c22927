// SPDX-License-Identifier: Apache-2.0
// Code under several addresses, and addresses whose code changes with the page tables: what was
// decoded, linked or remembered under one mapping is never run under another.
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
constexpr std::uint64_t kTables = kRam + 0x8'0000;
constexpr std::uint64_t kMain = 0x10'0000;   // virtual, of the page at kRam + 0x1000
constexpr std::uint64_t kFirst = 0x20'0000;  // virtual, of functions
constexpr std::uint64_t kSecond = 0x40'3000;
constexpr std::uint64_t kData = 0x60'0000;
constexpr std::uint32_t kReturn = jalr(zero, ra, 0);

}  // namespace

TEST_CASE("remap: code under two addresses changes under both when it is written under a third") {
    Machine m;
    PageTable table(m, kTables);
    table.map(kMain, kRam + 0x1000, PageTable::kAll);
    table.map(kFirst, kRam + 0x2000, PageTable::kReadExecute);
    table.map(kSecond, kRam + 0x2000, PageTable::kReadExecute);
    table.map(kData, kRam + 0x2000, PageTable::kReadWrite);
    m.program(kRam + 0x2000, {addi(a0, a0, 1), kReturn});
    // Both twice, write, both again.
    m.program(kRam + 0x1000, {jalr(ra, s0, 0), jalr(ra, s1, 0), jalr(ra, s0, 0), jalr(ra, s1, 0),
                              sw(a1, a2, 0), jalr(ra, s0, 0), jalr(ra, s1, 0), jal(zero, 0)});
    table.enter(kMain);
    m.set_x(s0, kFirst);
    m.set_x(s1, kSecond);
    m.set_x(a1, addi(a0, a0, 100));
    m.set_x(a2, kData);
    CHECK(m.run(50) == StopReason::BudgetEnd);
    CHECK(m.x(a0) == 4 + 200);
}

TEST_CASE("remap: a jump within a page links to the page's own blocks, not to an alias's target") {
    // The same physical loop under two addresses: its branch goes back to where it came from.
    Machine m;
    PageTable table(m, kTables);
    table.map(kMain, kRam + 0x1000, PageTable::kAll);
    table.map(kFirst, kRam + 0x2000, PageTable::kReadExecute);
    table.map(kSecond, kRam + 0x2000, PageTable::kReadExecute);
    m.program(kRam + 0x2000, {auipc(a0, 0), addi(a1, a1, -1), bne(a1, zero, -8), kReturn});
    m.program(kRam + 0x1000, {li(a1, 9), jalr(ra, s0, 0), add(a2, a0, zero), li(a1, 9),
                              jalr(ra, s1, 0), add(a3, a0, zero), jal(zero, -24)});
    table.enter(kMain);
    m.set_x(s0, kFirst);
    m.set_x(s1, kSecond);
    CHECK(m.run(500) == StopReason::BudgetEnd);
    CHECK(m.x(a2) == kFirst);
    CHECK(m.x(a3) == kSecond);
}

TEST_CASE("remap: thousands of changes of a mapping with SFENCE.VMA, each seen at once") {
    Machine m;
    PageTable table(m, kTables);
    table.map(kMain, kRam + 0x1000, PageTable::kAll);
    const std::uint64_t entry = table.map(kFirst, kRam + 0x2000, PageTable::kReadExecute);
    table.map(kData, entry & ~0xFFFULL, PageTable::kReadWrite);
    m.program(kRam + 0x2000, {addi(a0, a0, 1), kReturn});
    m.program(kRam + 0x3000, {addi(a4, a4, 1), kReturn});
    // Each round: exchange the entries in s2 and s3, store, fence, call.
    m.program(kRam + 0x1000,
              {add(t0, s2, zero), add(s2, s3, zero), add(s3, t0, zero), sd(s2, s1, 0), kSfenceVma,
               jalr(ra, s0, 0), addi(a1, a1, -1), bne(a1, zero, -28), jal(zero, 0)});
    table.enter(kMain);
    constexpr std::uint64_t kRounds = 20'000;  // more than caches have epochs
    m.set_x(s0, kFirst);
    m.set_x(s1, kData + (entry & 0xFFF));
    m.set_x(s2, PageTable::leaf(kRam + 0x2000, PageTable::kReadExecute));
    m.set_x(s3, PageTable::leaf(kRam + 0x3000, PageTable::kReadExecute));
    m.set_x(a1, kRounds);
    CHECK(m.run(kRounds * 10 + 10) == StopReason::BudgetEnd);
    CHECK(m.x(a0) == kRounds / 2);
    CHECK(m.x(a4) == kRounds / 2);
}

TEST_CASE("remap: two address spaces by turns, by satp alone") {
    Machine m;
    PageTable one(m, kTables);
    PageTable other(m, kTables + 0x1'0000);
    for (PageTable* table : {&one, &other}) {
        table->map(kMain, kRam + 0x1000, PageTable::kAll);
    }
    one.map(kFirst, kRam + 0x2000, PageTable::kReadExecute);
    other.map(kFirst, kRam + 0x3000, PageTable::kReadExecute);
    m.program(kRam + 0x2000, {addi(a0, a0, 1), kReturn});
    m.program(kRam + 0x3000, {addi(a4, a4, 1), kReturn});
    m.program(kRam + 0x1000, {csrrw(zero, 0x180, s2), jalr(ra, s0, 0), csrrw(zero, 0x180, s3),
                              jalr(ra, s0, 0), addi(a1, a1, -1), bne(a1, zero, -20), jal(zero, 0)});
    one.enter(kMain);
    m.set_x(s0, kFirst);
    m.set_x(s2, one.satp() | 1ULL << 44);
    m.set_x(s3, other.satp() | 2ULL << 44);
    m.set_x(a1, 500);
    CHECK(m.run(10'000) == StopReason::BudgetEnd);
    CHECK(m.x(a0) == 500);
    CHECK(m.x(a4) == 500);
}

TEST_CASE("remap: Sv48 tells addresses apart by every bit, of code and of data") {
    for (unsigned bit = 12; bit < 48; ++bit) {
        CAPTURE(bit);
        Machine m;
        PageTable table(m, kTables, 4);
        // Bit 47 alone makes an address of the upper half.
        const std::uint64_t other = bit == 47 ? kFirst | ~0ULL << 47 : kFirst ^ 1ULL << bit;
        constexpr std::uint64_t kCaller = 0x5555'5555'5000;
        table.map(kCaller, kRam + 0x1000, PageTable::kAll);
        table.map(kFirst, kRam + 0x2000, PageTable::kAll);
        table.map(other, kRam + 0x3000, PageTable::kAll);
        m.program(kRam + 0x2000, {addi(a0, a0, 1), lw(a2, s0, 8), kReturn, 0});
        m.program(kRam + 0x3000, {addi(a4, a4, 1), lw(a3, s1, 12), kReturn, 7});
        m.program(kRam + 0x1000, {jalr(ra, s0, 0), jalr(ra, s1, 0), jal(zero, -8)});
        table.enter(kCaller);
        m.set_x(s0, kFirst);
        m.set_x(s1, other);
        CHECK(m.run(9 * 20) == StopReason::BudgetEnd);
        CHECK(m.x(a0) == 20);
        CHECK(m.x(a4) == 20);
        CHECK(m.x(a2) == kReturn);
        CHECK(m.x(a3) == 7);
        CHECK(m.core.blocks_decoded() < 10);
    }
}

TEST_CASE("remap: Sv48 refuses addresses whose bits 63 to 48 are not all as bit 47") {
    for (unsigned bit = 48; bit < 64; ++bit) {
        Machine m;
        PageTable table(m, kTables, 4);
        table.map(kMain, kRam + 0x1000, PageTable::kAll);
        table.map(kFirst, kRam + 0x2000, PageTable::kAll);
        m.program(kRam + 0x2000, {addi(a0, a0, 1), kReturn});
        m.program(kRam + 0x1000, {jalr(ra, s0, 0), jalr(ra, s1, 0)});
        table.enter(kMain);
        m.set_x(s0, kFirst);
        m.set_x(s1, kFirst ^ 1ULL << bit);
        CHECK(m.run(50) == StopReason::Wfi);
        CHECK(m.x(a0) == 1);
        CHECK(m.core.state().mcause == 12);
        CHECK(m.core.state().mtval == (kFirst ^ 1ULL << bit));
    }
}
