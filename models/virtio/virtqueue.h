// SPDX-License-Identifier: Apache-2.0
// Split virtqueues ("Virtual I/O Device (VIRTIO) Version 1.2", 2.7) in the guest's memory, without
// SystemC. Nothing that stands there is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::virtio {

/// Physical memory of the board; false: the access was answered with an error.
class MemoryPort {
  public:
    [[nodiscard]] virtual bool read(std::uint64_t address, std::span<std::byte> bytes) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t address, std::span<const std::byte> bytes) = 0;

  protected:
    ~MemoryPort() = default;
};

struct Segment {
    std::uint64_t address = 0;
    std::uint32_t length = 0;
};

/// A buffer: what the device may read, then what it may write; each without regard to how the
/// driver has cut it (2.7.4).
struct Buffer {
    std::uint16_t head = 0;  ///< descriptor that it begins with
    std::vector<Segment> readable;
    std::vector<Segment> writable;

    [[nodiscard]] std::uint64_t readable_bytes() const { return bytes_of(readable); }
    [[nodiscard]] std::uint64_t writable_bytes() const { return bytes_of(writable); }
    /// From byte `offset` of the part on; it is as long.
    [[nodiscard]] bool read(MemoryPort& memory, std::uint64_t offset,
                            std::span<std::byte> bytes) const;
    [[nodiscard]] bool write(MemoryPort& memory, std::uint64_t offset,
                             std::span<const std::byte> bytes) const;

  private:
    [[nodiscard]] static std::uint64_t bytes_of(const std::vector<Segment>& segments);
};

class Virtqueue {
  public:
    static constexpr std::uint16_t kMostEntries = 128;

    enum class Next { None, Buffer, Broken };

    /// The driver's registers.
    std::uint16_t entries = kMostEntries;  ///< a power of two, up to kMostEntries
    bool ready = false;
    std::uint64_t descriptors = 0;  ///< addresses
    std::uint64_t available = 0;
    std::uint64_t used = 0;
    /// What device and driver have agreed to.
    bool indirect = false;     ///< a descriptor may name a table of others (2.7.5.3)
    bool event_index = false;  ///< notifications are asked for by index (2.7.7, 2.7.10)

    /// Takes the next buffer that the driver has made available; if there is none, asks to be told
    /// of it. Broken: the driver has written
    /// what is no queue, or it lies in no memory.
    [[nodiscard]] Next take(MemoryPort& memory, Buffer& buffer);
    /// Gives a buffer back, `written` bytes of which the device has written. False: broken.
    /// `interrupts`: the driver wants to be told.
    [[nodiscard]] bool give_back(MemoryPort& memory, const Buffer& buffer, std::uint32_t written,
                                 bool& interrupts);

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    [[nodiscard]] bool collect(MemoryPort& memory, Buffer& buffer) const;
    [[nodiscard]] bool ask_for_notification(MemoryPort& memory) const;
    [[nodiscard]] bool driver_wants(MemoryPort& memory, bool& interrupt) const;

    std::uint16_t taken_ = 0;  // buffers, modulo 2^16
    std::uint16_t given_ = 0;
};

}  // namespace athena::virtio
