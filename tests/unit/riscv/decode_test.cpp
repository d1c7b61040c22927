// SPDX-License-Identifier: Apache-2.0
// Words to records. The exhaustive comparison with QEMU is tests/firmware/isa's.
#include "riscv/decode.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "encode.h"

using namespace athena::test::rv;
using athena::riscv::decode;
using athena::riscv::expand_compressed;
using athena::riscv::Instruction;
using athena::riscv::Operation;
using athena::riscv::RoundingMode;

TEST_CASE("decode: compressed instructions expand to what the assembler says they stand for") {
    std::ifstream file(COMPRESSED_PAIRS, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
    REQUIRE(bytes.size() > 8 * 280);
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
        std::uint32_t pair[2];
        std::memcpy(pair, &bytes[at], sizeof pair);
        INFO("pair " << at / 8 << std::hex << ", half-word " << pair[0]);
        CHECK(expand_compressed(pair[0]) == pair[1]);
        const Instruction compressed = decode(pair[0]);
        const Instruction full = decode(pair[1]);
        CHECK(compressed.operation == full.operation);
        CHECK(compressed.immediate == full.immediate);
        CHECK(compressed.length == 2);
        CHECK(full.length == 4);
    }
}

TEST_CASE("decode: reserved compressed encodings are illegal") {
    // Volume I, tables 16.5 to 16.7: all zero; addi4spn with 0; quadrant 0's reserved; addiw to x0;
    // lui and addi16sp with 0; the two reserved of quadrant 1's arithmetic; lwsp and ldsp to x0; jr
    // x0.
    for (const std::uint32_t half : {0x0000U, 0x0004U, 0x8000U, 0x2001U, 0x6081U, 0x6101U, 0x9C41U,
                                     0x9C61U, 0x4002U, 0x6002U, 0x8002U}) {
        INFO(std::hex << half);
        CHECK(decode(half).operation == Operation::Illegal);
        CHECK(decode(half).bits == half);
    }
}

TEST_CASE("decode: fields and immediates of each format at their ends") {
    CHECK(decode(addi(1, 31, -2048)).immediate == -2048);
    CHECK(decode(addi(1, 31, 2047)).immediate == 2047);
    CHECK(decode(addi(1, 31, 0)).rd == 1);
    CHECK(decode(addi(1, 31, 0)).rs1 == 31);
    CHECK(decode(sd(30, 2, -2048)).immediate == -2048);
    CHECK(decode(sd(30, 2, 2047)).immediate == 2047);
    CHECK(decode(sd(30, 2, 0)).rs2 == 30);
    CHECK(decode(beq(1, 2, -4096)).immediate == -4096);
    CHECK(decode(beq(1, 2, 4094)).immediate == 4094);
    CHECK(decode(jal(1, -1048576)).immediate == -1048576);
    CHECK(decode(jal(1, 1048574)).immediate == 1048574);
    CHECK(decode(lui(1, 0x80000)).immediate == INT32_MIN);
    CHECK(decode(slli(1, 2, 63)).immediate == 63);
    CHECK(decode(csrrw(1, 0xFFF, 2)).operation == Operation::Csrrw);
    const Instruction fused = decode(0x1A52'F1C7);  // fmsub.d f3, f5, f5, f3, dyn
    CHECK(fused.operation == Operation::FmsubD);
    CHECK(fused.rd == 3);
    CHECK(fused.rs1 == 5);
    CHECK(fused.rs2 == 5);
    CHECK(fused.rs3 == 3);
    CHECK(fused.rounding == RoundingMode::Dynamic);
    CHECK(fused.uses_fp);
}

TEST_CASE("decode: reserved rounding modes and shift amounts are illegal") {
    for (std::uint32_t rounding = 0; rounding < 8; ++rounding) {
        const std::uint32_t fadd = r_type(0x53, rounding, 0x01, 1, 2, 3);
        const bool reserved = rounding == 5 || rounding == 6;
        CHECK(decode(fadd).operation == (reserved ? Operation::Illegal : Operation::FaddD));
    }
    CHECK(decode(i_type(0x1B, 1, 1, 2, 31)).operation == Operation::Slliw);
    CHECK(decode(i_type(0x1B, 1, 1, 2, 32)).operation == Operation::Illegal);
    CHECK(decode(i_type(0x13, 1, 1, 2, 64)).operation == Operation::Illegal);
}
