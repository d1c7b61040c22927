// SPDX-License-Identifier: Apache-2.0
#include "philox.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>

namespace {

struct Vector {
    std::array<std::uint32_t, 4> counter;
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> words;
};

// Random123 1.14.0, tests/kat_vectors, lines "philox4x32 10".
constexpr std::array<Vector, 3> kKnownAnswers{{
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
}};

}  // namespace

TEST_CASE("philox: gives Random123's known answers", "[firmware]") {
    for (const Vector& vector : kKnownAnswers) {
        const std::uint64_t key = std::uint64_t{vector.key[1]} << 32 | vector.key[0];
        const philox_block block =
            philox(vector.counter[0], vector.counter[1], vector.counter[2], vector.counter[3], key);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(block.word[i] == vector.words[i]);
        }
    }
}

TEST_CASE("philox: units are the upper 24 bits, below 1", "[firmware]") {
    CHECK(philox_unit(0) == 0.0f);
    CHECK(philox_unit(0xFF) == 0.0f);
    CHECK(philox_unit(0x100) == 0x1p-24f);
    CHECK(philox_unit(0x80000000) == 0.5f);
    CHECK(philox_unit(0xFFFFFFFF) == 1.0f - 0x1p-24f);
}
