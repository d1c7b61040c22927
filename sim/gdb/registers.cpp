// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/registers.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace athena::sim::gdb {

namespace {

constexpr std::array<std::string_view, 32> kIntegers = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

constexpr std::array<std::string_view, 32> kFloats = {
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

std::string entry(std::string_view name, std::string_view type, std::uint64_t number,
                  std::string_view group = "") {
    return fmt::format("<reg name=\"{}\" bitsize=\"64\" type=\"{}\" regnum=\"{}\"{}/>\n", name,
                       type, number, group.empty() ? "" : fmt::format(" group=\"{}\"", group));
}

std::string begin_feature(std::string_view name) {
    return fmt::format("<feature name=\"org.gnu.gdb.riscv.{}\">\n", name);
}

constexpr unsigned kLastFloatCsr = 3;  // fflags, frm, fcsr
constexpr std::string_view kEndFeature = "</feature>\n";

std::string general_feature() {
    std::string text = begin_feature("cpu");
    for (std::size_t i = 0; i < kIntegers.size(); ++i) {
        const bool points = kIntegers[i] == "sp" || kIntegers[i] == "fp" || kIntegers[i] == "gp" ||
                            kIntegers[i] == "tp";
        const std::string_view type = kIntegers[i] == "ra" ? "code_ptr"
                                      : points             ? "data_ptr"
                                                           : "int";
        text += entry(kIntegers[i], type, i);
    }
    text += entry("pc", "code_ptr", kPc);
    return text + std::string(kEndFeature);
}

std::string float_feature(std::span<const Csr> csrs) {
    std::string text = begin_feature("fpu");
    text +=
        "<union id=\"riscv_double\"><field name=\"float\" type=\"ieee_single\"/>"
        "<field name=\"double\" type=\"ieee_double\"/></union>\n";
    for (std::size_t i = 0; i < kFloats.size(); ++i) {
        text += entry(kFloats[i], "riscv_double", kFirstFloat + i, "float");
    }
    for (const Csr& csr : csrs) {
        if (csr.number <= kLastFloatCsr) {
            text += entry(csr.name, "int", kFirstCsr + csr.number, "float");
        }
    }
    return text + std::string(kEndFeature);
}

std::string csr_feature(std::span<const Csr> csrs) {
    std::string text = begin_feature("csr");
    for (const Csr& csr : csrs) {
        if (csr.number > kLastFloatCsr) {
            text += entry(csr.name, "int", kFirstCsr + csr.number, "csr");
        }
    }
    return text + std::string(kEndFeature);
}

}  // namespace

std::string describe_registers(std::span<const Csr> csrs) {
    return "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
           "<architecture>riscv:rv64</architecture>\n"
           // No system whose calls GDB knows, for which it would step by breakpoints of its own.
           "<osabi>none</osabi>\n" +
           general_feature() + float_feature(csrs) + csr_feature(csrs) + begin_feature("virtual") +
           entry("priv", "int", kPrivilege, "general") + std::string(kEndFeature) + "</target>\n";
}

}  // namespace athena::sim::gdb
