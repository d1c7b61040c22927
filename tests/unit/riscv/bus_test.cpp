// SPDX-License-Identifier: Apache-2.0
// Accesses that are not to host memory: made at their instant only, and once.
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::test::Machine;

namespace {
constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kDevice = Machine::kDevice;
}  // namespace

TEST_CASE("bus: an access waits for its instant, and then is done alone") {
    Machine m;
    m.program(kRam,
              {lui(a0, kDevice >> 12), li(a1, 5), sw(a1, a0, 0x10), lw(a2, a0, 0x20), li(a3, 1)});
    riscv::RunResult result = m.core.run(100, false);
    CHECK(result.reason == StopReason::BusNeeded);
    CHECK(result.cycles == 2);
    CHECK(m.pc() == kRam + 8);
    CHECK(m.accesses.empty());
    result = m.core.run(100, false);  // still not
    CHECK(result.reason == StopReason::BusNeeded);
    CHECK(result.cycles == 0);
    result = m.core.run(100, true);
    CHECK(result.reason == StopReason::BusDone);
    CHECK(result.cycles == 1);
    CHECK(m.accesses == std::vector<Machine::Access>{{kDevice + 0x10, 4, true, 5}});
    CHECK(m.core.run(100, false).reason == StopReason::BusNeeded);
    CHECK(m.core.run(100, true).reason == StopReason::BusDone);
    CHECK(m.x(a2) == 0x5566'7788);
    CHECK(m.x(a3) == 0);
    CHECK(m.core.state().instructions == 4);
}

TEST_CASE("bus: only the first instruction of a run may access it, also in a loop of one block") {
    Machine m;
    m.program(kRam, {lw(a2, a0, 0), jal(zero, -4)});
    m.set_x(a0, kDevice);
    CHECK(m.core.run(100, true).reason == StopReason::BusDone);
    const riscv::RunResult result = m.core.run(100, true);  // begins with the jump
    CHECK(result.reason == StopReason::BusNeeded);
    CHECK(result.cycles == 1);
    CHECK(m.accesses.size() == 1);
}

TEST_CASE("bus: a refused access traps, its instant used up") {
    Machine m;
    m.program(kRam, {sw(a0, a0, 0)});
    m.program(kRam + 0x100, {nop()});
    auto state = m.core.state();
    state.mtvec = kRam + 0x100;
    m.core.set_state(state);
    m.set_x(a0, 0x2000'0000);
    const riscv::RunResult result = m.core.run(100, true);
    CHECK(result.reason == StopReason::BusDone);
    CHECK(result.cycles == 1);
    CHECK(m.core.state().mcause == 7);
    CHECK(m.core.state().mtval == 0x2000'0000);
    CHECK(m.pc() == kRam + 0x100);
    CHECK(m.core.state().instructions == 0);
}

TEST_CASE("bus: a misaligned access becomes aligned pieces, ascending") {
    Machine m;
    m.program(kRam, {sd(a1, a0, 3)});
    m.set_x(a0, kDevice);
    m.set_x(a1, 0x8877'6655'4433'2211);
    CHECK(m.core.run(1, true).reason == StopReason::BusDone);
    CHECK(m.accesses == std::vector<Machine::Access>{{kDevice + 3, 1, true, 0x11},
                                                     {kDevice + 4, 4, true, 0x5544'3322},
                                                     {kDevice + 8, 2, true, 0x7766},
                                                     {kDevice + 10, 1, true, 0x88}});
}

TEST_CASE("bus: an access half in RAM and half outside does nothing before its instant") {
    Machine m;
    m.program(kRam, {sd(a1, a0, 0)});
    m.set_x(a0, kRam + Machine::kRamSize - 4);
    m.set_x(a1, ~0ULL);
    CHECK(m.core.run(1, false).reason == StopReason::BusNeeded);
    CHECK(m.read<std::uint32_t>(kRam + Machine::kRamSize - 4) == 0);
}

TEST_CASE("bus: code and data in memory without host pointer work, an instruction a run") {
    Machine m;
    const std::uint64_t base = Machine::kSlowRam;
    m.program(base, {auipc(a0, 1), li(a1, 77), sd(a1, a0, 0), lr_d(a2, a0), addi(a2, a2, 1),
                     sc_d(a3, a2, a0), amoadd_d(a4, a1, a0), jal(zero, 0)});
    m.core.set_pc(base);
    CHECK(m.core.run(100, false).reason == StopReason::BusNeeded);
    for (int i = 0; i < 7; ++i) {
        const riscv::RunResult result = m.core.run(100, true);
        CHECK(result.reason == StopReason::BusDone);
        CHECK(result.cycles == 1);
    }
    CHECK(m.x(a3) == 0);
    CHECK(m.x(a4) == 78);
    CHECK(m.read<std::uint64_t>(base + 0x1000) == 155);
    CHECK(m.pc() == base + 28);
}

TEST_CASE("bus: an interrupt that an access raises is taken before the next instruction") {
    Machine m;
    m.program(kRam, {lw(a1, a0, 0), li(a2, 1)});
    m.program(kRam + 0x100, {nop(), jal(zero, 0)});
    auto state = m.core.state();
    state.mtvec = kRam + 0x100;
    state.mie = 0x800;
    state.mstatus |= riscv::mstatus::kMie;
    m.core.set_state(state);
    m.set_x(a0, kDevice);
    m.on_access = [&] { m.core.set_interrupt(riscv::Interrupt::MachineExternal, true); };
    CHECK(m.core.run(10, true).reason == StopReason::BusDone);
    CHECK(m.core.run(1, false).reason == StopReason::BudgetEnd);
    CHECK(m.core.state().mepc == kRam + 4);
    CHECK(m.x(a2) == 0);
    CHECK(m.pc() == kRam + 0x104);
}
