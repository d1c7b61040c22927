// SPDX-License-Identifier: Apache-2.0
#include "riscv/disassemble.h"

#include <fmt/core.h>

#include <array>
#include <cctype>

#include "riscv/csr_numbers.h"
#include "riscv/format.h"

namespace athena::riscv {

namespace {

struct Entry {
    std::string_view name;
    std::uint32_t mask;
    std::uint32_t match;
    Format format;

    [[nodiscard]] std::uint32_t opcode() const { return match & 0x7F; }
    [[nodiscard]] std::uint32_t funct3() const { return match >> 12 & 7; }
    /// The field of rs2 is a register's, not part of the operation.
    [[nodiscard]] bool has_rs2() const { return (mask & 0x01F0'0000) == 0; }
    /// Conversions and moves from integer registers: funct5 11010 and 11110.
    [[nodiscard]] bool from_integer() const { return (match >> 28 | 2) == 0xF; }
};

constexpr Entry kEntries[] = {
#define RV_OPERATION(name, mask, match, format) {#name, mask, match, Format::format},
#include "riscv/operations.inc"
#undef RV_OPERATION
};

// Major opcodes (Volume I, table 24.1).
enum Opcode : std::uint32_t {
    kLoad = 0x03,
    kLoadFp = 0x07,
    kMiscMem = 0x0F,
    kStore = 0x23,
    kStoreFp = 0x27,
    kAmo = 0x2F,
    kBranch = 0x63,
    kJalr = 0x67,
    kSystem = 0x73,
};

const Entry& entry_of(Operation operation) {
    return kEntries[static_cast<unsigned>(operation) - 1];  // after Illegal
}

// "FcvtWuS" to "fcvt.wu.s".
std::string mnemonic(std::string_view name) {
    std::string text;
    for (const char letter : name) {
        const auto byte = static_cast<unsigned char>(letter);
        if (std::isupper(byte) != 0 && !text.empty()) {
            text += '.';
        }
        text += static_cast<char>(std::tolower(byte));
    }
    return text;
}

std::string_view x(unsigned index) {
    return integer_register_name(index);
}
std::string_view f(unsigned index) {
    return float_register_name(index);
}

std::string target(const Instruction& instruction, std::uint64_t pc) {
    return fmt::format(
        "{:#x}", pc + static_cast<std::uint64_t>(static_cast<std::int64_t>(instruction.immediate)));
}

std::string memory(const Instruction& instruction) {
    return fmt::format("{}({})", instruction.immediate, x(instruction.rs1));
}

// The 20 bits of lui and auipc.
std::uint32_t upper(const Instruction& instruction) {
    return static_cast<std::uint32_t>(instruction.immediate) >> 12;
}

std::string_view rounding_name(RoundingMode mode) {
    constexpr std::array<std::string_view, 5> kNames = {"rne", "rtz", "rdn", "rup", "rmm"};
    return kNames[static_cast<unsigned>(mode)];
}

std::string fence(std::uint32_t bits) {
    constexpr std::uint32_t kTotalStoreOrder = 0x8330'000F;
    if (bits == kTotalStoreOrder) {
        return "fence.tso";
    }
    const auto set = [](std::uint32_t four) {
        std::string text;
        for (unsigned i = 0; i < 4; ++i) {
            if ((four >> (3 - i) & 1) != 0) {
                text += "iorw"[i];
            }
        }
        return text.empty() ? std::string("unknown") : text;
    };
    return fmt::format("fence {},{}", set(bits >> 24 & 15), set(bits >> 20 & 15));
}

std::string csr(const Instruction& instruction) {
    const auto number = static_cast<unsigned>(instruction.immediate) & 0xFFF;
    const std::string_view name = csr_name(number);
    return name.empty() ? fmt::format("{:#x}", number) : std::string(name);
}

std::string system(const Entry& entry, const Instruction& instruction) {
    std::string name = mnemonic(entry.name);
    if (entry.format == Format::R) {  // sfence.vma
        return fmt::format("{} {},{}", name, x(instruction.rs1), x(instruction.rs2));
    }
    if (entry.format == Format::None) {
        return name;
    }
    const bool immediate = (entry.funct3() & 4) != 0;
    return fmt::format(
        "{} {},{},{}", name, x(instruction.rd), csr(instruction),
        immediate ? std::to_string(instruction.rs1) : std::string(x(instruction.rs1)));
}

std::string atomic(const Entry& entry, const Instruction& instruction) {
    constexpr std::array<std::string_view, 4> kOrders = {"", ".rl", ".aq", ".aqrl"};
    const std::string name =
        fmt::format("{}{}", mnemonic(entry.name), kOrders[instruction.bits >> 25 & 3]);
    if (!entry.has_rs2()) {  // lr
        return fmt::format("{} {},({})", name, x(instruction.rd), x(instruction.rs1));
    }
    return fmt::format("{} {},{},({})", name, x(instruction.rd), x(instruction.rs2),
                       x(instruction.rs1));
}

std::string floating(const Entry& entry, const Instruction& instruction) {
    const bool to_integer = entry.format >= Format::FpToInt;
    std::string text = fmt::format(
        "{} {},{}", mnemonic(entry.name), to_integer ? x(instruction.rd) : f(instruction.rd),
        entry.from_integer() && !to_integer ? x(instruction.rs1) : f(instruction.rs1));
    if (entry.has_rs2()) {
        text += fmt::format(",{}", f(instruction.rs2));
    }
    if (entry.format == Format::FpR4) {
        text += fmt::format(",{}", f(instruction.rs3));
    }
    // What is exact takes the nearest-even mode as no mode, as the assembler encodes it.
    const bool exact = instruction.operation == Operation::FcvtDS ||
                       instruction.operation == Operation::FcvtDW ||
                       instruction.operation == Operation::FcvtDWu;
    const bool unsaid = instruction.rounding == RoundingMode::Dynamic ||
                        (exact && instruction.rounding == RoundingMode::NearestEven);
    if (instruction.rounds && !unsaid) {
        text += fmt::format(",{}", rounding_name(instruction.rounding));
    }
    return text;
}

std::string full(const Instruction& i, std::uint64_t pc) {
    const Entry& entry = entry_of(i.operation);
    const std::string name = mnemonic(entry.name);
    switch (entry.opcode()) {
        case kMiscMem:
            return i.operation == Operation::Fence ? fence(i.bits) : name;
        case kSystem:
            return system(entry, i);
        case kAmo:
            return atomic(entry, i);
        case kLoad:
        case kJalr:
            return fmt::format("{} {},{}", name, x(i.rd), memory(i));
        case kLoadFp:
            return fmt::format("{} {},{}", name, f(i.rd), memory(i));
        case kStore:
            return fmt::format("{} {},{}", name, x(i.rs2), memory(i));
        case kStoreFp:
            return fmt::format("{} {},{}", name, f(i.rs2), memory(i));
        default:
            break;
    }
    switch (entry.format) {
        case Format::R:
            return fmt::format("{} {},{},{}", name, x(i.rd), x(i.rs1), x(i.rs2));
        case Format::I:
            return fmt::format("{} {},{},{}", name, x(i.rd), x(i.rs1), i.immediate);
        case Format::Shift:
            return fmt::format("{} {},{},{:#x}", name, x(i.rd), x(i.rs1), i.immediate);
        case Format::B:
            return fmt::format("{} {},{},{}", name, x(i.rs1), x(i.rs2), target(i, pc));
        case Format::U:
            return fmt::format("{} {},{:#x}", name, x(i.rd), upper(i));
        case Format::J:
            return fmt::format("{} {},{}", name, x(i.rd), target(i, pc));
        default:
            return floating(entry, i);
    }
}

// ---- compressed: the names of quadrant and funct3, with the operands of what they stand for.

std::string shift(std::string_view name, const Instruction& i) {
    return i.immediate == 0 ? fmt::format("{}64 {}", name, x(i.rd))
                            : fmt::format("{} {},{:#x}", name, x(i.rd), i.immediate);
}

std::string compressed_memory(std::string_view name, const Instruction& i) {
    const Effects effects = effects_of(i);
    const bool is_float = effects.destination == Destination::Float || effects.stores_float;
    const unsigned data = effects.stores ? i.rs2 : i.rd;
    return fmt::format("{} {},{}", name, is_float ? f(data) : x(data), memory(i));
}

std::string compressed_arithmetic(const Instruction& i) {
    switch (i.bits >> 10 & 3) {
        case 0:
            return shift("c.srli", i);
        case 1:
            return shift("c.srai", i);
        case 2:
            return fmt::format("c.andi {},{}", x(i.rd), i.immediate);
        default:
            return fmt::format("c.{} {},{}", mnemonic(entry_of(i.operation).name), x(i.rd),
                               x(i.rs2));
    }
}

std::string compressed_jump_or_move(const Instruction& i) {
    const bool high = (i.bits >> 12 & 1) != 0;
    switch (i.operation) {
        case Operation::Jalr:
            return fmt::format("{} {}", high ? "c.jalr" : "c.jr", x(i.rs1));
        case Operation::Ebreak:
            return "c.ebreak";
        default:
            return fmt::format("{} {},{}", high ? "c.add" : "c.mv", x(i.rd), x(i.rs2));
    }
}

std::string compressed_upper(const Instruction& i) {
    return i.operation == Operation::Lui ? fmt::format("c.lui {},{:#x}", x(i.rd), upper(i))
                                         : fmt::format("c.addi16sp {},{}", x(i.rd), i.immediate);
}

std::string compressed(const Instruction& i, std::uint64_t pc) {
    switch ((i.bits & 3) << 3 | i.bits >> 13) {
        case 000:
            return fmt::format("c.addi4spn {},{},{}", x(i.rd), x(i.rs1), i.immediate);
        case 001:
            return compressed_memory("c.fld", i);
        case 002:
            return compressed_memory("c.lw", i);
        case 003:
            return compressed_memory("c.ld", i);
        case 005:
            return compressed_memory("c.fsd", i);
        case 006:
            return compressed_memory("c.sw", i);
        case 007:
            return compressed_memory("c.sd", i);
        case 010:
            return fmt::format("c.addi {},{}", x(i.rd), i.immediate);
        case 011:
            return fmt::format("c.addiw {},{}", x(i.rd), i.immediate);
        case 012:
            return fmt::format("c.li {},{}", x(i.rd), i.immediate);
        case 013:
            return compressed_upper(i);
        case 014:
            return compressed_arithmetic(i);
        case 015:
            return fmt::format("c.j {}", target(i, pc));
        case 016:
            return fmt::format("c.beqz {},{}", x(i.rs1), target(i, pc));
        case 017:
            return fmt::format("c.bnez {},{}", x(i.rs1), target(i, pc));
        case 020:
            return shift("c.slli", i);
        case 021:
            return compressed_memory("c.fldsp", i);
        case 022:
            return compressed_memory("c.lwsp", i);
        case 023:
            return compressed_memory("c.ldsp", i);
        case 024:
            return compressed_jump_or_move(i);
        case 025:
            return compressed_memory("c.fsdsp", i);
        case 026:
            return compressed_memory("c.swsp", i);
        default:
            return compressed_memory("c.sdsp", i);
    }
}

}  // namespace

std::string_view integer_register_name(unsigned index) {
    constexpr std::array<std::string_view, 32> kNames = {
        "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
        "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
        "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    return kNames[index];
}

std::string_view float_register_name(unsigned index) {
    constexpr std::array<std::string_view, 32> kNames = {
        "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
        "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
        "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
    return kNames[index];
}

std::string disassemble(const Instruction& instruction, std::uint64_t pc) {
    const bool is_compressed = instruction.length == 2;
    if (instruction.operation != Operation::Illegal) {
        return is_compressed ? compressed(instruction, pc) : full(instruction, pc);
    }
    if (is_compressed && instruction.bits == 0) {
        return "c.unimp";  // the illegal instruction by definition (Volume I, 16.1)
    }
    return is_compressed ? fmt::format(".2byte {:#x}", instruction.bits)
                         : fmt::format(".4byte {:#x}", instruction.bits);
}

Effects effects_of(const Instruction& instruction) {
    if (instruction.operation == Operation::Illegal) {
        return {};
    }
    const Entry& entry = entry_of(instruction.operation);
    const auto size = static_cast<std::uint8_t>(1U << (entry.funct3() & 3));
    switch (entry.opcode()) {
        case kLoad:
            return {Destination::Integer, size, true, false, false};
        case kLoadFp:
            return {Destination::Float, size, true, false, false};
        case kStore:
            return {Destination::None, size, false, true, false};
        case kStoreFp:
            return {Destination::None, size, false, true, true};
        case kAmo:
            return {Destination::Integer, size, true, entry.has_rs2(), false};
        case kBranch:
        case kMiscMem:
            return {};
        case kSystem:
            return {entry.format == Format::I ? Destination::Integer : Destination::None, 0, false,
                    false, false};
        default:
            break;
    }
    const bool is_float = entry.format >= Format::FpI && entry.format < Format::FpToInt;
    return {is_float ? Destination::Float : Destination::Integer, 0, false, false, false};
}

}  // namespace athena::riscv
