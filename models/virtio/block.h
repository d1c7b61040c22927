// SPDX-License-Identifier: Apache-2.0
// Block device (VIRTIO 1.2, 5.2): sectors of 512 bytes of some storage.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "virtio/device.h"

namespace athena::virtio {

/// Where the sectors are. Calls return false where the host fails; nothing may throw.
class BlockStorage {
  public:
    virtual ~BlockStorage() = default;
    /// Bytes, a multiple of 512.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    [[nodiscard]] virtual bool read_only() const = 0;
    /// What GET_ID gives, at most 20 bytes.
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual bool read(std::uint64_t offset, std::span<std::byte> bytes) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
    /// All that has been written survives whatever happens to the host's program.
    [[nodiscard]] virtual bool flush() = 0;
};

class Block final : public Device {
  public:
    explicit Block(std::unique_ptr<BlockStorage> storage);

    [[nodiscard]] std::uint32_t id() const override { return 2; }
    [[nodiscard]] std::uint64_t features() const override;
    [[nodiscard]] unsigned queues() const override { return 1; }
    [[nodiscard]] std::span<const std::byte> configuration() const override {
        return configuration_;
    }
    [[nodiscard]] Served serve(unsigned queue, const Buffer& buffer, MemoryPort& memory) override;
    void report(base::StatisticsVisitor& visitor) const override;
    /// Counters; sectors are the storage's.
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

  private:
    enum class Status : std::uint8_t { Ok = 0, Error = 1, Unsupported = 2 };
    struct Request {
        std::uint32_t type = 0;
        std::uint32_t reserved = 0;
        std::uint64_t sector = 0;
    };
    struct Counters {
        std::uint64_t reads = 0;
        std::uint64_t writes = 0;
        std::uint64_t flushes = 0;
        std::uint64_t errors = 0;
        std::uint64_t bytes_read = 0;
        std::uint64_t bytes_written = 0;
    };

    [[nodiscard]] bool holds(const Request& request, std::uint64_t bytes) const;
    [[nodiscard]] Status read(const Request& request, const Buffer& buffer, MemoryPort& memory);
    [[nodiscard]] Status write(const Request& request, const Buffer& buffer, MemoryPort& memory);
    [[nodiscard]] Status flush();
    [[nodiscard]] Status identify(const Buffer& buffer, MemoryPort& memory) const;

    std::unique_ptr<BlockStorage> storage_;
    std::array<std::byte, 16> configuration_{};
    std::vector<std::byte> piece_;
    Counters counters_;
};

}  // namespace athena::virtio
