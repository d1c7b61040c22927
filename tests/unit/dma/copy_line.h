// SPDX-License-Identifier: Apache-2.0
// COPY descriptors put together byte by byte from the published layout, not from the generated
// accessors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace athena::test {

using Line = std::array<std::byte, 64>;

template <typename T>
void put(Line& line, std::size_t offset, T value) {
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

inline Line copy_line(const CopyFields& fields) {
    Line line{};
    put<std::uint8_t>(line, 0x00, 2);
    put<std::uint32_t>(line, 0x04, fields.tag);
    put<std::uint16_t>(
        line, 0x12,
        static_cast<std::uint16_t>(fields.element_log2 | (fields.transpose ? 1u << 3 : 0u)));
    put<std::uint64_t>(line, 0x18, fields.src);
    put<std::uint64_t>(line, 0x20, fields.dst);
    put<std::uint32_t>(line, 0x28, fields.cols);
    put<std::uint32_t>(line, 0x2C, fields.rows);
    put<std::int64_t>(line, 0x30, fields.src_stride);
    put<std::int64_t>(line, 0x38, fields.dst_stride);
    return line;
}

}  // namespace athena::test
