// SPDX-License-Identifier: Apache-2.0
#include "tile/matmul.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "matmul_line.h"

using namespace athena;
using test::Line;
using test::matmul_line;
using test::MatmulFields;
using test::put;
using tile::Status;

namespace {

constexpr std::uint64_t kL1 = 1 << 20;

// 4 x 8 = 4 x 16 · 16 x 8, well inside L1.
constexpr MatmulFields kGood{.m = 4,
                             .n = 8,
                             .k = 16,
                             .a = 0,
                             .b = 0x1000,
                             .c = 0x2000,
                             .a_ld = 1,
                             .b_ld = 1,
                             .c_ld = 1,
                             .tag = 7};

Status status_of(const MatmulFields& fields) {
    return tile::decode_matmul(matmul_line(fields), kL1).status;
}

template <typename Change>
MatmulFields with(Change change) {
    MatmulFields fields = kGood;
    change(fields);
    return fields;
}

}  // namespace

TEST_CASE("matmul: a line decodes into matrices, with leading dimensions in 32 bytes") {
    const auto decoded = tile::decode_matmul(
        matmul_line(with([](auto& f) { f.mode = test::kCBf16, f.c_ld = 3; })), kL1);
    REQUIRE(decoded.status == Status::Ok);
    CHECK(decoded.matmul.tag == 7);
    CHECK(decoded.matmul.m() == 4);
    CHECK(decoded.matmul.n() == 8);
    CHECK(decoded.matmul.k == 16);
    CHECK(decoded.matmul.c_format == numerics::ResultFormat::Bf16);
    CHECK_FALSE(decoded.matmul.accumulate);
    // Four rows of 8 BF16, 96 bytes apart.
    CHECK(decoded.matmul.c.range().begin == 0x2000);
    CHECK(decoded.matmul.c.range().end == 0x2000 + 3 * 96 + 16);
}

TEST_CASE("matmul: engine, flags and semaphores of a line are not looked at") {
    Line line = matmul_line(kGood);
    put<std::uint8_t>(line, 0x01, 5);
    put<std::uint16_t>(line, 0x02, 0x3F);
    put<std::uint16_t>(line, 0x08, 0xFFFF);
    put<std::uint8_t>(line, 0x0A, 0xFF);
    put<std::uint32_t>(line, 0x0C, 0xFFFF'FFFF);
    put<std::uint16_t>(line, 0x10, 0xFFFF);
    CHECK(tile::decode_matmul(line, kL1).status == Status::Ok);
}

TEST_CASE("matmul: every other opcode is BadOpcode, whatever else is wrong") {
    for (unsigned opcode = 0; opcode < 256; ++opcode) {
        Line line = matmul_line(with([](auto& f) { f.a = 1, f.mode = 0xFFFF; }));
        put(line, 0x00, static_cast<std::uint8_t>(opcode));
        CAPTURE(opcode);
        CHECK(tile::decode_matmul(line, kL1).status ==
              (opcode == 1 ? Status::Reserved : Status::BadOpcode));
        CHECK(tile::decode_matmul(line, kL1).matmul.tag == 7);
    }
}

TEST_CASE("matmul: each reserved bit is Reserved, before formats are looked at") {
    // By the layout: bits 6 to 15 at 0x02, byte 0x0B, bits 14 and 15 at 0x12, bytes 0x3E and 0x3F.
    Line reserved{};
    put<std::uint16_t>(reserved, 0x02, 0xFFC0);
    put<std::uint8_t>(reserved, 0x0B, 0xFF);
    put<std::uint16_t>(reserved, 0x12, 0xC000);
    put<std::uint16_t>(reserved, 0x3E, 0xFFFF);
    unsigned count = 0;
    for (std::size_t bit = 0; bit < 512; ++bit) {
        const auto mask = std::byte{1} << static_cast<int>(bit % 8);
        if ((reserved[bit / 8] & mask) != std::byte{0}) {
            ++count;
            Line line = matmul_line(with([](auto& f) { f.mode = test::kSaturate; }));
            line[bit / 8] |= mask;
            CAPTURE(bit);
            CHECK(tile::decode_matmul(line, kL1).status == Status::Reserved);
        }
    }
    CHECK(count == 36);
}

TEST_CASE("matmul: scale fields must be zero for formats without scales") {
    for (const std::size_t byte : {0x32, 0x33, 0x34, 0x37, 0x38, 0x3B, 0x3C, 0x3D}) {
        const bool of_a = byte < 0x38;
        for (unsigned format = 0; format < 16; ++format) {
            Line line = matmul_line(kGood);
            put(line, 0x12, static_cast<std::uint16_t>(of_a ? format : format << 4));
            line[byte] = std::byte{0x80};
            CAPTURE(byte, format);
            const Status status = tile::decode_matmul(line, kL1).status;
            CHECK((status == Status::Reserved) == (format < 3));
            CHECK((status == Status::UnsupportedFormat) == (format > 8));
        }
    }
}

TEST_CASE(
    "matmul: operand formats beyond MXINT8 are UnsupportedFormat, before flags are looked at") {
    for (unsigned format = 0; format < 16; ++format) {
        CAPTURE(format);
        const unsigned bad_flags = test::kAccumulate | test::kCBf16;
        const auto of_a = static_cast<std::uint16_t>(bad_flags | test::a_format(format));
        const auto of_b = static_cast<std::uint16_t>(bad_flags | test::b_format(format));
        const Status status = format > 8 ? Status::UnsupportedFormat : Status::BadFlags;
        CHECK(status_of(with([&](auto& f) { f.mode = of_a, f.a = 1; })) == status);
        CHECK(status_of(with([&](auto& f) { f.mode = of_b, f.a = 1; })) == status);
    }
}

TEST_CASE("matmul: flags that exclude each other, or a format, are BadFlags") {
    for (unsigned mode = 0; mode < 1U << 14; ++mode) {
        const unsigned a_format = mode & 15;
        const unsigned b_format = mode >> 4 & 15;
        const unsigned c_format = mode >> 8 & 3;
        if (a_format > 8 || b_format > 8) {
            continue;
        }
        const bool bad = ((mode & test::kAccumulate) != 0 && c_format != 0) ||
                         ((mode & test::kSaturate) != 0 && c_format < 2) ||
                         ((mode & test::kTransposeA) != 0 && a_format >= 3) ||
                         ((mode & test::kTransposeB) == 0 && b_format >= 3);
        const auto status =
            status_of(with([&](auto& f) { f.mode = static_cast<std::uint16_t>(mode), f.a = 1; }));
        if (status != (bad ? Status::BadFlags : Status::BadAlignment)) {
            FAIL("mode " << mode);
        }
    }
}

TEST_CASE("matmul: bases are multiples of 32, even of matrices without elements") {
    for (std::uint32_t offset = 1; offset < 32; ++offset) {
        CAPTURE(offset);
        // Also out of L1: alignment is judged first.
        CHECK(status_of(with([&](auto& f) { f.a = 0xFFFF'FF00 + offset; })) ==
              Status::BadAlignment);
        CHECK(status_of(with([&](auto& f) { f.b += offset; })) == Status::BadAlignment);
        CHECK(status_of(with([&](auto& f) { f.c += offset; })) == Status::BadAlignment);
        CHECK(status_of(with([&](auto& f) { f.k = 0, f.a += offset; })) == Status::BadAlignment);
    }
    CHECK(status_of(with([](auto& f) { f.a += 32; })) == Status::Ok);
}

TEST_CASE("matmul: scales are aligned, in L1 and apart from C") {
    // 4 x 70 of MXFP4 in rows of 35 bytes, 8 x 70 of MXINT8; three scales a row.
    const MatmulFields mx{.m = 4,
                          .n = 8,
                          .k = 70,
                          .a = 0,
                          .b = 0x1000,
                          .c = 0x2000,
                          .a_ld = 2,
                          .b_ld = 3,
                          .c_ld = 1,
                          .mode = test::a_format(7) | test::b_format(8) | test::kTransposeB,
                          .a_scale = 0x3000,
                          .b_scale = 0x4000,
                          .a_scale_ld = 1,
                          .b_scale_ld = 2};
    const auto status = [&](auto change) {
        MatmulFields fields = mx;
        change(fields);
        return status_of(fields);
    };
    const auto decoded = tile::decode_matmul(matmul_line(mx), kL1);
    REQUIRE(decoded.status == Status::Ok);
    CHECK(decoded.matmul.a.elements.range().end == 3 * 64 + 35);
    CHECK(decoded.matmul.b.elements.range().end == 0x1000 + 7 * 96 + 70);
    CHECK(decoded.matmul.a.scales.range().end == 0x3000 + 3 * 32 + 3);
    CHECK(decoded.matmul.b.scales.range().end == 0x4000 + 7 * 64 + 3);
    CHECK(status([](auto& f) { f.a_scale += 16; }) == Status::BadAlignment);
    CHECK(status([](auto& f) { f.b_scale += 1; }) == Status::BadAlignment);
    CHECK(status([](auto& f) { f.k = 0, f.b_scale += 1; }) == Status::BadAlignment);
    CHECK(status([](auto& f) { f.a_scale = kL1 - 3 * 32 - 32; }) == Status::Ok);
    CHECK(status([](auto& f) { f.a_scale = kL1 - 3 * 32; }) == Status::BadRange);
    CHECK(status([](auto& f) { f.b_scale = kL1 - 7 * 64; }) == Status::BadRange);
    CHECK(status([](auto& f) { f.a_scale_ld = 0; }) == Status::BadRange);
    CHECK(status([](auto& f) { f.a_scale_ld = 0, f.m = 1; }) == Status::Ok);
    CHECK(status([](auto& f) { f.a_scale = f.b_scale = kL1, f.k = 0; }) == Status::Ok);
    CHECK(status([](auto& f) { f.c = 0x3060; }) == Status::Overlap);
    CHECK(status([](auto& f) { f.c = 0x3080; }) == Status::Ok);
    CHECK(status([](auto& f) { f.c = 0x41C0; }) == Status::Overlap);
    CHECK(status([](auto& f) { f.a_ld = 1; }) == Status::BadRange);
    CHECK(status([](auto& f) { f.b_ld = 2; }) == Status::BadRange);
}

TEST_CASE("matmul: a transposed operand lies with rows and columns exchanged") {
    // A: 16 rows of 4, B: 8 rows of 16, of E5M2.
    const auto fields = with([](auto& f) {
        f.mode = test::kTransposeA | test::kTransposeB | test::a_format(2) | test::b_format(2);
    });
    const auto decoded = tile::decode_matmul(matmul_line(fields), kL1);
    REQUIRE(decoded.status == Status::Ok);
    CHECK(decoded.matmul.a.elements.range().end == 15 * 32 + 4);
    CHECK(decoded.matmul.b.elements.range().end == 0x1000 + 7 * 32 + 16);
    CHECK(decoded.matmul.k == 16);
    // C meets the last row of A.
    CHECK(status_of(with([&](auto& f) { f = fields, f.c = 15 * 32; })) == Status::Overlap);
    CHECK(status_of(with([&](auto& f) { f = fields, f.c = 16 * 32; })) == Status::Ok);
}

TEST_CASE("matmul: the last byte may be the last one of L1 and no further") {
    const auto a_end = static_cast<std::uint32_t>(kL1 - 3 * 32 - 32);
    const auto b_end = static_cast<std::uint32_t>(kL1 - 15 * 32 - 16);
    CHECK(status_of(with([&](auto& f) { f.a = a_end; })) == Status::Ok);
    CHECK(status_of(with([&](auto& f) { f.a = a_end + 32; })) == Status::BadRange);
    CHECK(status_of(with([&](auto& f) { f.b = b_end / 32 * 32; })) == Status::Ok);
    CHECK(status_of(with([&](auto& f) { f.b = b_end / 32 * 32 + 32; })) == Status::BadRange);
    CHECK(status_of(with([&](auto& f) { f.c = a_end; })) == Status::Ok);
    CHECK(status_of(with([&](auto& f) { f.c = a_end + 32; })) == Status::BadRange);
    CHECK(status_of(with([&](auto& f) { f.c = 0xFFFF'FFE0; })) == Status::BadRange);
}

TEST_CASE("matmul: a row longer than its leading dimension is BadRange unless it is the only one") {
    CHECK(status_of(with([](auto& f) { f.k = 17; })) == Status::BadRange);
    CHECK(status_of(with([](auto& f) { f.k = 17, f.m = 1; })) == Status::Ok);
    CHECK(status_of(with([](auto& f) { f.n = 17, f.c_ld = 3; })) == Status::BadRange);
    CHECK(status_of(with([](auto& f) { f.n = 17, f.c_ld = 3, f.k = 1; })) == Status::Ok);
    CHECK(status_of(with([](auto& f) { f.n = 9, f.m = 2; })) == Status::BadRange);
    CHECK(status_of(with([](auto& f) { f.n = 9, f.m = 1; })) == Status::Ok);
    CHECK(status_of(with([](auto& f) { f.a_ld = 0; })) == Status::BadRange);
    CHECK(status_of(with([](auto& f) { f.a_ld = 0, f.m = 1; })) == Status::Ok);
}

TEST_CASE("matmul: the largest fields are BadRange, not an overflow") {
    MatmulFields fields = kGood;
    fields.m = fields.n = fields.k = 0xFFFF'FFFF;
    fields.a_ld = fields.b_ld = fields.c_ld = 0xFFFF;
    CHECK(status_of(fields) == Status::BadRange);
    // A alone: 2^31 rows, 2^20 bytes apart, and one more; 32 bits would wrap to the first row.
    CHECK(status_of(with([](auto& f) { f.m = 0x8000'0001, f.n = 0, f.a_ld = 0x8000; })) ==
          Status::BadRange);
}

TEST_CASE("matmul: C meets A or B from first to last byte, gaps between rows included") {
    // A occupies 0 to 3 · 32 + 32 = 128.
    CHECK(status_of(with([](auto& f) { f.c = 128; })) == Status::Ok);
    CHECK(status_of(with([](auto& f) { f.c = 96; })) == Status::Overlap);
    // With rows 1024 apart, C of one row lies in a gap of A.
    CHECK(status_of(with([](auto& f) { f.a_ld = 32, f.c = 512, f.m = 2; })) == Status::Overlap);
    // B: 0x1000 to 0x1000 + 15 · 32 + 16, and C's end at B's beginning.
    CHECK(status_of(with([](auto& f) { f.c = 0x1000 - 128; })) == Status::Ok);
    CHECK(status_of(with([](auto& f) { f.c = 0x1000 - 96; })) == Status::Overlap);
    CHECK(status_of(with([](auto& f) { f.c = 0x1000 + 15 * 32; })) == Status::Overlap);
    CHECK(status_of(with([](auto& f) { f.c = 0x1000 + 16 * 32; })) == Status::Ok);
    // A and B may be the same bytes.
    CHECK(status_of(with([](auto& f) { f.b = f.a; })) == Status::Ok);
}

TEST_CASE("matmul: matrices without elements are neither out of range nor overlapping") {
    const auto far = [](MatmulFields& f) { f.a = f.b = 0xFFFF'FFE0; };
    CHECK(status_of(with([&](auto& f) { far(f), f.k = 0; })) == Status::Ok);
    CHECK(status_of(with([&](auto& f) { far(f), f.k = 0, f.c = 0xFFFF'FFE0; })) ==
          Status::BadRange);
    CHECK(status_of(with([&](auto& f) { f.a = f.c = 0xFFFF'FFE0, f.m = 0; })) == Status::Ok);
    CHECK(status_of(with([&](auto& f) { f.a = f.c = 0xFFFF'FFE0, f.m = 0, f.b = f.a; })) ==
          Status::BadRange);
    CHECK(status_of(with([&](auto& f) { f.c = 0, f.n = 0; })) == Status::Ok);
}

TEST_CASE("matmul: a command writes the elements of C and no byte between its rows") {
    std::vector<std::byte> l1(8192, std::byte{0x5A});
    // A = [1 2; 3 4], B = [1 10; 100 1000], BF16; rows 32 bytes apart.
    const auto bf16 = [&](std::size_t at, std::uint16_t bits) { std::memcpy(&l1[at], &bits, 2); };
    bf16(0, 0x3F80), bf16(2, 0x4000), bf16(32, 0x4040), bf16(34, 0x4080);
    bf16(0x1000, 0x3F80), bf16(0x1002, 0x4120), bf16(0x1020, 0x42C8), bf16(0x1022, 0x447A);
    const MatmulFields fields{
        .m = 2, .n = 2, .k = 2, .a = 0, .b = 0x1000, .c = 0x1800, .a_ld = 1, .b_ld = 1, .c_ld = 2};
    std::vector<std::byte> expected = l1;
    const float results[] = {201, 2010, 403, 4030};
    std::memcpy(&expected[0x1800], &results[0], 8);
    std::memcpy(&expected[0x1840], &results[2], 8);
    const auto decoded = tile::decode_matmul(matmul_line(fields), l1.size());
    REQUIRE(decoded.status == Status::Ok);
    numerics::Workspace workspace;
    tile::run_matmul(decoded.matmul, l1, workspace);
    CHECK(l1 == expected);
}

TEST_CASE("matmul: K = 0 converts C or +0; M or N = 0 writes nothing") {
    numerics::Workspace workspace;
    std::vector<std::byte> l1(4096);
    const auto run = [&](MatmulFields fields) {
        const auto decoded = tile::decode_matmul(matmul_line(fields), l1.size());
        REQUIRE(decoded.status == Status::Ok);
        tile::run_matmul(decoded.matmul, l1, workspace);
    };
    const auto word = [&](std::size_t at) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &l1[at], 4);
        return bits;
    };
    const std::uint32_t found[] = {0x8000'0000, 0xFF80'0001, 0x0000'0001};
    std::memcpy(&l1[64], found, sizeof found);
    run({.m = 1, .n = 3, .c = 64, .mode = test::kAccumulate});
    CHECK(word(64) == 0x8000'0000);  // -0 stays: there is no product
    CHECK(word(68) == 0x7FC0'0000);  // every NaN becomes the canonical one
    CHECK(word(72) == 1);
    run({.m = 0, .n = 3, .k = 4, .b = 1024, .c = 64, .b_ld = 1});
    run({.m = 3, .n = 0, .k = 4, .a = 1024, .c = 64, .a_ld = 1});
    CHECK(word(64) == 0x8000'0000);
    run({.m = 1, .n = 2, .c = 64});
    CHECK(word(64) == 0);
    CHECK(word(68) == 0);
    CHECK(word(72) == 1);
}
