// SPDX-License-Identifier: Apache-2.0
#include "arena.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace {

arena between(std::uint64_t start, std::uint64_t end, std::vector<arena_region> occupied) {
    return arena_between(start, end, occupied.data(), occupied.size());
}

bool is(const arena& found, std::uint64_t start, std::uint64_t end) {
    return found.next == start && found.end == end;
}

}  // namespace

TEST_CASE("arena: takes the largest part that no region touches", "[firmware]") {
    CHECK(is(between(0x1000, 0x9000, {}), 0x1000, 0x9000));
    CHECK(is(between(0x1000, 0x9000, {{0x8000, 0x1000}, {0x2000, 0x100}}), 0x2100, 0x8000));
    CHECK(is(between(0x1000, 0x9000, {{0x1000, 0x1000}, {0x1800, 0x1000}}), 0x2800, 0x9000));
    CHECK(is(between(0x1000, 0x9000, {{0x0, 0x2000}, {0x4000, 0x10000}}), 0x2000, 0x4000));
    CHECK(is(between(0x1000, 0x9000, {{0x5000, 0}}), 0x1000, 0x9000));
    const arena none = between(0x1000, 0x9000, {{0x0, 0x10000}});
    CHECK(none.next == none.end);
}

TEST_CASE("arena: hands out aligned zeroed memory until it is full", "[firmware]") {
    alignas(64) std::array<std::uint8_t, 256> memory{};
    memory.fill(0xAA);
    const auto start = reinterpret_cast<std::uintptr_t>(memory.data());
    arena pool{start + 1, start + memory.size()};
    void* taken = nullptr;
    REQUIRE(arena_take(&pool, 10, 64, &taken) == RESULT_OK);
    CHECK(taken == memory.data() + 64);
    CHECK(std::count(memory.begin() + 64, memory.begin() + 74, 0) == 10);
    CHECK(memory[63] == 0xAA);
    CHECK(memory[74] == 0xAA);
    REQUIRE(arena_take(&pool, 0, 1, &taken) == RESULT_OK);
    CHECK(arena_take(&pool, 256, 1, &taken) == RESULT_NO_MEMORY);
    CHECK(arena_take(&pool, SIZE_MAX, 1, &taken) == RESULT_NO_MEMORY);
    CHECK(arena_take(&pool, 1, 0, &taken) == RESULT_BAD_ARGUMENT);
    CHECK(arena_take(&pool, 1, 24, &taken) == RESULT_BAD_ARGUMENT);
    REQUIRE(arena_take(&pool, 182, 1, &taken) == RESULT_OK);
    CHECK(arena_take(&pool, 1, 1, &taken) == RESULT_NO_MEMORY);
}
