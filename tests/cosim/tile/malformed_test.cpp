// SPDX-License-Identifier: Apache-2.0
// Malformed commands: the RTL and the model answer each kind with the status of the table, which is
// written by hand from models/tile/README.md, and write nothing.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tile/lockstep_tile.h"
#include "unit/tile/matmul_line.h"

using namespace athena;
using test::Line;
using test::put;
using tile::Status;

namespace {

constexpr std::uint32_t kL1Bytes = 1 << 20;

// 5 x 20 times 20 x 40, each row with room to spare: legal.
constexpr test::MatmulFields kLegal{.m = 5,
                                    .n = 40,
                                    .k = 20,
                                    .b = 0x1'0000,
                                    .c = 0x2'0000,
                                    .a_ld = 2,
                                    .b_ld = 3,
                                    .c_ld = 5,
                                    .tag = 77};

// The same on MX operands, 40 k of A and B along their rows, two scales a row.
constexpr test::MatmulFields kLegalMx{
    .m = 5,
    .n = 40,
    .k = 40,
    .b = 0x1'0000,
    .c = 0x2'0000,
    .a_ld = 2,
    .b_ld = 2,
    .c_ld = 5,
    .mode = static_cast<std::uint16_t>(test::a_format(3) | test::b_format(8) | test::kTransposeB),
    .tag = 77,
    .a_scale = 0x3'0000,
    .b_scale = 0x4'0000,
    .a_scale_ld = 1,
    .b_scale_ld = 2};

struct Kind {
    std::string name;
    Status status;
    Line line;
};

struct Table {
    template <typename T>
    void add(const std::string& name, Status status, std::size_t offset, T value) {
        kinds.push_back({name, status, test::matmul_line(base)});
        put(kinds.back().line, offset, value);
    }
    template <typename T>
    void also(std::size_t offset, T value) {
        put(kinds.back().line, offset, value);
        kinds.back().name += ", and more";
    }
    test::MatmulFields base = kLegal;
    std::vector<Kind> kinds;
};

void add_fields(Table& table) {
    for (const int opcode : {0, 2, 3, 4, 5, 6, 0x81, 0xFF}) {
        table.add("opcode " + std::to_string(opcode), Status::BadOpcode, 0,
                  static_cast<std::uint8_t>(opcode));
    }
    for (unsigned bit = 6; bit < 16; ++bit) {
        table.add("flag bit " + std::to_string(bit), Status::Reserved, 0x02,
                  static_cast<std::uint16_t>(1U << bit));
    }
    for (unsigned bit = 14; bit < 16; ++bit) {
        table.add("mode bit " + std::to_string(bit), Status::Reserved, 0x12,
                  static_cast<std::uint16_t>(1U << bit));
    }
    for (unsigned bit = 0; bit < 8; ++bit) {
        const auto value = static_cast<std::uint8_t>(1U << bit);
        for (const std::size_t offset : {0x0B, 0x3E, 0x3F}) {
            table.add("reserved byte " + std::to_string(offset), Status::Reserved, offset, value);
        }
    }
    table.add("scales of A without MX: ld", Status::Reserved, 0x32, std::uint16_t{1});
    table.add("scales of A without MX: address", Status::Reserved, 0x34, std::uint32_t{32});
    table.add("scales of B without MX: address", Status::Reserved, 0x38, std::uint32_t{1U << 31});
    table.add("scales of B without MX: ld", Status::Reserved, 0x3C, std::uint16_t{0x8000});
    for (unsigned format = 9; format < 16; ++format) {
        table.add("format of A " + std::to_string(format), Status::UnsupportedFormat, 0x12,
                  static_cast<std::uint16_t>(format));
        table.add("format of B " + std::to_string(format), Status::UnsupportedFormat, 0x12,
                  static_cast<std::uint16_t>(format << 4));
    }
    table.add("accumulate on BF16", Status::BadFlags, 0x12,
              static_cast<std::uint16_t>(test::kAccumulate | test::kCBf16));
}

void add_places(Table& table) {
    for (const std::size_t offset : {0x14, 0x18, 0x1C}) {
        for (const std::uint32_t low : {1U, 2U, 4U, 8U, 16U, 31U}) {
            table.add("address at " + std::to_string(offset) + " ends in " + std::to_string(low),
                      Status::BadAlignment, offset, 0x3'0000 + low);
        }
        for (const std::uint32_t address : {kL1Bytes - 32, kL1Bytes, 0x8000'0000U, 0xFFFF'FFE0U}) {
            table.add("address at " + std::to_string(offset) + " beyond L1", Status::BadRange,
                      offset, address);
        }
    }
    table.add("row of A longer than its ld", Status::BadRange, 0x2C, std::uint16_t{1});
    table.add("row of B longer than its ld", Status::BadRange, 0x2E, std::uint16_t{2});
    table.add("row of C longer than its ld", Status::BadRange, 0x30, std::uint16_t{4});
    for (const std::size_t offset : {0x20, 0x24, 0x28}) {
        for (const std::uint32_t size : {0x1'0000U, 0x8000'0000U, 0xFFFF'FFFFU}) {
            table.add("dimension at " + std::to_string(offset) + " of " + std::to_string(size),
                      Status::BadRange, offset, size);
        }
    }
    table.add("last row of C ends one line beyond L1", Status::BadRange, 0x1C,
              kL1Bytes - (4 * 5 + 5) * 32 + 32);
    table.add("C on A", Status::Overlap, 0x1C, std::uint32_t{0});
    table.add("C begins in the last line of A", Status::Overlap, 0x1C, std::uint32_t{4 * 64 + 32});
    table.add("C on B", Status::Overlap, 0x1C, std::uint32_t{0x1'0000});
    table.add("C ends in the first line of B", Status::Overlap, 0x1C,
              std::uint32_t{0x1'0000 - (4 * 5 + 4) * 32});
}

// The first check that fails counts.
void add_orders(Table& table) {
    table.add("opcode before reserved", Status::BadOpcode, 0, std::uint8_t{2});
    table.also(0x3E, std::uint16_t{1});
    table.add("reserved before format", Status::Reserved, 0x3E, std::uint16_t{1});
    table.also(0x12, std::uint16_t{9});
    table.add("format before flags", Status::UnsupportedFormat, 0x12,
              static_cast<std::uint16_t>(9 | test::kAccumulate | test::kCBf16));
    table.also(0x14, std::uint32_t{1});
    table.add("flags before alignment", Status::BadFlags, 0x12,
              static_cast<std::uint16_t>(test::kAccumulate | test::kCBf16));
    table.also(0x18, std::uint32_t{1});
    table.add("alignment before range", Status::BadAlignment, 0x14, std::uint32_t{0xFFFF'FFFF});
    table.also(0x20, std::uint32_t{0xFFFF'FFFF});
    table.add("range before overlap", Status::BadRange, 0x1C, std::uint32_t{0});
    table.also(0x2E, std::uint16_t{2});
}

constexpr std::uint16_t mode(unsigned bits) {
    return static_cast<std::uint16_t>(bits);
}

// Saturate, transposes and formats that exclude each other; each pair of a flag and a format.
void add_flags(Table& table) {
    for (unsigned c = 0; c < 4; ++c) {
        const unsigned format = c << 8;
        const std::string name = " on result format " + std::to_string(c);
        table.add("saturate" + name, c < 2 ? Status::BadFlags : Status::Ok, 0x12,
                  mode(format | test::kSaturate));
        table.add("accumulate" + name, c == 0 ? Status::Ok : Status::BadFlags, 0x12,
                  mode(format | test::kAccumulate));
        table.add("both" + name, Status::BadFlags, 0x12,
                  mode(format | test::kAccumulate | test::kSaturate));
    }
    table.base = kLegalMx;
    const auto with = [](unsigned a, unsigned b, unsigned flags) {
        return mode(test::a_format(a) | test::b_format(b) | flags);
    };
    for (unsigned format = 3; format <= 8; ++format) {
        const std::string name = " of MX format " + std::to_string(format);
        table.add("A" + name, Status::Ok, 0x12, with(format, 3, test::kTransposeB));
        table.add("B" + name, Status::Ok, 0x12, with(3, format, test::kTransposeB));
        table.add("transposed A" + name, Status::BadFlags, 0x12,
                  with(format, 3, test::kTransposeA | test::kTransposeB));
        table.add("B as it is" + name, Status::BadFlags, 0x12, with(3, format, 0));
        table.add("both" + name, Status::BadFlags, 0x12, with(format, format, test::kTransposeA));
    }
    for (unsigned format = 0; format < 3; ++format) {
        const std::string name = " in format " + std::to_string(format);
        table.add("scales of A" + name, Status::Reserved, 0x12, with(format, 3, test::kTransposeB));
        table.add("scales of B" + name, Status::Reserved, 0x12, with(3, format, test::kTransposeB));
    }
    for (unsigned format = 9; format < 16; ++format) {
        table.add("A of format " + std::to_string(format) + " with scales",
                  Status::UnsupportedFormat, 0x12, with(format, 3, test::kTransposeB));
        table.add("B of format " + std::to_string(format) + " with scales",
                  Status::UnsupportedFormat, 0x12, with(3, format, test::kTransposeB));
    }
}

void add_scales(Table& table) {
    table.base = kLegalMx;
    for (const std::size_t offset : {0x34, 0x38}) {
        const std::string name = "scales at " + std::to_string(offset);
        for (const std::uint32_t low : {1U, 2U, 4U, 8U, 16U, 31U}) {
            table.add(name + " end in " + std::to_string(low), Status::BadAlignment, offset,
                      0x5'0000 + low);
            table.add(name + " end in " + std::to_string(low) + ", K = 0", Status::BadAlignment,
                      offset, 0x5'0000 + low);
            table.also(0x28, std::uint32_t{0});
        }
        for (const std::uint32_t address : {kL1Bytes - 32, kL1Bytes, 0x8000'0000U, 0xFFFF'FFE0U}) {
            table.add(name + " beyond L1", Status::BadRange, offset, address);
        }
        table.add(name + " beyond L1, K = 0", Status::Ok, offset, kL1Bytes);
        table.also(0x28, std::uint32_t{0});
    }
    // 4 rows and two bytes of the last; 39 rows of 64 and two bytes.
    table.add("scales of A end with L1", Status::Ok, 0x34, kL1Bytes - 4 * 32 - 32);
    table.add("scales of A one line beyond", Status::BadRange, 0x34, kL1Bytes - 4 * 32);
    table.add("scales of B end with L1", Status::Ok, 0x38, kL1Bytes - 39 * 64 - 32);
    table.add("scales of B one line beyond", Status::BadRange, 0x38, kL1Bytes - 39 * 64);
    table.add("rows of scales of A longer than ld 0", Status::BadRange, 0x32, std::uint16_t{0});
    table.add("rows of scales of B longer than ld 0", Status::BadRange, 0x3C, std::uint16_t{0});
    table.add("one row of scales of any ld", Status::Ok, 0x32, std::uint16_t{0});
    table.also(0x20, std::uint32_t{1});
    table.add("33 scales in a row of ld 1", Status::BadRange, 0x28, std::uint32_t{1025});
    table.also(0x2C, std::uint16_t{33});
    table.also(0x2E, std::uint16_t{33});
    // C is 5 rows of 160 bytes, 800 in all.
    for (const std::uint32_t scales : {0x3'0000U, 0x4'0000U}) {
        const std::string name = " of scales at " + std::to_string(scales);
        table.add("C begins with the first byte" + name, Status::Overlap, 0x1C, scales);
        table.add("C ends with the first byte" + name, Status::Overlap, 0x1C, scales - 768);
        table.add("C ends before the first byte" + name, Status::Ok, 0x1C, scales - 800);
    }
    table.add("C begins with the last scales of A", Status::Overlap, 0x1C,
              std::uint32_t{0x3'0000 + 4 * 32});
    table.add("C begins behind the scales of A", Status::Ok, 0x1C,
              std::uint32_t{0x3'0000 + 5 * 32});
    table.add("C begins with the last scales of B", Status::Overlap, 0x1C,
              std::uint32_t{0x4'0000 + 39 * 64});
    table.add("C begins behind the scales of B", Status::Ok, 0x1C,
              std::uint32_t{0x4'0000 + 39 * 64 + 32});
}

// What is stored transposed has other rows: A 20 of 5, B 40 of 20 elements.
void add_transposed(Table& table) {
    table.base = kLegal;
    table.base.a_ld = 1;
    table.base.b_ld = 2;
    const auto both = mode(test::kTransposeA | test::kTransposeB);
    table.base.mode = both;
    table.add("both transposed", Status::Ok, 0x12, both);
    table.add("A as it is with the ld of a transposed one", Status::BadRange, 0x12,
              mode(test::kTransposeB));
    table.add("B as it is with the ld of a transposed one", Status::BadRange, 0x12,
              mode(test::kTransposeA));
    table.add("row of transposed A longer than its ld", Status::BadRange, 0x2C, std::uint16_t{0});
    table.add("row of transposed B longer than its ld", Status::BadRange, 0x2E, std::uint16_t{1});
    table.add("last row of transposed A ends with L1", Status::Ok, 0x14, kL1Bytes - 20 * 32);
    table.add("last row of transposed A one line beyond", Status::BadRange, 0x14,
              kL1Bytes - 19 * 32);
    table.add("last row of transposed B ends with L1", Status::Ok, 0x18, kL1Bytes - 40 * 64);
    table.add("last row of transposed B one line beyond", Status::BadRange, 0x18,
              kL1Bytes - 39 * 64 - 32);
    table.add("C begins with the last row of transposed A", Status::Overlap, 0x1C,
              std::uint32_t{19 * 32});
    table.add("C begins behind transposed A", Status::Ok, 0x1C, std::uint32_t{20 * 32});
    table.add("C begins with the last row of transposed B", Status::Overlap, 0x1C,
              std::uint32_t{0x1'0000 + 39 * 64});
    table.add("C begins behind transposed B", Status::Ok, 0x1C, std::uint32_t{0x1'0000 + 40 * 64});
}

// The first check that fails counts, also with MX.
void add_mx_orders(Table& table) {
    table.base = kLegalMx;
    table.add("reserved scales before format", Status::Reserved, 0x12,
              mode(test::a_format(0) | test::b_format(9)));
    table.add("format before flags of MX", Status::UnsupportedFormat, 0x12,
              mode(test::a_format(9) | test::b_format(3)));
    table.add("flags of MX before alignment", Status::BadFlags, 0x12,
              mode(test::a_format(3) | test::b_format(3)));
    table.also(0x34, std::uint32_t{0x3'0001});
    table.add("alignment of scales before range", Status::BadAlignment, 0x38,
              std::uint32_t{0xFFFF'FFE1});
    table.add("range of scales before overlap", Status::BadRange, 0x38, kL1Bytes);
    table.also(0x1C, std::uint32_t{0});
}

Table make_table() {
    Table table;
    add_fields(table);
    add_places(table);
    add_orders(table);
    add_flags(table);
    add_scales(table);
    add_transposed(table);
    add_mx_orders(table);
    return table;
}

std::vector<std::byte> pattern() {
    std::vector<std::byte> bytes(kL1Bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(i * 151 >> 4);
    }
    return bytes;
}

// The record of one command in the RTL, from `cycle` on; lockstep compares it with the model's.
tile::Completion complete(tile::LockstepTile& tile, std::uint64_t& cycle, Line line) {
    cycle = tile.access(cycle, {tile::kQueueWindow, true, line}).cycle;
    while (tile.outputs().empty() && tile.next_output()) {
        tile.advance(cycle += 10'000);
    }
    REQUIRE(tile.outputs().size() == 1);
    const tile::Completion completion = tile.outputs().front().completion;
    tile.outputs().clear();
    return completion;
}

}  // namespace

TEST_CASE(
    "malformed: each kind has the table's status in RTL and model; what is refused writes "
    "nothing") {
    tile::LockstepTile tile;
    tile.reset(0);
    const std::vector<std::byte> before = pattern();
    tile.poke(0, before);
    std::uint64_t cycle = 0;
    for (const Kind& kind : make_table().kinds) {
        CAPTURE(kind.name);
        CHECK(tile::decode_matmul(kind.line, kL1Bytes).status == kind.status);
        const tile::Completion found = complete(tile, cycle, kind.line);
        CHECK(found.tag == 77);
        CHECK(found.status == kind.status);
        CHECK(tile.failure().empty());
        if (kind.status == Status::Ok) {
            tile.poke(0, before);  // what is legal has written its result
        }
    }
    std::vector<std::byte> after(before.size());
    tile.peek(0, after);
    CHECK(after == before);
    CHECK(tile.compare_idle() == std::nullopt);
}

TEST_CASE("malformed: what is just inside the limits runs") {
    tile::LockstepTile tile;
    tile.reset(0);
    tile.poke(0, pattern());
    std::uint64_t cycle = 0;
    const std::uint32_t c_bytes = (4 * 5 + 5) * 32;  // C's rows with their gaps
    for (const std::uint32_t c : {kL1Bytes - c_bytes, 0x1'0000 - c_bytes, 4 * 64U + 64U}) {
        CAPTURE(c);
        auto fields = kLegal;
        fields.c = c;
        CHECK(complete(tile, cycle, test::matmul_line(fields)).status == Status::Ok);
        CHECK(tile.failure().empty());
    }
}
