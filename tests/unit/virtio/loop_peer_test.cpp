// SPDX-License-Identifier: Apache-2.0
// Frames are written out as RFC 826, 791, 792 and 768 give them, sums by RFC 1071.
#include "virtio/loop_peer.h"

#include <catch2/catch.hpp>
#include <initializer_list>

#include "base/state.h"
#include "driver.h"

using namespace athena;
using virtio::Frame;
using virtio::loop_answer;

namespace {

using Bytes = std::vector<unsigned>;

const Bytes kBoard{2, 0x41, 0x54, 0x48, 0x4E, 1};
const Bytes kPeer{2, 0x41, 0x54, 0x48, 0x4E, 2};
const Bytes kAll(6, 0xFF);
const Bytes kBoardIp{10, 0, 2, 15};
const Bytes kPeerIp{10, 0, 2, 2};

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Frame frame(const Bytes& values) {
    Frame bytes;
    for (const unsigned value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

unsigned sum(const Bytes& bytes) {
    unsigned total = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        total += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
    }
    total = (total & 0xFFFF) + (total >> 16);
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF;
}

Bytes with_sum(Bytes bytes, std::size_t at) {
    const unsigned value = sum(bytes);
    bytes[at] = value >> 8;
    bytes[at + 1] = value & 255;
    return bytes;
}

Bytes ip(const Bytes& source, const Bytes& destination, unsigned protocol, const Bytes& content,
         unsigned fragment = 0x4000) {
    const auto length = static_cast<unsigned>(20 + content.size());
    const Bytes header = Bytes{0x45,
                               0,
                               length >> 8,
                               length & 255,
                               0x12,
                               0x34,
                               fragment >> 8,
                               fragment & 255,
                               64,
                               protocol,
                               0,
                               0} +
                         source + destination;
    return with_sum(header, 10) + content;
}

Bytes icmp(unsigned type, unsigned code = 0) {
    return with_sum(Bytes{type, code, 0, 0, 0xAB, 0xCD, 0, 1, 'p', 'i', 'n', 'g', '!'}, 2);
}

Bytes udp(unsigned source, unsigned destination, const Bytes& from, const Bytes& to) {
    const Bytes text{'h', 'e', 'l', 'l', 'o', '.'};
    Bytes datagram =
        Bytes{source >> 8, source & 255, destination >> 8, destination & 255, 0, 14, 0, 0} + text;
    const unsigned value = sum(from + to + Bytes{0, 17, 0, 14} + datagram);
    datagram[6] = value >> 8;
    datagram[7] = value & 255;
    return datagram;
}

Bytes arp(unsigned operation, const Bytes& sender, const Bytes& sender_ip, const Bytes& target,
          const Bytes& target_ip) {
    return Bytes{8, 6, 0, 1, 8, 0, 6, 4, 0, operation} + sender + sender_ip + target + target_ip;
}

const Bytes kToPeer = kPeer + kBoard + Bytes{8, 0};
const Bytes kToBoard = kBoard + kPeer + Bytes{8, 0};

struct Relay final : virtio::NetworkPort {
    void send(std::span<const std::byte> bytes) override { peer->send(bytes); }
    virtio::LoopPeer* peer = nullptr;
};

}  // namespace

TEST_CASE("loop peer: has every address but the asker's own") {
    const Bytes nobody(6, 0);
    const Bytes padding(18, 0);
    for (const Bytes& other : {kPeerIp, Bytes{192, 168, 7, 1}}) {
        CHECK(
            loop_answer(frame(kAll + kBoard + arp(1, kBoard, kBoardIp, nobody, other) + padding)) ==
            frame(kBoard + kPeer + arp(2, kPeer, other, kBoard, kBoardIp) + padding));
    }
    CHECK(loop_answer(frame(kPeer + kBoard + arp(1, kBoard, kBoardIp, kPeer, kPeerIp))));
    CHECK_FALSE(loop_answer(frame(kAll + kBoard + arp(1, kBoard, kBoardIp, nobody, kBoardIp))));
    CHECK_FALSE(loop_answer(frame(kPeer + kBoard + arp(2, kBoard, kBoardIp, kPeer, kPeerIp))));
}

TEST_CASE("loop peer: answers to pings, and sends datagrams back") {
    CHECK(loop_answer(frame(kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(8)))) ==
          frame(kToBoard + ip(kPeerIp, kBoardIp, 1, icmp(0))));
    CHECK(
        loop_answer(frame(kToPeer + ip(kBoardIp, kPeerIp, 17, udp(4000, 7, kBoardIp, kPeerIp)))) ==
        frame(kToBoard + ip(kPeerIp, kBoardIp, 17, udp(7, 4000, kPeerIp, kBoardIp))));
    // Sums over the end of 16 bits: that of the whole answer is right.
    for (unsigned word = 0; word < 0x1'0000; word += 0xFF) {
        const Bytes request = with_sum({8, 0, 0, 0, word >> 8, word & 255, 0, 0}, 2);
        const auto answer = loop_answer(frame(kToPeer + ip(kBoardIp, kPeerIp, 1, request)));
        REQUIRE(answer);
        Bytes message;
        for (std::size_t at = 34; at < answer->size(); ++at) {
            message.push_back(std::to_integer<unsigned>((*answer)[at]));
        }
        REQUIRE(message.size() == 8);
        REQUIRE(message[0] == 0);
        REQUIRE(sum(message) == 0);
    }
}

TEST_CASE("loop peer: leaves everything else, whole or cut short") {
    const std::vector<Bytes> others{
        kAll + kBoard + Bytes{8, 0} + ip(kBoardIp, Bytes(4, 255), 17, udp(1, 2, kBoardIp, kPeerIp)),
        kBoard + kBoard + Bytes{8, 0} + ip(kBoardIp, kPeerIp, 1, icmp(8)),
        kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(0)),
        kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(8, 1)),
        kToPeer + ip(kBoardIp, kPeerIp, 6, Bytes(20, 0)),
        kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(8), 0x2000),
        kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(8), 1),
        kPeer + kBoard + Bytes{0x86, 0xDD} + ip(kBoardIp, kPeerIp, 1, icmp(8)),
        kToPeer + Bytes(60, 0xFF),
    };
    for (std::size_t i = 0; i < others.size(); ++i) {
        CAPTURE(i);
        CHECK_FALSE(loop_answer(frame(others[i])));
    }
    for (const Bytes& whole :
         {kAll + kBoard + arp(1, kBoard, kBoardIp, Bytes(6, 0), kPeerIp),
          kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(8)),
          kToPeer + ip(kBoardIp, kPeerIp, 17, udp(4000, 7, kBoardIp, kPeerIp))}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            REQUIRE_FALSE(loop_answer(frame(part)));
        }
    }
}

TEST_CASE("loop peer: an answer comes 50 us after its frame, also after a save") {
    const Frame ping = frame(kToPeer + ip(kBoardIp, kPeerIp, 1, icmp(8)));
    const auto pass = [](double microseconds) {
        sc_core::sc_start(sc_core::sc_time(microseconds, sc_core::SC_US));
    };
    base::StateWriter writer;
    for (const bool loaded : {false, true}) {
        CAPTURE(loaded);
        Relay relay;
        auto device = std::make_unique<virtio::Net>(relay);
        virtio::Net& net = *device;
        test::VirtioDriver driver(std::move(device));
        virtio::LoopPeer peer(driver.events());
        relay.peer = &peer;
        peer.connect(net);
        if (loaded) {
            base::StateReader reader(writer.data());
            driver.events().load(reader);
            driver.mmio().load(reader);
            peer.load(reader);
        } else {
            REQUIRE(driver.start(std::uint64_t{1} << 32));
            relay.send(ping);
            pass(20);
            relay.send(ping);
            driver.events().save(writer);
            driver.mmio().save(writer);
            peer.save(writer);
        }
        pass(29.9);
        CHECK(net.room() == virtio::Net::kMostWaiting);
        pass(0.2);
        CHECK(net.room() == virtio::Net::kMostWaiting - 1);
        pass(20);
        CHECK(net.room() == virtio::Net::kMostWaiting - 2);
        relay.send(ping);
        peer.reset();
        pass(100);
        CHECK(net.room() == virtio::Net::kMostWaiting - 2);
    }
}
