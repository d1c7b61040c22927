// SPDX-License-Identifier: Apache-2.0
// Running blocks: budgets, precision, counters, breakpoints, death.
#include <algorithm>
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::test::Machine;

namespace {
constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint32_t kMtvec = 0x305;
constexpr std::uint32_t kMepc = 0x341;
constexpr std::uint32_t kMcountinhibit = 0x320;
constexpr std::uint32_t kMcycle = 0xB00;
constexpr std::uint32_t kMinstret = 0xB02;
}  // namespace

TEST_CASE("engine: a loop retires one instruction a cycle, to the exact end of each budget") {
    Machine whole;
    Machine pieces;
    for (Machine* machine : {&whole, &pieces}) {
        machine->program(kRam, {li(a0, 0), addi(a0, a0, 1), addi(a1, a1, 3), add(a2, a2, a1),
                                bne(a0, zero, -12)});
    }
    CHECK(whole.run(1001) == StopReason::BudgetEnd);
    for (std::uint64_t done = 0, piece = 1; done < 1001; piece = piece % 7 + 1) {
        const std::uint64_t budget = std::min(piece, 1001 - done);
        const riscv::RunResult result = pieces.core.run(budget, false);
        CHECK(result.cycles == budget);
        done += budget;
    }
    CHECK(whole.x(a0) == 250);
    CHECK(whole.x(a1) == 750);
    CHECK(whole.core.state().instructions == 1001);
    CHECK(whole.core.state().cycles == 1001);
    CHECK(pieces.core.state().x == whole.core.state().x);
    CHECK(pieces.pc() == whole.pc());
}

TEST_CASE("engine: x0 stays 0 whatever writes to it") {
    Machine m;
    m.program(kRam, {li(zero, 5), lui(zero, 7), jal(zero, 4), lw(zero, a0, 0),
                     csrrs(zero, kMinstret, zero), amoadd_d(zero, a0, a0), add(a1, zero, zero)});
    m.set_x(a0, kRam + 0x1000);
    m.set_x(a1, 9);
    CHECK(m.run(7) == StopReason::BudgetEnd);
    CHECK(m.x(zero) == 0);
    CHECK(m.x(a1) == 0);
}

TEST_CASE("engine: an exception in the middle of a block is precise and takes one cycle") {
    Machine m;
    m.program(kRam, {auipc(t0, 1), csrrw(zero, kMtvec, t0), li(a0, 1), li(a1, 2), 0xFFFF'FFFF,
                     li(a0, 3)});
    m.program(kRam + 0x1000, {csrrs(a2, kMinstret, zero), csrrs(a3, kMcycle, zero), jal(zero, 0)});
    CHECK(m.run(8) == StopReason::BudgetEnd);
    CHECK(m.x(a0) == 1);
    CHECK(m.x(a1) == 2);
    CHECK(m.core.state().mepc == kRam + 16);
    CHECK(m.core.state().mcause == 2);
    CHECK(m.core.state().mtval == 0xFFFF'FFFF);
    CHECK(m.x(a2) == 4);  // retired before the read; the illegal instruction did not
    CHECK(m.x(a3) == 6);  // it took its cycle
    CHECK(m.core.state().exceptions == 1);
    CHECK(m.core.state().cycles == 8);
    CHECK(m.core.state().instructions == 7);
}

TEST_CASE("engine: counters are exact at each read, written and stopped") {
    Machine m;
    m.program(kRam, {nop(), csrrs(a0, kMinstret, zero), nop(), nop(), csrrs(a1, kMinstret, zero),
                     li(t0, 100), csrrw(zero, kMinstret, t0), csrrs(a2, kMinstret, zero),
                     csrrwi(zero, kMcountinhibit, 5), nop(), nop(), csrrs(a3, kMinstret, zero),
                     csrrs(a4, kMcycle, zero), csrrwi(zero, kMcountinhibit, 0), nop(),
                     csrrs(a5, kMinstret, zero), csrrs(a6, 0xC00, zero), csrrs(a7, 0xC01, zero)});
    CHECK(m.run(18) == StopReason::BudgetEnd);
    CHECK(m.x(a0) == 1);
    CHECK(m.x(a1) == 4);
    CHECK(m.x(a2) == 100);  // the write is in place of the increment (Volume II, 3.1.10)
    CHECK(m.x(a3) == 102);  // the read before and the CSR write itself still counted
    CHECK(m.x(a4) == 9);
    CHECK(m.x(a5) == 103);  // 102 and the nop
    CHECK(m.x(a6) == 11);   // 9, nop, csrrs
    CHECK(m.x(a7) == 17 / 20);
}

TEST_CASE(
    "engine: WFI sleeps until an enabled interrupt is pending, even while interrupts are off") {
    Machine m;
    m.program(kRam, {li(a0, 0x80), csrrw(zero, 0x304, a0), kWfi, li(a1, 1), jal(zero, 0)});
    CHECK(m.run(100) == StopReason::Wfi);
    CHECK(m.core.state().cycles == 3);
    CHECK(m.run(100) == StopReason::Wfi);
    m.core.set_interrupt(riscv::Interrupt::MachineExternal, true);  // not enabled
    CHECK(m.run(100) == StopReason::Wfi);
    m.core.set_interrupt(riscv::Interrupt::MachineTimer, true);
    CHECK(m.run(2) == StopReason::BudgetEnd);
    CHECK(m.x(a1) == 1);
    CHECK(m.core.state().interrupts == 0);
}

TEST_CASE("engine: exceptions on the trap vector itself are the end") {
    Machine m;
    m.program(kRam, {auipc(t0, 1), csrrw(zero, kMtvec, t0), kEcall});
    m.program(kRam + 0x1000, {0xFFFF'FFFF});
    CHECK(m.run(1000) == StopReason::Dead);
    CHECK(m.pc() == kRam + 0x1000);
    CHECK(m.core.state().cycles == 5);
}

TEST_CASE("engine: an exception elsewhere ends the count of those on the vector") {
    Machine m;
    m.program(kRam, {kEcall});
    m.program(kRam + 0x1000, {nop()});
    auto state = m.core.state();
    state.mtvec = kRam + 0x1000;
    state.vector_faults = 1;
    m.core.set_state(state);
    CHECK(m.run(1) == StopReason::BudgetEnd);
    CHECK(m.core.state().vector_faults == 0);
}

TEST_CASE("engine: an instruction that reaches into the next page runs once") {
    Machine m;
    const std::uint64_t page_end = kRam + 0x1000;
    m.program(page_end - 6, {addi(a0, a0, 1), addi(a1, a1, 2), addi(a2, a2, 3)});
    m.core.set_pc(page_end - 6);
    CHECK(m.run(3) == StopReason::BudgetEnd);
    CHECK(m.pc() == page_end + 6);
    CHECK(m.x(a0) == 1);
    CHECK(m.x(a1) == 2);
    CHECK(m.x(a2) == 3);
}

TEST_CASE("engine: a breakpoint stops before its instruction, wherever in a block or loop it is") {
    Machine m;
    m.program(kRam,
              {li(a0, 0), addi(a0, a0, 1), addi(a1, a1, 1), addi(a2, a2, 1), bne(a0, zero, -12)});
    CHECK(m.run(20) == StopReason::BudgetEnd);  // the loop's blocks are known and linked
    m.core.add_breakpoint(kRam + 8);
    CHECK(m.run(20) == StopReason::Breakpoint);
    CHECK(m.pc() == kRam + 8);
    CHECK(m.x(a0) == m.x(a1) + 1);
    CHECK(m.run(20) == StopReason::Breakpoint);
    m.core.remove_breakpoint(kRam + 8);
    m.core.add_breakpoint(kRam + 4);
    const std::uint64_t before = m.x(a0);
    CHECK(m.run(20) == StopReason::Breakpoint);
    CHECK(m.pc() == kRam + 4);
    CHECK(m.x(a0) == before);
    m.core.remove_breakpoint(kRam + 4);
    CHECK(m.run(20) == StopReason::BudgetEnd);
}

TEST_CASE("engine: jumps far outside of Sv39's and Sv48's addresses do not meet cached blocks") {
    // In S-mode to where an address differs from a block's that M-mode ran, in bits that caches
    // compare with the mode.
    for (unsigned shift = 40; shift < 63; ++shift) {
        Machine m;
        m.program(kRam, {jal(zero, 8), nop(), jal(zero, 4), csrrw(zero, kMepc, a1), kMret});
        m.program(kRam + 0x100, {jalr(zero, a0, 0)});
        m.program(kRam + 0x200, {csrrs(a2, 0x343, zero), jal(zero, 0)});
        auto state = m.core.state();
        state.mtvec = kRam + 0x200;
        state.mstatus |= 1ULL << riscv::mstatus::kMppShift;
        state.pmpaddr[0] = (1ULL << 54) - 1;
        state.pmpcfg[0] = 0x1F;
        m.core.set_state(state);
        m.set_x(a0, (kRam + 8) ^ (1ULL << shift));
        m.set_x(a1, kRam + 0x100);
        m.run_through(10);
        CHECK(m.core.state().mcause == 1);
        CHECK(m.x(a2) == ((kRam + 8) ^ (1ULL << shift)));
    }
}
