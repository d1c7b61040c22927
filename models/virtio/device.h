// SPDX-License-Identifier: Apache-2.0
// What stands behind a virtio transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/statistics.h"
#include "virtio/virtqueue.h"

namespace athena::virtio {

/// How a buffer was served.
struct Served {
    bool broken = false;        ///< the driver has made no request of it: the device needs a reset
    std::uint32_t written = 0;  ///< bytes of the buffer
    std::uint64_t data_bytes = 0;  ///< that took time
};

/// What a device that is not only asked by its driver knows of its transport.
class Transport {
  public:
    /// Something has come that the driver's buffers are for.
    virtual void wake() = 0;
    /// The driver drives the device (DRIVER_OK), which needs no reset.
    [[nodiscard]] virtual bool running() const = 0;

  protected:
    ~Transport() = default;
};

class Device : public base::StatisticsSource {
  public:
    virtual ~Device() = default;

    /// By the transport, which stays.
    void attach(Transport& transport) { transport_ = &transport; }

    /// Kind (VIRTIO 1.2, 5), not 0.
    [[nodiscard]] virtual std::uint32_t id() const = 0;
    /// Bits 0 to 23 and 50 to 127 are the kind's own; the transport adds its own.
    [[nodiscard]] virtual std::uint64_t features() const = 0;
    [[nodiscard]] virtual unsigned queues() const = 0;
    /// The configuration as the driver reads it. It never changes.
    [[nodiscard]] virtual std::span<const std::byte> configuration() const = 0;
    /// Whether there is anything to do with a buffer of this queue now; without, they wait.
    [[nodiscard]] virtual bool wants(unsigned /*queue*/) const { return true; }
    [[nodiscard]] virtual Served serve(unsigned queue, const Buffer& buffer,
                                       MemoryPort& memory) = 0;
    /// By the driver, or with the board.
    virtual void reset() {}
    virtual void save(base::StateWriter& writer) const = 0;
    virtual void load(base::StateReader& reader) = 0;

  protected:
    [[nodiscard]] bool running() const { return transport_ != nullptr && transport_->running(); }
    void wake() { transport_->wake(); }

  private:
    Transport* transport_ = nullptr;
};

}  // namespace athena::virtio
