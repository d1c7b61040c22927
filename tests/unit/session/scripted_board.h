// SPDX-License-Identifier: Apache-2.0
// A platform::Board without hardware: its guest is a script. Linked in the place of the real one,
// so that what a session does at which board time can be seen exactly.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "platform/board.h"

namespace athena::test {

struct Guest {
    static constexpr std::uint64_t kClockHz = 200'000'000;

    bool idle = false;
    bool listens = false;                  ///< console input wakes it
    std::function<void(Guest&)> on_input;  ///< with the input appended to `received`

    bool online = false;                   ///< a frame wakes it
    std::function<void(Guest&)> on_frame;  ///< with the frame appended to `frames`
    std::vector<virtio::Frame> sent;       ///< not yet taken

    /// What happens when.
    std::map<std::uint64_t, std::function<void(Guest&)>> events;

    // What can be seen afterwards.
    std::uint64_t now = 0;  ///< picoseconds
    std::uint64_t busy = 0;
    std::optional<base::Diagnostics::Stop> stopped;
    std::string output;  ///< not yet taken
    std::vector<std::pair<std::uint64_t, std::string>> received;
    std::vector<std::pair<std::uint64_t, virtio::Frame>> frames;
    std::vector<std::uint64_t> targets;  ///< of run_until()
    bool closed = false;                 ///< the uart has no room
    perf::Work work;

    [[nodiscard]] std::uint64_t instructions() const {
        return busy / (1'000'000'000'000 / kClockHz);
    }
};

/// The guest of all boards that are made from now on.
void set_guest(Guest& guest);

}  // namespace athena::test
