// SPDX-License-Identifier: Apache-2.0
#include "virtio/entropy.h"

#include "driver.h"

using namespace athena;

namespace {

constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;

}  // namespace

TEST_CASE("virtio entropy: SplitMix64 of the seed, a driver's request after the other") {
    // The first numbers for seed 1234567, as published with the generator's reference code.
    constexpr std::uint64_t kExpected[] = {6457827717110365317u, 3203168211198807973u,
                                           9817491932198370423u, 4593380528125082431u};
    test::VirtioDriver driver(std::make_unique<virtio::Entropy>(1234567));
    CHECK(driver.get(test::kDeviceId) == 4);
    REQUIRE(driver.start(kVersion1));
    driver.offer({{0x8000, 3, true}, {0x8003, 13, true}});
    driver.notify();
    CHECK(driver.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 16}});
    driver.offer({{0x9000, 9, true}});
    driver.notify();
    CHECK(driver.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 9}});
    CHECK(driver.get_memory<std::uint64_t>(0x8000) == kExpected[0]);
    CHECK(driver.get_memory<std::uint64_t>(0x8008) == kExpected[1]);
    CHECK(driver.get_memory<std::uint64_t>(0x9000) == kExpected[2]);
    CHECK(driver.get_memory<std::uint8_t>(0x9008) == (kExpected[3] & 0xFF));
    CHECK(driver.get_memory<std::uint8_t>(0x9009) == 0);
}

TEST_CASE("virtio entropy: a large buffer is filled in part, one without room is broken") {
    test::VirtioDriver driver(std::make_unique<virtio::Entropy>(1));
    REQUIRE(driver.start(kVersion1));
    driver.offer({{0x8000, 0x4'0000, true}});
    driver.notify();
    CHECK(driver.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 512}});
    CHECK(driver.get_memory<std::uint64_t>(0x8000 + 512) == 0);
    driver.offer({{0x8000, 16, false}});
    driver.notify();
    CHECK((driver.get(test::kStatus) & test::kNeedsReset) != 0);
}
