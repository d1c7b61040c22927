// SPDX-License-Identifier: Apache-2.0
// Names of control and status registers (Volume II, tables 2.2 to 2.6), of those that the hart has.
#include <array>
#include <string>

#include "riscv/csr_numbers.h"
#include "riscv/disassemble.h"

namespace athena::riscv {

namespace {

constexpr unsigned kNumbers = 4096;
using Names = std::array<std::string, kNumbers>;

constexpr struct {
    unsigned number;
    const char* name;
} kSingle[] = {
    {csr::kFflags, "fflags"},
    {csr::kFrm, "frm"},
    {csr::kFcsr, "fcsr"},
    {csr::kSstatus, "sstatus"},
    {csr::kSie, "sie"},
    {csr::kStvec, "stvec"},
    {csr::kScounteren, "scounteren"},
    {csr::kSenvcfg, "senvcfg"},
    {csr::kSscratch, "sscratch"},
    {csr::kSepc, "sepc"},
    {csr::kScause, "scause"},
    {csr::kStval, "stval"},
    {csr::kSip, "sip"},
    {csr::kSatp, "satp"},
    {csr::kStimecmp, "stimecmp"},
    {csr::kMstatus, "mstatus"},
    {csr::kMisa, "misa"},
    {csr::kMedeleg, "medeleg"},
    {csr::kMideleg, "mideleg"},
    {csr::kMie, "mie"},
    {csr::kMtvec, "mtvec"},
    {csr::kMcounteren, "mcounteren"},
    {csr::kMenvcfg, "menvcfg"},
    {csr::kMcountinhibit, "mcountinhibit"},
    {csr::kMscratch, "mscratch"},
    {csr::kMepc, "mepc"},
    {csr::kMcause, "mcause"},
    {csr::kMtval, "mtval"},
    {csr::kMip, "mip"},
    {csr::kTselect, "tselect"},
    {csr::kTdata1, "tdata1"},
    {csr::kTdata2, "tdata2"},
    {csr::kTinfo, "tinfo"},
    {csr::kTcontrol, "tcontrol"},
    {csr::kPmpcfg0, "pmpcfg0"},
    {csr::kPmpcfg2, "pmpcfg2"},
    {csr::kMcycle, "mcycle"},
    {csr::kMinstret, "minstret"},
    {csr::kCycle, "cycle"},
    {csr::kTime, "time"},
    {csr::kInstret, "instret"},
    {csr::kMvendorid, "mvendorid"},
    {csr::kMarchid, "marchid"},
    {csr::kMimpid, "mimpid"},
    {csr::kMhartid, "mhartid"},
    {csr::kMconfigptr, "mconfigptr"},
};

Names make_names() {
    Names names;
    for (const auto& [number, name] : kSingle) {
        names[number] = name;
    }
    const auto series = [&](unsigned first, unsigned last, const char* stem, unsigned from) {
        for (unsigned number = first; number <= last; ++number) {
            names[number] = stem + std::to_string(number - first + from);
        }
    };
    series(csr::kPmpaddr0, csr::kPmpaddr15, "pmpaddr", 0);
    series(csr::kMhpmcounter3, csr::kMhpmcounter31, "mhpmcounter", 3);
    series(csr::kMhpmevent3, csr::kMhpmevent31, "mhpmevent", 3);
    series(csr::kInstret + 1, csr::kHpmcounter31, "hpmcounter", 3);
    return names;
}

}  // namespace

std::string_view csr_name(unsigned number) {
    static const Names names = make_names();
    return number < kNumbers ? std::string_view(names[number]) : std::string_view();
}

}  // namespace athena::riscv
