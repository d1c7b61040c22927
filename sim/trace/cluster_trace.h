// SPDX-License-Identifier: Apache-2.0
// The tracks of a cluster: its rings, engines, semaphores and sections of work.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fifo.h"
#include "command/observer.h"
#include "perf/sections.h"
#include "platform/board_config.h"
#include "sim/trace/names.h"
#include "sim/trace/ring_trace.h"
#include "sim/trace/section_lanes.h"

namespace athena::sim::trace {

/// What all parts of a timeline share.
struct Shared {
    PacketWriter out;
    const platform::BoardConfig& board;
    const perf::Sections& sections;
    std::vector<Sequence> harts;    ///< of each: its traps and doorbells
    std::uint32_t sequences = 0;    ///< that have been given out
    std::uint64_t flows = 0;        ///< likewise
    std::uint64_t next_sample = 0;  ///< counters are due then
    class Counters* counters = nullptr;

    [[nodiscard]] Sequence new_sequence() { return {.id = ++sequences}; }
};

/// An engine works on one command at a time: from its issue, or from the end of the one before, to
/// its end. That is a slice; a flow comes to it from its descriptor's and goes on to its
/// completion.
class ClusterTrace final : public command::CommandObserver {
  public:
    ClusterTrace(Shared& shared, std::uint64_t index);

    void rung(const command::Doorbell& doorbell) override;
    void queued(const command::CommandFacts& facts) override;
    void issued(const command::CommandFacts& facts) override;
    void ended(const command::CommandFacts& facts) override;
    void dropped(std::uint32_t ring) override;
    void counted(std::uint32_t semaphore, std::uint32_t value, std::uint64_t now) override;
    void reset(std::uint64_t now) override;

  private:
    /// In an engine's queue.
    struct Waiting {
        std::uint64_t flow = 0;
        std::uint32_t ring = 0;
        std::uint16_t section = 0;
    };
    /// Issued to an engine.
    struct Held {
        command::Descriptor descriptor;
        command::Life life;
        std::uint64_t flow = 0;
        std::uint32_t ring = 0;
        std::uint16_t section = 0;
    };
    struct Engine {
        base::Fifo<Waiting> waiting;
        base::Fifo<Held> held;
    };
    static constexpr std::size_t kKinds = 3;

    [[nodiscard]] Engine& engine(command::EngineId id) {
        return engines_[static_cast<std::size_t>(id.kind)][id.instance];
    }
    [[nodiscard]] static std::uint16_t section_of(const command::CommandFacts& facts) {
        return static_cast<std::uint16_t>(facts.view().tag() >> 16);
    }
    void begin(command::EngineId id, std::uint64_t now);
    void note_transfer(Event& event, const command::Descriptor& descriptor) const;
    void end(command::EngineId id, std::uint64_t now, std::optional<command::Status> status);
    void complete(const command::CommandFacts& facts, std::uint64_t flow);
    void drop(std::uint32_t ring, std::uint64_t flow, std::uint64_t now);
    void give_up(command::EngineId id, std::uint64_t now);
    [[nodiscard]] std::uint32_t name_of(const NameKey& key);

    Shared& shared_;
    std::uint64_t index_;
    Sequence sequence_;
    std::vector<RingTrace> rings_;
    std::array<std::vector<Engine>, kKinds> engines_;
    NameTable names_;
    SectionLanes sections_;
    std::vector<bool> counted_;  // semaphores that have a track
};

}  // namespace athena::sim::trace
