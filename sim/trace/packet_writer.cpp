// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/packet_writer.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "sim/terminal.h"

namespace athena::sim::trace {

namespace {

constexpr unsigned kVarintBits = 7;
constexpr unsigned char kVarintMore = 0x80;
/// Of a message whose length is not known when it begins: a varint of two bytes, 14 bits.
constexpr std::size_t kLengthBytes = 2;

}  // namespace

PacketWriter::PacketWriter(int descriptor)
    : descriptor_(descriptor), buffer_(std::make_unique<unsigned char[]>(kBuffer)) {}

void PacketWriter::varint(std::uint64_t value) {
    while (value >= kVarintMore) {
        buffer_[used_++] = static_cast<unsigned char>(value | kVarintMore);
        value >>= kVarintBits;
    }
    buffer_[used_++] = static_cast<unsigned char>(value);
}

void PacketWriter::tag(std::uint32_t field, WireType type) {
    varint(field << 3 | static_cast<std::uint32_t>(type));
}

std::size_t PacketWriter::open(std::uint32_t field) {
    tag(field, WireType::Length);
    const std::size_t opened = used_;
    used_ += kLengthBytes;
    return opened;
}

void PacketWriter::close(std::size_t opened) {
    const std::size_t length = used_ - opened - kLengthBytes;
    buffer_[opened] = static_cast<unsigned char>(length | kVarintMore);
    buffer_[opened + 1] = static_cast<unsigned char>(length >> kVarintBits);
}

void PacketWriter::begin() {
    if (used_ + kLongestPacket > kBuffer) {
        finish();
    }
    packet_ = open(field::kTracePacket);
}

void PacketWriter::end() {
    close(packet_);
}

void PacketWriter::number(std::uint32_t field, std::uint64_t value) {
    tag(field, WireType::Varint);
    varint(value);
}

void PacketWriter::fixed(std::uint32_t field, std::uint64_t value) {
    tag(field, WireType::Fixed64);
    for (unsigned bit = 0; bit < 64; bit += 8) {
        buffer_[used_++] = static_cast<unsigned char>(value >> bit);
    }
}

void PacketWriter::text(std::uint32_t field, std::string_view text) {
    tag(field, WireType::Length);
    const std::size_t length = std::min(text.size(), kLongestText);
    varint(length);
    std::memcpy(&buffer_[used_], text.data(), length);
    used_ += length;
}

bool PacketWriter::finish() {
    written_ = written_ && write_all(descriptor_, std::as_bytes(std::span(buffer_.get(), used_)));
    before_ += used_;
    used_ = 0;
    return written_;
}

}  // namespace athena::sim::trace
