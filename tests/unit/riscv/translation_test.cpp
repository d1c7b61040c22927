// SPDX-License-Identifier: Apache-2.0
// Sv39 and PMP as seen through the software TLB: what is cached never says more than the tables.
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"
#include "page_table.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::Access;
using athena::riscv::StopReason;
using athena::test::Machine;
using athena::test::PageTable;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kData = kRam + 0x1'0000;
constexpr std::uint64_t kCode = 0x10'0000;  // virtual, of the page at kRam + 0x1000
constexpr std::uint64_t kPage = 0x20'0000;  // virtual, of the page at kData

struct Mapped {
    explicit Mapped(std::uint64_t flags) {
        table.map(kCode, kRam + 0x1000, PageTable::kAll);
        entry = table.map(kPage, kData, flags);
        table.enter(kCode);
        m.set_x(a0, kPage);
    }
    std::uint64_t flags() { return m.read<std::uint64_t>(entry) & 0xFF; }

    Machine m;
    PageTable table{m, kRam + 0x8'0000};
    std::uint64_t entry = 0;
};

}  // namespace

TEST_CASE(
    "translation: a load sets A, the first store sets D, also after loads have filled the TLB") {
    Mapped mapped(PageTable::kReadWrite);
    Machine& m = mapped.m;
    m.program(kRam + 0x1000, {nop(), ld(a1, a0, 0), ld(a1, a0, 8), sd(a1, a0, 0), sd(a1, a0, 8)});
    CHECK(m.run(1) == StopReason::BudgetEnd);
    CHECK(mapped.flags() == PageTable::kReadWrite);
    CHECK(m.run(2) == StopReason::BudgetEnd);
    CHECK(mapped.flags() == (PageTable::kReadWrite | PageTable::kAccessed));
    CHECK(m.run(1) == StopReason::BudgetEnd);
    CHECK(mapped.flags() == (PageTable::kReadWrite | PageTable::kAccessed | PageTable::kDirty));
    m.write(mapped.entry, PageTable::leaf(kData, PageTable::kReadWrite | PageTable::kAccessed));
    CHECK(m.run(1) == StopReason::BudgetEnd);
    CHECK(mapped.flags() == (PageTable::kReadWrite | PageTable::kAccessed));  // no fence: cached
}

TEST_CASE("translation: a failed store-conditional and a faulting store leave D alone") {
    Mapped mapped(PageTable::kRead | PageTable::kAccessed);
    Machine& m = mapped.m;
    m.program(kRam + 0x1000, {sd(a1, a0, 0)});
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.core.state().mcause == 15);
    CHECK(m.core.state().mtval == kPage);
    CHECK(mapped.flags() == (PageTable::kRead | PageTable::kAccessed));
}

TEST_CASE("translation: SFENCE.VMA and a new satp bring a changed mapping into force") {
    for (const bool by_satp : {false, true}) {
        Mapped mapped(PageTable::kReadWrite);
        Machine& m = mapped.m;
        m.write<std::uint64_t>(kData, 1);
        m.write<std::uint64_t>(kData + 0x1000, 2);
        m.program(kRam + 0x1000, {ld(a1, a0, 0), nop(),
                                  by_satp ? csrrw(zero, 0x180, a3) : kSfenceVma, ld(a2, a0, 0)});
        m.set_x(a3, mapped.table.satp() | 1ULL << 44);  // another ASID
        CHECK(m.run(2) == StopReason::BudgetEnd);
        m.write(mapped.entry, PageTable::leaf(kData + 0x1000, PageTable::kReadWrite));
        CHECK(m.run(2) == StopReason::BudgetEnd);
        CHECK(m.x(a1) == 1);
        CHECK(m.x(a2) == 2);
    }
}

TEST_CASE("translation: user pages are S-mode's only with SUM, and never to execute") {
    Mapped mapped(PageTable::kReadWrite | PageTable::kUser);
    Machine& m = mapped.m;
    m.write<std::uint64_t>(kData, 99);
    // With SUM: fills the TLB. Without: must fault though the TLB has the page.
    m.program(kRam + 0x1000, {lui(t0, 0x40), csrrs(zero, 0x100, t0), ld(a1, a0, 0),
                              i_type(0x73, 3, zero, t0, 0x100), ld(a2, a0, 0)});
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.x(a1) == 99);
    CHECK(m.x(a2) == 0);
    CHECK(m.core.state().mcause == 13);
}

TEST_CASE("translation: MXR lets loads read executable pages, and its end ends that") {
    Mapped mapped(PageTable::kValid | 8);
    Machine& m = mapped.m;
    m.write<std::uint64_t>(kData, 99);
    m.program(kRam + 0x1000, {lui(t0, 0x80), csrrs(zero, 0x100, t0), ld(a1, a0, 0),
                              i_type(0x73, 3, zero, t0, 0x100), ld(a2, a0, 0)});
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.x(a1) == 99);
    CHECK(m.x(a2) == 0);
}

TEST_CASE("translation: MPRV takes M-mode's loads and stores through the table, not its fetches") {
    Mapped mapped(PageTable::kReadWrite);
    Machine& m = mapped.m;
    auto state = m.core.state();
    state.privilege = riscv::Privilege::Machine;
    state.pc = kRam + 0x2000;
    state.mstatus |= 1ULL << riscv::mstatus::kMppShift;
    m.core.set_state(state);
    m.write<std::uint64_t>(kData, 99);
    m.program(kRam + 0x2000, {lui(t0, 0x20), csrrs(zero, 0x300, t0), ld(a1, a0, 0), sd(a1, a0, 8),
                              i_type(0x73, 3, zero, t0, 0x300), ld(a2, a3, 0)});
    m.set_x(a3, kData + 8);
    CHECK(m.run(6) == StopReason::BudgetEnd);
    CHECK(m.x(a1) == 99);
    CHECK(m.x(a2) == 99);
}

TEST_CASE("translation: a debugger's look has no effect") {
    Mapped mapped(PageTable::kReadWrite);
    CHECK(mapped.m.core.debug_translate(kPage + 5, Access::Write) == kData + 5);
    CHECK(mapped.m.core.debug_translate(kPage + 0x1000, Access::Read) == std::nullopt);
    CHECK(mapped.flags() == PageTable::kReadWrite);
}

TEST_CASE("translation: a debugger sees what is mapped, whatever may be done there") {
    constexpr std::uint64_t kUserCode = PageTable::kValid | 8 | PageTable::kUser;
    Mapped mapped(kUserCode);
    Machine& m = mapped.m;
    const std::uint64_t status = m.core.state().mstatus;
    CHECK(m.core.debug_translate(kPage, Access::Read) == std::nullopt);
    CHECK(m.core.debug_view(kPage + 5) == kData + 5);
    CHECK(m.core.debug_view(kPage + 0x1000) == std::nullopt);
    CHECK(m.core.state().mstatus == status);
    CHECK(mapped.flags() == kUserCode);
    // From U-mode also what is the supervisor's.
    Mapped kernel(PageTable::kReadWrite);
    kernel.m.core.debug_set_privilege(riscv::Privilege::User);
    CHECK(kernel.m.core.debug_translate(kPage, Access::Read) == std::nullopt);
    CHECK(kernel.m.core.debug_view(kPage + 5) == kData + 5);
    CHECK(kernel.m.core.state().privilege == riscv::Privilege::User);
    m.core.debug_set_privilege(riscv::Privilege::Machine);
    CHECK(m.core.debug_view(kPage) == kPage);
}

TEST_CASE("translation: a table that PMP hides is an access fault") {
    Mapped mapped(PageTable::kReadWrite);
    Machine& m = mapped.m;
    m.program(kRam + 0x1000, {nop(), ld(a1, a0, 0)});
    CHECK(m.run(1) == StopReason::BudgetEnd);
    auto state = m.core.state();
    state.pmpaddr[1] = state.pmpaddr[0];
    state.pmpcfg[1] = state.pmpcfg[0];
    state.pmpaddr[0] = (mapped.entry & ~0xFFFULL) >> 2 | 0x1FF;  // NAPOT, 4 KiB, nothing allowed
    state.pmpcfg[0] = 0x18;
    state.pc = kCode + 4;
    state.privilege = riscv::Privilege::Supervisor;
    m.core.set_state(state);
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.core.state().mcause == 5);
    CHECK(m.core.state().mtval == kPage);
}

TEST_CASE("PMP: an entry that covers part of a page governs its bytes, whatever the TLB holds") {
    Machine m;
    auto state = m.core.state();
    state.pmpaddr[0] = (kData + 0x100) >> 2;  // NA4, locked: nothing allowed
    state.pmpcfg[0] = 0x90;
    state.mtvec = kRam + 0x800;
    m.core.set_state(state);
    m.program(kRam, {ld(a1, a0, 0), ld(a1, a0, 0xF8), lw(a1, a0, 0x104), sd(a1, a0, 0x108),
                     lw(a1, a0, 0x100)});
    m.program(kRam + 0x800, {kWfi});
    m.set_x(a0, kData);
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.core.state().mepc == kRam + 16);
    CHECK(m.core.state().mcause == 5);
    // An access that the entry matches in part fails (Volume II, 3.7.1.3).
    m.program(kRam, {ld(a1, a0, 0xFC)});
    state = m.core.state();
    state.waiting = false;
    state.pc = kRam;
    m.core.set_state(state);
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.core.state().mtval == kData + 0xFC);
}

TEST_CASE("PMP: a change of its registers ends what the TLB and the block cache allow") {
    Machine m;
    auto state = m.core.state();
    state.mtvec = kRam + 0x800;
    m.core.set_state(state);
    // The locked entry takes away writing and execution of kData's page from M-mode too.
    m.program(kRam, {sd(a1, a0, 0), jalr(ra, a0, 8), csrrw(zero, 0x3B0, a2), csrrw(zero, 0x3A0, a3),
                     ld(a4, a0, 0), sd(a1, a0, 0)});
    m.program(kRam + 0x800, {csrrs(t0, 0x342, zero), csrrs(t1, 0x341, zero), kWfi});
    m.program(kData + 8, {jalr(zero, ra, 0)});
    m.set_x(a0, kData);
    m.set_x(a1, 5);
    m.set_x(a2, kData >> 2 | 0x1FF);
    m.set_x(a3, 0x99);  // locked, NAPOT, read
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.x(a4) == 5);
    CHECK(m.x(t0) == 7);
    CHECK(m.x(t1) == kRam + 20);
    state = m.core.state();
    state.waiting = false;
    state.pc = kData + 8;
    m.core.set_state(state);
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.x(t0) == 1);
}
