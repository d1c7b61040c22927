// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/diagnostics.h"
#include "sim/cosim/bins.h"
#include "sim/cosim/difference_files.h"
#include "sim/cosim/random.h"
#include "sim/cosim/replay.h"
#include "sim/cosim/replay_run.h"
#include "sim/cosim/report.h"
#include "sim/cosim/round.h"
#include "sim/tell.h"
#include "sim/terminal.h"
#include "tile/verilated_tile.h"

namespace athena::sim {

namespace {

using Clock = std::chrono::steady_clock;
using cosim::RoundResult;

constexpr std::uint64_t kMostCommands = 24;  // of a round

/// A round of one of the two kinds.
struct Round {
    bool lockstep = true;
    cosim::RoundOptions options;
};

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
            tell("\rcosim: {} of {} commands, 0 differences", done, all);
        }
    }
    void clear() {
        if (shown_) {
            tell("\r\x1b[K");
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
    RoundResult run(const Round& round) {
        return round.lockstep ? lockstep_.run(round.options) : stall_.run(round.options);
    }

  private:
    cosim::LockstepRounds lockstep_;
    cosim::StallRounds stall_;
};

Round round_of(const CosimOptions& options, std::uint64_t index, std::uint64_t commands_left) {
    constexpr std::array kStalls{0U, 10U, 50U, 90U};
    const std::uint64_t seed = cosim::round_seed(options.seed, index);
    cosim::Random random(seed);
    Round round{.lockstep = index % 4 == 0, .options = {.seed = seed}};
    round.options.commands = std::min(commands_left, random.between(1, kMostCommands));
    for (unsigned& channel : round.options.stall) {
        channel = options.stall.value_or(kStalls[random.below(kStalls.size())]);
    }
    return round;
}

// What repeats the run.
std::string command_of(const CosimOptions& options) {
    const std::string stall = options.stall ? fmt::format(" --stall {}", *options.stall) : "";
    return fmt::format("athena cosim --seed {} --commands {}{}", options.seed, options.commands,
                       stall);
}

int say(const std::string& difference, const std::string& page) {
    tell("athena: cosim: {}{}\n", difference, page.empty() ? "" : "; see " + page);
    return static_cast<int>(base::ExitStatus::Simulator);
}

// All rounds once more, on fresh tiles, with a waveform of the last cycles of the last round.
RoundResult repeat_run(const CosimOptions& options, std::uint64_t index,
                       const cosim::RoundOptions::Wave& wave) {
    Runner runner;
    RoundResult result;
    std::uint64_t completed = 0;
    for (std::uint64_t i = 0; i <= index && !InterruptGuard::interrupted(); ++i) {
        Round round = round_of(options, i, options.commands - completed);
        if (i == index) {
            round.options.wave = wave;
        }
        result = runner.run(round);
        completed += result.completed;
    }
    return result;
}

// Where the round that ended so does not differ by itself.
std::string report_whole_run(const cosim::Replay& replay, const RoundResult& result,
                             std::uint64_t index, const std::string& name,
                             const CosimOptions& options, const std::string& seen) {
    const std::uint64_t cycle = result.difference.cycle.value_or(result.cycles);
    const RoundResult again =
        repeat_run(options, index,
                   {.file = name + ".fst",
                    .first = cycle > options.wave_cycles ? cycle - options.wave_cycles : 0,
                    .last = cycle + cosim::kWaveBehind});
    return cosim::write_whole_run_page(replay, result.difference, name, command_of(options),
                                       *again.difference == *result.difference, seen);
}

// The round made short, or else the whole run.
int report_difference(const cosim::Replay& replay, const RoundResult& result, std::uint64_t index,
                      const CosimOptions& options) {
    const std::string name = options.reports / fmt::format("cosim-{}-{}", options.seed, index);
    const auto seen = cosim::seen_text(
        replay, {.where = fmt::format("round {}", index), .difference = result.difference});
    const auto files = cosim::write_difference(replay, name, options.wave_cycles, seen);
    const bool is_short = files && !files->replay.empty();
    const int status =
        say(*result.difference,
            files ? files->page : report_whole_run(replay, result, index, name, options, seen));
    tell("replay: {}\n", is_short ? "athena cosim --replay " + files->replay : command_of(options));
    return status;
}

void print_summary(const Totals& totals, const cosim::Bins& bins, const CosimOptions& options,
                   double seconds) {
    fmt::print("{} commands, 0 differences ({} refused by their checks, {} aborted)\n",
               totals.completed, totals.failed, totals.aborted);
    fmt::print("{} of {} commands took the cycles of the model's formula\n",
               totals.cycle_count.equal, totals.cycle_count.commands);
    const auto count = bins.count();
    fmt::print("bins: {} of {} hit ({:.2f} %), {} excluded, {} of them hit\n", count.hit,
               count.reachable,
               100.0 * static_cast<double>(count.hit) / static_cast<double>(count.reachable),
               count.excluded, count.wrong);
    const std::uint64_t commands = std::max<std::uint64_t>(totals.completed, 1);
    fmt::print("{} accesses, {} cycles, mean {} cycles a command, {:.1f} s, {:.0f} commands/s\n",
               totals.accesses, totals.cycles, totals.cycles / commands, seconds,
               static_cast<double>(totals.completed) / seconds);
    fmt::print("seed {}; again: {}\n", options.seed, command_of(options));
}

bool write_bins(const std::string& file, const cosim::Bins& bins) {
    std::ofstream out(file);
    bins.write(out);
    if (!out.flush().good()) {
        tell("athena: {}: cannot be written\n", file);
        return false;
    }
    return true;
}

// The replay's own without ".replay"; with a number behind it where a page or waveform lies that is
// of the run that wrote the replay, or of an earlier repetition.
std::string free_name(const std::filesystem::path& file, const std::filesystem::path& reports) {
    const std::filesystem::path plain =
        file.extension() == ".replay" ? std::filesystem::path(file).replace_extension() : file;
    const std::string base = reports.empty() ? plain : reports / plain.filename();
    std::string name = base;
    const auto is_taken = [&](const char* end) { return std::filesystem::exists(name + end); };
    for (unsigned number = 2; is_taken(".txt") || is_taken(".fst") || is_taken(".gtkw"); ++number) {
        name = fmt::format("{}-{}", base, number);
    }
    return name;
}

int run_replay(const std::string& file, const CosimOptions& options) {
    std::string error;
    const auto replay = cosim::read_replay(file, error);
    if (!replay) {
        tell("athena: {}\n", error);
        return static_cast<int>(base::ExitStatus::Usage);
    }
    const RoundResult result = cosim::run_replay(*replay);
    if (result.difference) {
        return say(*result.difference,
                   cosim::write_page(*replay, file, result, free_name(file, options.reports),
                                     options.wave_cycles));
    }
    fmt::print("{} commands, 0 differences\n", result.completed);
    return 0;
}

}  // namespace

int cosim(const CosimOptions& options) {
    if (options.replay) {
        return run_replay(*options.replay, options);
    }
    const InterruptGuard guard;
    Runner runner;
    Totals totals;
    cosim::Bins bins(tile::VerilatedTile::config());
    Progress progress;
    for (std::uint64_t index = 0; totals.completed < options.commands; ++index) {
        Round round = round_of(options, index, options.commands - totals.completed);
        cosim::Replay replay;
        round.options.bins = &bins;
        round.options.capture = &replay;
        const RoundResult result = runner.run(round);
        if (result.difference) {
            progress.clear();
            return report_difference(replay, result, index, options);
        }
        totals.add(result);
        progress.show(totals.completed, options.commands);
        if (InterruptGuard::interrupted()) {
            break;
        }
    }
    progress.clear();
    print_summary(totals, bins, options, progress.seconds());
    if (options.bins && !write_bins(*options.bins, bins)) {
        return static_cast<int>(base::ExitStatus::Usage);
    }
    if (totals.completed < options.commands) {
        tell("athena: interrupted\n");
        return static_cast<int>(base::ExitStatus::Interrupted);
    }
    return 0;
}

}  // namespace athena::sim
