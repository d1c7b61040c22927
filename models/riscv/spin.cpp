// SPDX-License-Identifier: Apache-2.0
#include "riscv/spin.h"

#include <cstdint>
#include <cstring>

#include "riscv/decode.h"

namespace athena::riscv {

namespace {

constexpr unsigned kMost = 16;  // instructions; loops that wait are short

constexpr std::uint32_t bit(unsigned index) {
    return index == 0 ? 0 : 1U << index;
}

bool in(Operation operation, Operation first, Operation last) {
    return operation >= first && operation <= last;
}

bool is_branch(Operation operation) {
    return in(operation, Operation::Beq, Operation::Bgeu);
}
bool is_load(Operation operation) {
    return in(operation, Operation::Lb, Operation::Lwu);
}
bool is_with_immediate(Operation operation) {
    return in(operation, Operation::Addi, Operation::Srai) ||
           in(operation, Operation::Addiw, Operation::Sraiw);
}
bool is_with_registers(Operation operation) {
    return in(operation, Operation::Add, Operation::And) ||
           in(operation, Operation::Addw, Operation::Sraw) ||
           in(operation, Operation::Mul, Operation::Remuw);
}

// Division by zero gives all ones, whatever is divided: Linux passes time with it.
bool is_constant(const Instruction& instruction) {
    const Operation operation = instruction.operation;
    return instruction.rs2 == 0 && (operation == Operation::Div || operation == Operation::Divu ||
                                    operation == Operation::Divw || operation == Operation::Divuw);
}

struct Registers {
    std::uint32_t read = 0;
    std::uint32_t written = 0;
};

// False: does something else than to set a register or to branch.
bool uses(const Instruction& instruction, Registers& registers) {
    const Operation operation = instruction.operation;
    registers = {};
    if (operation == Operation::Fence) {
        return true;
    }
    if (is_branch(operation)) {
        registers.read = bit(instruction.rs1) | bit(instruction.rs2);
        return true;
    }
    registers.written = bit(instruction.rd);
    if (operation == Operation::Jal) {
        return instruction.rd == 0;
    }
    if (operation == Operation::Lui || operation == Operation::Auipc || is_constant(instruction)) {
        return true;
    }
    registers.read = bit(instruction.rs1);
    if (is_load(operation) || is_with_immediate(operation)) {
        return true;
    }
    registers.read |= bit(instruction.rs2);
    return is_with_registers(operation);
}

}  // namespace

unsigned spin_length(std::span<const unsigned char> code) {
    std::uint32_t read_first = 0;  // registers that have been read before they were written
    std::uint32_t written = 0;
    const auto size = static_cast<std::int64_t>(code.size());
    std::int64_t exits = size;  // the nearest target of a branch forward
    std::int64_t offset = 0;
    for (unsigned count = 1; count <= kMost && offset + 2 <= size; ++count) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &code[static_cast<std::size_t>(offset)], 2);
        if (is_full_length(bits)) {
            if (offset + 4 > size) {
                return 0;
            }
            std::memcpy(&bits, &code[static_cast<std::size_t>(offset)], 4);
        }
        const Instruction instruction = decode(bits);
        Registers registers;
        if (!uses(instruction, registers)) {
            return 0;
        }
        read_first |= registers.read & ~written;
        written |= registers.written;
        const std::int64_t target = offset + instruction.immediate;
        const bool jumps = instruction.operation == Operation::Jal;
        const bool branches = is_branch(instruction.operation);
        offset += instruction.length;
        if ((jumps || branches) && target == 0) {
            return (read_first & written) == 0 && exits >= offset ? count : 0;
        }
        if (jumps) {
            return 0;
        }
        if (branches && target > 0 && target < exits) {
            exits = target;
        }
    }
    return 0;
}

}  // namespace athena::riscv
