// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/packet.h"

#include <algorithm>
#include <charconv>

namespace athena::sim::gdb {

namespace {

constexpr char kStart = '$';
constexpr char kEnd = '#';
constexpr char kEscape = '}';
constexpr char kRepeat = '*';
constexpr char kEscapeBit = 0x20;
constexpr char kInterrupt = 0x03;
constexpr std::string_view kDigits = "0123456789abcdef";

std::string unescape(std::string_view raw) {
    std::string payload;
    payload.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == kEscape && i + 1 < raw.size()) {
            payload += static_cast<char>(raw[++i] ^ kEscapeBit);
        } else {
            payload += raw[i];
        }
    }
    return payload;
}

std::optional<std::uint8_t> byte_of(std::string_view digits) {
    std::uint8_t value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || result.ec != std::errc() ||
        result.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

void append_byte(std::string& text, std::uint8_t value) {
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
}

}  // namespace

std::string frame(std::string_view payload) {
    std::string packet(1, kStart);
    std::uint8_t sum = 0;
    const auto append = [&](char character) {
        packet += character;
        sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(character));
    };
    for (const char character : payload) {
        if (character == kStart || character == kEnd || character == kEscape ||
            character == kRepeat) {
            append(kEscape);
            append(static_cast<char>(character ^ kEscapeBit));
        } else {
            append(character);
        }
    }
    packet += kEnd;
    append_byte(packet, sum);
    return packet;
}

void PacketReader::feed(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
        feed(static_cast<char>(byte));
    }
}

void PacketReader::feed(char character) {
    switch (place_) {
        case Place::Outside:
            feed_outside(character);
            return;
        case Place::FirstDigit:
            first_digit_ = character;
            place_ = Place::SecondDigit;
            return;
        case Place::SecondDigit:
            finish(character);
            return;
        case Place::Payload:
            break;
    }
    if (character == kStart) {  // the one before was cut off
        place_ = Place::Outside;
        feed_outside(character);
    } else if (character == kEnd) {
        place_ = Place::FirstDigit;
    } else if (raw_.size() == kMostPayload) {
        too_long_ = true;
    } else {
        raw_ += character;
        sum_ = static_cast<std::uint8_t>(sum_ + static_cast<std::uint8_t>(character));
    }
}

void PacketReader::feed_outside(char character) {
    if (character == kStart) {
        place_ = Place::Payload;
        raw_.clear();
        too_long_ = false;
        sum_ = 0;
    } else if (character == kInterrupt) {
        events_.push_back({Event::Kind::Interrupt, ""});
    } else if (character == '-') {
        events_.push_back({Event::Kind::Repeat, ""});
    }
    // What is acknowledged needs nothing, and the rest is noise.
}

void PacketReader::finish(char second_digit) {
    place_ = Place::Outside;
    if (too_long_) {
        events_.push_back({Event::Kind::TooLong, ""});
    } else if (byte_of(std::string{first_digit_, second_digit}) != sum_) {
        events_.push_back({Event::Kind::Damaged, ""});
    } else {
        events_.push_back({Event::Kind::Packet, unescape(raw_)});
    }
}

std::optional<PacketReader::Event> PacketReader::next() {
    if (events_.empty()) {
        return std::nullopt;
    }
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
}

std::string to_hex(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        append_byte(text, static_cast<std::uint8_t>(byte));
    }
    return text;
}

std::string to_hex(std::string_view text) {
    return to_hex(std::as_bytes(std::span(text)));
}

std::string to_hex(std::uint64_t value) {
    return to_hex(std::as_bytes(std::span(&value, 1)));
}

std::optional<std::string> from_hex(std::string_view digits) {
    if (digits.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto byte = byte_of(digits.substr(i, 2));
        if (!byte) {
            return std::nullopt;
        }
        bytes += static_cast<char>(*byte);
    }
    return bytes;
}

std::optional<std::uint64_t> register_from_hex(std::string_view digits) {
    const auto bytes = from_hex(digits);
    if (!bytes || bytes->empty() || bytes->size() > sizeof(std::uint64_t)) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = bytes->size(); i-- > 0;) {
        value = value << 8 | static_cast<std::uint8_t>((*bytes)[i]);
    }
    return value;
}

bool Fields::skip(std::string_view expected) {
    if (!text_.starts_with(expected)) {
        return false;
    }
    text_.remove_prefix(expected.size());
    return true;
}

std::optional<std::uint64_t> Fields::number() {
    std::uint64_t value = 0;
    const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), value, 16);
    if (result.ec != std::errc()) {
        return std::nullopt;
    }
    text_.remove_prefix(static_cast<std::size_t>(result.ptr - text_.data()));
    return value;
}

std::string_view Fields::until(char end) {
    const std::size_t place = std::min(text_.find(end), text_.size());
    const std::string_view taken = text_.substr(0, place);
    text_.remove_prefix(std::min(place + 1, text_.size()));
    return taken;
}

}  // namespace athena::sim::gdb
