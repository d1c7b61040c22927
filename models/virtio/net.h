// SPDX-License-Identifier: Apache-2.0
// Network device (VIRTIO 1.2, 5.1): Ethernet frames, to and from what its cable leads to.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "virtio/device.h"

namespace athena::virtio {

/// From the destination's address on, without preamble and check sequence.
using Frame = std::vector<std::byte>;
using MacAddress = std::array<std::uint8_t, 6>;

/// Bytes of the shortest and the longest frame that pass: its header alone, and 1500 bytes behind a
/// header with a VLAN tag.
inline constexpr std::size_t kLeastFrame = 14;
inline constexpr std::size_t kMostFrame = 1518;

/// Of the only device of a board's only network: locally administered.
inline constexpr MacAddress kMacAddress{0x02, 0x41, 0x54, 0x48, 0x4E, 0x01};

/// The other end of the cable.
class NetworkPort {
  public:
    virtual ~NetworkPort() = default;
    /// A frame that the guest sends, at the present instant.
    virtual void send(std::span<const std::byte> frame) = 0;
};

class Net final : public Device {
  public:
    /// Frames that wait for buffers of the driver.
    static constexpr std::size_t kMostWaiting = 64;

    /// `port` outlives the device.
    explicit Net(NetworkPort& port);

    /// Frames that receive() can take now; 0 while no driver works.
    [[nodiscard]] std::size_t room() const;
    /// A frame comes in at the present instant; without room, or if it is none, it is lost.
    void receive(std::span<const std::byte> frame);
    /// A frame that comes in will be seen by the guest.
    [[nodiscard]] bool listens() const { return running(); }

    [[nodiscard]] std::uint32_t id() const override { return 1; }
    [[nodiscard]] std::uint64_t features() const override;
    [[nodiscard]] unsigned queues() const override { return 2; }
    [[nodiscard]] std::span<const std::byte> configuration() const override {
        return configuration_;
    }
    [[nodiscard]] bool wants(unsigned queue) const override;
    [[nodiscard]] Served serve(unsigned queue, const Buffer& buffer, MemoryPort& memory) override;
    void reset() override { waiting_.clear(); }
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

  private:
    struct Counters {
        std::uint64_t frames_sent = 0;
        std::uint64_t bytes_sent = 0;
        std::uint64_t frames_received = 0;
        std::uint64_t bytes_received = 0;
        std::uint64_t dropped = 0;  // came without room
        std::uint64_t refused = 0;  // sent, but no frames
    };

    [[nodiscard]] Served give(const Buffer& buffer, MemoryPort& memory);
    [[nodiscard]] Served send(const Buffer& buffer, MemoryPort& memory);

    NetworkPort& port_;
    std::array<std::byte, 8> configuration_{};
    std::deque<Frame> waiting_;
    Counters counters_;
};

}  // namespace athena::virtio
