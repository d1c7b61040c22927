// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "encode.h"
#include "machine.h"
#include "riscv/csr_numbers.h"

using namespace athena;
using namespace athena::test::rv;
using athena::riscv::StopReason;
using athena::test::Machine;

TEST_CASE("debug: registers are written by their own rules") {
    Machine m;
    riscv::HartCore& core = m.core;
    CHECK(core.debug_set_csr(riscv::csr::kMepc, 0x8000'0003));
    CHECK(core.debug_csr(riscv::csr::kMepc) == 0x8000'0002);
    CHECK(core.debug_set_csr(riscv::csr::kMtvec, 0x8000'0002));  // a reserved mode
    CHECK(core.debug_csr(riscv::csr::kMtvec) == 0);
    CHECK(core.debug_set_csr(riscv::csr::kFcsr, 0xFFF));  // with mstatus.FS off
    CHECK(core.debug_csr(riscv::csr::kFflags) == 31);
    CHECK(core.debug_csr(riscv::csr::kFrm) == 7);
    CHECK(!core.debug_set_csr(riscv::csr::kMhartid, 1));
    CHECK(!core.debug_set_csr(riscv::csr::kInstret, 1));
    CHECK(!core.debug_set_csr(0x123, 1));
    CHECK(core.debug_csr(0x123) == std::nullopt);
    CHECK(core.debug_csr(0) == std::nullopt);
}

TEST_CASE("debug: counters that are written between instructions read as written") {
    Machine m;
    m.program(Machine::kRam, {nop(), nop(), nop(), nop()});
    CHECK(m.run(2) == StopReason::BudgetEnd);
    for (const unsigned counter :
         {unsigned{riscv::csr::kMcycle}, unsigned{riscv::csr::kMinstret}}) {
        CHECK(m.core.debug_set_csr(counter, 100));
        CHECK(m.core.debug_csr(counter) == 100);
    }
    CHECK(m.core.debug_set_csr(riscv::csr::kMcountinhibit, 5));
    CHECK(m.run(1) == StopReason::BudgetEnd);
    CHECK(m.core.debug_csr(riscv::csr::kMcycle) == 100);
    CHECK(m.core.debug_set_csr(riscv::csr::kMcountinhibit, 0));
    CHECK(m.run(1) == StopReason::BudgetEnd);
    CHECK(m.core.debug_csr(riscv::csr::kMcycle) == 101);
    CHECK(m.core.debug_csr(riscv::csr::kMinstret) == 101);
    CHECK(m.core.state().cycles == 4);
    CHECK(m.core.state().instructions == 4);
}
