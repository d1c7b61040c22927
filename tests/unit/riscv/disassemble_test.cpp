// SPDX-License-Identifier: Apache-2.0
// Text of instructions, against objdump of the RISC-V binutils: all compressed words, and of each
// full one its fields' ends and many more values.
#include "riscv/disassemble.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "encode.h"
#include "riscv/csr_numbers.h"
#include "temporary_folder.h"

using namespace athena::test::rv;
using athena::riscv::csr_name;
using athena::riscv::decode;
using athena::riscv::Destination;
using athena::riscv::disassemble;
using athena::riscv::Effects;
using athena::riscv::effects_of;
using athena::riscv::Instruction;
using athena::riscv::Operation;

namespace {

struct Encoding {
    std::uint32_t mask;
    std::uint32_t match;
};

constexpr Encoding kEncodings[] = {
#define RV_OPERATION(name, mask, match, format) {mask, match},
#include "riscv/operations.inc"
#undef RV_OPERATION
};

/// Every operation with all free bits 0, all 1, one at a time, and `samples` random values of them.
std::vector<std::uint32_t> words_of_all_operations(unsigned samples) {
    std::mt19937 random(20231);
    std::vector<std::uint32_t> words;
    for (const auto& [mask, match] : kEncodings) {
        words.push_back(match);
        words.push_back(match | ~mask);
        for (unsigned bit = 0; bit < 32; ++bit) {
            words.push_back(match | (~mask & 1U << bit));
        }
        for (unsigned i = 0; i < samples; ++i) {
            words.push_back(match | (~mask & static_cast<std::uint32_t>(random())));
        }
    }
    return words;
}

/// What objdump says of instructions of `size` bytes that lie one after the other from 0 on.
std::vector<std::string> objdump(const std::vector<std::uint32_t>& words, unsigned size) {
    const athena::test::TemporaryFolder folder;
    const std::string file = (folder.path / "words.bin").string();
    std::ofstream out(file, std::ios::binary);
    for (const std::uint32_t word : words) {
        out.write(reinterpret_cast<const char*>(&word), size);
    }
    out.close();
    const std::string command =
        RISCV_OBJDUMP " -b binary -m riscv:rv64 -M no-aliases -z -D " + file;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    REQUIRE(pipe != nullptr);
    std::vector<std::string> texts;
    char line[256];
    while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
        std::string text(line);
        const std::size_t colon = text.find(":\t");
        const std::size_t tab = colon == std::string::npos ? colon : text.find('\t', colon + 2);
        if (tab == std::string::npos) {
            continue;
        }
        text = text.substr(tab + 1);
        text = text.substr(0, text.find_first_of("#\n"));  // a guess at an address may follow
        while (!text.empty() && text.back() == ' ') {
            text.pop_back();
        }
        const std::size_t gap = text.find('\t');
        if (gap != std::string::npos) {
            text[gap] = ' ';
        }
        texts.push_back(text);
    }
    return texts;
}

/// Where binutils 2.40 see no instruction, and the manual says that the field does not matter.
bool is_ignored_field(const Instruction& instruction) {
    switch (instruction.operation) {
        case Operation::Fence:   // rd, rs1 and fm are ignored (Volume I, 2.7)
        case Operation::FenceI:  // and the immediate too (Volume I, 3)
            return true;
        case Operation::FcvtDS:  // exact: the rounding mode does not matter (Volume I, 12.5)
        case Operation::FcvtDW:
        case Operation::FcvtDWu:
            return instruction.rounding != athena::riscv::RoundingMode::NearestEven;
        default:
            return false;
    }
}

/// Extensions that the hart does not have, c.addi16sp sp,0, which is reserved (Volume I, 16.5), and
/// control and status registers that it does not have.
bool knows_more(const Instruction& instruction, const std::string& expected) {
    if (instruction.operation == Operation::Illegal) {
        return !expected.starts_with(".") &&
               (instruction.length == 4 || instruction.bits == 0x6101);
    }
    return instruction.operation >= Operation::Csrrw &&
           instruction.operation <= Operation::Csrrci &&
           csr_name(static_cast<unsigned>(instruction.immediate) & 0xFFF).empty() &&
           expected.find("0x") == std::string::npos;
}

void compare(const std::vector<std::uint32_t>& words, unsigned size) {
    const std::vector<std::string> expected = objdump(words, size);
    REQUIRE(expected.size() == words.size());
    unsigned compared = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const Instruction instruction = decode(words[i]);
        if (knows_more(instruction, expected[i]) ||
            (expected[i].starts_with(".") && is_ignored_field(instruction))) {
            continue;
        }
        ++compared;
        const std::string text = disassemble(instruction, i * size);
        if (text != expected[i]) {
            INFO("word " << std::hex << words[i] << " at " << i * size);
            CHECK(text == expected[i]);
        }
    }
    CHECK(compared > words.size() * 9 / 10);
}

}  // namespace

TEST_CASE("disassemble: every compressed word is what objdump says") {
    std::vector<std::uint32_t> words;
    for (std::uint32_t half = 0; half < 0x1'0000; ++half) {
        if ((half & 3) != 3) {
            words.push_back(half);
        }
    }
    compare(words, 2);
}

TEST_CASE("disassemble: every operation with many values of its fields is what objdump says") {
    compare(words_of_all_operations(100), 4);
}

TEST_CASE("disassemble: control and status registers have their names or their numbers") {
    std::vector<std::uint32_t> words;
    for (std::uint32_t number = 0; number < 4096; ++number) {
        words.push_back(number << 20 | 0x2573);  // csrrs a0,number,zero
    }
    const std::vector<std::string> expected = objdump(words, 4);
    REQUIRE(expected.size() == words.size());
    unsigned named = 0;
    for (std::uint32_t number = 0; number < 4096; ++number) {
        named += csr_name(number).empty() ? 0 : 1;
        if (!csr_name(number).empty() || expected[number].find("0x") != std::string::npos) {
            CHECK(disassemble(decode(words[number]), 0) == expected[number]);
        }
    }
    CHECK(named >= 38 + 16 + 29 * 3);
}

TEST_CASE("disassemble: what is no instruction is shown as its bits") {
    CHECK(disassemble(decode(0xFFFF'FFFF), 0) == ".4byte 0xffffffff");
    CHECK(disassemble(decode(0x8000), 0) == ".2byte 0x8000");
    CHECK(disassemble(decode(0), 0) == "c.unimp");
}

TEST_CASE("disassemble: effects tell destination and memory access") {
    const auto is = [](std::uint32_t bits, Destination destination, unsigned size, bool loads,
                       bool stores, bool stores_float) {
        const Effects effects = effects_of(decode(bits));
        INFO(std::hex << bits << " " << disassemble(decode(bits), 0));
        CHECK(effects.destination == destination);
        CHECK(effects.access_size == size);
        CHECK(effects.loads == loads);
        CHECK(effects.stores == stores);
        CHECK(effects.stores_float == stores_float);
    };
    is(0x00a5'8593, Destination::Integer, 0, false, false, false);  // addi a1,a1,10
    is(0x0005'c503, Destination::Integer, 1, true, false, false);   // lbu a0,0(a1)
    is(0x0005'3507, Destination::Float, 8, true, false, false);     // fld fa0,0(a0)
    is(0x00a5'9023, Destination::None, 2, false, true, false);      // sh a0,0(a1)
    is(0x00a5'a027, Destination::None, 4, false, true, true);       // fsw fa0,0(a1)
    is(0x1005'a52f, Destination::Integer, 4, true, false, false);   // lr.w a0,(a1)
    is(0x00c5'b52f, Destination::Integer, 8, true, true, false);    // amoadd.d a0,a2,(a1)
    is(0x00b5'7553, Destination::Float, 0, false, false, false);    // fadd.s fa0,fa0,fa1
    is(0xc005'7553, Destination::Integer, 0, false, false, false);  // fcvt.w.s a0,fa0
    is(0x3005'1573, Destination::Integer, 0, false, false, false);  // csrrw a0,mstatus,a0
    is(0x1200'0073, Destination::None, 0, false, false, false);     // sfence.vma
    is(0x0000'0073, Destination::None, 0, false, false, false);     // ecall
    is(0x00b5'0463, Destination::None, 0, false, false, false);     // beq a0,a1,+8
    is(0x0080'00ef, Destination::Integer, 0, false, false, false);  // jal ra,+8
    is(0xFFFF'FFFF, Destination::None, 0, false, false, false);
}
