// SPDX-License-Identifier: Apache-2.0
// firmware/lib/memory.c, its functions renamed by the build.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <numeric>

extern "C" {
void* firmware_memcpy(void* destination, const void* source, std::size_t count);
void* firmware_memset(void* destination, int value, std::size_t count);
}

namespace {

using Area = std::array<std::uint8_t, 64>;

Area numbered(std::uint8_t first) {
    Area area{};
    std::iota(area.begin(), area.end(), first);
    return area;
}

}  // namespace

TEST_CASE("memory: memcpy copies any count between any alignments and nothing beside",
          "[firmware]") {
    alignas(8) const Area from = numbered(100);
    for (std::size_t to = 0; to < 9; ++to) {
        for (std::size_t source = 0; source < 9; ++source) {
            for (std::size_t count = 0; count < 40; ++count) {
                alignas(8) Area area = numbered(0);
                Area expected = area;
                std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(source), count,
                            expected.begin() + static_cast<std::ptrdiff_t>(to));
                REQUIRE(firmware_memcpy(&area[to], &from[source], count) == &area[to]);
                REQUIRE(area == expected);
            }
        }
    }
}

TEST_CASE("memory: memset fills any range and nothing beside", "[firmware]") {
    for (std::size_t to = 0; to < 9; ++to) {
        for (std::size_t count = 0; count < 40; ++count) {
            alignas(8) Area area = numbered(0);
            Area expected = area;
            std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(to), count, 0xC3);
            REQUIRE(firmware_memset(&area[to], 0x1C3, count) == &area[to]);
            REQUIRE(area == expected);
        }
    }
}
