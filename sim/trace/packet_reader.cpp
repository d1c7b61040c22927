// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/packet_reader.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "sim/usage_error.h"

namespace athena::sim::trace {

namespace {

constexpr unsigned kVarintBits = 7;
constexpr unsigned kMostVarintBits = 64;
constexpr std::uint64_t kVarintMore = 0x80;

}  // namespace

std::span<const std::byte> Fields::take(std::uint64_t size) {
    if (size > rest_.size()) {
        throw std::out_of_range("a field is cut");
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

std::uint64_t Fields::varint() {
    std::uint64_t value = 0;
    for (unsigned bit = 0; bit < kMostVarintBits; bit += kVarintBits) {
        const auto byte = std::to_integer<std::uint64_t>(take(1)[0]);
        value |= (byte & ~kVarintMore) << bit;
        if ((byte & kVarintMore) == 0) {
            return value;
        }
    }
    throw std::out_of_range("a number is too long");
}

std::optional<Fields::Field> Fields::next() {
    if (rest_.empty()) {
        return std::nullopt;
    }
    const std::uint64_t tag = varint();
    Field field{.number = static_cast<std::uint32_t>(tag >> 3),
                .type = static_cast<WireType>(tag & 7)};
    switch (field.type) {
        case WireType::Varint:
            field.value = varint();
            break;
        case WireType::Fixed64:
        case WireType::Fixed32: {
            const auto bytes = take(field.type == WireType::Fixed64 ? 8 : 4);
            for (std::size_t i = 0; i < bytes.size(); ++i) {
                field.value |= std::to_integer<std::uint64_t>(bytes[i]) << 8 * i;
            }
            break;
        }
        case WireType::Length:
            field.bytes = take(varint());
            break;
        default:
            throw std::out_of_range("no such wire type");
    }
    return field;
}

PacketReader::PacketReader(const std::filesystem::path& file)
    : file_(file), in_(file, std::ios::binary) {
    if (!in_ || std::filesystem::is_directory(file)) {
        throw UsageError(fmt::format("{}: cannot be read: {}", file.string(),
                                     std::strerror(errno != 0 ? errno : EISDIR)));
    }
}

int PacketReader::byte() {
    const int got = in_.get();
    read_ += in_ ? 1 : 0;
    return got;
}

std::optional<std::span<const std::byte>> PacketReader::next() {
    offset_ = read_;
    const int tag = byte();
    if (tag == std::ifstream::traits_type::eof()) {
        return std::nullopt;
    }
    constexpr int kTag = field::kTracePacket << 3 | static_cast<int>(WireType::Length);
    std::uint64_t length = 0;
    bool more = tag == kTag;
    for (unsigned bit = 0; more && bit < 3 * kVarintBits; bit += kVarintBits) {
        const int got = byte();
        more = got != std::ifstream::traits_type::eof() && (got & kVarintMore) != 0;
        length |= (static_cast<std::uint64_t>(got) & ~kVarintMore & 0xFF) << bit;
    }
    if (tag != kTag || more || length > kLongest) {
        throw UsageError(fmt::format("{}: no timeline of athena: byte {} begins no packet",
                                     file_.string(), offset_));
    }
    packet_.resize(length);
    in_.read(reinterpret_cast<char*>(packet_.data()), static_cast<std::streamsize>(length));
    read_ += length;
    if (!in_) {
        throw UsageError(
            fmt::format("{}: cut within the packet at byte {}", file_.string(), offset_));
    }
    return packet_;
}

}  // namespace athena::sim::trace
