// SPDX-License-Identifier: Apache-2.0
#include "virtio/block.h"

#include <random>

#include "counters.h"
#include "driver.h"

using namespace athena;
using test::Part;

namespace {

constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr std::uint64_t kFlush = 1u << 9;
constexpr std::uint64_t kReadOnly = 1u << 5;
constexpr std::uint32_t kSectors = 64;
constexpr std::uint64_t kHeader = 0x4000;
constexpr std::uint64_t kStatusByte = 0x4100;
constexpr std::uint64_t kData = 0x8000;

struct Storage final : virtio::BlockStorage {
    explicit Storage(bool is_read_only) : locked(is_read_only), sectors(kSectors * 512) {
        for (std::size_t i = 0; i < sectors.size(); ++i) {
            sectors[i] = static_cast<std::byte>(i / 512 + i);
        }
    }
    [[nodiscard]] std::uint64_t size() const override { return sectors.size(); }
    [[nodiscard]] bool read_only() const override { return locked; }
    [[nodiscard]] std::string name() const override { return "a drive"; }
    bool read(std::uint64_t offset, std::span<std::byte> bytes) override {
        std::memcpy(bytes.data(), &sectors.at(offset), bytes.size());
        return !fails;
    }
    bool write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        if (!fails) {
            std::memcpy(&sectors.at(offset), bytes.data(), bytes.size());
        }
        return !fails;
    }
    bool flush() override {
        ++flushes;
        return !fails;
    }

    bool locked;
    bool fails = false;
    int flushes = 0;
    std::vector<std::byte> sectors;
};

struct Bench {
    explicit Bench(bool read_only = false)
        : storage(new Storage(read_only)),
          driver(std::make_unique<virtio::Block>(std::unique_ptr<virtio::BlockStorage>(storage))) {
        REQUIRE(driver.start(kVersion1 | kFlush | (read_only ? kReadOnly : 0)));
    }
    void header(std::uint32_t type, std::uint64_t sector) {
        driver.put<std::uint32_t>(kHeader, type);
        driver.put<std::uint32_t>(kHeader + 4, 0);
        driver.put<std::uint64_t>(kHeader + 8, sector);
        driver.put<std::uint8_t>(kStatusByte, 0xEE);
    }
    /// The status of a request with such parts for its data.
    int request(std::uint32_t type, std::uint64_t sector, const std::vector<Part>& data) {
        header(type, sector);
        std::vector<Part> parts{{kHeader, 16, false}};
        parts.insert(parts.end(), data.begin(), data.end());
        parts.push_back({kStatusByte, 1, true});
        driver.offer(parts);
        driver.notify();
        back = driver.used();
        REQUIRE(back.size() == 1);
        CHECK(back[0].first == 0);
        return driver.get_memory<std::uint8_t>(kStatusByte);
    }

    Storage* storage;  // the driver's device's
    test::VirtioDriver driver;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> back;
};

}  // namespace

TEST_CASE("virtio block: identity, capacity and features") {
    Bench bench;
    CHECK(bench.driver.get(test::kMagic) == 0x7472'6976);
    CHECK(bench.driver.get(test::kVersion) == 2);
    CHECK(bench.driver.get(test::kDeviceId) == 2);
    CHECK(bench.driver.get(test::kConfiguration) == kSectors);
    CHECK(bench.driver.get(test::kConfiguration + 4) == 0);
    CHECK(bench.driver.get(test::kConfiguration + 0x40) == 0);
    CHECK((bench.driver.features() & (kVersion1 | kFlush | kReadOnly)) == (kVersion1 | kFlush));
    Bench locked(true);
    CHECK((locked.driver.features() & kReadOnly) != 0);
}

TEST_CASE("virtio block: sectors are read and written, however the buffer is cut") {
    Bench bench;
    test::VirtioDriver& driver = bench.driver;
    const auto before = bench.storage->sectors;
    CHECK(bench.request(0, 3, {{kData, 700, true}, {kData + 700, 324, true}}) == 0);
    CHECK(bench.back[0].second == 1025);
    CHECK(std::memcmp(&driver.bytes()[kData], &before[3 * 512], 1024) == 0);
    CHECK(driver.interrupts());
    CHECK(driver.get(test::kInterruptStatus) == 1);
    driver.set(test::kInterruptAck, 1);
    CHECK_FALSE(driver.interrupts());
    for (unsigned i = 0; i < 1024; ++i) {
        driver.put<std::uint8_t>(kData + i, static_cast<std::uint8_t>(i * 7));
    }
    CHECK(bench.request(1, 62, {{kData, 1, false}, {kData + 1, 1023, false}}) == 0);
    CHECK(bench.back[0].second == 1);
    CHECK(std::memcmp(&driver.bytes()[kData], &bench.storage->sectors[62 * 512], 1024) == 0);
    CHECK(std::memcmp(before.data(), bench.storage->sectors.data(), 62 * 512) == 0);
    // Header, data and status in one part each way, and the header in pieces.
    bench.header(0, 5);
    driver.offer({{kHeader, 3, false}, {kHeader + 3, 13, false}, {kData, 513, true}});
    driver.notify();
    CHECK(driver.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 513}});
    CHECK(driver.get_memory<std::uint8_t>(kData + 512) == 0);
    CHECK(std::memcmp(&driver.bytes()[kData], &bench.storage->sectors[5 * 512], 512) == 0);
    const test::Counters counters(driver.mmio());
    CHECK(counters.values.at("reads") == 2);
    CHECK(counters.values.at("bytes_written") == 1024);
}

TEST_CASE("virtio block: flush and identity") {
    Bench bench;
    CHECK(bench.request(4, 0, {}) == 0);
    CHECK(bench.storage->flushes == 1);
    CHECK(bench.request(8, 0, {{kData, 20, true}}) == 0);
    CHECK(std::memcmp(&bench.driver.bytes()[kData], "a drive\0\0\0\0\0\0\0\0\0\0\0\0\0", 20) == 0);
    CHECK(bench.request(8, 0, {{kData, 19, true}}) == 1);
    CHECK(bench.request(77, 0, {}) == 2);
}

TEST_CASE("virtio block: what cannot be done is an error and changes nothing") {
    Bench bench;
    const auto before = bench.storage->sectors;
    CHECK(bench.request(0, kSectors, {{kData, 512, true}}) == 1);
    CHECK(bench.request(0, kSectors - 1, {{kData, 1024, true}}) == 1);
    CHECK(bench.request(0, ~std::uint64_t{0}, {{kData, 512, true}}) == 1);
    CHECK(bench.request(0, 0, {{kData, 511, true}}) == 1);
    CHECK(bench.request(1, kSectors, {{kData, 512, false}}) == 1);
    CHECK(bench.request(1, 0, {{kData, 513, false}}) == 1);
    CHECK(bench.request(1, 0, {{test::VirtioDriver::kMemory, 512, false}}) == 1);
    CHECK(bench.request(0, 0, {{test::VirtioDriver::kMemory - 511, 512, true}}) == 1);
    bench.storage->fails = true;
    CHECK(bench.request(0, 0, {{kData, 512, true}}) == 1);
    CHECK(bench.request(1, 0, {{kData, 512, false}}) == 1);
    CHECK(bench.request(4, 0, {}) == 1);
    CHECK(bench.storage->sectors == before);
    Bench locked(true);
    CHECK(locked.request(1, 0, {{kData, 512, false}}) == 1);
    CHECK(locked.storage->sectors == before);
    CHECK(locked.request(4, 0, {}) == 0);
}

TEST_CASE("virtio block: many requests in one go, in their order, each in its time") {
    Bench bench;
    test::VirtioDriver& driver = bench.driver;
    for (std::uint16_t i = 0; i < 4; ++i) {
        const std::uint64_t header = kHeader + i * 16u;
        driver.put<std::uint32_t>(header, 0);
        driver.put<std::uint64_t>(header + 8, i);
        driver.offer({{header, 16, false}, {kData + i * 0x1000u, 513, true}},
                     static_cast<std::uint16_t>(i * 2));
    }
    driver.set(test::kQueueNotify, 0);
    sc_core::sc_start(sc_core::sc_time(4, sc_core::SC_US));
    CHECK(driver.used().empty());
    sc_core::sc_start(sc_core::sc_time(2, sc_core::SC_US));
    CHECK(driver.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 513}});
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
    CHECK(driver.used() ==
          std::vector<std::pair<std::uint32_t, std::uint32_t>>{{2, 513}, {4, 513}, {6, 513}});
    for (unsigned i = 0; i < 4; ++i) {
        CHECK(std::memcmp(&driver.bytes()[kData + i * 0x1000u], &bench.storage->sectors[i * 512],
                          512) == 0);
    }
}

TEST_CASE("virtio block: a request without header or status needs a reset") {
    for (const std::vector<Part>& parts :
         {std::vector<Part>{{kHeader, 15, false}, {kStatusByte, 1, true}},
          std::vector<Part>{{kHeader, 16, false}},
          std::vector<Part>{{kHeader, 16, false}, {test::VirtioDriver::kMemory, 1, true}}}) {
        Bench bench;
        bench.header(4, 0);
        bench.driver.offer(parts);
        bench.driver.notify();
        CHECK(bench.driver.used().empty());
        CHECK((bench.driver.get(test::kStatus) & test::kNeedsReset) != 0);
        CHECK(bench.driver.get(test::kInterruptStatus) == 2);
        CHECK(bench.driver.faults() == 1);
        // Nothing is done until then, and everything after.
        bench.driver.notify();
        CHECK(bench.driver.faults() == 1);
        REQUIRE(bench.driver.start(kVersion1));
        CHECK_FALSE(bench.driver.interrupts());
        CHECK(bench.request(4, 0, {}) == 0);
    }
}
