// SPDX-License-Identifier: Apache-2.0
#include "virtio/virtio_mmio.h"

#include <random>

#include "base/state.h"
#include "driver.h"

using namespace athena;
using test::Part;

namespace {

constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr std::uint64_t kTransport = kVersion1 | 1u << 28 | 1u << 29;  // 6

/// Writes into each buffer how many it has seen, and its length.
struct Counting final : virtio::Device {
    [[nodiscard]] std::uint32_t id() const override { return 42; }
    [[nodiscard]] std::uint64_t features() const override { return 0b101; }
    [[nodiscard]] unsigned queues() const override { return 1; }
    [[nodiscard]] std::span<const std::byte> configuration() const override { return fields; }
    virtio::Served serve(unsigned, const virtio::Buffer& buffer,
                         virtio::MemoryPort& memory) override {
        const auto count = static_cast<std::byte>(++served);
        static_cast<void>(buffer.write(memory, 0, std::span(&count, 1)));
        return {.written = 1};
    }
    void report(base::StatisticsVisitor&) const override {}
    void save(base::StateWriter& writer) const override { writer.value("served", served); }
    void load(base::StateReader& reader) override {
        served = static_cast<unsigned>(reader.value("served"));
    }
    unsigned served = 0;
    std::array<std::byte, 3> fields{std::byte{1}, std::byte{2}, std::byte{3}};
};

}  // namespace

TEST_CASE("virtio mmio: features are agreed only if all are offered, and version 1 is among them") {
    test::VirtioDriver driver(std::make_unique<Counting>());
    CHECK(driver.features() == (kTransport | 0b101));
    CHECK(driver.start(kTransport));
    CHECK(driver.start(kVersion1 | 0b101));
    CHECK(driver.start(kVersion1));
    CHECK_FALSE(driver.start(0b101));
    CHECK_FALSE(driver.start(kVersion1 | 0b010));
    CHECK_FALSE(driver.start(kVersion1 << 1 | kVersion1));
    driver.set(test::kDeviceFeaturesSel, 2);
    CHECK(driver.get(test::kDeviceFeatures) == 0);
}

TEST_CASE("virtio mmio: an empty slot says so and takes nothing") {
    test::VirtioDriver driver(nullptr);
    CHECK(driver.get(test::kMagic) == 0x7472'6976);
    CHECK(driver.get(test::kVersion) == 2);
    for (std::uint64_t offset = 8; offset < 0x100; offset += 4) {
        std::uint32_t value = 0xFFFF'FFFF;
        if (driver.access(tlm::TLM_READ_COMMAND, offset, &value, 4) == tlm::TLM_OK_RESPONSE) {
            CHECK(value == 0);
        }
        value = 0xFFFF'FFFF;
        static_cast<void>(driver.access(tlm::TLM_WRITE_COMMAND, offset, &value, 4));
    }
    CHECK(driver.get(test::kStatus) == 0);
    CHECK(driver.get(test::kConfiguration) == 0);
}

TEST_CASE("virtio mmio: accesses of other sizes, and configuration of any") {
    test::VirtioDriver driver(std::make_unique<Counting>());
    std::uint64_t value = 0;
    CHECK(driver.access(tlm::TLM_READ_COMMAND, 0, &value, 1) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(driver.access(tlm::TLM_READ_COMMAND, 0, &value, 8) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(driver.access(tlm::TLM_READ_COMMAND, 2, &value, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(driver.access(tlm::TLM_READ_COMMAND, 0x1000, &value, 4) ==
          tlm::TLM_ADDRESS_ERROR_RESPONSE);
    for (const unsigned size : {1U, 2U, 4U, 8U}) {
        value = 0;
        CHECK(driver.access(tlm::TLM_READ_COMMAND, 0x100, &value, size) == tlm::TLM_OK_RESPONSE);
        CHECK(value == (0x03'02'01u & (size == 1 ? 0xFFu : size == 2 ? 0xFFFFu : ~0u)));
    }
    value = ~0ull;
    CHECK(driver.access(tlm::TLM_WRITE_COMMAND, 0x100, &value, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(driver.get(0x100) == 0x03'02'01);
    CHECK(driver.access(tlm::TLM_READ_COMMAND, 0xFFC, &value, 8) == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("virtio mmio: buffers come back in order; an interrupt if the driver wants one") {
    test::VirtioDriver driver(std::make_unique<Counting>());
    REQUIRE(driver.start(kVersion1));
    for (unsigned round = 0; round < 70'000; ++round) {  // indices come round at 2^16
        const auto head = static_cast<std::uint16_t>(round % 16);
        driver.offer({{0x8000, 4, true}}, head);
        driver.set(test::kQueueNotify, 0);
        sc_core::sc_start(sc_core::sc_time(20, sc_core::SC_US));
        const auto back = driver.used();
        REQUIRE(back == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{head, 1}});
        REQUIRE(driver.get_memory<std::uint8_t>(0x8000) == (round + 1) % 256);
    }
    CHECK(driver.interrupts());
    driver.set(test::kInterruptAck, 1);
    driver.put<std::uint16_t>(test::VirtioDriver::kAvailable, 1);  // no interrupt
    driver.offer({{0x8000, 4, true}});
    driver.notify();
    CHECK(driver.used().size() == 1);
    CHECK_FALSE(driver.interrupts());
}

TEST_CASE("virtio mmio: what is no queue stops the device until it is reset") {
    using Break = void (*)(test::VirtioDriver&);
    const Break breaks[] = {
        [](test::VirtioDriver& d) { d.offer_head(16); },
        [](test::VirtioDriver& d) {  // a circle
            d.descriptor(0, {0x8000, 4, true}, 1, 1);
            d.descriptor(1, {0x8000, 4, true}, 1, 0);
            d.offer_head(0);
        },
        [](test::VirtioDriver& d) {
            d.descriptor(0, {0x8000, 4, true}, 1, 16);
            d.offer_head(0);
        },
        [](test::VirtioDriver& d) {
            d.offer({{0x8000, 4, true}, {0x8000, 4, false}});
        },
        [](test::VirtioDriver& d) {  // an indirect table was not agreed to
            d.descriptor(0, {0x8000, 16, false}, 4, 0);
            d.offer_head(0);
        },
        [](test::VirtioDriver& d) {
            d.offer({{~std::uint64_t{0} - 2, 4, true}});
        },
        [](test::VirtioDriver& d) { d.put<std::uint16_t>(test::VirtioDriver::kAvailable + 2, 17); },
    };
    for (const Break& harm : breaks) {
        test::VirtioDriver driver(std::make_unique<Counting>());
        REQUIRE(driver.start(kVersion1));
        harm(driver);
        driver.notify();
        CHECK(driver.used().empty());
        CHECK((driver.get(test::kStatus) & test::kNeedsReset) != 0);
        CHECK(driver.faults() == 1);
        driver.notify();
        CHECK(driver.faults() == 1);
        REQUIRE(driver.start(kVersion1));
        driver.offer({{0x8000, 4, true}});
        driver.notify();
        CHECK(driver.used().size() == 1);
    }
    for (const std::uint64_t where : {test::kQueueDesc, test::kQueueDriver, test::kQueueDevice}) {
        test::VirtioDriver driver(std::make_unique<Counting>());
        REQUIRE(driver.start(kVersion1));
        driver.set(test::kQueueReady, 0);
        driver.set_address(where, std::uint64_t{1} << 40);
        driver.set(test::kQueueReady, 1);
        driver.offer({{0x8000, 4, true}});
        driver.notify();
        CHECK((driver.get(test::kStatus) & test::kNeedsReset) != 0);
    }
}

TEST_CASE("virtio mmio: registers of a queue in use, and sizes that are none, are refused") {
    test::VirtioDriver driver(std::make_unique<Counting>());
    REQUIRE(driver.start(kVersion1));
    driver.set(test::kQueueNum, 8);
    driver.set_address(test::kQueueDesc, 0x9000);
    CHECK(driver.faults() == 3);
    driver.offer({{0x8000, 4, true}});
    driver.notify();
    CHECK(driver.used().size() == 1);
    driver.set(test::kQueueReady, 0);
    for (const std::uint32_t size : {0U, 3U, 256U}) {
        driver.set(test::kQueueNum, size);
    }
    CHECK(driver.faults() == 6);
    driver.set(test::kQueueSel, 1);
    CHECK(driver.get(test::kQueueNumMax) == 0);
    driver.set(test::kQueueNum, 8);
    CHECK(driver.faults() == 7);
    driver.set(test::kQueueSel, 0);
    CHECK(driver.get(test::kQueueNumMax) == 128);
}

TEST_CASE(
    "virtio mmio: a buffer is served 5 us after its notification, or after the one before it") {
    test::VirtioDriver driver(std::make_unique<Counting>());
    const auto pass = [](double microseconds) {
        sc_core::sc_start(sc_core::sc_time(microseconds, sc_core::SC_US));
    };
    REQUIRE(driver.start(kVersion1));
    driver.offer({{0x8000, 4, true}}, 0);
    driver.offer({{0x8000, 4, true}}, 1);
    driver.set(test::kQueueNotify, 0);
    pass(1);
    driver.set(test::kQueueNotify, 0);  // does not hurry it
    pass(3.9);
    CHECK(driver.used().empty());
    pass(0.2);
    CHECK(driver.used().size() == 1);
    pass(4.8);
    CHECK(driver.used().empty());
    pass(0.2);
    CHECK(driver.used().size() == 1);
    // A reset forgets what was notified.
    driver.offer({{0x8000, 4, true}}, 2);
    driver.set(test::kQueueNotify, 0);
    pass(4);
    REQUIRE(driver.start(kVersion1));
    driver.offer({{0x8000, 4, true}}, 3);
    driver.set(test::kQueueNotify, 0);
    pass(4.9);
    CHECK(driver.used().empty());
    pass(0.2);
    CHECK(driver.used().size() == 1);
}

TEST_CASE("virtio mmio: nothing is served before DRIVER_OK") {
    test::VirtioDriver driver(std::make_unique<Counting>());
    REQUIRE(driver.start(kVersion1));
    driver.set(test::kStatus, test::kAcknowledge | test::kDriver | test::kFeaturesOk);
    driver.offer({{0x8000, 4, true}});
    driver.notify();
    CHECK(driver.used().empty());
}

TEST_CASE("virtio mmio: state saved between notification and service goes on") {
    base::StateWriter writer;
    std::vector<std::byte> memory;
    {
        test::VirtioDriver driver(std::make_unique<Counting>());
        REQUIRE(driver.start(kVersion1));
        driver.offer({{0x8000, 4, true}}, 3);
        driver.notify();
        driver.offer({{0x8000, 4, true}}, 5);
        driver.set(test::kQueueNotify, 0);
        sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
        driver.events().save(writer);
        driver.mmio().save(writer);
        memory.assign(driver.bytes().begin(), driver.bytes().end());
    }
    test::VirtioDriver other(std::make_unique<Counting>());
    base::StateReader reader(writer.data());
    other.events().load(reader);
    other.mmio().load(reader);
    std::ranges::copy(memory, other.bytes().begin());
    CHECK(other.interrupts());
    sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_MS));
    CHECK(other.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{3, 1}, {5, 1}});
    CHECK(other.get_memory<std::uint8_t>(0x8000) == 2);
}

TEST_CASE("virtio mmio: random rings never do more than they say") {
    for (std::uint32_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        test::VirtioDriver driver(std::make_unique<Counting>());
        for (int round = 0; round < 40; ++round) {
            REQUIRE(driver.start(kVersion1));
            for (std::uint64_t at = 0x1000; at < 0x4000; ++at) {
                if (random() % 8 == 0) {
                    driver.put(at, static_cast<std::uint8_t>(random() % 24));
                }
            }
            driver.put<std::uint16_t>(test::VirtioDriver::kAvailable + 2,
                                      static_cast<std::uint16_t>(random() % 20));
            driver.notify();
        }
    }
}
