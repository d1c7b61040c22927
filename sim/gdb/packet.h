// SPDX-License-Identifier: Apache-2.0
// Packets of GDB's remote serial protocol ("Debugging with GDB", appendix E): framing, checksums,
// escapes, hexadecimal text. No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace athena::sim::gdb {

/// Characters of a packet between $ and #, either way.
inline constexpr std::size_t kMostPayload = 0x4000;

/// $payload#checksum, with what has a meaning in a packet escaped.
[[nodiscard]] std::string frame(std::string_view payload);

/// Takes what a client sends, in pieces of any size, and whatever it is.
class PacketReader {
  public:
    struct Event {
        enum class Kind {
            Packet,
            Damaged,    ///< wrong checksum
            TooLong,    ///< more than kMostPayload
            Interrupt,  ///< Ctrl-C
            Repeat,     ///< the client could not read the last packet
        };
        Kind kind;
        std::string payload;  ///< of a packet, without escapes
    };

    void feed(std::span<const std::byte> bytes);
    [[nodiscard]] std::optional<Event> next();

  private:
    enum class Place { Outside, Payload, FirstDigit, SecondDigit };

    void feed(char character);
    void feed_outside(char character);
    void finish(char second_digit);

    Place place_ = Place::Outside;
    std::string raw_;
    bool too_long_ = false;
    std::uint8_t sum_ = 0;
    char first_digit_ = 0;
    std::deque<Event> events_;
};

/// Two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string to_hex(std::string_view text);
/// As a register goes: 8 bytes, lowest first.
[[nodiscard]] std::string to_hex(std::uint64_t value);
/// Nothing if it is not whole bytes in hexadecimal.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view digits);
/// The lowest byte first, 1 to 8 bytes.
[[nodiscard]] std::optional<std::uint64_t> register_from_hex(std::string_view digits);

/// Reads a packet's fields from left to right.
class Fields {
  public:
    explicit Fields(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return text_.empty(); }
    [[nodiscard]] std::string_view rest() const { return text_; }
    /// Takes `expected` if it is next.
    bool skip(std::string_view expected);
    /// Takes 1 to 16 hexadecimal digits.
    [[nodiscard]] std::optional<std::uint64_t> number();
    /// Takes all up to `end`, which goes too, or to the end.
    [[nodiscard]] std::string_view until(char end);

  private:
    std::string_view text_;
};

}  // namespace athena::sim::gdb
