// SPDX-License-Identifier: Apache-2.0
// A board as the protocol's target: harts, points where they stop, how they go on.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/board.h"
#include "sim/gdb/target.h"

namespace athena::sim::gdb {

class BoardTarget final : public Target {
  public:
    /// `frozen`: why nothing of the board may be changed, or empty.
    BoardTarget(platform::Board& board, std::string frozen);

    /// Lets the board go on with these points, which until now were those of the last call.
    ///
    /// A hart that steps alone off a point that has been lifted for it does not hold the others:
    /// should its instruction have to wait for board time (an access to a device, the end of a
    /// quantum), they run on until then, as they would without a debugger. A board of which nothing
    /// may be changed is never held.
    void resume(const Resumption& resumption, const std::set<Point>& points);
    /// One that was let go by the last resume().
    [[nodiscard]] std::size_t running_hart() const;
    /// All harts run, with no points.
    void release();
    /// Board::run_until() has paused. Nothing: it is to go on at once.
    [[nodiscard]] std::optional<Stop> stop_of_pause();

    [[nodiscard]] std::size_t harts() const override { return harts_.size(); }
    [[nodiscard]] std::string describe(std::size_t hart) const override;
    [[nodiscard]] std::vector<Csr> csrs() override;
    [[nodiscard]] std::optional<std::uint64_t> read_register(std::size_t hart,
                                                             std::uint64_t number) override;
    bool write_register(std::size_t hart, std::uint64_t number, std::uint64_t value) override;
    [[nodiscard]] std::size_t read_memory(std::size_t hart, bool physical, std::uint64_t address,
                                          std::span<std::byte> bytes) override;
    bool write_memory(std::size_t hart, bool physical, std::uint64_t address,
                      std::span<const std::byte> bytes) override;
    [[nodiscard]] std::string frozen() const override { return frozen_; }
    [[nodiscard]] std::optional<std::string> monitor(
        std::span<const std::string_view> words) override;

  private:
    /// Where a hart that steps through a range of addresses stands.
    struct Place {
        std::uint64_t pc = 0;
        std::uint64_t sp = 0;
        riscv::Privilege privilege{};
        std::uint64_t interrupts = 0;  // taken so far
    };
    struct HartPoints {
        std::set<Point> set;                   // as the hart has them
        std::optional<std::uint64_t> stopped;  // pc at which one of them stopped it
    };

    void set_points(std::size_t hart, const std::set<Point>& points);
    [[nodiscard]] std::optional<std::size_t> alone(const Resumption& resumption) const;
    [[nodiscard]] bool steps_off_point(std::size_t hart, const std::set<Point>& points) const;
    [[nodiscard]] Stop breakpoint_stop(std::size_t hart) const;
    [[nodiscard]] Stop watchpoint_stop(std::size_t hart, const riscv::WatchHit& hit) const;
    void hold(std::size_t hart);
    [[nodiscard]] Place place_of(std::size_t hart) const;
    [[nodiscard]] bool ranges() const { return resumption_.first < resumption_.end; }
    [[nodiscard]] std::optional<Stop> stop_of_step(std::size_t hart);
    [[nodiscard]] bool comes_back(std::size_t hart);
    [[nodiscard]] std::uint64_t pc(std::size_t hart) const;

    platform::Board& board_;
    platform::DebugPort& port_;
    std::string frozen_;
    std::vector<HartPoints> harts_;
    Resumption resumption_;
    std::set<Point> points_;              // of the last resume()
    Place place_;                         // of the hart that steps, at its last pause
    std::optional<Place> interrupted_;    // where it goes on when its interrupt has been served
    std::optional<std::size_t> passing_;  // steps alone while others may run
};

}  // namespace athena::sim::gdb
