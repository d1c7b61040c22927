// SPDX-License-Identifier: Apache-2.0
// Lines that the firmware builds, byte for byte as models/command/descriptor.regs.toml places the
// fields.
#include "descriptor.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace {

using Line = std::array<std::uint8_t, 64>;

struct Bytes {
    std::size_t offset;
    std::uint64_t value;
    std::size_t size;
};

Line line_of(const std::vector<Bytes>& fields) {
    Line line{};
    for (const Bytes& field : fields) {
        for (std::size_t i = 0; i < field.size; ++i) {
            line[field.offset + i] = static_cast<std::uint8_t>(field.value >> (8 * i));
        }
    }
    return line;
}

Line bytes_of(const descriptor& built) {
    Line line{};
    std::copy(std::begin(built.bytes), std::end(built.bytes), line.begin());
    return line;
}

constexpr descriptor_sync kNothing{};

}  // namespace

TEST_CASE("descriptor: waits, signal, tag and interrupt stand in the shared part", "[firmware]") {
    descriptor_sync sync{};
    sync.tag = 0x12345678;
    sync.wait[0] = {3, 0x1234, 0};
    sync.wait[1] = {4, 0x0001, 1};
    sync.signal = {5, 0xFFFF};
    sync.interrupt = 1;
    CHECK(bytes_of(descriptor_nop(&sync)) == line_of({{0x00, 0, 1},
                                                      {0x02, 0b101111, 2},
                                                      {0x04, 0x12345678, 4},
                                                      {0x08, 3, 1},
                                                      {0x09, 4, 1},
                                                      {0x0A, 5, 1},
                                                      {0x0C, 0x1234, 2},
                                                      {0x0E, 1, 2},
                                                      {0x10, 0xFFFF, 2}}));
    sync.wait[0].subtract = 1;
    sync.wait[1].value = 0;
    sync.signal.value = 0;
    CHECK(bytes_of(descriptor_fence(&sync)) == line_of({{0x00, 3, 1},
                                                        {0x02, 0b010011, 2},
                                                        {0x04, 0x12345678, 4},
                                                        {0x08, 3, 1},
                                                        {0x0C, 0x1234, 2}}));
}

TEST_CASE("descriptor: a matmul line", "[firmware]") {
    matmul_command command{};
    command.tile = 2;
    command.accumulate = 1;
    command.m = 0x01020304;
    command.n = 5;
    command.k = 6;
    command.a = 0x20;
    command.b = 0x40000;
    command.c = 0xFFFE0;
    command.a_ld = 32;
    command.b_ld = 2 * 1024 * 1024 - 32;
    command.c_ld = 4096;
    std::vector<Bytes> fields{{0x00, 1, 1},          {0x01, 2, 1},       {0x12, 1 << 10, 2},
                              {0x14, 0x20, 4},       {0x18, 0x40000, 4}, {0x1C, 0xFFFE0, 4},
                              {0x20, 0x01020304, 4}, {0x24, 5, 4},       {0x28, 6, 4},
                              {0x2C, 1, 2},          {0x2E, 0xFFFF, 2},  {0x30, 128, 2}};
    CHECK(bytes_of(descriptor_matmul(&command, &kNothing)) == line_of(fields));
    command.accumulate = 0;
    command.result_bf16 = 1;
    fields[2].value = 1 << 8;
    CHECK(bytes_of(descriptor_matmul(&command, &kNothing)) == line_of(fields));
}

TEST_CASE("descriptor: a copy line", "[firmware]") {
    copy_command command{};
    command.channel = 1;
    command.log2_element = 3;
    command.transpose = 1;
    command.source = 0x8000'0000'0123;
    command.destination = 0x40'0800'0000;
    command.columns = 17;
    command.rows = 0xFFFFFFFF;
    command.source_stride = -64;
    command.destination_stride = 0x1'0000'0000;
    CHECK(bytes_of(descriptor_copy(&command, &kNothing)) ==
          line_of({{0x00, 2, 1},
                   {0x01, 1, 1},
                   {0x12, 0b1011, 2},
                   {0x18, 0x8000'0000'0123, 8},
                   {0x20, 0x40'0800'0000, 8},
                   {0x28, 17, 4},
                   {0x2C, 0xFFFFFFFF, 4},
                   {0x30, static_cast<std::uint64_t>(-64), 8},
                   {0x38, 0x1'0000'0000, 8}}));
}

TEST_CASE("descriptor: two COPY_ND lines", "[firmware]") {
    copy_nd_command command{};
    command.channel = 2;
    command.log2_element = 1;
    command.transpose = 1;
    command.source = 0x8000'0000'0123;
    command.destination = 0x40'0800'0000;
    command.columns = 17;
    command.rows = 18;
    std::vector<Bytes> second;
    for (unsigned i = 0; i < 3; ++i) {
        command.size[i] = 20 + i;
    }
    for (unsigned i = 0; i < 4; ++i) {
        command.source_stride[i] = std::int64_t{i} - 1;
        command.destination_stride[i] = 0x100'0000'0000 + std::int64_t{i};
        second.push_back({8 * i, std::uint64_t{i} - 1, 8});
        second.push_back({0x20 + 8 * i, 0x100'0000'0000u + i, 8});
    }
    command.multicast = 0x8000'0005;
    command.multicast_stride = 0x100'0000;
    descriptor_sync sync{};
    sync.tag = 77;
    descriptor lines[DESCRIPTOR_COPY_ND_LINES];
    descriptor_copy_nd(&command, &sync, lines);
    CHECK(bytes_of(lines[0]) == line_of({{0x00, 9, 1},
                                         {0x01, 2, 1},
                                         {0x04, 77, 4},
                                         {0x12, 0b1001, 2},
                                         {0x14, 0x100'0000, 4},
                                         {0x18, 0x8000'0000'0123, 8},
                                         {0x20, 0x40'0800'0000, 8},
                                         {0x28, 17, 4},
                                         {0x2C, 18, 4},
                                         {0x30, 20, 4},
                                         {0x34, 21, 4},
                                         {0x38, 22, 4},
                                         {0x3C, 0x8000'0005, 4}}));
    CHECK(bytes_of(lines[1]) == line_of(second));
}

TEST_CASE("descriptor: a FILL line", "[firmware]") {
    fill_command command{};
    command.channel = 1;
    command.log2_element = 3;
    command.pattern = 0x0123'4567'89AB'CDEF;
    command.destination = 0x40'0800'0001;
    command.columns = 5;
    command.rows = 6;
    command.destination_stride = -64;
    CHECK(bytes_of(descriptor_fill(&command, &kNothing)) ==
          line_of({{0x00, 10, 1},
                   {0x01, 1, 1},
                   {0x12, 3, 2},
                   {0x18, 0x0123'4567'89AB'CDEF, 8},
                   {0x20, 0x40'0800'0001, 8},
                   {0x28, 5, 4},
                   {0x2C, 6, 4},
                   {0x38, static_cast<std::uint64_t>(-64), 8}}));
}

TEST_CASE("descriptor: SEM_SET and TIMESTAMP lines", "[firmware]") {
    CHECK(bytes_of(descriptor_set_semaphore(9, 0x7FFFFFFF, &kNothing)) ==
          line_of({{0x00, 4, 1}, {0x0A, 9, 1}, {0x14, 0x7FFFFFFF, 4}}));
    CHECK(bytes_of(descriptor_timestamp(0x8000'1238, &kNothing)) ==
          line_of({{0x00, 5, 1}, {0x18, 0x8000'1238, 8}}));
}
