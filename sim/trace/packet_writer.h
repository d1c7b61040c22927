// SPDX-License-Identifier: Apache-2.0
// Protobuf messages on their way to a file, packet by packet, through a buffer of fixed size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "sim/trace/schema.h"

namespace athena::sim::trace {

/// Whole packets are written, many at once: what is in the file can be read at any time.
class PacketWriter {
  public:
    /// Longer texts are cut. A packet has a few texts and some dozens of numbers.
    static constexpr std::size_t kLongestText = 512;

    /// `descriptor`: of the file, open as long as this lives.
    explicit PacketWriter(int descriptor);

    /// All fields are between begin() and end(), those of a message in it between open() and
    /// close() of what open() returned.
    void begin();
    void end();
    [[nodiscard]] std::size_t open(std::uint32_t field);
    void close(std::size_t opened);
    void number(std::uint32_t field, std::uint64_t value);
    void fixed(std::uint32_t field, std::uint64_t value);
    void text(std::uint32_t field, std::string_view text);

    /// Writes what waits. False if not all of the packets could be written.
    bool finish();
    /// Bytes in all.
    [[nodiscard]] std::uint64_t size() const { return before_ + used_; }

  private:
    static constexpr std::size_t kBuffer = 1 << 18;
    static constexpr std::size_t kLongestPacket = 1 << 13;

    void varint(std::uint64_t value);
    void tag(std::uint32_t field, WireType type);

    int descriptor_;
    std::unique_ptr<unsigned char[]> buffer_;
    std::size_t used_ = 0;
    std::uint64_t before_ = 0;  // bytes that have left the buffer
    std::size_t packet_ = 0;    // open() of the present one
    bool written_ = true;       // nothing has been lost yet
};

}  // namespace athena::sim::trace
