// SPDX-License-Identifier: Apache-2.0
#include "riscv/state.h"

#include <string>

#include "base/state.h"

namespace athena::riscv {

namespace {

constexpr std::uint32_t kVersion = 3;

// One list of fields for both directions: `Visit` takes a name and a reference to an integer.
template <typename State, typename Visit>
void visit_fields(State& s, Visit&& visit) {
    for (unsigned i = 1; i < 32; ++i) {
        visit("x" + std::to_string(i), s.x[i]);
    }
    for (unsigned i = 0; i < 32; ++i) {
        visit("f" + std::to_string(i), s.f[i]);
    }
    visit("pc", s.pc);
    visit("privilege", s.privilege);
    visit("waiting", s.waiting);
    visit("fp_dirty", s.fp_dirty);
    visit("reserved", s.reserved);
    visit("reserved_size", s.reserved_size);
    visit("reserved_address", s.reserved_address);
    visit("fflags", s.fflags);
    visit("frm", s.frm);
    visit("mstatus", s.mstatus);
    visit("medeleg", s.medeleg);
    visit("mideleg", s.mideleg);
    visit("mie", s.mie);
    visit("mip", s.mip);
    visit("lines", s.lines);
    visit("mtvec", s.mtvec);
    visit("mscratch", s.mscratch);
    visit("mepc", s.mepc);
    visit("mcause", s.mcause);
    visit("mtval", s.mtval);
    visit("mcounteren", s.mcounteren);
    visit("mcountinhibit", s.mcountinhibit);
    visit("menvcfg", s.menvcfg);
    visit("stvec", s.stvec);
    visit("sscratch", s.sscratch);
    visit("sepc", s.sepc);
    visit("scause", s.scause);
    visit("stval", s.stval);
    visit("scounteren", s.scounteren);
    visit("senvcfg", s.senvcfg);
    visit("satp", s.satp);
    visit("stimecmp", s.stimecmp);
    for (unsigned i = 0; i < kPmpEntries; ++i) {
        visit("pmpcfg" + std::to_string(i), s.pmpcfg[i]);
        visit("pmpaddr" + std::to_string(i), s.pmpaddr[i]);
    }
    visit("tdata1", s.tdata1);
    visit("tdata2", s.tdata2);
    visit("tcontrol", s.tcontrol);
    visit("cycles", s.cycles);
    visit("instructions", s.instructions);
    visit("mcycle_base", s.mcycle_base);
    visit("minstret_base", s.minstret_base);
    visit("exceptions", s.exceptions);
    visit("interrupts", s.interrupts);
    visit("vector_faults", s.vector_faults);
}

}  // namespace

void HartState::save(base::StateWriter& writer) const {
    writer.begin("hart", kVersion);
    visit_fields(*this, [&](const std::string& name, const auto& field) {
        writer.value(name, static_cast<std::uint64_t>(field));
    });
    writer.end();
}

void HartState::load(base::StateReader& reader) {
    reader.begin("hart", kVersion);
    HartState loaded;
    visit_fields(loaded, [&](const std::string& name, auto& field) {
        field = static_cast<std::remove_reference_t<decltype(field)>>(reader.value(name));
    });
    reader.end();
    *this = loaded;
}

}  // namespace athena::riscv
