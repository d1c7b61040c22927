// SPDX-License-Identifier: Apache-2.0
// The devices that the fuzzer drives. A new one is an entry in kinds().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/guided/random.h"
#include "virtio/device.h"

namespace athena::test {

/// A part of a request; `bytes` are what the driver puts there, for a part that the device reads.
struct RequestPart {
    std::uint32_t length = 0;
    bool writable = false;
    std::vector<std::byte> bytes{};
};
using Request = std::vector<RequestPart>;
using Bytes = std::vector<std::byte>;

/// What a device talks to, beside its driver.
class Outside {
  public:
    virtual ~Outside() = default;
    /// Whatever may come in, if only to be refused.
    virtual void disturb(Random& /*random*/) {}
    /// Something comes in that a waiting buffer has room for. Returns what it then begins with.
    [[nodiscard]] virtual Bytes bring(Random& /*random*/) { return {}; }
    /// What has gone out since the last call.
    [[nodiscard]] virtual Bytes take() { return {}; }
};

struct Fixture {
    std::unique_ptr<Outside> outside;  ///< lives longer than the device
    std::unique_ptr<virtio::Device> device;
};

struct Kind {
    std::string name;
    std::function<Fixture(Random&)> make;
    /// One that makes sense for that queue.
    std::function<Request(Random&, unsigned queue)> request;
    /// Buffers of the queue wait for something from outside.
    std::function<bool(unsigned queue)> waits = [](unsigned) { return false; };
    /// What of a request's bytes, those that the device reads, is to go out.
    std::function<Bytes(const Bytes& read)> goes_out = [](const Bytes&) { return Bytes(); };
};

[[nodiscard]] const std::vector<Kind>& kinds();

}  // namespace athena::test
