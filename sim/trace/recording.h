// SPDX-License-Identifier: Apache-2.0
// What a timeline's file tells of commands: each with its way from the ring to its end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/trace/events.h"

namespace athena::sim::trace {

/// An index of one of the vectors of a Recording.
using Index = std::uint32_t;
inline constexpr Index kNothing = ~Index{0};

struct SemaphoreWait {
    std::uint64_t since = 0;
    std::uint32_t semaphore = 0;
    std::uint32_t value = 0;  ///< 0: there was none
};

/// A descriptor's way through its ring. Times are picoseconds of board time.
struct Dispatch {
    std::uint64_t read = 0;
    std::uint64_t queued = 0;  ///< it has left the ring; what the ring does itself is done then
    std::uint64_t rung = 0;    ///< the doorbell that announced it
    Index before = kNothing;   ///< the one before it in its ring
    Index ring = 0;
    Index command = kNothing;  ///< of an engine
    std::uint32_t opcode = 0;  ///< its name
    SemaphoreWait wait{};      ///< of what the ring does itself
    std::optional<std::uint32_t> signals{};
};

/// What an engine did.
struct TracedCommand {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t issued = 0;
    std::uint64_t bytes = 0;  ///< of a DMA channel
    Index engine = 0;
    Index before = kNothing;  ///< the one before it on its engine
    Index dispatch = kNothing;
    std::uint32_t name = 0;
    std::uint32_t section = 0;  ///< 0: none
    SemaphoreWait wait{};       ///< the last that it waited for
    std::optional<std::uint32_t> signals{};
    bool unfinished = false;
};

struct TracedEngine {
    std::string name;  ///< "cluster0.tile0"
    TrackKind kind{};
    std::uint32_t cluster = 0;
    std::vector<Index> commands;
};

struct TracedRing {
    std::string name;
    std::uint32_t cluster = 0;
    std::vector<Index> dispatches;
};

struct Recording {
    std::string board;
    std::uint64_t end = 0;  ///< of the run; or the last that is known
    bool is_whole = false;  ///< the run has ended it
    std::vector<std::string> texts{""};
    std::vector<TracedEngine> engines;
    std::vector<TracedRing> rings;
    std::vector<Dispatch> dispatches;     ///< as they left their rings
    std::vector<TracedCommand> commands;  ///< as they began
};

/// Throws UsageError if the file cannot be read, is cut within a packet, or is none that Trace has
/// written.
[[nodiscard]] Recording read_recording(const std::filesystem::path& file);

}  // namespace athena::sim::trace
