// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim.h"

#include <catch2/catch.hpp>

#include "sim/cosim/round.h"

using namespace athena;
using cosim::Mistake;

namespace {

std::array<unsigned, cosim::PairDriver::kChannels> all(unsigned percent) {
    std::array<unsigned, cosim::PairDriver::kChannels> stall{};
    stall.fill(percent);
    return stall;
}

}  // namespace

TEST_CASE(
    "cosim: rounds of both kinds find no difference, and every measured command keeps its cycles") {
    cosim::LockstepRounds lockstep;
    cosim::StallRounds stall;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        const auto exact = lockstep.run({.seed = seed, .commands = 20});
        CHECK(exact.difference == std::nullopt);
        CHECK(exact.completed == 20);
        CHECK(exact.cycle_count.commands == 20);
        CHECK(exact.cycle_count.equal == 20);
        const auto percent = static_cast<unsigned>(5 * seed);
        const auto stalled = stall.run({.seed = seed, .commands = 20, .stall = all(percent)});
        CHECK(stalled.difference == std::nullopt);
        CHECK(stalled.completed == 20);
        CHECK(stalled.cycle_count.commands == 20);
        CHECK(stalled.cycle_count.equal == 20);
    }
}

TEST_CASE("cosim: one wrong bit of the RTL's L1 is found, wherever it is") {
    cosim::LockstepRounds lockstep;
    cosim::StallRounds stall;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        for (const Mistake mistake : {Mistake::Operand, Mistake::Elsewhere}) {
            const cosim::RoundOptions options{
                .seed = seed, .commands = 10, .stall = all(10), .mistake = mistake};
            CHECK(lockstep.run(options).difference);
            CHECK(stall.run(options).difference);
        }
    }
    // And the next round is right again.
    CHECK_FALSE(lockstep.run({.seed = 1, .commands = 5}).difference);
    CHECK_FALSE(stall.run({.seed = 1, .commands = 5}).difference);
}

TEST_CASE("cosim: other cycles than the formula's and another status than the planned are found") {
    cosim::LockstepRounds lockstep;
    cosim::StallRounds stall;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        const cosim::RoundOptions cycles{
            .seed = seed, .commands = 10, .stall = all(50), .mistake = Mistake::Cycles};
        CHECK(lockstep.run(cycles).difference.text.find("other cycles") != std::string::npos);
        CHECK(stall.run(cycles).difference.text.find("by the formula") != std::string::npos);
        const cosim::RoundOptions status{
            .seed = seed, .commands = 10, .stall = all(50), .mistake = Mistake::Status};
        CHECK(lockstep.run(status).difference.text.find("by the plan") != std::string::npos);
        CHECK(stall.run(status).difference.text.find("by the plan") != std::string::npos);
    }
}

TEST_CASE("cosim: a round depends on its options only") {
    cosim::StallRounds one;
    cosim::StallRounds two;
    (void)two.run({.seed = 77, .commands = 7, .stall = all(30)});
    const cosim::RoundOptions options{.seed = 5, .commands = 9, .stall = all(20)};
    const auto first = one.run(options);
    const auto second = two.run(options);
    CHECK(first.cycles == second.cycles);
    CHECK(first.accesses == second.accesses);
}

TEST_CASE("cosim: 500 commands from two seeds end with exit status 0") {
    CHECK(sim::cosim({.seed = 11, .commands = 250, .stall = 10}) == 0);
    CHECK(sim::cosim({.seed = 12, .commands = 250}) == 0);
}
