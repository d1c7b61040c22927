// SPDX-License-Identifier: Apache-2.0
#include "virtio/loop_peer.h"

#include <algorithm>

#include "base/state.h"

namespace athena::virtio {

namespace {

constexpr std::uint32_t kStateVersion = 1;

/// Where the fields of a frame are, and what is looked for in them (RFC 826, 791, 792, 768).
namespace ethernet {
constexpr std::size_t kDestination = 0;
constexpr std::size_t kSource = 6;
constexpr std::size_t kType = 12;
constexpr std::size_t kBytes = 14;
constexpr unsigned kArp = 0x0806;
constexpr unsigned kIp = 0x0800;
}  // namespace ethernet

namespace arp {  // from the frame's first byte
constexpr std::size_t kKind = 14;
constexpr std::size_t kOperation = 20;
constexpr std::size_t kSender = 22;  // MAC and IP address
constexpr std::size_t kSenderIp = 28;
constexpr std::size_t kTarget = 32;
constexpr std::size_t kTargetIp = 38;
constexpr std::size_t kBytes = 42;
constexpr std::array<std::uint8_t, 6> kIpOnEthernet{0, 1, 8, 0, 6, 4};
}  // namespace arp

namespace ip {  // from its header on
constexpr std::size_t kTotalLength = 2;
constexpr std::size_t kFragment = 6;
constexpr std::size_t kProtocol = 9;
constexpr std::size_t kSource = 12;
constexpr std::size_t kDestination = 16;
constexpr std::size_t kLeast = 20;
constexpr unsigned kFragmented = 0x3FFF;  // more of them, or not the first
constexpr unsigned kIcmp = 1;
constexpr unsigned kUdp = 17;
}  // namespace ip

using Bytes = std::span<std::byte>;

unsigned byte(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}

unsigned word(std::span<const std::byte> bytes, std::size_t at) {
    return byte(bytes, at) << 8 | byte(bytes, at + 1);
}

void put_word(Bytes bytes, std::size_t at, unsigned value) {
    bytes[at] = static_cast<std::byte>(value >> 8);
    bytes[at + 1] = static_cast<std::byte>(value);
}

bool holds(std::span<const std::byte> bytes, std::size_t at, std::span<const std::uint8_t> what) {
    return std::ranges::equal(bytes.subspan(at, what.size()), std::as_bytes(what));
}

void put(Bytes bytes, std::size_t at, std::span<const std::uint8_t> what) {
    std::ranges::copy(std::as_bytes(what), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void swap(Bytes bytes, std::size_t one, std::size_t other, std::size_t length) {
    std::ranges::swap_ranges(bytes.subspan(one, length), bytes.subspan(other, length));
}

bool answer_arp(Bytes frame) {
    if (frame.size() < arp::kBytes || !holds(frame, arp::kKind, arp::kIpOnEthernet) ||
        word(frame, arp::kOperation) != 1 ||
        std::ranges::equal(frame.subspan(arp::kSenderIp, 4), frame.subspan(arp::kTargetIp, 4))) {
        return false;
    }
    put_word(frame, arp::kOperation, 2);
    swap(frame, arp::kSender, arp::kTarget, arp::kBytes - arp::kTarget);
    put(frame, arp::kSender, LoopPeer::kAddress);
    return true;
}

/// An echo request's type, 8, becomes 0; the sum of ones' complements follows (RFC 1624).
bool answer_icmp(Bytes message) {
    if (message.size() < 8 || word(message, 0) != 0x0800) {
        return false;
    }
    const unsigned sum = word(message, 2) + 0x0800;
    put_word(message, 0, 0);
    put_word(message, 2, (sum & 0xFFFF) + (sum >> 16));
    return true;
}

/// Addresses change places, which leaves all sums as they are.
bool answer_ip(Bytes packet) {
    if (packet.size() < ip::kLeast || byte(packet, 0) >> 4 != 4) {
        return false;
    }
    const std::size_t header = (byte(packet, 0) & 15) * std::size_t{4};
    const std::size_t total = word(packet, ip::kTotalLength);
    if (header < ip::kLeast || total < header || total > packet.size() ||
        (word(packet, ip::kFragment) & ip::kFragmented) != 0) {
        return false;
    }
    const Bytes content = packet.subspan(header, total - header);
    const unsigned protocol = byte(packet, ip::kProtocol);
    if (protocol == ip::kUdp && content.size() >= 8) {
        swap(content, 0, 2, 2);
    } else if (protocol != ip::kIcmp || !answer_icmp(content)) {
        return false;
    }
    swap(packet, ip::kSource, ip::kDestination, 4);
    return true;
}

}  // namespace

std::optional<Frame> loop_answer(std::span<const std::byte> frame) {
    constexpr MacAddress kAll{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    if (frame.size() < ethernet::kBytes) {
        return std::nullopt;
    }
    const bool to_peer = holds(frame, ethernet::kDestination, LoopPeer::kAddress);
    const bool to_all = holds(frame, ethernet::kDestination, kAll);
    Frame answer(frame.begin(), frame.end());
    const unsigned type = word(frame, ethernet::kType);
    const bool answered =
        (type == ethernet::kArp && (to_peer || to_all) && answer_arp(answer)) ||
        (type == ethernet::kIp && to_peer && answer_ip(Bytes(answer).subspan(ethernet::kBytes)));
    if (!answered) {
        return std::nullopt;
    }
    swap(answer, ethernet::kDestination, ethernet::kSource, 6);
    put(answer, ethernet::kSource, LoopPeer::kAddress);
    return answer;
}

LoopPeer::LoopPeer(base::EventQueue& events)
    : events_(events), id_(events.add_target("loop_peer", *this)) {}

void LoopPeer::send(std::span<const std::byte> frame) {
    if (auto answer = loop_answer(frame)) {
        answers_.push_back(std::move(*answer));
        events_.schedule(events_.now() + kDelay, id_, kAnswer);
    }
}

void LoopPeer::on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) {
    const Frame answer = std::move(answers_.front());
    answers_.pop_front();
    net_->receive(answer);
}

void LoopPeer::reset() {
    events_.cancel(id_, kAnswer);
    answers_.clear();
}

void LoopPeer::save(base::StateWriter& writer) const {
    writer.begin("loop_peer", kStateVersion);
    writer.value("answers", answers_.size());
    for (const Frame& answer : answers_) {
        writer.bytes("answer", answer);
    }
    writer.end();
}

void LoopPeer::load(base::StateReader& reader) {
    reader.begin("loop_peer", kStateVersion);
    answers_.clear();
    for (std::uint64_t left = reader.value("answers"); left != 0; --left) {
        answers_.push_back(reader.bytes("answer"));
    }
    reader.end();
}

}  // namespace athena::virtio
