// SPDX-License-Identifier: Apache-2.0
// Instruction words for small test programs, by the formats of Volume I, 2.2 and 2.3.
#pragma once

#include <cstdint>

namespace athena::test::rv {

enum Register : std::uint32_t {
    zero,
    ra,
    sp,
    gp,
    tp,
    t0,
    t1,
    t2,
    s0,
    s1,
    a0,
    a1,
    a2,
    a3,
    a4,
    a5,
    a6,
    a7,
    s2,
    s3,
    s4,
    s5,
    s6,
    s7,
    s8,
    s9,
    s10,
    s11,
    t3,
    t4,
    t5,
    t6,
};

constexpr std::uint32_t bits(std::int64_t value, unsigned high, unsigned low) {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(value) >> low) &
                                      ((1ULL << (high - low + 1)) - 1));
}

constexpr std::uint32_t r_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t funct7,
                               std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd,
                               std::uint32_t rs1, std::int64_t immediate) {
    return bits(immediate, 11, 0) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t s_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rs1,
                               std::uint32_t rs2, std::int64_t immediate) {
    return bits(immediate, 11, 5) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
           bits(immediate, 4, 0) << 7 | opcode;
}
constexpr std::uint32_t b_type(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t rs2,
                               std::int64_t offset) {
    return bits(offset, 12, 12) << 31 | bits(offset, 10, 5) << 25 | rs2 << 20 | rs1 << 15 |
           funct3 << 12 | bits(offset, 4, 1) << 8 | bits(offset, 11, 11) << 7 | 0x63;
}

constexpr std::uint32_t lui(std::uint32_t rd, std::int64_t upper20) {
    return bits(upper20, 19, 0) << 12 | rd << 7 | 0x37;
}
constexpr std::uint32_t auipc(std::uint32_t rd, std::int64_t upper20) {
    return bits(upper20, 19, 0) << 12 | rd << 7 | 0x17;
}
constexpr std::uint32_t jal(std::uint32_t rd, std::int64_t offset) {
    return bits(offset, 20, 20) << 31 | bits(offset, 10, 1) << 21 | bits(offset, 11, 11) << 20 |
           bits(offset, 19, 12) << 12 | rd << 7 | 0x6F;
}
constexpr std::uint32_t jalr(std::uint32_t rd, std::uint32_t rs1, std::int64_t offset) {
    return i_type(0x67, 0, rd, rs1, offset);
}
constexpr std::uint32_t beq(std::uint32_t rs1, std::uint32_t rs2, std::int64_t offset) {
    return b_type(0, rs1, rs2, offset);
}
constexpr std::uint32_t bne(std::uint32_t rs1, std::uint32_t rs2, std::int64_t offset) {
    return b_type(1, rs1, rs2, offset);
}
constexpr std::uint32_t addi(std::uint32_t rd, std::uint32_t rs1, std::int64_t immediate) {
    return i_type(0x13, 0, rd, rs1, immediate);
}
constexpr std::uint32_t li(std::uint32_t rd, std::int64_t immediate) {
    return addi(rd, zero, immediate);
}
constexpr std::uint32_t nop() {
    return addi(zero, zero, 0);
}
constexpr std::uint32_t slli(std::uint32_t rd, std::uint32_t rs1, std::int64_t amount) {
    return i_type(0x13, 1, rd, rs1, amount);
}
constexpr std::uint32_t add(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
    return r_type(0x33, 0, 0, rd, rs1, rs2);
}
constexpr std::uint32_t lb(std::uint32_t rd, std::uint32_t rs1, std::int64_t offset) {
    return i_type(0x03, 0, rd, rs1, offset);
}
constexpr std::uint32_t lw(std::uint32_t rd, std::uint32_t rs1, std::int64_t offset) {
    return i_type(0x03, 2, rd, rs1, offset);
}
constexpr std::uint32_t ld(std::uint32_t rd, std::uint32_t rs1, std::int64_t offset) {
    return i_type(0x03, 3, rd, rs1, offset);
}
constexpr std::uint32_t sb(std::uint32_t rs2, std::uint32_t rs1, std::int64_t offset) {
    return s_type(0x23, 0, rs1, rs2, offset);
}
constexpr std::uint32_t sw(std::uint32_t rs2, std::uint32_t rs1, std::int64_t offset) {
    return s_type(0x23, 2, rs1, rs2, offset);
}
constexpr std::uint32_t sd(std::uint32_t rs2, std::uint32_t rs1, std::int64_t offset) {
    return s_type(0x23, 3, rs1, rs2, offset);
}
constexpr std::uint32_t fld(std::uint32_t fd, std::uint32_t rs1, std::int64_t offset) {
    return i_type(0x07, 3, fd, rs1, offset);
}
constexpr std::uint32_t fsd(std::uint32_t fs2, std::uint32_t rs1, std::int64_t offset) {
    return s_type(0x27, 3, rs1, fs2, offset);
}
constexpr std::uint32_t lr_d(std::uint32_t rd, std::uint32_t rs1) {
    return r_type(0x2F, 3, 0x08, rd, rs1, 0);
}
constexpr std::uint32_t sc_d(std::uint32_t rd, std::uint32_t rs2, std::uint32_t rs1) {
    return r_type(0x2F, 3, 0x0C, rd, rs1, rs2);
}
constexpr std::uint32_t amoadd_d(std::uint32_t rd, std::uint32_t rs2, std::uint32_t rs1) {
    return r_type(0x2F, 3, 0x00, rd, rs1, rs2);
}
constexpr std::uint32_t csrrw(std::uint32_t rd, std::uint32_t csr, std::uint32_t rs1) {
    return i_type(0x73, 1, rd, rs1, csr);
}
constexpr std::uint32_t csrrs(std::uint32_t rd, std::uint32_t csr, std::uint32_t rs1) {
    return i_type(0x73, 2, rd, rs1, csr);
}
constexpr std::uint32_t csrrwi(std::uint32_t rd, std::uint32_t csr, std::uint32_t immediate) {
    return i_type(0x73, 5, rd, immediate, csr);
}
constexpr std::uint32_t kEcall = 0x0000'0073;
constexpr std::uint32_t kEbreak = 0x0010'0073;
constexpr std::uint32_t kSret = 0x1020'0073;
constexpr std::uint32_t kMret = 0x3020'0073;
constexpr std::uint32_t kWfi = 0x1050'0073;
constexpr std::uint32_t kSfenceVma = 0x1200'0073;
constexpr std::uint32_t kFenceI = 0x0000'100F;

}  // namespace athena::test::rv
