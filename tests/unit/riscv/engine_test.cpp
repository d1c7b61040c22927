// SPDX-License-Identifier: Apache-2.0
// Running blocks: budgets, precision, links, bus deferral.
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::test::Machine;

TEST_CASE("engine: a loop retires one instruction a cycle, to the exact end of each budget") {
    Machine whole;
    Machine pieces;
    for (Machine* machine : {&whole, &pieces}) {
        machine->program(Machine::kRam, {li(a0, 0), addi(a0, a0, 1), addi(a1, a1, 3),
                                         add(a2, a2, a1), bne(a0, zero, -12)});
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

TEST_CASE("engine: an instruction that reaches into the next page runs once") {
    Machine machine;
    const std::uint64_t page_end = Machine::kRam + 0x1000;
    machine.program(page_end - 6, {addi(a0, a0, 1), addi(a1, a1, 2), addi(a2, a2, 3)});
    machine.core.set_pc(page_end - 6);
    CHECK(machine.run(3) == StopReason::BudgetEnd);
    CHECK(machine.pc() == page_end + 6);
    CHECK(machine.x(a0) == 1);
    CHECK(machine.x(a1) == 2);
    CHECK(machine.x(a2) == 3);
}
