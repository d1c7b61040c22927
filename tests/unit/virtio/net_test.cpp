// SPDX-License-Identifier: Apache-2.0
#include "virtio/net.h"

#include "base/state.h"
#include "counters.h"
#include "driver.h"

using namespace athena;
using test::Part;
using test::VirtioDriver;
using virtio::Frame;

namespace {

constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr std::uint64_t kMac = 1u << 5;
constexpr std::uint64_t kStatus = 1u << 16;
constexpr std::uint32_t kHeader = 12;  // 5.1.6, with num_buffers
constexpr unsigned kReceive = 0;       // queues (5.1.2)
constexpr unsigned kTransmit = 1;
constexpr std::uint64_t kSpace = 0x8000;

using Used = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Cable final : virtio::NetworkPort {
    void send(std::span<const std::byte> frame) override {
        sent.emplace_back(frame.begin(), frame.end());
    }
    std::vector<Frame> sent;
};

Frame frame(std::size_t length, unsigned first = 1) {
    Frame bytes(length);
    for (std::size_t i = 0; i < length; ++i) {
        bytes[i] = static_cast<std::byte>(first + i * 3);
    }
    return bytes;
}

struct Bench {
    Bench() : Bench(std::make_unique<Cable>()) {}

    void offer_room(std::uint16_t first, std::uint32_t length = 1600) {
        driver.offer({{kSpace + first * 0x800u, length, true}}, first, kReceive);
    }
    Frame at(std::uint64_t address, std::size_t length) {
        const auto bytes = driver.bytes().subspan(address, length);
        return {bytes.begin(), bytes.end()};
    }
    void pass(double microseconds) {
        sc_core::sc_start(sc_core::sc_time(microseconds, sc_core::SC_US));
    }
    /// The transmit queue's answer to a frame behind a header.
    Used send(const Frame& bytes) {
        std::ranges::fill(driver.bytes().subspan(kSpace, kHeader), std::byte{});
        std::ranges::copy(bytes, driver.bytes().begin() + kSpace + kHeader);
        driver.offer({{kSpace, kHeader, false},
                      {kSpace + kHeader, static_cast<std::uint32_t>(bytes.size()), false}},
                     0, kTransmit);
        driver.notify(kTransmit);
        return driver.used(kTransmit);
    }
    bool needs_reset() { return (driver.get(test::kStatus) & test::kNeedsReset) != 0; }
    std::uint64_t count(const std::string& name) {
        return test::Counters(driver.mmio()).values.at(name);
    }

    std::unique_ptr<Cable> cable;
    virtio::Net* net;
    VirtioDriver driver;

  private:
    explicit Bench(std::unique_ptr<Cable> made) : Bench(std::move(made), nullptr) {}
    Bench(std::unique_ptr<Cable> made, std::unique_ptr<virtio::Net> device)
        : cable(std::move(made)),
          net((device = std::make_unique<virtio::Net>(*cable)).get()),
          driver(std::move(device)) {
        REQUIRE(driver.start(kVersion1 | kMac | kStatus));
    }
};

}  // namespace

TEST_CASE("virtio net: identity, address and link") {
    Bench bench;
    CHECK(bench.driver.get(test::kDeviceId) == 1);
    CHECK((bench.driver.features() & 0xFF'FFFF) == (kMac | kStatus));
    std::array<std::uint8_t, 8> fields{};
    for (unsigned i = 0; i < fields.size(); ++i) {
        REQUIRE(bench.driver.access(tlm::TLM_READ_COMMAND, test::kConfiguration + i, &fields[i],
                                    1) == tlm::TLM_OK_RESPONSE);
    }
    CHECK((fields[0] & 3) == 2);  // a station's address, locally administered
    CHECK(std::equal(virtio::kMacAddress.begin(), virtio::kMacAddress.end(), fields.begin()));
    CHECK(fields[6] == 1);  // VIRTIO_NET_S_LINK_UP
    CHECK(fields[7] == 0);
}

TEST_CASE("virtio net: frames are sent, however their buffers are cut") {
    Bench bench;
    for (const std::size_t length : {14U, 60U, 1514U, 1518U}) {
        CHECK(bench.send(frame(length)) == Used{{0, 0}});
        CHECK(bench.cable->sent.back() == frame(length));
    }
    // Header and frame in one part, and the header in two.
    const Frame bytes = frame(100, 9);
    std::ranges::copy(bytes, bench.driver.bytes().begin() + kSpace + kHeader);
    bench.driver.offer({{kSpace, kHeader + 100, false}}, 0, kTransmit);
    bench.driver.offer({{kSpace, 5, false}, {kSpace + 5, kHeader + 95, false}}, 2, kTransmit);
    bench.driver.notify(kTransmit);
    CHECK(bench.driver.used(kTransmit) == Used{{0, 0}, {2, 0}});
    REQUIRE(bench.cable->sent.size() == 6);
    CHECK(bench.cable->sent[4] == bytes);
    CHECK(bench.cable->sent[5] == bytes);
    CHECK(bench.count("frames_sent") == 6);
    CHECK(bench.count("bytes_sent") == 14 + 60 + 1514 + 1518 + 200);
    CHECK(bench.driver.used(kReceive).empty());
}

TEST_CASE("virtio net: what is no frame is not sent, what is no buffer breaks the queue") {
    Bench bench;
    for (const std::size_t length : {0U, 13U, 1519U, 5000U}) {
        CHECK(bench.send(frame(length)) == Used{{0, 0}});
    }
    CHECK(bench.cable->sent.empty());
    CHECK(bench.count("refused") == 4);
    CHECK_FALSE(bench.needs_reset());
    for (const std::vector<Part>& parts :
         {std::vector<Part>{{kSpace, kHeader - 1, false}}, std::vector<Part>{{kSpace, 100, true}},
          std::vector<Part>{{VirtioDriver::kMemory - 50, kHeader + 60, false}}}) {
        Bench harmed;
        harmed.driver.offer(parts, 0, kTransmit);
        harmed.driver.notify(kTransmit);
        CHECK(harmed.needs_reset());
        CHECK(harmed.driver.used(kTransmit).empty());
        CHECK(harmed.cable->sent.empty());
    }
}

TEST_CASE("virtio net: frames that come are put into the driver's buffers in their order") {
    Bench bench;
    bench.offer_room(0);
    bench.driver.notify(kReceive);
    CHECK(bench.driver.used(kReceive).empty());
    CHECK_FALSE(bench.driver.interrupts());
    bench.net->receive(frame(60));
    bench.pass(4);
    CHECK(bench.driver.used(kReceive).empty());
    bench.pass(2);
    CHECK(bench.driver.used(kReceive) == Used{{0, kHeader + 60}});
    CHECK(bench.driver.interrupts());
    CHECK(bench.at(kSpace + kHeader, 60) == frame(60));
    Frame header(kHeader);
    header[10] = std::byte{1};  // num_buffers; no flags, no segmentation
    CHECK(bench.at(kSpace, kHeader) == header);
    // Two that come before there are buffers, cut in parts.
    bench.net->receive(frame(1514, 2));
    bench.net->receive(frame(14, 3));
    bench.pass(1000);
    CHECK(bench.driver.used(kReceive).empty());
    bench.driver.offer({{kSpace, 3, true}, {kSpace + 3, 1523, true}}, 3, kReceive);
    bench.offer_room(1);
    bench.driver.notify(kReceive);
    CHECK(bench.driver.used(kReceive) == Used{{3, kHeader + 1514}, {1, kHeader + 14}});
    CHECK(bench.at(kSpace + kHeader, 1514) == frame(1514, 2));
    CHECK(bench.at(kSpace + 0x800 + kHeader, 14) == frame(14, 3));
    CHECK(bench.count("frames_received") == 3);
    CHECK(bench.count("bytes_received") == 60 + 1514 + 14);
}

TEST_CASE("virtio net: frames without room are lost and counted") {
    Bench bench;
    CHECK(bench.net->room() == virtio::Net::kMostWaiting);
    for (std::size_t i = 0; i < virtio::Net::kMostWaiting + 3; ++i) {
        bench.net->receive(frame(60, static_cast<unsigned>(i)));
    }
    CHECK(bench.net->room() == 0);
    CHECK(bench.count("dropped") == 3);
    for (std::uint16_t i = 0; i < VirtioDriver::kEntries; ++i) {
        bench.offer_room(i);
    }
    bench.driver.notify(kReceive);
    CHECK(bench.driver.used(kReceive).size() == VirtioDriver::kEntries);
    CHECK(bench.net->room() == VirtioDriver::kEntries);
    CHECK(bench.at(kSpace + kHeader, 60) == frame(60, 0));
    bench.net->receive(frame(13));
    bench.net->receive(frame(1519));
    CHECK(bench.count("dropped") == 5);
    // A reset forgets those that wait, and nothing comes before the driver works.
    bench.driver.set(test::kStatus, 0);
    CHECK(bench.net->room() == 0);
    CHECK_FALSE(bench.net->listens());
    bench.net->receive(frame(60));
    CHECK(bench.count("dropped") == 6);
    REQUIRE(bench.driver.start(kVersion1));
    CHECK(bench.net->listens());
    CHECK(bench.net->room() == virtio::Net::kMostWaiting);
    bench.offer_room(0);
    bench.driver.notify(kReceive);
    CHECK(bench.driver.used(kReceive).empty());
}

TEST_CASE("virtio net: a buffer that does not hold its frame breaks the queue") {
    for (const Part part : {Part{kSpace, kHeader + 59, true}, Part{kSpace, 100, false},
                            Part{VirtioDriver::kMemory - 20, 100, true}}) {
        Bench bench;
        bench.driver.offer({part}, 0, kReceive);
        bench.driver.notify(kReceive);
        CHECK_FALSE(bench.needs_reset());  // nothing has come
        bench.net->receive(frame(60));
        bench.pass(10);
        CHECK(bench.needs_reset());
        CHECK(bench.driver.faults() == 1);
        CHECK_FALSE(bench.net->listens());
    }
}

TEST_CASE("virtio net: a flood of frames does not keep others from being sent") {
    Bench bench;
    for (std::uint16_t i = 0; i < 8; ++i) {
        bench.offer_room(i);
        bench.net->receive(frame(60));
        bench.driver.offer({{kSpace + 0x6000, kHeader + 60, false}}, i, kTransmit);
    }
    bench.driver.set(test::kQueueNotify, kTransmit);
    bench.pass(8 * 5.1);
    CHECK(bench.driver.used(kReceive).size() == 4);
    CHECK(bench.cable->sent.size() == 4);
}

TEST_CASE("virtio net: frames that wait are saved") {
    base::StateWriter writer;
    {
        Bench bench;
        bench.net->receive(frame(60));
        bench.net->receive(frame(70, 5));
        bench.driver.events().save(writer);
        bench.driver.mmio().save(writer);
    }
    Bench other;
    base::StateReader reader(writer.data());
    other.driver.events().load(reader);
    other.driver.mmio().load(reader);
    CHECK(other.net->room() == virtio::Net::kMostWaiting - 2);
    other.offer_room(0);
    other.offer_room(1);
    other.pass(100);
    CHECK(other.driver.used(kReceive) == Used{{0, kHeader + 60}, {1, kHeader + 70}});
    CHECK(other.at(kSpace + 0x800 + kHeader, 70) == frame(70, 5));
}
