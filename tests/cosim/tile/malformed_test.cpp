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

struct Kind {
    std::string name;
    Status status;
    Line line;
};

struct Table {
    template <typename T>
    void add(const std::string& name, Status status, std::size_t offset, T value) {
        kinds.push_back({name, status, test::matmul_line(kLegal)});
        put(kinds.back().line, offset, value);
    }
    template <typename T>
    void also(std::size_t offset, T value) {
        put(kinds.back().line, offset, value);
        kinds.back().name += ", and more";
    }
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

Table make_table() {
    Table table;
    add_fields(table);
    add_places(table);
    add_orders(table);
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

TEST_CASE("malformed: each kind has the table's status in RTL and model, and writes nothing") {
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
    }
    std::vector<std::byte> after(before.size());
    tile.RtlTile::peek(0, after);
    CHECK(after == before);
    CHECK(tile.compare_l1() == std::nullopt);
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
