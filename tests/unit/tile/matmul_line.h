// SPDX-License-Identifier: Apache-2.0
// MATMUL descriptors put together byte by byte from the published layout, not from the generated
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

// Bits of the mode field at 0x12.
constexpr std::uint16_t a_format(unsigned format) {
    return static_cast<std::uint16_t>(format);
}
constexpr std::uint16_t b_format(unsigned format) {
    return static_cast<std::uint16_t>(format << 4);
}
inline constexpr std::uint16_t kCBf16 = 1U << 8;
inline constexpr std::uint16_t kCE4m3 = 2U << 8;
inline constexpr std::uint16_t kAccumulate = 1U << 10;
inline constexpr std::uint16_t kTransposeA = 1U << 11;
inline constexpr std::uint16_t kTransposeB = 1U << 12;
inline constexpr std::uint16_t kSaturate = 1U << 13;

struct MatmulFields {
    std::uint32_t m = 0;
    std::uint32_t n = 0;
    std::uint32_t k = 0;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    std::uint16_t a_ld = 0;  // in 32 bytes
    std::uint16_t b_ld = 0;
    std::uint16_t c_ld = 0;
    std::uint16_t mode = 0;
    std::uint32_t tag = 0;
    std::uint32_t a_scale = 0;
    std::uint32_t b_scale = 0;
    std::uint16_t a_scale_ld = 0;  // in 32 bytes
    std::uint16_t b_scale_ld = 0;
};

inline Line matmul_line(const MatmulFields& fields) {
    Line line{};
    put<std::uint8_t>(line, 0x00, 1);
    put(line, 0x04, fields.tag);
    put(line, 0x12, fields.mode);
    put(line, 0x14, fields.a);
    put(line, 0x18, fields.b);
    put(line, 0x1C, fields.c);
    put(line, 0x20, fields.m);
    put(line, 0x24, fields.n);
    put(line, 0x28, fields.k);
    put(line, 0x2C, fields.a_ld);
    put(line, 0x2E, fields.b_ld);
    put(line, 0x30, fields.c_ld);
    put(line, 0x32, fields.a_scale_ld);
    put(line, 0x34, fields.a_scale);
    put(line, 0x38, fields.b_scale);
    put(line, 0x3C, fields.b_scale_ld);
    return line;
}

}  // namespace athena::test
