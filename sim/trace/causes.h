// SPDX-License-Identifier: Apache-2.0
// Why a command began when it did: what had to happen at that time, and so on back in time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/trace/recording.h"

namespace athena::sim::trace {

/// What a stretch of time went to.
enum class Spent : std::uint8_t { Tile, Dma, Vector, Ring, Wait, Firmware };
inline constexpr std::size_t kSpent = 6;
inline constexpr std::array<std::string_view, kSpent> kSpentNames = {
    "tiles",   "DMA channels", "vector cores", "reading rings", "semaphores from outside",
    "firmware"};

/// A link of the critical path.
struct Link {
    Spent spent{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    Index command = kNothing;  ///< that ran meanwhile
};

/// What an engine stood still for.
enum class StallCause : std::uint8_t {
    Semaphore,      ///< `by`: the command that signalled it
    RingSemaphore,  ///< `by`: the dispatch of what the ring did itself, here or elsewhere
    OutsideSemaphore,
    InQueue,    ///< behind others, for a reason of theirs
    OwnQueue,   ///< it was full
    FullQueue,  ///< its ring stood with the command `by` before another engine's
    Ring,       ///< its ring stood at the dispatch `by`
    Reading,
};

/// Times in which an engine did nothing although it had been given something, or would have been
/// but for what its ring waited for: all that are alike.
struct StallGroup {
    Index engine = 0;
    StallCause cause{};
    Index by = kNothing;
    Index next = kNothing;  ///< the command that ended the longest
    std::uint64_t begin = 0;
    std::uint64_t length = 0;  ///< of the longest
    std::uint64_t count = 0;
    std::uint64_t all = 0;
};

/// Time in which no engine had anything to do until a doorbell rang.
struct Pauses {
    std::uint64_t count = 0;
    std::uint64_t time = 0;
    std::uint64_t longest = 0;
    std::uint64_t longest_at = 0;
};

class Causes {
  public:
    explicit Causes(const Recording& recording);

    /// Backwards in time, from the command that ends last; the links join, and reach back to time
    /// 0.
    [[nodiscard]] std::vector<Link> critical_path() const;

    /// By the longest of each.
    [[nodiscard]] std::vector<StallGroup> stalls() const;
    /// "semaphore 8 >= 3, signalled by …".
    [[nodiscard]] std::string cause_of(const StallGroup& stall) const;

    [[nodiscard]] Pauses pauses() const;

    /// "cluster0.dma0: copy 48x256 of 2 B, HBM -> L1 (layer 3/qkv)".
    [[nodiscard]] std::string name_of(Index command) const;

  private:
    class Path;

    [[nodiscard]] const TracedCommand& command(Index index) const {
        return recording_.commands[index];
    }
    [[nodiscard]] const Dispatch& dispatch(Index index) const {
        return recording_.dispatches[index];
    }
    /// A command of the cluster that signalled the semaphore when it ended at `time`.
    [[nodiscard]] Index signaller(std::uint32_t cluster, std::uint32_t semaphore,
                                  std::uint64_t time) const;
    [[nodiscard]] Index ring_signaller(std::uint32_t cluster, std::uint32_t semaphore,
                                       std::uint64_t time) const;
    /// The last that had ended by then.
    [[nodiscard]] Index last_ended(std::uint64_t time) const;
    [[nodiscard]] Index issued_at(Index engine, std::uint64_t time, Index not_this) const;
    class Stalls;
    struct Cause {
        StallCause kind{};
        Index by = kNothing;
    };
    [[nodiscard]] Cause semaphore_cause(const TracedCommand& command) const;
    [[nodiscard]] std::optional<Cause> ring_cause(Index dispatch, std::uint64_t since) const;

    const Recording& recording_;
    std::vector<Index> by_end_;                             // commands
    std::unordered_multimap<std::uint64_t, Index> ends_;    // commands that signal, by their end
    std::unordered_multimap<std::uint64_t, Index> locals_;  // what rings did themselves, by time
};

}  // namespace athena::sim::trace
