// SPDX-License-Identifier: Apache-2.0
// Protobuf messages from a file, packet by packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/trace/schema.h"

namespace athena::sim::trace {

/// The fields of a message, one after the other.
class Fields {
  public:
    struct Field {
        std::uint32_t number = 0;
        WireType type{};
        std::uint64_t value = 0;             ///< of a varint, or of fixed size
        std::span<const std::byte> bytes{};  ///< of one with a length

        [[nodiscard]] std::string_view text() const {
            return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        }
    };

    explicit Fields(std::span<const std::byte> message) : rest_(message) {}

    /// Nothing behind the last. Throws std::out_of_range where the message is cut or no message.
    [[nodiscard]] std::optional<Field> next();

  private:
    [[nodiscard]] std::uint64_t varint();
    [[nodiscard]] std::span<const std::byte> take(std::uint64_t size);

    std::span<const std::byte> rest_;
};

class PacketReader {
  public:
    /// Throws UsageError if it cannot be read.
    explicit PacketReader(const std::filesystem::path& file);

    /// Good until the next call; nothing behind the last. Throws UsageError if the file is cut
    /// within a packet, or is none of packets.
    [[nodiscard]] std::optional<std::span<const std::byte>> next();

    /// Of the last packet in the file.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }

  private:
    static constexpr std::size_t kLongest = 1 << 16;  // of ours; others may have longer ones

    [[nodiscard]] int byte();

    std::filesystem::path file_;
    std::ifstream in_;
    std::vector<std::byte> packet_;
    std::uint64_t offset_ = 0;
    std::uint64_t read_ = 0;
};

}  // namespace athena::sim::trace
