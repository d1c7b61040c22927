// SPDX-License-Identifier: Apache-2.0
// Delegation, vectors, priorities, and what returns restore (Volume II, 3.1).
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::HartState;
using athena::riscv::Interrupt;
using athena::riscv::Privilege;
using athena::riscv::StopReason;
using athena::test::Machine;
namespace mstatus = athena::riscv::mstatus;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kMachineVector = kRam + 0x1000;
constexpr std::uint64_t kSupervisorVector = kRam + 0x2000;

struct Trapping {
    explicit Trapping(Privilege privilege) {
        state = m.core.state();
        state.privilege = privilege;
        state.mtvec = kMachineVector | 1;
        state.stvec = kSupervisorVector | 1;
        state.pmpaddr[0] = (1ULL << 54) - 1;
        state.pmpcfg[0] = 0x1F;
    }
    void run(std::uint64_t cycles) {
        m.core.set_state(state);
        CHECK(m.run(cycles) == StopReason::BudgetEnd);
        state = m.core.state();
    }
    Machine m;
    HartState state;
};

}  // namespace

TEST_CASE("trap: a delegated exception goes to S-mode from U and S, never from M") {
    for (const Privilege from : {Privilege::User, Privilege::Supervisor, Privilege::Machine}) {
        Trapping t(from);
        t.m.program(kRam, {0xFFFF'FFFF});
        t.state.medeleg = 1 << 2;
        t.state.mstatus |= mstatus::kSie | mstatus::kMie;
        t.run(1);
        const bool by_machine = from == Privilege::Machine;
        CHECK(t.state.pc == (by_machine ? kMachineVector : kSupervisorVector));
        CHECK(t.state.privilege == (by_machine ? Privilege::Machine : Privilege::Supervisor));
        CHECK((by_machine ? t.state.mcause : t.state.scause) == 2);
        CHECK((by_machine ? t.state.mtval : t.state.stval) == 0xFFFF'FFFF);
        CHECK((by_machine ? t.state.mepc : t.state.sepc) == kRam);
        if (by_machine) {
            CHECK((t.state.mstatus & (mstatus::kMie | mstatus::kMpie)) == mstatus::kMpie);
            CHECK((t.state.mstatus & mstatus::kMpp) == mstatus::kMpp);
        } else {
            CHECK((t.state.mstatus & (mstatus::kSie | mstatus::kSpie)) == mstatus::kSpie);
            CHECK(((t.state.mstatus & mstatus::kSpp) != 0) == (from == Privilege::Supervisor));
        }
    }
}

TEST_CASE("trap: interrupts are taken by priority, to the entry of their vector") {
    constexpr Interrupt kOrder[] = {Interrupt::MachineExternal,    Interrupt::MachineSoftware,
                                    Interrupt::MachineTimer,       Interrupt::SupervisorExternal,
                                    Interrupt::SupervisorSoftware, Interrupt::SupervisorTimer};
    Trapping t(Privilege::User);
    for (std::uint64_t cause = 0; cause < 12; ++cause) {
        t.m.program(kMachineVector + 4 * cause, {nop()});
    }
    t.state.mie = 0xAAA;
    for (const Interrupt line : kOrder) {
        t.state.lines |= 1ULL << static_cast<unsigned>(line);
    }
    for (const Interrupt line : kOrder) {
        const auto cause = static_cast<unsigned>(line);
        t.state.pc = kRam;
        t.state.privilege = Privilege::User;
        t.run(1);
        CHECK(t.state.mcause == (1ULL << 63 | cause));
        CHECK(t.state.mepc == kRam);
        CHECK(t.state.mtval == 0);
        CHECK(t.state.pc == kMachineVector + 4 * cause + 4);
        t.state.lines &= ~(1ULL << cause);
    }
}

TEST_CASE("trap: who may be interrupted") {
    struct Case {
        Privilege privilege;
        std::uint64_t enables;
        bool delegated;
        bool taken;
    };
    for (const Case c :
         {Case{Privilege::Machine, 0, false, false},
          Case{Privilege::Machine, mstatus::kMie, false, true},
          Case{Privilege::Machine, mstatus::kMie | mstatus::kSie, true, false},
          Case{Privilege::Supervisor, 0, false, true}, Case{Privilege::Supervisor, 0, true, false},
          Case{Privilege::Supervisor, mstatus::kSie, true, true},
          Case{Privilege::User, 0, true, true}, Case{Privilege::User, 0, false, true}}) {
        Trapping t(c.privilege);
        t.m.program(kRam, {nop(), nop()});
        t.state.mie = t.state.mip = 2;
        t.state.mideleg = c.delegated ? 2 : 0;
        t.state.mstatus |= c.enables;
        t.m.program(kMachineVector + 4, {nop()});
        t.m.program(kSupervisorVector + 4, {nop()});
        t.run(1);
        CHECK(t.state.interrupts == (c.taken ? 1 : 0));
        CHECK(t.state.pc ==
              (!c.taken ? kRam + 4 : (c.delegated ? kSupervisorVector : kMachineVector) + 8));
    }
}

TEST_CASE("trap: an interrupt that a CSR write or a return enables is taken at once") {
    Trapping t(Privilege::Machine);
    t.m.program(kRam, {csrrwi(zero, 0x304, 8), csrrwi(zero, 0x300, 8), li(a0, 1)});
    t.m.program(kMachineVector + 12, {kMret});
    t.state.lines = 8;
    t.run(2);
    CHECK(t.state.pc == kMachineVector + 12);
    CHECK(t.state.mepc == kRam + 8);
    t.run(1);  // the return enables it again: it never comes to li
    CHECK(t.state.pc == kMachineVector + 12);
    CHECK(t.state.interrupts == 2);
    CHECK(t.state.x[a0] == 0);
}

TEST_CASE("trap: MRET and SRET restore what was stacked, and clear MPRV below M") {
    Trapping t(Privilege::Machine);
    t.m.program(kRam, {kMret});
    t.m.program(kRam + 0x100, {kSret});
    t.m.program(kRam + 0x200, {nop()});
    t.state.mepc = kRam + 0x100;
    t.state.sepc = kRam + 0x200;
    t.state.mstatus |= 1ULL << mstatus::kMppShift | mstatus::kMpie | mstatus::kMprv;
    t.run(1);
    CHECK(t.state.privilege == Privilege::Supervisor);
    CHECK((t.state.mstatus & (mstatus::kMie | mstatus::kMpie | mstatus::kMpp | mstatus::kMprv)) ==
          (mstatus::kMie | mstatus::kMpie));
    t.run(1);
    CHECK(t.state.privilege == Privilege::User);
    CHECK((t.state.mstatus & (mstatus::kSie | mstatus::kSpie | mstatus::kSpp)) == mstatus::kSpie);
    t.run(1);
    CHECK(t.state.pc == kRam + 0x204);
}

TEST_CASE("trap: TVM, TW and TSR make S-mode's instructions illegal") {
    struct Case {
        std::uint64_t bit;
        std::uint32_t word;
    };
    for (const Case c : {Case{mstatus::kTvm, kSfenceVma}, Case{mstatus::kTvm, csrrs(a0, 0x180, 0)},
                         Case{mstatus::kTw, kWfi}, Case{mstatus::kTsr, kSret}}) {
        for (const bool set : {false, true}) {
            Trapping t(Privilege::Supervisor);
            t.m.program(kRam, {c.word});
            t.state.mstatus |= (set ? c.bit : 0) | mstatus::kSpp;
            t.state.sepc = kRam + 4;
            t.m.core.set_state(t.state);
            t.m.run(1);
            CHECK(t.m.core.state().exceptions == (set ? 1 : 0));
        }
    }
}
