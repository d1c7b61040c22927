// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu_trace.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "riscv/disassemble.h"
#include "riscv/trap_names.h"

namespace athena::sim {

namespace {

constexpr std::size_t kKept = 1 << 18;

}  // namespace

CpuTrace::CpuTrace(int descriptor, const Symbols& symbols) : symbols_(symbols) {
    lines_.text().reserve(kKept + 1024);
    lines_.begin(descriptor, kKept);
}

void CpuTrace::on_instruction(const riscv::TracedInstruction& traced) {
    const riscv::Instruction& instruction = *traced.instruction;
    const riscv::HartState& after = *traced.after;
    const riscv::Effects effects = riscv::effects_of(instruction);
    auto out = std::back_inserter(lines_.text());
    const std::string symbol = symbols_.text(traced.pc);
    fmt::format_to(out, "{} hart{} {} {:016x} {}{}{:0{}x} {}", traced.time.value, traced.hart,
                   privilege_letter(traced.privilege), traced.pc, symbol, symbol.empty() ? "" : " ",
                   instruction.bits, instruction.length * 2,
                   riscv::disassemble(instruction, traced.pc));
    std::string_view before = " # ";
    if (effects.destination == riscv::Destination::Float) {
        fmt::format_to(out, "{}{}={:#x}", before, riscv::float_register_name(instruction.rd),
                       after.f[instruction.rd]);
        before = " ";
    } else if (effects.destination == riscv::Destination::Integer && instruction.rd != 0) {
        fmt::format_to(out, "{}{}={:#x}", before, riscv::integer_register_name(instruction.rd),
                       after.x[instruction.rd]);
        before = " ";
    }
    if (effects.access_size != 0) {
        fmt::format_to(out, "{}[{:#x}]", before, traced.address);
        if (effects.stores && !effects.loads) {
            const std::uint64_t value =
                effects.stores_float ? after.f[instruction.rs2] : after.x[instruction.rs2];
            const unsigned unused = 64 - 8U * effects.access_size;
            fmt::format_to(out, "={:#x}", value << unused >> unused);
        }
    }
    lines_.end_line();
}

void CpuTrace::on_trap(const riscv::TracedTrap& trap) {
    const std::string symbol = symbols_.text(trap.epc);
    fmt::format_to(std::back_inserter(lines_.text()),
                   "{} hart{} {} {:016x} {}{}trap: {}, tval {:#x}, to {} {:#x}", trap.time.value,
                   trap.hart, privilege_letter(trap.from), trap.epc, symbol,
                   symbol.empty() ? "" : " ", riscv::trap_name(trap.interrupt, trap.cause),
                   trap.value, privilege_letter(trap.to), trap.target);
    lines_.end_line();
}

}  // namespace athena::sim
