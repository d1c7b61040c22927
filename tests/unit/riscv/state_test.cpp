// SPDX-License-Identifier: Apache-2.0
// Save and load: a run cut anywhere and continued in a fresh core ends as the uncut one.
#include "base/state.h"

#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::test::Machine;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;

// Integer and floating work, loads, stores, a reservation, traps, CSRs, an interrupt to come.
void build(Machine& m) {
    m.program(kRam, {auipc(t0, 1), csrrw(zero, 0x305, t0), lui(t1, 2), csrrs(zero, 0x300, t1),
                     auipc(s0, 2), addi(a0, a0, 5), sd(a0, s0, 0), fld(1, s0, 0),
                     r_type(0x53, 7, 0x69, 2, a0, 2), r_type(0x53, 7, 0x0D, 3, 2, 2), lr_d(a1, s0),
                     sc_d(a2, a0, s0), kEcall, csrrs(a3, 0xB02, zero), add(a4, a4, a3),
                     addi(t2, t2, 1), jal(zero, -44)});
    m.program(kRam + 0x1000,
              {csrrs(t3, 0x341, zero), addi(t3, t3, 4), csrrw(zero, 0x341, t3), kMret});
}

std::vector<std::byte> saved(const Machine& m) {
    base::StateWriter writer;
    m.core.state().save(writer);
    return writer.data();
}

}  // namespace

TEST_CASE("state: a run that is saved and loaded at any point ends with the same bytes") {
    constexpr std::uint64_t kLength = 60;
    Machine whole;
    build(whole);
    whole.run(kLength);
    for (std::uint64_t cut = 0; cut <= kLength; ++cut) {
        Machine first;
        build(first);
        first.run(cut);
        const std::vector<std::byte> data = saved(first);
        Machine second;
        second.ram = first.ram;
        base::StateReader reader(data);
        riscv::HartState state;
        state.load(reader);
        second.core.set_state(state);
        second.run(kLength - cut);
        CHECK(saved(second) == saved(whole));
        CHECK(second.ram == whole.ram);
    }
}

TEST_CASE("state: what another version or block wrote is refused") {
    Machine m;
    base::StateWriter writer;
    writer.begin("hart", 999);
    writer.end();
    base::StateReader reader(writer.data());
    riscv::HartState state;
    CHECK_THROWS_AS(state.load(reader), base::StateError);
}

TEST_CASE("state: reset keeps the interrupt wires only") {
    Machine m;
    build(m);
    m.run(50);
    m.core.set_interrupt(riscv::Interrupt::MachineTimer, true);
    m.core.reset();
    Machine fresh;
    fresh.core.set_interrupt(riscv::Interrupt::MachineTimer, true);
    CHECK(saved(m) == saved(fresh));
    CHECK(m.pc() == kRam);
}
