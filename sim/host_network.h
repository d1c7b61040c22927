// SPDX-License-Identifier: Apache-2.0
// What the cable of the board's network device leads to on the host.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"

namespace athena::sim {

class HostNetwork {
  public:
    virtual ~HostNetwork() = default;

    /// A frame of the guest, which was sent up to board time `now`.
    virtual void send(std::span<const std::byte> frame, base::Picoseconds now) = 0;
    /// Does what its connections want, at board time `now`. Waits for something to come, for
    /// `descriptor` to have something to read, or for a signal, not longer than `time`; not at all
    /// while there is a frame for a guest who takes frames.
    virtual void serve(base::Picoseconds now, std::optional<int> descriptor,
                       std::chrono::nanoseconds time) = 0;
    /// Frames for the guest, the oldest first, at most so many.
    [[nodiscard]] virtual std::vector<std::vector<std::byte>> take(std::size_t most) = 0;
};

}  // namespace athena::sim
