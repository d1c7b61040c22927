// SPDX-License-Identifier: Apache-2.0
// Sstc: STIP is "mtime has reached stimecmp", seen in the very cycle. Machine's mtime makes a step
// every 20 cycles. Who may access stimecmp is compared with QEMU (tests/firmware/isa/modes.py).
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::Interrupt;
using athena::riscv::StopReason;
using athena::test::Machine;
namespace mstatus = athena::riscv::mstatus;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kStce = 1ULL << 63;
constexpr std::uint64_t kStip = 1ULL << 5;
constexpr std::uint32_t kStimecmp = 0x14D;
constexpr std::uint32_t kMip = 0x344;

// M-mode, the timer on, its interrupt enabled and not delegated.
void prepare(Machine& m, std::uint64_t compare) {
    auto state = m.core.state();
    state.menvcfg = kStce;
    state.stimecmp = compare;
    state.mie = kStip;
    state.mtvec = kRam + 0x800;
    m.core.set_state(state);
}

}  // namespace

TEST_CASE("timer: its interrupt is taken in the cycle in which mtime reaches stimecmp") {
    for (const std::uint64_t compare : {1U, 2U, 7U}) {
        Machine m;
        m.program(kRam, {addi(a0, a0, 1), jal(zero, -4)});
        m.program(kRam + 0x800, {csrrs(a1, 0xB00, zero), csrrs(a2, 0xC01, zero), jal(zero, 0)});
        prepare(m, compare);
        auto state = m.core.state();
        state.mstatus |= mstatus::kMie;
        m.core.set_state(state);
        m.run(1000);
        CHECK(m.x(a1) == compare * 20);
        CHECK(m.x(a2) == compare);
        CHECK(m.core.state().mcause == (1ULL << 63 | 5));
    }
}

TEST_CASE("timer: mip shows it from its cycle on, wherever runs are cut") {
    for (std::uint64_t cut = 1; cut < 50; ++cut) {
        Machine m;
        // a1: how many times mip was read without STIP, one in three cycles
        m.program(kRam, {csrrs(a0, kMip, zero), bne(a0, zero, 12), addi(a1, a1, 1), jal(zero, -12),
                         csrrs(a2, 0xB00, zero), jal(zero, 0)});
        prepare(m, 2);
        m.run(cut);
        m.run(100);
        CHECK(m.x(a0) == kStip);
        CHECK(m.x(a1) == 10);  // in cycles 0, 4 to 36; the next read, in cycle 40, sees it
        CHECK(m.x(a2) == 42);
    }
}

TEST_CASE("timer: writing stimecmp sets and clears STIP at once, and later") {
    Machine m;
    m.program(kRam, {csrrw(zero, kStimecmp, a0), csrrs(a1, kMip, zero), csrrw(zero, kStimecmp, a2),
                     csrrs(a3, kMip, zero), csrrw(zero, kStimecmp, a4), jal(zero, 0)});
    prepare(m, 100);
    m.set_x(a0, 0);
    m.set_x(a2, ~0ULL);
    m.set_x(a4, 3);
    m.run(10);
    CHECK(m.x(a1) == kStip);
    CHECK(m.x(a3) == 0);
    m.run(49);
    CHECK(!m.core.has_wakeup());
    m.run(2);
    CHECK(m.core.has_wakeup());
}

TEST_CASE("timer: it ends when STCE does, and does not run without") {
    Machine m;
    m.program(kRam, {csrrw(zero, 0x30A, zero), csrrs(a0, kMip, zero), csrrw(zero, kMip, a1),
                     csrrs(a2, kMip, zero), csrrw(zero, 0x30A, a3), csrrw(zero, kMip, zero),
                     csrrs(a4, kMip, zero), jal(zero, 0)});
    prepare(m, 0);
    m.set_x(a1, kStip);
    m.set_x(a3, kStce);
    m.run(20);
    CHECK(m.x(a0) == 0);
    CHECK(m.x(a2) == kStip);  // software's again
    CHECK(m.x(a4) == kStip);  // the comparison's
}

TEST_CASE("timer: mtime that jumps or wraps is noticed") {
    Machine m;
    m.program(kRam, {jal(zero, 0)});
    prepare(m, 5000);
    m.run(20);
    CHECK(!m.core.has_wakeup());
    m.time_offset = ~0ULL - 3;  // 5 steps before it wraps, of which one has passed
    m.core.set_time_changed();
    m.run(1);
    CHECK(m.core.has_wakeup());
    m.run(20 * 3 - 1);
    CHECK(m.core.has_wakeup());
    m.run(2);
    CHECK(!m.core.has_wakeup());
}

TEST_CASE("timer: asleep, it says in which cycle it wakes") {
    Machine m;
    m.program(kRam, {kWfi, jal(zero, 0)});
    prepare(m, 9);
    CHECK(m.run(500) == StopReason::Wfi);
    CHECK(m.core.timer_cycle() == 180);
    m.core.add_idle_cycles(178);
    CHECK(m.run(10) == StopReason::Wfi);
    m.core.add_idle_cycles(1);
    CHECK(m.run(10) == StopReason::BudgetEnd);
    CHECK(m.core.state().instructions == 11);
}
