// SPDX-License-Identifier: Apache-2.0
// Adds up what command processors tell of a run, section by section.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "perf/sections.h"
#include "sim/report/stalls.h"
#include "sim/report/timeline.h"
#include "sim/report/work.h"

namespace athena::sim {

inline constexpr std::size_t kEngineKinds = 3;  ///< in the order of command::EngineKind

/// What one section has cost. Times in picoseconds.
struct SectionTotals {
    Work work;
    std::uint64_t first_start = 0;
    std::uint64_t last_end = 0;
    /// Each instant is shared in equal parts by the sections that some engine works for.
    std::uint64_t time = 0;
    std::uint64_t active = 0;                        ///< some engine works for it
    std::array<std::uint64_t, kEngineKinds> busy{};  ///< of all engines of a kind
    StallTimes stalls{};                             ///< of all tiles
    bool used = false;
    std::size_t layer = 0;  ///< of the collector's
};

/// Whose commands they are, by the upper 16 bits of their tags.
inline std::uint16_t section_of(std::uint32_t tag) {
    return static_cast<std::uint16_t>(tag >> 16);
}

/// The layer of a section's name: what is before its first slash; empty: none.
[[nodiscard]] std::string_view layer_of(std::string_view name);

/// Of one run.
class Collector {
  public:
    /// Of each section, what layer it is of is looked up when it begins.
    Collector(const platform::BoardConfig& board, const perf::Sections& names);
    ~Collector();
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    /// Of this cluster; lives as long as the collector.
    [[nodiscard]] command::CommandObserver& observer(std::uint64_t cluster);

    /// The run has ended: commands that engines still work on count as busy until now, and have
    /// done nothing. Once, behind everything else.
    void finish(std::uint64_t now);

    /// By number; those that no command belonged to are not `used`.
    [[nodiscard]] const std::vector<SectionTotals>& sections() const { return sections_; }
    /// Picoseconds in which some engine worked for a section of the layer.
    [[nodiscard]] std::uint64_t active_of_layer(std::string_view layer) const;
    /// In which no engine worked.
    [[nodiscard]] std::uint64_t idle() const { return idle_; }
    /// In which some engine worked: the time of timelines, in which pauses are left out.
    [[nodiscard]] std::uint64_t at_work() const { return now_ - idle_; }
    /// Of all tiles, Stall::None, which is no section's.
    [[nodiscard]] std::uint64_t nothing_to_do() const { return nothing_to_do_; }
    [[nodiscard]] const Timeline& timeline(std::uint64_t cluster, command::EngineKind kind) const;
    /// Makes all timelines' bins equal.
    void align_timelines();

  private:
    class Cluster;

    [[nodiscard]] SectionTotals& section(std::uint16_t number);
    /// A semaphore of another cluster was signalled by NOTIFY.
    void notified(std::uint64_t address);
    void advance(std::uint64_t now);
    void start(std::uint16_t section, std::uint64_t now);
    void stop(std::uint16_t section, std::uint64_t now);

    struct Layer {
        std::string name;
        std::uint64_t active = 0;
    };
    /// A section or a layer that engines work for, by its number, and how many engines.
    struct Active {
        std::size_t number;
        std::uint32_t engines;
    };
    [[nodiscard]] std::size_t find_layer(std::uint16_t section);
    static void enter(std::vector<Active>& active, std::size_t number);
    static void leave(std::vector<Active>& active, std::size_t number);

    const platform::BoardConfig& board_;
    const perf::Sections& names_;
    std::vector<std::unique_ptr<Cluster>> clusters_;
    std::vector<SectionTotals> sections_;
    std::vector<Layer> layers_{Layer{}};  ///< the first is no layer
    std::vector<Active> active_;          ///< sections, ascending
    std::vector<Active> active_layers_;   ///< likewise
    std::uint64_t idle_ = 0;
    std::uint64_t nothing_to_do_ = 0;
    std::uint64_t now_ = 0;
};

}  // namespace athena::sim
