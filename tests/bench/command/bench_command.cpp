// SPDX-License-Identifier: Apache-2.0
// The host's time for a command outside kernels: boards replay lists of commands that compute next
// to nothing. Beside it what the events and accesses that a command cannot do without take by
// themselves, measured right before. Times are the process's CPU time, the middle of several; none
// is asserted. Fails only if a command does.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <systemc>
#include <vector>

#include "bench/command/bounds.h"
#include "bench/command/replaying_board.h"

using namespace athena;
using test::Kind;

namespace {

constexpr unsigned kRepeats = 5;
constexpr std::uint64_t kCommands = 60'000;
constexpr double kGoal = 500;  // ns, of a command outside kernels

/// What a command takes at least.
struct Least {
    double events = 0;      ///< of the event queue
    double transports = 0;  ///< accesses of a block by another
};

struct Measured {
    const char* name;
    Kind kind;
    Least least;
};

// A line is there after an event, and an access. An engine's command is one access more, its end an
// event and an access; a copy reads and writes.
constexpr Least kLine{1, 1};
constexpr Least kCommand{kLine.events + 1, kLine.transports + 2};
constexpr Least kCopy{kCommand.events, kCommand.transports + 2};
constexpr Least kVector{kCommand.events + 1, kCommand.transports + 1};

constexpr Measured kMeasured[] = {
    {"NOP", Kind::Nop, kLine},
    {"COPY of 64 bytes", Kind::Copy, kCopy},
    {"MATMUL, M = 0", Kind::EmptyMatmul, kCommand},
    {"MATMUL, M = N = K = 1", Kind::Matmul, kCommand},
    {"VECTOR of 1 element", Kind::Vector, kVector},
    {"chain of these by semaphores",
     Kind::Chain,
     {(2 * kCopy.events + kCommand.events + kVector.events) / 4,
      (2 * kCopy.transports + kCommand.transports + kVector.transports) / 4}},
};

double middle(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double nanoseconds_of(test::ReplayingBoard& board) {
    const std::clock_t start = std::clock();
    const std::uint64_t commands = board.replay(kCommands);
    return 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC /
           static_cast<double>(commands);
}

/// Of commands whose name has `part`.
void measure(const std::string& name, const std::string& part) {
    std::printf("%-12s %-30s %10s %10s %10s %12s\n", name.c_str(), "", "ns", "bound ns", "ratio",
                "of 500 ns");
    for (const Measured& measured : kMeasured) {
        if (std::string(measured.name).find(part) == std::string::npos) {
            continue;
        }
        test::ReplayingBoard board(name, measured.kind);
        std::vector<double> times;
        std::vector<double> bounds;
        std::vector<double> ratios;
        for (unsigned i = 0; i < kRepeats; ++i) {
            const test::Bounds bound = test::measure_bounds();
            bounds.push_back(measured.least.events * bound.event +
                             measured.least.transports * bound.transport);
            times.push_back(nanoseconds_of(board));
            ratios.push_back(times.back() / bounds.back());
        }
        std::printf("%-12s %-30s %10.0f %10.0f %10.2f %12.2f\n", "", measured.name, middle(times),
                    middle(bounds), middle(ratios), middle(times) / kGoal);
        std::fflush(stdout);
    }
}

}  // namespace

// bench_command [part of a command's name [board]]
extern "C" int sc_main(int argc, char* argv[]) {
    const std::string part = argc > 1 ? argv[1] : "";
    const std::vector<std::string> boards =
        argc > 2 ? std::vector<std::string>{argv[2]}
                 : std::vector<std::string>{"athena-mini", "athena-1"};
    const test::Bounds bound = test::measure_bounds();
    std::printf("event: %.0f ns, access of 64 bytes of memory through a crossbar: %.0f ns\n",
                bound.event, bound.transport);
    for (const std::string& board : boards) {
        measure(board, part);
    }
    return 0;
}

int main(int argc, char* argv[]) {
    return sc_core::sc_elab_and_sim(argc, argv);
}
