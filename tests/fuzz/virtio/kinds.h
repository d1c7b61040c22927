// SPDX-License-Identifier: Apache-2.0
// The devices that the fuzzer drives. A new one is an entry in kinds().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "virtio/device.h"

namespace athena::test {

using Random = std::mt19937_64;

/// A part of a request; `bytes` are what the driver puts there, for a part that the device reads.
struct RequestPart {
    std::uint32_t length = 0;
    bool writable = false;
    std::vector<std::byte> bytes{};
};
using Request = std::vector<RequestPart>;

struct Kind {
    std::string name;
    std::function<std::unique_ptr<virtio::Device>(Random&)> make;
    /// One that makes sense for that queue.
    std::function<Request(Random&, unsigned queue)> request;
    /// Buffers of the queue may wait for something from outside.
    std::function<bool(unsigned queue)> waits = [](unsigned) { return false; };
};

[[nodiscard]] const std::vector<Kind>& kinds();

}  // namespace athena::test
