// SPDX-License-Identifier: Apache-2.0
// COPY, COPY_ND and FILL descriptors put together byte by byte from the published layout, not from
// the generated accessors.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace athena::test {

using Line = std::array<std::byte, 64>;
using TwoLines = std::array<std::byte, 128>;

template <typename T, std::size_t kSize>
void put(std::array<std::byte, kSize>& line, std::size_t offset, T value) {
    std::memcpy(line.data() + offset, &value, sizeof(value));
}

struct CopyFields {
    std::uint64_t src = 0;
    std::uint64_t dst = 0;
    std::uint32_t cols = 0;
    std::uint32_t rows = 0;
    std::int64_t src_stride = 0;
    std::int64_t dst_stride = 0;
    unsigned element_log2 = 0;
    bool transpose = false;
    std::uint32_t tag = 0;
};

/// What COPY and COPY_ND have in the same places.
template <std::size_t kSize, typename Fields>
void put_block(std::array<std::byte, kSize>& line, std::uint8_t opcode, const Fields& fields) {
    put<std::uint8_t>(line, 0x00, opcode);
    put<std::uint32_t>(line, 0x04, fields.tag);
    put<std::uint16_t>(
        line, 0x12,
        static_cast<std::uint16_t>(fields.element_log2 | (fields.transpose ? 1u << 3 : 0u)));
    put<std::uint64_t>(line, 0x18, fields.src);
    put<std::uint64_t>(line, 0x20, fields.dst);
    put<std::uint32_t>(line, 0x28, fields.cols);
    put<std::uint32_t>(line, 0x2C, fields.rows);
}

inline Line copy_line(const CopyFields& fields) {
    Line line{};
    put_block(line, 2, fields);
    put<std::int64_t>(line, 0x30, fields.src_stride);
    put<std::int64_t>(line, 0x38, fields.dst_stride);
    return line;
}

/// Strides of rows, then of dimensions 2, 3 and 4.
struct NdFields {
    std::uint64_t src = 0;
    std::uint64_t dst = 0;
    std::uint32_t cols = 1;
    std::uint32_t rows = 1;
    std::array<std::uint32_t, 3> sizes = {1, 1, 1};
    std::array<std::int64_t, 4> src_strides = {};
    std::array<std::int64_t, 4> dst_strides = {};
    std::uint32_t multicast = 0;
    std::uint32_t multicast_stride = 0;
    unsigned element_log2 = 0;
    bool transpose = false;
    std::uint32_t tag = 0;
};

inline TwoLines nd_lines(const NdFields& fields) {
    TwoLines lines{};
    put_block(lines, 9, fields);
    put<std::uint32_t>(lines, 0x14, fields.multicast_stride);
    for (std::size_t i = 0; i < 3; ++i) {
        put<std::uint32_t>(lines, 0x30 + 4 * i, fields.sizes[i]);
    }
    put<std::uint32_t>(lines, 0x3C, fields.multicast);
    for (std::size_t i = 0; i < 4; ++i) {
        put<std::int64_t>(lines, 0x40 + 8 * i, fields.src_strides[i]);
        put<std::int64_t>(lines, 0x60 + 8 * i, fields.dst_strides[i]);
    }
    return lines;
}

struct FillFields {
    std::uint64_t pattern = 0;
    std::uint64_t dst = 0;
    std::uint32_t cols = 1;
    std::uint32_t rows = 1;
    std::int64_t dst_stride = 0;
    unsigned element_log2 = 0;
    std::uint32_t tag = 0;
};

inline Line fill_line(const FillFields& fields) {
    Line line{};
    put<std::uint8_t>(line, 0x00, 10);
    put<std::uint32_t>(line, 0x04, fields.tag);
    put<std::uint16_t>(line, 0x12, static_cast<std::uint16_t>(fields.element_log2));
    put<std::uint64_t>(line, 0x18, fields.pattern);
    put<std::uint64_t>(line, 0x20, fields.dst);
    put<std::uint32_t>(line, 0x28, fields.cols);
    put<std::uint32_t>(line, 0x2C, fields.rows);
    put<std::int64_t>(line, 0x38, fields.dst_stride);
    return line;
}

/// As decode() takes it: what lies behind a line of 64 bytes is noise.
inline TwoLines padded(const Line& line) {
    TwoLines lines;
    lines.fill(std::byte{0xEE});
    std::ranges::copy(line, lines.begin());
    return lines;
}

}  // namespace athena::test
