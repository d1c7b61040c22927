// SPDX-License-Identifier: Apache-2.0
// The tracks of harts: whether each runs or waits, and its traps.
#pragma once

#include <cstdint>
#include <vector>

#include "riscv/trace.h"
#include "sim/trace/cluster_trace.h"

namespace athena::sim::trace {

/// A trap is a slice up to the MRET or SRET that leaves its mode; one within another is nested.
class HartTrace final : public riscv::HartObserver {
  public:
    HartTrace(Shared& shared, std::uint64_t harts);

    void slept(std::uint64_t hart, base::Picoseconds time) override;
    void woke(std::uint64_t hart, base::Picoseconds time) override;
    void trapped(const riscv::TracedTrap& trap) override;
    void returned(std::uint64_t hart, riscv::Privilege from, base::Picoseconds time) override;
    void was_reset(std::uint64_t hart, base::Picoseconds time) override;

    void finish(std::uint64_t now);

  private:
    static constexpr std::size_t kDeepest = 8;  // traps within each other; one more is an instant

    struct Hart {
        Sequence state;
        std::vector<riscv::Privilege> traps;  ///< whose slices are open, by the mode that took them
    };

    void begin_state(std::uint64_t hart, std::uint64_t time, const char* name);
    void end_state(std::uint64_t hart, std::uint64_t time);
    void end_traps(std::uint64_t hart, std::size_t left, std::uint64_t time);
    [[nodiscard]] static std::uint64_t hart_track(std::uint64_t hart) {
        return track(TrackKind::Hart, 0, hart);
    }

    Shared& shared_;
    std::vector<Hart> harts_;
};

}  // namespace athena::sim::trace
