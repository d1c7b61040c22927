// SPDX-License-Identifier: Apache-2.0
// Why commands began when they did, of runs typed by hand. Times are picoseconds.
#include "sim/trace/causes.h"

#include <catch2/catch.hpp>
#include <tuple>

using namespace athena::sim::trace;

namespace {

/// A tile (engine 0), a DMA channel (1), and a ring.
struct Typed {
    Typed() {
        recording.engines = {{"cluster0.tile0", TrackKind::Tile, 0, {}},
                             {"cluster0.dma0", TrackKind::Dma, 0, {}}};
        recording.rings = {{"cluster0.ring0", 0, {}}};
        recording.texts = {"", "product", "copy"};
    }

    struct Way {
        std::uint64_t rung = 0;
        std::uint64_t read = 0;
        std::uint64_t queued = 0;
    };

    Index add(Index engine, Way way, std::uint64_t issued, std::uint64_t begin, std::uint64_t end,
              SemaphoreWait wait = {}, std::optional<std::uint32_t> signals = {}) {
        auto& dispatches = recording.rings[0].dispatches;
        const auto dispatch = static_cast<Index>(recording.dispatches.size());
        const auto index = static_cast<Index>(recording.commands.size());
        recording.dispatches.push_back({.read = way.read,
                                        .queued = way.queued,
                                        .rung = way.rung,
                                        .before = dispatches.empty() ? kNothing : dispatches.back(),
                                        .command = index});
        dispatches.push_back(dispatch);
        auto& commands = recording.engines[engine].commands;
        recording.commands.push_back({.begin = begin,
                                      .end = end,
                                      .issued = issued,
                                      .engine = engine,
                                      .before = commands.empty() ? kNothing : commands.back(),
                                      .dispatch = dispatch,
                                      .name = engine + 1,
                                      .wait = wait,
                                      .signals = signals});
        commands.push_back(index);
        recording.end = end;
        return index;
    }

    using Links = std::vector<std::tuple<Spent, std::uint64_t, std::uint64_t>>;
    [[nodiscard]] Links path() const {
        Links links;
        for (const Link& link : Causes(recording).critical_path()) {
            links.emplace_back(link.spent, link.begin, link.end);
        }
        return links;
    }

    Recording recording;
};

constexpr Index kTile = 0;
constexpr Index kDma = 1;

}  // namespace

TEST_CASE("trace: a path goes by semaphores to the doorbell, and before it to the firmware") {
    Typed typed;
    typed.add(kTile, {100, 140, 140}, 140, 140, 150);
    typed.add(kDma, {100, 140, 140}, 140, 140, 300, {}, 3);
    typed.add(kTile, {100, 140, 140}, 300, 300, 500, {140, 3, 1});
    CHECK(typed.path() == Typed::Links{{Spent::Tile, 300, 500},
                                       {Spent::Dma, 140, 300},
                                       {Spent::Ring, 100, 140},
                                       {Spent::Firmware, 0, 100}});
    const Causes causes(typed.recording);
    const auto stalls = causes.stalls();
    REQUIRE(stalls.size() == 1);
    CHECK(stalls[0].cause == StallCause::Semaphore);
    CHECK(stalls[0].begin == 150);
    CHECK(stalls[0].length == 150);
    CHECK(causes.cause_of(stalls[0]) == "semaphore 3 >= 1, signalled by cluster0.dma0: copy");
}

TEST_CASE("trace: a path goes by an engine's order where it is never idle") {
    Typed typed;
    typed.add(kDma, {0, 40, 40}, 40, 40, 100, {}, 3);
    typed.add(kTile, {0, 40, 40}, 40, 40, 120);
    typed.add(kTile, {0, 40, 40}, 100, 120, 180, {40, 3, 1});  // could have begun at 100
    CHECK(typed.path() ==
          Typed::Links{{Spent::Tile, 120, 180}, {Spent::Tile, 40, 120}, {Spent::Ring, 0, 40}});
    CHECK(Causes(typed.recording).stalls().empty());
}

TEST_CASE("trace: firmware that rings again is on the path, and a pause is no stall") {
    Typed typed;
    typed.add(kTile, {0, 40, 40}, 40, 40, 100);
    typed.add(kTile, {700, 740, 740}, 740, 740, 800);
    typed.recording.end = 850;
    CHECK(typed.path() == Typed::Links{{Spent::Tile, 740, 800},
                                       {Spent::Ring, 700, 740},
                                       {Spent::Firmware, 100, 700},
                                       {Spent::Tile, 40, 100},
                                       {Spent::Ring, 0, 40}});
    const Causes causes(typed.recording);
    CHECK(causes.stalls().empty());
    const Pauses pauses = causes.pauses();
    CHECK(pauses.count == 3);
    CHECK(pauses.time == 40 + 640 + 50);
    CHECK(pauses.longest == 640);
    CHECK(pauses.longest_at == 100);
}

TEST_CASE("trace: a ring that stands before a full queue holds up another engine") {
    Typed typed;
    typed.add(kTile, {0, 40, 40}, 40, 40, 60);
    typed.add(kDma, {0, 40, 40}, 40, 40, 200);
    // Room for it came when the first copy ended and this one was issued.
    typed.add(kDma, {0, 40, 40}, 200, 200, 300);
    typed.add(kDma, {0, 40, 200}, 300, 300, 400);
    typed.add(kTile, {0, 200, 200}, 200, 200, 500);
    CHECK(typed.path() ==
          Typed::Links{{Spent::Tile, 200, 500}, {Spent::Dma, 40, 200}, {Spent::Ring, 0, 40}});
    const Causes causes(typed.recording);
    const auto stalls = causes.stalls();
    REQUIRE(stalls.size() == 1);
    CHECK(stalls[0].cause == StallCause::FullQueue);
    CHECK(stalls[0].begin == 60);
    CHECK(stalls[0].length == 140);
    CHECK(stalls[0].by == 3);
}

TEST_CASE("trace: stalls that are alike are added up") {
    Typed typed;
    for (std::uint64_t at = 0; at < 300; at += 100) {
        typed.add(kDma, {0, 40, 40}, 40 + at, 40 + at, 90 + at, {}, 3);
        typed.add(kTile, {0, 40, 40}, 90 + at, 90 + at, 110 + at, {40, 3, 1});
    }
    const auto stalls = Causes(typed.recording).stalls();
    REQUIRE(stalls.size() == 2);  // of the tile, twice 80; of the channel, twice 50
    CHECK(stalls[0].engine == kTile);
    CHECK(stalls[0].length == 80);
    CHECK(stalls[0].count == 2);
    CHECK(stalls[0].all == 160);
    CHECK(stalls[1].all == 100);
}

TEST_CASE("trace: a semaphore that no command signals is one from outside") {
    Typed typed;
    typed.add(kTile, {0, 40, 40}, 40, 40, 60);
    typed.add(kTile, {0, 40, 40}, 500, 500, 600, {40, 5, 2});
    CHECK(typed.path() ==
          Typed::Links{{Spent::Tile, 500, 600}, {Spent::Wait, 40, 500}, {Spent::Ring, 0, 40}});
    const Causes causes(typed.recording);
    REQUIRE(causes.stalls().size() == 1);
    CHECK(causes.cause_of(causes.stalls()[0]) ==
          "semaphore 5 >= 2, signalled by a hart, or nobody seen");
}

TEST_CASE("trace: what was read and found no room stood before its own queue") {
    Typed typed;
    typed.add(kTile, {0, 40, 40}, 40, 40, 100);
    typed.add(kTile, {0, 60, 150}, 150, 150, 200);
    const Causes causes(typed.recording);
    REQUIRE(causes.stalls().size() == 1);
    CHECK(causes.stalls()[0].begin == 100);
    CHECK(causes.stalls()[0].length == 50);
    CHECK(causes.cause_of(causes.stalls()[0]) == "room in its own queue");
}
