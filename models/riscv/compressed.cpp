// SPDX-License-Identifier: Apache-2.0
// Expansion of the C extension, RV64 (Volume I, tables 16.5 to 16.7).
#include "riscv/decode.h"

namespace athena::riscv {

namespace {

constexpr std::uint32_t kIllegal = 0;
constexpr std::uint32_t kRa = 1;
constexpr std::uint32_t kSp = 2;

constexpr std::uint32_t bit(std::uint32_t half, unsigned from, unsigned to) {
    return ((half >> from) & 1) << to;
}

constexpr std::uint32_t range(std::uint32_t half, unsigned high, unsigned low, unsigned to) {
    return ((half >> low) & ((1U << (high - low + 1)) - 1)) << to;
}

constexpr std::uint32_t sign_extend(std::uint32_t value, unsigned width) {
    return (value & (1U << (width - 1))) != 0 ? value | ~((1U << width) - 1) : value;
}

// The eight registers that 3-bit fields name.
constexpr std::uint32_t low_register(std::uint32_t half, unsigned low) {
    return 8 + ((half >> low) & 7);
}

constexpr std::uint32_t full_register(std::uint32_t half, unsigned low) {
    return (half >> low) & 31;
}

constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd,
                               std::uint32_t rs1, std::uint32_t immediate) {
    return immediate << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

constexpr std::uint32_t s_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rs1,
                               std::uint32_t rs2, std::uint32_t immediate) {
    return range(immediate, 11, 5, 25) | rs2 << 20 | rs1 << 15 | funct3 << 12 |
           range(immediate, 4, 0, 7) | opcode;
}

constexpr std::uint32_t r_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t funct7,
                               std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

constexpr std::uint32_t kLoad = 0x03;
constexpr std::uint32_t kLoadFp = 0x07;
constexpr std::uint32_t kOpImm = 0x13;
constexpr std::uint32_t kOpImm32 = 0x1B;
constexpr std::uint32_t kStore = 0x23;
constexpr std::uint32_t kStoreFp = 0x27;
constexpr std::uint32_t kOp = 0x33;
constexpr std::uint32_t kLui = 0x37;
constexpr std::uint32_t kOp32 = 0x3B;
constexpr std::uint32_t kBranch = 0x63;
constexpr std::uint32_t kJalr = 0x67;
constexpr std::uint32_t kJal = 0x6F;
constexpr std::uint32_t kEbreak = 0x0010'0073;

// The three-bit funct3 of word and double-word accesses.
constexpr std::uint32_t kWord = 2;
constexpr std::uint32_t kDouble = 3;

std::uint32_t expand_quadrant0(std::uint32_t half) {
    const std::uint32_t rd = low_register(half, 2);
    const std::uint32_t rs1 = low_register(half, 7);
    const std::uint32_t word_offset = range(half, 12, 10, 3) | bit(half, 6, 2) | bit(half, 5, 6);
    const std::uint32_t double_offset = range(half, 12, 10, 3) | range(half, 6, 5, 6);
    switch (half >> 13) {
        case 0: {
            const std::uint32_t immediate =
                range(half, 12, 11, 4) | range(half, 10, 7, 6) | bit(half, 6, 2) | bit(half, 5, 3);
            return immediate == 0 ? kIllegal : i_type(kOpImm, 0, rd, kSp, immediate);
        }
        case 1:
            return i_type(kLoadFp, kDouble, rd, rs1, double_offset);
        case 2:
            return i_type(kLoad, kWord, rd, rs1, word_offset);
        case 3:
            return i_type(kLoad, kDouble, rd, rs1, double_offset);
        case 5:
            return s_type(kStoreFp, kDouble, rs1, rd, double_offset);
        case 6:
            return s_type(kStore, kWord, rs1, rd, word_offset);
        case 7:
            return s_type(kStore, kDouble, rs1, rd, double_offset);
        default:
            return kIllegal;
    }
}

std::uint32_t expand_arithmetic(std::uint32_t half) {
    const std::uint32_t rd = low_register(half, 7);
    const std::uint32_t shift = bit(half, 12, 5) | range(half, 6, 2, 0);
    switch ((half >> 10) & 3) {
        case 0:
            return i_type(kOpImm, 5, rd, rd, shift);
        case 1:
            return i_type(kOpImm, 5, rd, rd, shift | 0x400);
        case 2:
            return i_type(kOpImm, 7, rd, rd, sign_extend(shift, 6));
        default:
            break;
    }
    const std::uint32_t rs2 = low_register(half, 2);
    switch (bit(half, 12, 2) | range(half, 6, 5, 0)) {
        case 0:
            return r_type(kOp, 0, 0x20, rd, rd, rs2);
        case 1:
            return r_type(kOp, 4, 0, rd, rd, rs2);
        case 2:
            return r_type(kOp, 6, 0, rd, rd, rs2);
        case 3:
            return r_type(kOp, 7, 0, rd, rd, rs2);
        case 4:
            return r_type(kOp32, 0, 0x20, rd, rd, rs2);
        case 5:
            return r_type(kOp32, 0, 0, rd, rd, rs2);
        default:
            return kIllegal;
    }
}

std::uint32_t expand_jump(std::uint32_t half) {
    const std::uint32_t offset = sign_extend(
        bit(half, 12, 11) | bit(half, 11, 4) | range(half, 10, 9, 8) | bit(half, 8, 10) |
            bit(half, 7, 6) | bit(half, 6, 7) | range(half, 5, 3, 1) | bit(half, 2, 5),
        12);
    return bit(offset, 20, 31) | range(offset, 10, 1, 21) | bit(offset, 11, 20) |
           range(offset, 19, 12, 12) | kJal;
}

std::uint32_t expand_branch(std::uint32_t half, std::uint32_t funct3) {
    const std::uint32_t offset =
        sign_extend(bit(half, 12, 8) | range(half, 11, 10, 3) | range(half, 6, 5, 6) |
                        range(half, 4, 3, 1) | bit(half, 2, 5),
                    9);
    return bit(offset, 12, 31) | range(offset, 10, 5, 25) | low_register(half, 7) << 15 |
           funct3 << 12 | range(offset, 4, 1, 8) | bit(offset, 11, 7) | kBranch;
}

std::uint32_t expand_lui(std::uint32_t half, std::uint32_t rd) {
    if (rd == kSp) {
        const std::uint32_t immediate =
            sign_extend(bit(half, 12, 9) | bit(half, 6, 4) | bit(half, 5, 6) |
                            range(half, 4, 3, 7) | bit(half, 2, 5),
                        10);
        return immediate == 0 ? kIllegal : i_type(kOpImm, 0, kSp, kSp, immediate);
    }
    const std::uint32_t immediate = sign_extend(bit(half, 12, 5) | range(half, 6, 2, 0), 6);
    return immediate == 0 ? kIllegal : immediate << 12 | rd << 7 | kLui;
}

std::uint32_t expand_quadrant1(std::uint32_t half) {
    const std::uint32_t rd = full_register(half, 7);
    const std::uint32_t immediate = sign_extend(bit(half, 12, 5) | range(half, 6, 2, 0), 6);
    switch (half >> 13) {
        case 0:
            return i_type(kOpImm, 0, rd, rd, immediate);
        case 1:
            return rd == 0 ? kIllegal : i_type(kOpImm32, 0, rd, rd, immediate);
        case 2:
            return i_type(kOpImm, 0, rd, 0, immediate);
        case 3:
            return expand_lui(half, rd);
        case 4:
            return expand_arithmetic(half);
        case 5:
            return expand_jump(half);
        case 6:
            return expand_branch(half, 0);
        default:
            return expand_branch(half, 1);
    }
}

std::uint32_t expand_register_moves(std::uint32_t half, std::uint32_t rd, std::uint32_t rs2) {
    const bool high = ((half >> 12) & 1) != 0;
    if (rs2 != 0) {
        return r_type(kOp, 0, 0, rd, high ? rd : 0, rs2);
    }
    if (rd == 0) {
        return high ? kEbreak : kIllegal;
    }
    return i_type(kJalr, 0, high ? kRa : 0, rd, 0);
}

std::uint32_t expand_quadrant2(std::uint32_t half) {
    const std::uint32_t rd = full_register(half, 7);
    const std::uint32_t rs2 = full_register(half, 2);
    const std::uint32_t word_load = bit(half, 12, 5) | range(half, 6, 4, 2) | range(half, 3, 2, 6);
    const std::uint32_t double_load =
        bit(half, 12, 5) | range(half, 6, 5, 3) | range(half, 4, 2, 6);
    const std::uint32_t word_store = range(half, 12, 9, 2) | range(half, 8, 7, 6);
    const std::uint32_t double_store = range(half, 12, 10, 3) | range(half, 9, 7, 6);
    switch (half >> 13) {
        case 0:
            return i_type(kOpImm, 1, rd, rd, bit(half, 12, 5) | range(half, 6, 2, 0));
        case 1:
            return i_type(kLoadFp, kDouble, rd, kSp, double_load);
        case 2:
            return rd == 0 ? kIllegal : i_type(kLoad, kWord, rd, kSp, word_load);
        case 3:
            return rd == 0 ? kIllegal : i_type(kLoad, kDouble, rd, kSp, double_load);
        case 4:
            return expand_register_moves(half, rd, rs2);
        case 5:
            return s_type(kStoreFp, kDouble, kSp, rs2, double_store);
        case 6:
            return s_type(kStore, kWord, kSp, rs2, word_store);
        default:
            return s_type(kStore, kDouble, kSp, rs2, double_store);
    }
}

}  // namespace

std::uint32_t expand_compressed(std::uint32_t half) {
    half &= 0xFFFF;
    switch (half & 3) {
        case 0:
            return expand_quadrant0(half);
        case 1:
            return expand_quadrant1(half);
        case 2:
            return expand_quadrant2(half);
        default:
            return kIllegal;
    }
}

}  // namespace athena::riscv
