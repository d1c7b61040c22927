// SPDX-License-Identifier: Apache-2.0
// The trigger ("RISC-V External Debug Support" 0.13.2, 5.2); which access fires it in which mode is
// compared with QEMU (tests/firmware/isa/triggers.py).
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"
#include "page_table.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::Privilege;
using athena::riscv::StopReason;
using athena::riscv::WatchKind;
using athena::test::Machine;
using athena::test::PageTable;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kVector = kRam + 0x800;
constexpr std::uint64_t kData = kRam + 0x1'0000;
constexpr std::uint64_t kLoad = 1;
constexpr std::uint64_t kStore = 2;
constexpr std::uint64_t kExecute = 4;
constexpr std::uint64_t kUser = 8;
constexpr std::uint64_t kSupervisor = 16;
constexpr std::uint64_t kMachine = 64;
constexpr std::uint64_t kMte = 8;
constexpr std::uint64_t kMpte = 128;
constexpr std::uint32_t kTdata1 = 0x7A1;
constexpr std::uint32_t kTdata2 = 0x7A2;
constexpr std::uint32_t kTcontrol = 0x7A5;

// Under a trigger, in M-mode with MTE; traps go to a WFI at kVector.
void arm(Machine& m, std::uint64_t tdata1, std::uint64_t tdata2) {
    auto state = m.core.state();
    state.tdata1 = tdata1;
    state.tdata2 = tdata2;
    state.tcontrol = kMte;
    state.mtvec = kVector;
    m.core.set_state(state);
    m.write(kVector, kWfi);
}

}  // namespace

TEST_CASE("trigger: its registers hold what the specification lets them") {
    Machine m;
    const auto write_and_read = [&](std::uint32_t number, std::uint64_t value) {
        m.program(kRam, {csrrw(zero, number, a0), csrrs(a1, number, zero)});
        m.set_x(a0, value);
        m.core.set_pc(kRam);
        CHECK(m.run(2) == StopReason::BudgetEnd);
        return m.x(a1);
    };
    constexpr std::uint64_t kType = 2ULL << 60;
    CHECK(write_and_read(0x7A0, 5) == 0);            // tselect: there is one
    CHECK(write_and_read(kTdata1, ~0ULL) == kType);  // no type 15: disabled
    CHECK(write_and_read(kTdata1, kType | (~0ULL >> 5)) == (kType | 0x5F));
    CHECK(write_and_read(kTdata1, 6ULL << 60 | 0x5F) == kType);
    CHECK(write_and_read(kTdata2, 0x8123'4567'89AB'CDEF) == 0x8123'4567'89AB'CDEF);
    CHECK(write_and_read(0x7A3, ~0ULL) == 0);
    CHECK(write_and_read(0x7A4, ~0ULL) == 4);  // tinfo: type 2
    CHECK(write_and_read(kTcontrol, ~0ULL) == (kMte | kMpte));
}

TEST_CASE("trigger: in M-mode it is silent until MTE, and while a trap to M-mode is handled") {
    for (const std::uint64_t tcontrol : {std::uint64_t{0}, kMpte, kMte, kMte | kMpte}) {
        Machine m;
        m.program(kRam, {ld(a1, a0, 0), kWfi});
        arm(m, kLoad | kMachine, kData);
        auto state = m.core.state();
        state.tcontrol = tcontrol;
        m.core.set_state(state);
        m.program(kVector, {ld(a2, a0, 0), kWfi});  // would fire again
        m.write<std::uint64_t>(kData, 77);
        m.set_x(a0, kData);
        CHECK(m.run(10) == StopReason::Wfi);
        const bool fires = (tcontrol & kMte) != 0;
        CHECK(m.core.state().exceptions == (fires ? 1 : 0));
        CHECK(m.x(a1) == (fires ? 0 : 77));
        CHECK(m.x(a2) == (fires ? 77 : 0));
        CHECK(m.core.state().tcontrol == (fires ? kMpte : tcontrol));
    }
}

TEST_CASE("trigger: MRET brings MTE back from MPTE") {
    for (const std::uint64_t before : {std::uint64_t{0}, kMte, kMpte, kMte | kMpte}) {
        Machine m;
        m.program(kRam, {kMret});
        auto state = m.core.state();
        state.tcontrol = before;
        m.core.set_state(state);
        m.run(1);
        CHECK(m.core.state().tcontrol == ((before & kMpte) != 0 ? kMte | kMpte : 0));
    }
}

TEST_CASE("trigger: an execute trigger stops loops whose blocks are known, at each instruction") {
    for (unsigned place = 0; place < 4; ++place) {
        Machine m;
        m.program(kRam, {addi(a0, a0, 1), addi(a1, a1, 1), addi(a2, a2, 1), jal(zero, -12)});
        m.program(kVector, {kWfi});
        m.program(kRam + 0x100, {csrrw(zero, kTdata1, t0), jal(zero, -0x104)});
        auto state = m.core.state();
        state.mtvec = kVector;
        state.tdata2 = kRam + 4ULL * place;
        state.tcontrol = kMte;
        m.core.set_state(state);
        CHECK(m.run(40) == StopReason::BudgetEnd);
        m.set_x(t0, 2ULL << 60 | kExecute | kMachine);
        m.core.set_pc(kRam + 0x100);
        CHECK(m.run(40) == StopReason::Wfi);
        CHECK(m.core.state().mcause == 3);
        CHECK(m.core.state().mepc == kRam + 4ULL * place);
        CHECK(m.core.state().mtval == kRam + 4ULL * place);
        CHECK(m.x(a0) == (place > 0 ? 11 : 10));
        CHECK(m.x(a2) == (place > 2 ? 11 : 10));
    }
}

TEST_CASE("trigger: its exception comes before page faults of fetch and load, and leaves A alone") {
    constexpr std::uint64_t kCode = 0x10'0000;
    for (const bool fetch : {false, true}) {
        Machine m;
        PageTable table(m, kRam + 0x8'0000);
        table.map(kCode, kRam + 0x1000, PageTable::kAll);
        const std::uint64_t entry = table.map(kCode + 0x1000, kData, PageTable::kReadWrite);
        m.program(kRam + 0x1000, {ld(a1, a0, 0), jalr(zero, a0, 0)});
        table.enter(kCode);
        auto state = m.core.state();
        state.tdata1 = (fetch ? kExecute : kLoad) | kSupervisor;
        state.tdata2 = kCode + 0x1000;
        state.pc = fetch ? kCode + 4 : kCode;
        m.core.set_state(state);
        m.set_x(a0, kCode + 0x1000);
        CHECK(m.run(10) == StopReason::Wfi);
        CHECK(m.core.state().mcause == 3);
        CHECK(m.core.state().mtval == kCode + 0x1000);
        CHECK(m.core.state().mepc == (fetch ? kCode + 0x1000 : kCode));
        CHECK((m.read<std::uint64_t>(entry) & PageTable::kAccessed) == 0);
    }
}

TEST_CASE("trigger: goes to S-mode where breakpoints are delegated") {
    Machine m;
    m.program(kRam, {sd(a1, a0, 0)});
    arm(m, kStore | kUser, kData);
    auto state = m.core.state();
    state.privilege = Privilege::User;
    state.pmpaddr[0] = (1ULL << 54) - 1;
    state.pmpcfg[0] = 0x1F;
    state.medeleg = 1 << 3;
    state.stvec = kRam + 0x900;
    m.core.set_state(state);
    m.set_x(a0, kData);
    m.set_x(a1, 5);
    m.run(1);
    CHECK(m.pc() == kRam + 0x900);
    CHECK(m.core.state().scause == 3);
    CHECK(m.core.state().stval == kData);
    CHECK(m.read<std::uint64_t>(kData) == 0);
    CHECK(m.core.state().tcontrol == kMte);
}

TEST_CASE("trigger: a change of tdata2 counts for pages that the TLB knows") {
    Machine m;
    m.program(kRam, {ld(a1, a0, 0), sd(a1, a0, 0), csrrw(zero, kTdata2, a0), sd(a1, a0, 0)});
    arm(m, kStore | kMachine, 0);
    m.set_x(a0, kData);
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.core.state().mepc == kRam + 12);
    CHECK(m.core.state().mtval == kData);
}

TEST_CASE("trigger: a debugger's stop at the same place comes first, and is passed alone") {
    Machine m;
    m.program(kRam, {nop(), ld(a1, a0, 0)});
    arm(m, kLoad | kMachine, kData);
    m.set_x(a0, kData);
    m.core.add_watchpoint({kData, kData, WatchKind::Read});
    CHECK(m.run(10) == StopReason::Watchpoint);
    m.core.pass_stop();
    CHECK(m.run(10) == StopReason::Wfi);
    CHECK(m.core.state().mcause == 3);
}
