// SPDX-License-Identifier: Apache-2.0
// Delta debugging of a replay: each step is kept if the run still ends with a difference of the
// same kind.
#include <algorithm>
#include <cstring>

#include "sim/cosim/replay_run.h"
#include "sim/terminal.h"
#include "tile/axi_driver.h"
#include "tile/matmul.h"

namespace athena::cosim {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSizes = 0x20;  // offset of a command's M; N and K follow

class Shrinker {
  public:
    Shrinker(Replay replay, std::chrono::milliseconds time)
        : best_(std::move(replay)), time_(time) {}

    Replay run() {
        wanted_ = run_replay(best_).difference;
        if (!wanted_) {
            return std::move(best_);
        }
        end_ = Clock::now() + time_;
        tiny_culprit();
        shorten_gaps();
        calm();
        drop_accesses();
        smaller_commands();
        drop_accesses();
        close_gaps();
        clear_l1();
        return std::move(best_);
    }

  private:
    // Who does not want to wait for a shorter one has the page of this one.
    [[nodiscard]] bool is_over() const {
        return Clock::now() >= end_ || sim::InterruptGuard::interrupted();
    }
    bool keep(Replay candidate) {
        if (is_over() || !is_alike(run_replay(candidate).difference)) {
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

    // A guest that set up its data for long makes each try as long.
    void shorten_gaps() {
        for (const std::uint64_t most : {256U, 65536U}) {
            Replay candidate = best_;
            std::uint64_t before = 0;
            std::uint64_t saved = 0;
            for (tile::RecordedAccess& access : candidate.accesses) {
                const std::uint64_t gap = access.cycle - before;
                before = access.cycle;
                saved += gap - std::min(gap, most);
                access.cycle -= saved;
            }
            if (saved == 0 || keep(std::move(candidate))) {
                return;
            }
        }
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
            for (std::size_t end = best_.accesses.size(); end > 0 && !is_over();) {
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
            smaller_command(i);
        }
    }

    // The command that the difference names, as small as possible at once: if it hangs, each try
    // takes as long as a command of its size may.
    void tiny_culprit() {
        const auto tag = wanted_.tag ? wanted_.tag : wanted_.nearest;
        const auto is_culprit = [&](const tile::RecordedAccess& access) {
            return is_push(access) && command_of(access).matmul.tag == *tag;
        };
        const auto found =
            tag ? std::ranges::find_if(best_.accesses, is_culprit) : best_.accesses.end();
        if (found == best_.accesses.end() || command_of(*found).status != tile::Status::Ok) {
            return;
        }
        const auto access = static_cast<std::size_t>(found - best_.accesses.begin());
        for (unsigned shift = 16; shift > 0; --shift) {
            Replay candidate = best_;
            for (unsigned which = 0; which < 3; ++which) {
                const std::uint32_t size = size_of(best_.accesses[access], which);
                const std::uint32_t least = std::min(size, 1U);
                set_size(candidate.accesses[access], which, std::max(size >> shift, least));
            }
            if (keep(std::move(candidate))) {
                return;
            }
        }
    }

    void smaller_command(std::size_t access) {
        // A refused command that became a good one would meet the other traffic.
        if (!is_push(best_.accesses[access]) ||
            command_of(best_.accesses[access]).status != tile::Status::Ok) {
            return;
        }
        for (unsigned which = 0; which < 3; ++which) {
            while (smaller(access, which, true)) {
            }
            for (unsigned steps = 0; steps < 16 && smaller(access, which, false); ++steps) {
            }
        }
    }

    [[nodiscard]] tile::DecodedMatmul command_of(const tile::RecordedAccess& access) const {
        const tile::CommandLine line(access.data.data(), tile::kBeatBytes);
        return tile::decode_matmul(line, best_.l1.size());
    }

    // M, N or K of a command.
    [[nodiscard]] static std::uint32_t size_of(const tile::RecordedAccess& access, unsigned which) {
        std::uint32_t value = 0;
        std::memcpy(&value, &access.data[kSizes + 4 * which], sizeof value);
        return value;
    }
    static void set_size(tile::RecordedAccess& access, unsigned which, std::uint32_t value) {
        std::memcpy(&access.data[kSizes + 4 * which], &value, sizeof value);
    }

    // Halves M, N or K of a command, or takes one off.
    bool smaller(std::size_t access, unsigned which, bool half) {
        Replay candidate = best_;
        const std::uint32_t size = size_of(best_.accesses[access], which);
        if (size == 0) {
            return false;
        }
        set_size(candidate.accesses[access], which, half ? size / 2 : size - 1);
        return keep(std::move(candidate));
    }

    // What is left follows each other from the beginning on, where the time between does not
    // matter.
    void close_gaps() {
        std::uint64_t before = 0;
        for (std::size_t i = 0; i < best_.accesses.size() && !is_over(); ++i) {
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
            for (std::size_t at = 0; at < best_.l1.size() && !is_over(); at += piece) {
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
    std::chrono::milliseconds time_;
    Clock::time_point end_;  // from the first run's end on
};

}  // namespace

Replay shrink(Replay replay, std::chrono::milliseconds time) {
    return Shrinker(std::move(replay), time).run();
}

}  // namespace athena::cosim
