// SPDX-License-Identifier: Apache-2.0
// Co-simulation of the tile with planted faults: faulty_cosim SEED COMMANDS. The rounds of `athena
// cosim`, but a difference ends it at once: no page, no replay.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "sim/cosim/random.h"
#include "sim/cosim/round.h"

// libsystemc wants one; nothing here is a SystemC simulation.
extern "C" int sc_main(int argc, char* argv[]);
extern "C" int sc_main(int /*argc*/, char* /*argv*/[]) {
    return 0;
}

int main(int argc, char** argv) {
    if (argc != 3) {
        return 2;
    }
    constexpr std::array kStalls{0U, 10U, 50U, 90U};
    const std::uint64_t commands = std::strtoull(argv[2], nullptr, 10);
    athena::cosim::LockstepRounds lockstep;
    athena::cosim::StallRounds stalls;
    std::uint64_t completed = 0;
    for (std::uint64_t index = 0; completed < commands; ++index) {
        const auto seed = athena::cosim::round_seed(std::strtoull(argv[1], nullptr, 10), index);
        athena::cosim::Random random(seed);
        athena::cosim::RoundOptions options{.seed = seed, .commands = random.between(1, 24)};
        for (unsigned& channel : options.stall) {
            channel = kStalls[random.below(kStalls.size())];
        }
        const auto result = index % 4 == 0 ? lockstep.run(options) : stalls.run(options);
        if (result.difference) {
            return 1;
        }
        completed += result.completed;
    }
    return 0;
}
