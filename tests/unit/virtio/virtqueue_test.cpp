// SPDX-License-Identifier: Apache-2.0
// Indirect descriptors (VIRTIO 1.2, 2.7.5.3) and event indices (2.7.7, 2.7.10).
#include "virtio/virtqueue.h"

#include "driver.h"

using namespace athena;
using test::Part;
using test::VirtioDriver;

namespace {

constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr std::uint64_t kIndirect = kVersion1 | 1u << 28;
constexpr std::uint64_t kEventIndex = kVersion1 | 1u << 29;
constexpr std::uint16_t kNext = 1;  // flags of a descriptor
constexpr std::uint16_t kNamesTable = 4;
constexpr std::uint64_t kTable = 0x6000;
constexpr std::uint64_t kText = 0x8000;
constexpr std::uint64_t kPlace = 0x9000;

/// Copies what a buffer has to read into what it has to write.
struct Copying final : virtio::Device {
    [[nodiscard]] std::uint32_t id() const override { return 42; }
    [[nodiscard]] std::uint64_t features() const override { return 0; }
    [[nodiscard]] unsigned queues() const override { return 1; }
    [[nodiscard]] std::span<const std::byte> configuration() const override { return {}; }
    virtio::Served serve(unsigned, const virtio::Buffer& buffer,
                         virtio::MemoryPort& memory) override {
        std::vector<std::byte> bytes(buffer.readable_bytes());
        const bool done = buffer.read(memory, 0, bytes) && buffer.write(memory, 0, bytes);
        return {.broken = !done, .written = static_cast<std::uint32_t>(bytes.size())};
    }
    void report(base::StatisticsVisitor&) const override {}
    void save(base::StateWriter&) const override {}
    void load(base::StateReader&) override {}
};

struct Bench {
    explicit Bench(std::uint64_t features) : driver(std::make_unique<Copying>()) {
        REQUIRE(driver.start(features));
        for (unsigned i = 0; i < 0x100; ++i) {
            driver.put(kText + i, static_cast<std::uint8_t>(i + 1));
        }
    }
    /// A buffer whose only descriptor names a table.
    void offer_table(const std::vector<Part>& parts, std::uint16_t flags = kNamesTable) {
        driver.table(kTable, parts);
        driver.descriptor(0, {kTable, static_cast<std::uint32_t>(16 * parts.size()), false}, flags,
                          0);
        driver.offer_head(0);
    }
    void check_copied(std::uint32_t length) {
        CHECK(driver.used() == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, length}});
        CHECK(std::memcmp(&driver.bytes()[kText], &driver.bytes()[kPlace], length) == 0);
    }
    bool needs_reset() { return (driver.get(test::kStatus) & test::kNeedsReset) != 0; }

    VirtioDriver driver;
};

}  // namespace

TEST_CASE("virtqueue: a table of descriptors is a buffer of its own or the end of one") {
    Bench bench(kIndirect);
    const std::vector<Part> parts{
        {kText, 3, false}, {kText + 3, 7, false}, {kPlace, 9, true}, {kPlace + 9, 1, true}};
    bench.offer_table(parts);
    bench.driver.notify();
    bench.check_copied(10);
    // The flag WRITE of the descriptor that names the table says nothing.
    bench.driver.put<std::uint64_t>(kPlace, 0);
    bench.offer_table(parts, kNamesTable | 2);
    bench.driver.notify();
    bench.check_copied(10);
    // Behind usual ones; a table that lies in no order, longer than the queue.
    std::vector<Part> many(100, {kText, 0, false});
    many.back() = {kPlace, 10, true};
    bench.driver.put<std::uint64_t>(kPlace, 0);
    bench.driver.table(kTable, many);
    bench.driver.put<std::uint16_t>(kTable + 14, 50);  // from 0 to 50
    bench.driver.descriptor(0, {kText, 4, false}, kNext, 7);
    bench.driver.descriptor(7, {kText + 4, 6, false}, kNext, 3);
    bench.driver.descriptor(3, {kTable, 1600, false}, kNamesTable, 0);
    bench.driver.offer_head(0);
    bench.driver.notify();
    bench.check_copied(10);
}

TEST_CASE("virtqueue: what is no table of descriptors breaks the queue") {
    const std::vector<Part> good{{kText, 10, false}, {kPlace, 10, true}};
    using Harm = void (*)(VirtioDriver&);
    const Harm harms[] = {
        [](VirtioDriver& d) { d.put<std::uint32_t>(VirtioDriver::kDescriptors + 8, 0); },
        [](VirtioDriver& d) { d.put<std::uint32_t>(VirtioDriver::kDescriptors + 8, 15); },
        [](VirtioDriver& d) { d.put<std::uint32_t>(VirtioDriver::kDescriptors + 8, 33); },
        [](VirtioDriver& d) {  // the second part is behind its end
            d.put<std::uint32_t>(VirtioDriver::kDescriptors + 8, 16);
        },
        [](VirtioDriver& d) { d.put(VirtioDriver::kDescriptors + 12, std::uint16_t{5}); },  // NEXT
        [](VirtioDriver& d) { d.put(VirtioDriver::kDescriptors, VirtioDriver::kMemory); },
        [](VirtioDriver& d) { d.put(VirtioDriver::kDescriptors, ~std::uint64_t{0} - 15); },
        [](VirtioDriver& d) {  // a table in a table
            d.put<std::uint64_t>(kTable + 16, kTable + 0x100);
            d.put<std::uint32_t>(kTable + 24, 16);
            d.put<std::uint16_t>(kTable + 28, kNamesTable);
            d.table(kTable + 0x100, {{kPlace, 10, true}});
        },
        [](VirtioDriver& d) { d.put<std::uint16_t>(kTable + 12, 1 | 8); },  // no such flag
        [](VirtioDriver& d) { d.put<std::uint16_t>(kTable + 14, 2); },      // leaves the table
        [](VirtioDriver& d) { d.put<std::uint16_t>(kTable + 14, 0); },      // a circle
        [](VirtioDriver& d) {                                               // readable comes first
            d.put<std::uint16_t>(kTable + 12, 3);
            d.put<std::uint16_t>(kTable + 28, 0);
        },
    };
    for (std::size_t i = 0; i < std::size(harms); ++i) {
        CAPTURE(i);
        Bench bench(kIndirect);
        bench.offer_table(good);
        harms[i](bench.driver);
        bench.driver.notify();
        CHECK(bench.driver.used().empty());
        CHECK(bench.needs_reset());
        CHECK(bench.driver.faults() == 1);
    }
    // More parts than any queue has.
    Bench long_one(kIndirect);
    long_one.offer_table(std::vector<Part>(129, {kText, 1, false}));
    long_one.driver.notify();
    CHECK(long_one.needs_reset());
    Bench longest(kIndirect);
    std::vector<Part> most(128, {kText, 0, false});
    longest.offer_table(most);
    longest.driver.notify();
    longest.check_copied(0);
    // Without the feature it is no table.
    Bench without(kEventIndex);
    without.offer_table(good);
    without.driver.notify();
    CHECK(without.needs_reset());
}

TEST_CASE("virtqueue: by event index the driver is told of the buffer that it named") {
    Bench bench(kEventIndex);
    VirtioDriver& driver = bench.driver;
    constexpr std::uint64_t kUsedEvent = VirtioDriver::kAvailable + 4 + 2 * VirtioDriver::kEntries;
    driver.put<std::uint16_t>(VirtioDriver::kAvailable, 1);  // the flag counts no more
    for (unsigned round = 0; round < 70'000; ++round) {      // indices come round at 2^16
        // Every third buffer.
        driver.put(kUsedEvent, static_cast<std::uint16_t>(round / 3 * 3 + 2));
        driver.offer({{kText, 10, false}, {kPlace, 10, true}});
        driver.set(test::kQueueNotify, 0);
        sc_core::sc_start(sc_core::sc_time(20, sc_core::SC_US));
        REQUIRE(driver.used().size() == 1);
        REQUIRE(driver.interrupts() == (round % 3 == 2));
        driver.set(test::kInterruptAck, 1);
    }
}

TEST_CASE("virtqueue: by event index the device names the buffer that it wants to be told of") {
    Bench bench(kEventIndex);
    VirtioDriver& driver = bench.driver;
    constexpr std::uint64_t kAvailableEvent = VirtioDriver::kUsed + 4 + 8 * VirtioDriver::kEntries;
    driver.put<std::uint16_t>(kAvailableEvent, 0);
    for (std::uint16_t i = 0; i < 3; ++i) {
        driver.offer({{kText, 10, false}, {kPlace, 10, true}}, static_cast<std::uint16_t>(2 * i));
    }
    driver.set(test::kQueueNotify, 0);
    sc_core::sc_start(sc_core::sc_time(16, sc_core::SC_US));
    CHECK(driver.used().size() == 3);
    CHECK(driver.get_memory<std::uint16_t>(kAvailableEvent) == 0);  // it looks for more by itself
    sc_core::sc_start(sc_core::sc_time(5, sc_core::SC_US));
    CHECK(driver.get_memory<std::uint16_t>(kAvailableEvent) == 3);
    // A used ring whose end, where the index stands, lies in no memory.
    driver.set(test::kQueueReady, 0);
    driver.set_address(test::kQueueDevice, VirtioDriver::kMemory - 4 - 8 * VirtioDriver::kEntries);
    driver.set(test::kQueueReady, 1);
    driver.notify();
    CHECK(bench.needs_reset());
    CHECK(driver.faults() == 1);
}

TEST_CASE("virtqueue: without event indices nothing is written behind the used ring") {
    Bench bench(kIndirect);
    constexpr std::uint64_t kBehind = VirtioDriver::kUsed + 4 + 8 * VirtioDriver::kEntries;
    bench.driver.put<std::uint16_t>(kBehind, 0xBEEF);
    bench.driver.offer({{kText, 10, false}, {kPlace, 10, true}});
    bench.driver.notify();
    bench.check_copied(10);
    CHECK(bench.driver.get_memory<std::uint16_t>(kBehind) == 0xBEEF);
}
