// SPDX-License-Identifier: Apache-2.0
#include "virtio/net.h"

#include <cstring>

#include "base/state.h"

namespace athena::virtio {

namespace {

constexpr std::uint64_t kMac = 1u << 5;  // feature bits
constexpr std::uint64_t kStatus = 1u << 16;
constexpr std::uint16_t kLinkUp = 1;  // of the status

enum Queue : unsigned { kReceive = 0, kTransmit = 1 };

/// Before each frame (5.1.6); nothing is left to the device, so that most of it is 0.
struct Header {
    std::uint8_t flags = 0;
    std::uint8_t segmentation = 0;
    std::uint16_t header_length = 0;
    std::uint16_t segment_size = 0;
    std::uint16_t checksum_start = 0;
    std::uint16_t checksum_offset = 0;
    std::uint16_t buffers = 0;
};
static_assert(sizeof(Header) == 12);

bool is_frame(std::uint64_t bytes) {
    return bytes >= kLeastFrame && bytes <= kMostFrame;
}

}  // namespace

Net::Net(NetworkPort& port) : port_(port) {
    std::memcpy(&configuration_[0], kMacAddress.data(), kMacAddress.size());
    std::memcpy(&configuration_[6], &kLinkUp, sizeof(kLinkUp));
}

std::uint64_t Net::features() const {
    return kMac | kStatus;
}

std::size_t Net::room() const {
    return running() ? kMostWaiting - waiting_.size() : 0;
}

void Net::receive(std::span<const std::byte> frame) {
    if (room() == 0 || !is_frame(frame.size())) {
        ++counters_.dropped;
        return;
    }
    waiting_.emplace_back(frame.begin(), frame.end());
    wake();
}

bool Net::wants(unsigned queue) const {
    return queue == kTransmit || !waiting_.empty();
}

Served Net::serve(unsigned queue, const Buffer& buffer, MemoryPort& memory) {
    return queue == kTransmit ? send(buffer, memory) : give(buffer, memory);
}

// The driver's buffers hold every frame that comes without offloads (5.1.6.3.1).
Served Net::give(const Buffer& buffer, MemoryPort& memory) {
    const Frame frame = std::move(waiting_.front());
    waiting_.pop_front();
    const Header header{.buffers = 1};
    if (buffer.writable_bytes() < sizeof(header) + frame.size() ||
        !buffer.write(memory, 0, std::as_bytes(std::span(&header, 1))) ||
        !buffer.write(memory, sizeof(header), frame)) {
        return {.broken = true};
    }
    ++counters_.frames_received;
    counters_.bytes_received += frame.size();
    return {.written = static_cast<std::uint32_t>(sizeof(header) + frame.size()),
            .data_bytes = frame.size()};
}

Served Net::send(const Buffer& buffer, MemoryPort& memory) {
    const std::uint64_t bytes = buffer.readable_bytes();
    if (bytes < sizeof(Header)) {
        return {.broken = true};
    }
    const std::uint64_t length = bytes - sizeof(Header);
    if (!is_frame(length)) {
        ++counters_.refused;
        return {};
    }
    std::array<std::byte, kMostFrame> space;
    const auto frame = std::span(space).first(length);
    if (!buffer.read(memory, sizeof(Header), frame)) {
        return {.broken = true};
    }
    ++counters_.frames_sent;
    counters_.bytes_sent += length;
    port_.send(frame);
    return {.data_bytes = length};
}

void Net::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("frames_sent", counters_.frames_sent);
    visitor.counter("bytes_sent", counters_.bytes_sent);
    visitor.counter("frames_received", counters_.frames_received);
    visitor.counter("bytes_received", counters_.bytes_received);
    visitor.counter("dropped", counters_.dropped);
    visitor.counter("refused", counters_.refused);
}

void Net::save(base::StateWriter& writer) const {
    writer.value("frames_sent", counters_.frames_sent);
    writer.value("bytes_sent", counters_.bytes_sent);
    writer.value("frames_received", counters_.frames_received);
    writer.value("bytes_received", counters_.bytes_received);
    writer.value("dropped", counters_.dropped);
    writer.value("refused", counters_.refused);
    writer.value("waiting", waiting_.size());
    for (const Frame& frame : waiting_) {
        writer.bytes("frame", frame);
    }
}

void Net::load(base::StateReader& reader) {
    counters_.frames_sent = reader.value("frames_sent");
    counters_.bytes_sent = reader.value("bytes_sent");
    counters_.frames_received = reader.value("frames_received");
    counters_.bytes_received = reader.value("bytes_received");
    counters_.dropped = reader.value("dropped");
    counters_.refused = reader.value("refused");
    waiting_.clear();
    for (std::uint64_t left = reader.value("waiting"); left != 0; --left) {
        waiting_.push_back(reader.bytes("frame"));
    }
}

}  // namespace athena::virtio
