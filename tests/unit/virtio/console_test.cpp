// SPDX-License-Identifier: Apache-2.0
#include "virtio/console.h"

#include "base/state.h"
#include "counters.h"
#include "driver.h"

using namespace athena;
using test::VirtioDriver;

namespace {

constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr unsigned kReceive = 0;  // queues (5.3.2)
constexpr unsigned kTransmit = 1;
constexpr std::uint64_t kSpace = 0x8000;

using Used = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Bench {
    Bench() : Bench(std::make_unique<virtio::Console>()) {}
    explicit Bench(std::unique_ptr<virtio::Console> device)
        : console(device.get()), driver(std::move(device)) {
        REQUIRE(driver.start(kVersion1));
    }
    void type(const std::string& text) { console->receive(std::as_bytes(std::span(text))); }
    std::string output() {
        const auto bytes = console->take_output();
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    std::string memory(std::uint64_t address, std::size_t length) {
        return {reinterpret_cast<const char*>(&driver.bytes()[address]), length};
    }
    void pass(double microseconds) {
        sc_core::sc_start(sc_core::sc_time(microseconds, sc_core::SC_US));
    }
    bool needs_reset() { return (driver.get(test::kStatus) & test::kNeedsReset) != 0; }

    virtio::Console* console;
    VirtioDriver driver;
};

}  // namespace

TEST_CASE("virtio console: what the guest sends comes out, of any length") {
    Bench bench;
    CHECK(bench.driver.get(test::kDeviceId) == 3);
    CHECK((bench.driver.features() & 0xFF'FFFF) == 0);  // neither size nor several ports
    std::string text(9000, 'a');
    text[0] = '[';
    text[4096] = '|';
    text[8999] = ']';
    std::memcpy(&bench.driver.bytes()[kSpace], text.data(), text.size());
    bench.driver.offer({{kSpace, 5000, false}, {kSpace + 5000, 4000, false}}, 0, kTransmit);
    bench.driver.offer({{kSpace, 1, false}}, 4, kTransmit);
    bench.driver.notify(kTransmit);
    CHECK(bench.driver.used(kTransmit) == Used{{0, 0}, {4, 0}});
    CHECK(bench.output() == text + "[");
    CHECK(bench.output().empty());
    CHECK(test::Counters(bench.driver.mmio()).values.at("bytes_sent") == 9001);
    bench.driver.offer({{VirtioDriver::kMemory - 1, 2, false}}, 0, kTransmit);
    bench.driver.notify(kTransmit);
    CHECK(bench.needs_reset());
}

// 16 parts on each other: in 256 MiB, 128 would make 32 GiB.
TEST_CASE("virtio console: a buffer of more than 1 MiB is none") {
    Bench bench;
    const auto send = [&](std::uint32_t last) {
        std::vector<test::Part> parts(15, {0x1'0000, 0x1'0000, false});
        parts.push_back({0x1'0000, last, false});
        bench.driver.offer(parts, 0, kTransmit);
        bench.driver.notify(kTransmit);
        bench.pass(1000);
    };
    send(0x1'0000);
    CHECK_FALSE(bench.needs_reset());
    CHECK(bench.output().size() == 1 << 20);
    send(0x1'0001);
    CHECK(bench.needs_reset());
    CHECK(bench.output().empty());
}

TEST_CASE("virtio console: what is typed waits for buffers and fills them in turn") {
    Bench bench;
    CHECK(bench.console->room() == virtio::Console::kMostWaiting);
    bench.driver.offer({{kSpace, 4, true}}, 0, kReceive);
    bench.driver.offer({{kSpace + 0x100, 64, true}}, 1, kReceive);
    bench.driver.notify(kReceive);
    CHECK(bench.driver.used(kReceive).empty());
    bench.type("hello");
    bench.pass(4);
    CHECK(bench.driver.used(kReceive).empty());
    bench.pass(100);
    CHECK(bench.driver.used(kReceive) == Used{{0, 4}, {1, 1}});
    CHECK(bench.driver.interrupts());
    CHECK(bench.memory(kSpace, 4) == "hell");
    CHECK(bench.memory(kSpace + 0x100, 1) == "o");
    bench.type(std::string(300, 'x'));
    CHECK(bench.console->room() == 0);
    CHECK(test::Counters(bench.driver.mmio()).values.at("overruns") == 300 - 256);
    bench.driver.set(test::kStatus, 0);
    CHECK(bench.console->room() == 0);
    CHECK_FALSE(bench.console->listens());
    REQUIRE(bench.driver.start(kVersion1));
    CHECK(bench.console->listens());
    CHECK(bench.console->room() == virtio::Console::kMostWaiting);
    bench.driver.offer({{kSpace, 4, false}}, 0, kReceive);  // nothing to write to
    bench.type("!");
    bench.pass(10);
    CHECK(bench.needs_reset());
}

TEST_CASE("virtio console: what waits is saved") {
    base::StateWriter writer;
    {
        Bench bench;
        bench.type("typed");
        bench.driver.put<std::uint8_t>(kSpace, 'o');
        bench.driver.offer({{kSpace, 1, false}}, 0, kTransmit);
        bench.driver.notify(kTransmit);
        bench.driver.events().save(writer);
        bench.driver.mmio().save(writer);
    }
    Bench other;
    base::StateReader reader(writer.data());
    other.driver.events().load(reader);
    other.driver.mmio().load(reader);
    CHECK(other.output() == "o");
    other.driver.offer({{kSpace, 64, true}}, 0, kReceive);
    other.driver.notify(kReceive);
    CHECK(other.driver.used(kReceive) == Used{{0, 5}});
    CHECK(other.memory(kSpace, 5) == "typed");
}
