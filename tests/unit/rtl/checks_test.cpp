// SPDX-License-Identifier: Apache-2.0
// Checks of commands by the Verilated tile, and their order (models/tile/README.md).
#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "some_commands.h"

namespace athena::rtl {
namespace {

struct Mistake {
    const char* name;
    Status status;
    std::function<void(Beat&)> make;
};

void or_byte(Beat& line, std::size_t at, unsigned bits) {
    line[at] |= static_cast<std::byte>(bits);
}

// Scales of A at 0x8000, of B at 0x9000: 40 rows of 2.
void mx_a(Beat& line) {
    MatmulView(line).set_a_format(OperandFormat::Mxfp8E4m3);
    MatmulView(line).set_a_scale_addr(0x8000);
    MatmulView(line).set_a_scale_ld(1);
}

void mx_b(Beat& line) {
    MatmulView(line).set_b_format(OperandFormat::Mxfp6E3m2);
    MatmulView(line).set_transpose_b(1);
    MatmulView(line).set_b_scale_addr(0x9000);
    MatmulView(line).set_b_scale_ld(1);
}

// In the order in which the tile looks at them.
const std::vector<Mistake>& mistakes() {
    static const std::vector<Mistake> all = {
        {"opcode 0", Status::BadOpcode, [](Beat& l) { l[0] = std::byte{0}; }},
        {"opcode 2", Status::BadOpcode, [](Beat& l) { l[0] = std::byte{2}; }},
        {"reserved flag", Status::Reserved, [](Beat& l) { or_byte(l, 0x02, 0x40); }},
        {"reserved flags above", Status::Reserved, [](Beat& l) { or_byte(l, 0x03, 0x80); }},
        {"reserved byte 0x0B", Status::Reserved, [](Beat& l) { or_byte(l, 0x0B, 0x01); }},
        {"reserved mode", Status::Reserved, [](Beat& l) { or_byte(l, 0x13, 0x40); }},
        {"reserved end", Status::Reserved, [](Beat& l) { or_byte(l, 0x3F, 0x80); }},
        {"scale ld of A", Status::Reserved, [](Beat& l) { or_byte(l, 0x32, 0x01); }},
        {"scale address of A", Status::Reserved, [](Beat& l) { or_byte(l, 0x37, 0x80); }},
        {"scale address of B", Status::Reserved, [](Beat& l) { or_byte(l, 0x38, 0x01); }},
        {"scale ld of B", Status::Reserved, [](Beat& l) { or_byte(l, 0x3D, 0x80); }},
        {"format of A", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_a_format(static_cast<OperandFormat>(9)); }},
        {"format of B", Status::UnsupportedFormat,
         [](Beat& l) { MatmulView(l).set_b_format(static_cast<OperandFormat>(15)); }},
        {"accumulate in BF16", Status::BadFlags,
         [](Beat& l) {
             MatmulView(l).set_c_format(ResultFormat::Bf16);
             MatmulView(l).set_accumulate(1);
         }},
        {"saturate in FP32", Status::BadFlags, [](Beat& l) { MatmulView(l).set_saturate(1); }},
        {"saturate in BF16", Status::BadFlags,
         [](Beat& l) {
             MatmulView(l).set_c_format(ResultFormat::Bf16);
             MatmulView(l).set_saturate(1);
         }},
        {"MX A stored by k", Status::BadFlags,
         [](Beat& l) {
             MatmulView(l).set_a_format(OperandFormat::Mxfp8E4m3);
             MatmulView(l).set_transpose_a(1);
         }},
        {"MX B stored by k", Status::BadFlags,
         [](Beat& l) {
             MatmulView(l).set_b_format(OperandFormat::Mxint8);
             MatmulView(l).set_transpose_b(0);
         }},
        {"address of A", Status::BadAlignment, [](Beat& l) { or_byte(l, 0x14, 0x10); }},
        {"address of B", Status::BadAlignment, [](Beat& l) { or_byte(l, 0x18, 0x01); }},
        {"address of C", Status::BadAlignment, [](Beat& l) { or_byte(l, 0x1C, 0x02); }},
        {"address of A's scales", Status::BadAlignment,
         [](Beat& l) {
             MatmulView(l).set_a_format(OperandFormat::Mxfp4);
             MatmulView(l).set_a_scale_addr(0x8010);
         }},
        {"address of B's scales", Status::BadAlignment,
         [](Beat& l) {
             mx_b(l);
             MatmulView(l).set_b_scale_addr(0x8001);
         }},
        {"A beyond L1", Status::BadRange, [](Beat& l) { or_byte(l, 0x17, 0x80); }},
        {"B beyond L1", Status::BadRange, [](Beat& l) { or_byte(l, 0x1A, 0x10); }},
        {"C beyond L1", Status::BadRange, [](Beat& l) { or_byte(l, 0x1E, 0x20); }},
        {"rows of A over each other", Status::BadRange, [](Beat& l) { MatmulView(l).set_a_ld(2); }},
        {"rows of B over each other", Status::BadRange, [](Beat& l) { MatmulView(l).set_b_ld(0); }},
        {"rows of C over each other", Status::BadRange, [](Beat& l) { MatmulView(l).set_c_ld(4); }},
        {"columns of B over each other", Status::BadRange,
         [](Beat& l) {
             MatmulView(l).set_transpose_b(1);
             MatmulView(l).set_b_ld(2);
         }},
        {"A's scales beyond L1", Status::BadRange,
         [](Beat& l) {
             mx_a(l);
             MatmulView(l).set_a_scale_addr(kL1Bytes - 39 * 32);
         }},
        {"A's scales over each other", Status::BadRange,
         [](Beat& l) {
             mx_a(l);
             MatmulView(l).set_a_scale_ld(0);
         }},
        {"B's scales beyond L1", Status::BadRange,
         [](Beat& l) {
             mx_b(l);
             MatmulView(l).set_b_scale_ld(0x8000);
         }},
        {"B's scales over each other", Status::BadRange,
         [](Beat& l) {
             mx_b(l);
             MatmulView(l).set_b_scale_ld(0);
         }},
        {"C over A", Status::Overlap, [](Beat& l) { MatmulView(l).set_c_addr(96 * 39); }},
        {"C over B", Status::Overlap, [](Beat& l) { MatmulView(l).set_c_addr(0x2000); }},
        {"C over A's scales", Status::Overlap,
         [](Beat& l) {
             mx_a(l);
             MatmulView(l).set_c_addr(0x8000 + 39 * 32);
         }},
        {"C over B's scales", Status::Overlap,
         [](Beat& l) {
             mx_b(l);
             MatmulView(l).set_c_addr(0x9000 + 39 * 32);
         }},
    };
    return all;
}

TEST_CASE("rtl tile: each mistake has its status, writes nothing and takes as long as any other") {
    TileBench bench;
    REQUIRE(status_of(bench, legal()) == Status::Ok);
    for (const Mistake& mistake : mistakes()) {
        INFO(mistake.name);
        Beat line = line_of(legal());
        mistake.make(line);
        CHECK(status_of(bench, line) == mistake.status);
    }
}

TEST_CASE("rtl tile: of two mistakes the one that is looked at first counts") {
    TileBench bench;
    for (std::size_t i = 0; i < mistakes().size(); ++i) {
        for (std::size_t j = i + 1; j < mistakes().size(); ++j) {
            const Mistake& first = mistakes()[i];
            const Mistake& second = mistakes()[j];
            // Ranges only meet if both lie in L1; formats with scales take scales as they are.
            if (first.status == second.status || second.status == Status::Overlap ||
                std::string(first.name).find("scale") == 0) {
                continue;
            }
            INFO(first.name << " and " << second.name);
            Beat line = line_of(legal());
            second.make(line);
            first.make(line);
            CHECK(status_of(bench, line) == first.status);
        }
    }
}

TEST_CASE("rtl tile: scale fields are judged only for formats without scales") {
    TileBench bench;
    for (unsigned format = 0; format < 16; ++format) {
        const Status expected = format < 3   ? Status::Reserved
                                : format < 9 ? Status::Ok
                                             : Status::UnsupportedFormat;
        Beat line = line_of(legal());
        mx_a(line);
        MatmulView(line).set_a_format(static_cast<OperandFormat>(format));
        CHECK(status_of(bench, line) == expected);
        line = line_of(legal());
        mx_b(line);
        MatmulView(line).set_b_format(static_cast<OperandFormat>(format));
        CHECK(status_of(bench, line) == expected);
    }
}

TEST_CASE("rtl tile: matrices may end with L1, not one byte later; one row needs no distance") {
    TileBench bench;
    Command command = {.m = 2,
                       .n = 16,
                       .k = 1,
                       .a = 0,
                       .b = 64,
                       .c = kL1Bytes - 128,
                       .a_ld = 32,
                       .b_ld = 0,
                       .c_ld = 64};
    CHECK(status_of(bench, command) == Status::Ok);
    command.n = 17;
    command.c_ld = 96;
    CHECK(status_of(bench, command) == Status::BadRange);
    command.c -= 32;
    CHECK(status_of(bench, command) == Status::BadRange);
    command.c -= 32;
    CHECK(status_of(bench, command) == Status::Ok);
    // A distance of 2 MiB is of no interest to a single row.
    command = {.m = 1,
               .n = 16,
               .k = 16,
               .a = kL1Bytes - 32,
               .b = 0,
               .c = 512,
               .a_ld = 65535 * 32,
               .b_ld = 32,
               .c_ld = 0};
    CHECK(status_of(bench, command) == Status::Ok);
    command.k = 17;
    CHECK(status_of(bench, command) == Status::BadRange);
}

TEST_CASE("rtl tile: no size is so large that a check overflows; zeros make the others harmless") {
    TileBench bench;
    constexpr std::uint32_t kHuge = 0xFFFF'FFFF;
    Command command = legal();
    const auto with = [&](std::uint32_t m, std::uint32_t n, std::uint32_t k) {
        command.m = m;
        command.n = n;
        command.k = k;
        return status_of(bench, command);
    };
    CHECK(with(kHuge, 40, 40) == Status::BadRange);
    CHECK(with(40, kHuge, 40) == Status::BadRange);
    CHECK(with(40, 40, kHuge) == Status::BadRange);
    CHECK(with(kHuge, kHuge, kHuge) == Status::BadRange);
    CHECK(with(0x8000'0000, 1, 0) == Status::BadRange);
    CHECK(with(0, kHuge, 0) == Status::Ok);
    CHECK(with(kHuge, 0, 0) == Status::Ok);
    CHECK(with(0, 0, kHuge) == Status::Ok);
    command.a_ld = command.b_ld = command.c_ld = 65535 * 32;
    CHECK(with(kHuge, kHuge, 0) == Status::BadRange);
    CHECK(with(2, 1, 1) == Status::BadRange);
    CHECK(with(1, 1, 1) == Status::Ok);
}

TEST_CASE("rtl tile: matrices without elements meet nothing and need no room, but alignment") {
    TileBench bench;
    Command command = legal();
    command.k = 0;
    command.a = command.b = kL1Bytes * 2;
    CHECK(status_of(bench, command) == Status::Ok);
    command.a = command.b = command.c;
    CHECK(status_of(bench, command) == Status::Ok);
    command.a = 8;
    CHECK(status_of(bench, command) == Status::BadAlignment);
    command = legal();
    command.n = 0;
    command.c = 0;
    CHECK(status_of(bench, command) == Status::Ok);
}

TEST_CASE("rtl tile: C may lie next to A and B, but not share a byte") {
    TileBench bench;
    // Without gaps: A and B of 32 rows of 64 bytes, C of 32 rows of 128.
    Command command = {.m = 32,
                       .n = 32,
                       .k = 32,
                       .a = 0x1000,
                       .b = 0x1800,
                       .c = 0x2000,
                       .a_ld = 64,
                       .b_ld = 64,
                       .c_ld = 128};
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0;
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0x20;
    CHECK(status_of(bench, command) == Status::Overlap);
    command.c = 0x2000 - 0x20;
    CHECK(status_of(bench, command) == Status::Overlap);
    std::swap(command.a, command.b);
    CHECK(status_of(bench, command) == Status::Overlap);
    command.c = 0x2000;
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0;
    CHECK(status_of(bench, command) == Status::Ok);
    command.c = 0x20;
    CHECK(status_of(bench, command) == Status::Overlap);
}

}  // namespace
}  // namespace athena::rtl
