// SPDX-License-Identifier: Apache-2.0
// Entropy device (VIRTIO 1.2, 5.4): bytes that depend on a seed alone, so that runs repeat.
#pragma once

#include <cstdint>

#include "virtio/device.h"

namespace athena::virtio {

class Entropy final : public Device {
  public:
    explicit Entropy(std::uint64_t seed) : seed_(seed) {}

    [[nodiscard]] std::uint32_t id() const override { return 4; }
    [[nodiscard]] std::uint64_t features() const override { return 0; }
    [[nodiscard]] unsigned queues() const override { return 1; }
    [[nodiscard]] std::span<const std::byte> configuration() const override { return {}; }
    [[nodiscard]] Served serve(unsigned queue, const Buffer& buffer, MemoryPort& memory) override;
    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

  private:
    std::uint64_t seed_;
    std::uint64_t words_ = 0;  // of 8 bytes that have been given
};

}  // namespace athena::virtio
