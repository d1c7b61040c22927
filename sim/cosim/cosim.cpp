// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "base/diagnostics.h"
#include "sim/cosim/random.h"
#include "sim/cosim/replay.h"
#include "sim/cosim/round.h"
#include "sim/terminal.h"

namespace athena::sim {

namespace {

using Clock = std::chrono::steady_clock;
using cosim::Replay;
using cosim::RoundResult;

constexpr std::uint64_t kMostCommands = 24;  // of a round

/// Sums over the rounds.
struct Totals {
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t aborted = 0;
    std::uint64_t accesses = 0;
    std::uint64_t cycles = 0;
    tile::CycleCount cycle_count;

    void add(const RoundResult& result) {
        completed += result.completed;
        failed += result.failed;
        aborted += result.aborted;
        accesses += result.accesses;
        cycles += result.cycles;
        cycle_count += result.cycle_count;
    }
};

class Progress {
  public:
    void show(std::uint64_t done, std::uint64_t all) {
        const auto now = Clock::now();
        if (terminal_ && now - last_ >= std::chrono::milliseconds(500)) {
            last_ = now;
            shown_ = true;
            fmt::print(stderr, "\rcosim: {} of {} commands, 0 differences", done, all);
        }
    }
    void clear() {
        if (shown_) {
            fmt::print(stderr, "\r\x1b[K");
            shown_ = false;
        }
    }
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - start_).count();
    }

  private:
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
};

class Runner {
  public:
    RoundResult run(const Replay& replay) {
        return replay.lockstep ? lockstep_.run(replay.round) : stall_.run(replay.round);
    }

  private:
    cosim::LockstepRounds lockstep_;
    cosim::StallRounds stall_;
};

Replay round_of(const CosimOptions& options, std::uint64_t index, std::uint64_t commands_left) {
    const std::uint64_t seed = cosim::round_seed(options.seed, index);
    cosim::Random random(seed);
    return {.lockstep = index % 2 == 0,
            .round = {.seed = seed,
                      .commands = std::min(commands_left, random.between(1, kMostCommands)),
                      .stall = options.stall}};
}

int report_difference(const std::string& difference, const std::string& replay) {
    fmt::print(stderr, "athena: cosim: {}\n", difference);
    fmt::print(stderr, "replay: athena cosim {}\n", replay);
    return static_cast<int>(base::ExitStatus::Simulator);
}

void print_summary(const Totals& totals, const CosimOptions& options, double seconds) {
    fmt::print("{} commands, 0 differences ({} refused by their checks, {} aborted)\n",
               totals.completed, totals.failed, totals.aborted);
    fmt::print("{} of {} measured commands took the cycles of the model's formula\n",
               totals.cycle_count.equal, totals.cycle_count.commands);
    fmt::print("{} accesses, {} cycles, {:.1f} s, seed {}, stall {} %\n", totals.accesses,
               totals.cycles, seconds, options.seed, options.stall);
}

int run_replay(const std::string& file) {
    std::string error;
    const auto replay = cosim::read_replay(file, error);
    if (!replay) {
        fmt::print(stderr, "athena: {}\n", error);
        return static_cast<int>(base::ExitStatus::Usage);
    }
    const RoundResult result = Runner().run(*replay);
    if (result.difference) {
        return report_difference(*result.difference, "--replay " + file);
    }
    fmt::print("{} commands, 0 differences\n", result.completed);
    return 0;
}

}  // namespace

int cosim(const CosimOptions& options) {
    if (options.replay) {
        return run_replay(*options.replay);
    }
    const InterruptGuard guard;
    Runner runner;
    Totals totals;
    Progress progress;
    for (std::uint64_t index = 0; totals.completed < options.commands; ++index) {
        const Replay round = round_of(options, index, options.commands - totals.completed);
        const RoundResult result = runner.run(round);
        if (result.difference) {
            progress.clear();
            const std::string file = fmt::format("cosim-{}-{}.replay", options.seed, index);
            // Where no file can be written, the whole run is repeated.
            const std::string again =
                cosim::write_replay(file, round)
                    ? "--replay " + file
                    : fmt::format("--seed {} --commands {} --stall {}", options.seed,
                                  options.commands, options.stall);
            return report_difference(*result.difference, again);
        }
        totals.add(result);
        progress.show(totals.completed, options.commands);
        if (InterruptGuard::interrupted()) {
            break;
        }
    }
    progress.clear();
    print_summary(totals, options, progress.seconds());
    if (totals.completed < options.commands) {
        fmt::print(stderr, "athena: interrupted\n");
        return static_cast<int>(base::ExitStatus::Interrupted);
    }
    return 0;
}

}  // namespace athena::sim
