// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "pin_round.h"

using namespace athena;

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

}  // namespace

TEST_CASE("pins: random traffic gives the same outputs in every cycle from RTL and model") {
    const std::uint64_t seed = setting("ATHENA_PINS_SEED", 1);
    const std::uint64_t rounds = setting("ATHENA_PINS_ROUNDS", 150);
    tile::TilePair pair;
    std::uint64_t cycles = 0;
    std::uint64_t commands = 0;
    for (std::uint64_t i = 0; i < rounds; ++i) {
        const pins::RoundResult result = pins::run_round(pair, seed + i);
        cycles += result.cycles;
        commands += result.commands;
        if (pair.difference() || result.hangs || pair.failed()) {
            std::cout << "replay: ATHENA_PINS_SEED=" << seed + i << " ATHENA_PINS_ROUNDS=1\n";
        }
        INFO("seed " << seed + i << ", " << result.cycles << " cycles");
        REQUIRE(pair.difference().text.empty());
        REQUIRE_FALSE(result.hangs);
        REQUIRE_FALSE(pair.failed());
    }
    std::cout << "pins: " << rounds << " rounds from seed " << seed << ", " << cycles << " cycles, "
              << commands << " commands, 0 differences\n";
    CHECK(commands > rounds / 2);
}
