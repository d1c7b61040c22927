// SPDX-License-Identifier: Apache-2.0
// Console device (VIRTIO 1.2, 5.3): one port, whose bytes come and go without any line's timing.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "virtio/device.h"

namespace athena::virtio {

class Console final : public Device {
  public:
    /// Bytes that wait for buffers of the driver.
    static constexpr std::size_t kMostWaiting = 256;
    /// Bytes of the longest buffer that the driver may send. Parts of a buffer may lie on each
    /// other, so that it could be longer than the board's and the host's memory.
    static constexpr std::uint64_t kMostSent = 1 << 20;

    /// What the guest has sent since the last call.
    [[nodiscard]] std::vector<std::byte> take_output() { return std::exchange(output_, {}); }
    /// Bytes that receive() can take now; 0 while no driver works.
    [[nodiscard]] std::size_t room() const;
    /// Bytes come in at the present instant; those without room are lost.
    void receive(std::span<const std::byte> bytes);
    /// A byte that comes in will be seen by the guest.
    [[nodiscard]] bool listens() const { return running(); }

    [[nodiscard]] std::uint32_t id() const override { return 3; }
    [[nodiscard]] std::uint64_t features() const override { return 0; }
    [[nodiscard]] unsigned queues() const override { return 2; }
    [[nodiscard]] std::span<const std::byte> configuration() const override { return {}; }
    [[nodiscard]] bool wants(unsigned queue) const override;
    [[nodiscard]] Served serve(unsigned queue, const Buffer& buffer, MemoryPort& memory) override;
    void reset() override { waiting_.clear(); }
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

  private:
    [[nodiscard]] Served give(const Buffer& buffer, MemoryPort& memory);
    [[nodiscard]] Served take(const Buffer& buffer, MemoryPort& memory);

    std::deque<std::byte> waiting_;
    std::vector<std::byte> output_;
    std::uint64_t bytes_sent_ = 0;
    std::uint64_t bytes_received_ = 0;
    std::uint64_t overruns_ = 0;
};

}  // namespace athena::virtio
