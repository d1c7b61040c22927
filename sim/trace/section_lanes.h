// SPDX-License-Identifier: Apache-2.0
// Sections of work as slices: each from its first command in an engine's queue until none of its
// commands is on its way. Those at one time are on lanes of their own.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "perf/sections.h"
#include "sim/trace/events.h"

namespace athena::sim::trace {

class SectionLanes {
  public:
    SectionLanes(PacketWriter& out, const perf::Sections& names, std::uint64_t cluster)
        : out_(out), names_(names), cluster_(cluster) {}

    /// A command more, or less, is on its way. Section 0 is none.
    void enter(Sequence& sequence, std::uint16_t section, std::uint64_t now);
    void leave(Sequence& sequence, std::uint16_t section, std::uint64_t now);

    /// Interned, under the name that the section has now; 0: it has none.
    [[nodiscard]] std::uint32_t name_iid(Sequence& sequence, std::uint16_t section);

  private:
    static constexpr std::size_t kLanes = 16;  // a section that finds none free has no slice
    static constexpr std::size_t kNoLane = kLanes;

    struct Section {
        std::uint32_t commands = 0;
        std::size_t lane = kNoLane;
        std::uint32_t iid = 0;
        std::string name{};
    };

    [[nodiscard]] Section& at(std::uint16_t section);
    [[nodiscard]] std::uint64_t lane_track(std::size_t lane) const {
        return track(TrackKind::Sections, cluster_, lane);
    }

    PacketWriter& out_;
    const perf::Sections& names_;
    std::uint64_t cluster_;
    std::vector<Section> sections_;
    std::array<bool, kLanes> taken_{};
    std::array<bool, kLanes> declared_{};
    std::uint32_t last_iid_ = 0;
};

}  // namespace athena::sim::trace
