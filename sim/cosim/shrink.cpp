// SPDX-License-Identifier: Apache-2.0
// Delta debugging of a replay: each step is kept if the run still ends with a difference of the
// same kind.
#include <algorithm>
#include <cstring>

#include "sim/cosim/replay_run.h"
#include "tile/axi_driver.h"
#include "tile/matmul.h"

namespace athena::cosim {

namespace {

using Clock = std::chrono::steady_clock;

class Shrinker {
  public:
    Shrinker(Replay replay, std::chrono::milliseconds time)
        : best_(std::move(replay)), end_(Clock::now() + time) {}

    Replay run() {
        wanted_ = run_replay(best_).difference;
        if (!wanted_) {
            return std::move(best_);
        }
        calm();
        drop_accesses();
        smaller_commands();
        drop_accesses();
        close_gaps();
        clear_l1();
        return std::move(best_);
    }

  private:
    bool keep(Replay candidate) {
        if (Clock::now() >= end_ || !is_alike(run_replay(candidate).difference)) {
            return false;
        }
        best_ = std::move(candidate);
        return true;
    }

    // A wrong element of C must not become another difference on the way: the page is to tell of
    // the command that went wrong.
    [[nodiscard]] bool is_alike(const tile::Difference& difference) const {
        return difference && difference.tag.has_value() == wanted_.tag.has_value() &&
               difference.element.has_value() == wanted_.element.has_value() &&
               difference.values.has_value() == wanted_.values.has_value() &&
               (wanted_.element || difference.assertion.empty() == wanted_.assertion.empty());
    }

    // No stalls, or of as few channels as can be.
    void calm() {
        Replay candidate = best_;
        candidate.stall = {};
        if (candidate.stall == best_.stall || keep(std::move(candidate))) {
            return;
        }
        for (std::size_t channel = 0; channel < best_.stall.size(); ++channel) {
            candidate = best_;
            candidate.stall[channel] = 0;
            keep(std::move(candidate));
        }
    }

    // Pieces of half, a quarter, ... of them, the last ones first: what comes after the
    // difference goes at once.
    void drop_accesses() {
        for (std::size_t piece = best_.accesses.size(); piece > 0; piece /= 2) {
            for (std::size_t end = best_.accesses.size(); end > 0 && Clock::now() < end_;) {
                const std::size_t begin = end > piece ? end - piece : 0;
                Replay candidate = best_;
                candidate.accesses.erase(
                    candidate.accesses.begin() + static_cast<std::ptrdiff_t>(begin),
                    candidate.accesses.begin() + static_cast<std::ptrdiff_t>(end));
                keep(std::move(candidate));
                end = begin;
            }
        }
    }

    void smaller_commands() {
        for (std::size_t i = 0; i < best_.accesses.size(); ++i) {
            const tile::RecordedAccess& access = best_.accesses[i];
            if (!access.write || access.address < tile::kQueueWindow ||
                access.data.size() != tile::kBeatBytes || !passes_checks(access)) {
                continue;
            }
            for (unsigned which = 0; which < 3; ++which) {
                while (smaller(i, which, true)) {
                }
                for (unsigned steps = 0; steps < 16 && smaller(i, which, false); ++steps) {
                }
            }
        }
    }

    // A refused command that became a good one would meet the other traffic.
    [[nodiscard]] bool passes_checks(const tile::RecordedAccess& access) const {
        const tile::CommandLine line(access.data.data(), tile::kBeatBytes);
        return tile::decode_matmul(line, best_.l1.size()).status == tile::Status::Ok;
    }

    // Halves M, N or K of a command, or takes one off.
    bool smaller(std::size_t access, unsigned which, bool half) {
        Replay candidate = best_;
        constexpr std::size_t kFirst = 0x20;  // offset of M; N and K follow
        std::byte* const place = &candidate.accesses[access].data[kFirst + 4 * which];
        std::uint32_t value = 0;
        std::memcpy(&value, place, sizeof value);
        if (value == 0) {
            return false;
        }
        value = half ? value / 2 : value - 1;
        std::memcpy(place, &value, sizeof value);
        return keep(std::move(candidate));
    }

    // What is left follows each other from the beginning on, where the time between does not
    // matter.
    void close_gaps() {
        std::uint64_t before = 0;
        for (std::size_t i = 0; i < best_.accesses.size() && Clock::now() < end_; ++i) {
            const std::uint64_t gap = best_.accesses[i].cycle - before;
            if (gap != 0) {
                Replay candidate = best_;
                for (std::size_t j = i; j < candidate.accesses.size(); ++j) {
                    candidate.accesses[j].cycle -= gap;
                }
                keep(std::move(candidate));
            }
            before = best_.accesses[i].cycle;
        }
    }

    // Zeros instead of data, 512 KiB at a time down to 64 bytes.
    void clear_l1() {
        for (std::size_t piece = best_.l1.size() / 2; piece >= 64; piece /= 2) {
            for (std::size_t at = 0; at < best_.l1.size() && Clock::now() < end_; at += piece) {
                const auto zero = [](std::byte byte) { return byte == std::byte{0}; };
                if (std::ranges::all_of(std::span(best_.l1).subspan(at, piece), zero)) {
                    continue;
                }
                Replay candidate = best_;
                std::ranges::fill(std::span(candidate.l1).subspan(at, piece), std::byte{0});
                keep(std::move(candidate));
            }
        }
    }

    Replay best_;
    tile::Difference wanted_;
    Clock::time_point end_;
};

}  // namespace

Replay shrink(Replay replay, std::chrono::milliseconds time) {
    return Shrinker(std::move(replay), time).run();
}

}  // namespace athena::cosim
