// SPDX-License-Identifier: Apache-2.0
// What a tile in lockstep keeps of its past repeats it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "regs/tile_regs.h"
#include "sim/cosim/history_replay.h"
#include "sim/cosim/random.h"
#include "sim/cosim/replay_run.h"
#include "temporary_folder.h"
#include "tile/lockstep_data_tile.h"
#include "tile/lockstep_tile.h"
#include "tile/wave_file.h"
#include "unit/tile/matmul_line.h"

using namespace athena;
using cosim::Replay;
using Reach = tile::PortHistory::Reach;

namespace {

constexpr std::uint64_t kAbort = tile::kRegistersWindow + athena::regs::tile::kCtrlOffset + 1;
constexpr std::size_t kL1Bytes = 1 << 20;

// Keeps the queue full of products that accumulate into four places, so that their order shows.
template <typename Tile>
class Session {
  public:
    Session() {
        tile.reset(0);
        cosim::Random random(7);
        std::vector<std::byte> operands(0x4000);
        for (std::size_t i = 0; i < operands.size(); i += 2) {
            const auto element = static_cast<std::uint16_t>(0x3F00 + random.below(0x100));
            std::memcpy(&operands[i], &element, sizeof element);
        }
        access(0, operands);
    }
    void access(std::uint64_t offset, std::span<std::byte> data) {
        const tile::Response response = tile.access(cycle, {offset, true, data});
        cycle = response.cycle;
        pushed += offset == tile::kQueueWindow && response.ok ? 1 : 0;
        take();
    }
    void push(unsigned count, std::uint64_t gap = 190) {
        for (unsigned i = 0; i < count; ++i) {
            auto line = test::matmul_line({.m = 20,
                                           .n = 8,
                                           .k = 16 + i % 5,
                                           .a = 64 * (i % 7),
                                           .b = 0x1000,
                                           .c = 0x8000 + 0x1000 * (i % 4),
                                           .a_ld = 2,
                                           .b_ld = 1,
                                           .c_ld = 2,
                                           .mode = test::kAccumulate,
                                           .tag = i});
            access(tile::kQueueWindow, line);
            wait(cycle + gap);
        }
    }
    void wait(std::uint64_t limit) {
        while (tile.next_output() && *tile.next_output() <= limit) {
            tile.advance(limit);
            take();
        }
        cycle = std::max(cycle, limit);
    }
    void wait_for_failure() {
        while (tile.failure().empty() && tile.next_output()) {
            tile.advance(~std::uint64_t{0});
            tile.outputs().clear();
        }
    }
    void take() {
        completed += static_cast<std::size_t>(std::ranges::count(
            tile.outputs(), tile::Output::Kind::Completion, &tile::Output::kind));
        tile.outputs().clear();
        REQUIRE(tile.failure().empty());
    }
    std::vector<std::byte> l1() {
        std::vector<std::byte> bytes(kL1Bytes);
        tile.peek(0, bytes);
        return bytes;
    }

    Tile tile{tile::History::Kept};
    std::uint64_t cycle = 0;
    std::size_t pushed = 0;
    std::size_t completed = 0;
};

// L1 behind a replay, which must have no difference.
template <typename Tile>
std::vector<std::byte> l1_after(const Replay& replay) {
    Tile tile;
    tile.reset(0);
    tile.poke(0, replay.l1);
    std::uint64_t cycle = 0;
    for (tile::RecordedAccess access : replay.accesses) {
        cycle = std::max(cycle, access.cycle);
        while (tile.next_output() && *tile.next_output() <= cycle) {
            tile.advance(cycle);
            tile.outputs().clear();
        }
        cycle = tile.access(cycle, {access.address, access.write, access.data}).cycle;
    }
    while (tile.next_output()) {
        tile.outputs().clear();
        tile.advance(*tile.next_output() + 1000);
    }
    CHECK(tile.failure().empty());
    std::vector<std::byte> bytes(kL1Bytes);
    tile.peek(0, bytes);
    return bytes;
}

}  // namespace

TEMPLATE_TEST_CASE("history: both stretches repeat what the tile did, from amid its commands on",
                   "", tile::LockstepTile, tile::LockstepDataTile) {
    constexpr bool kIsData = std::is_same_v<TestType, tile::LockstepDataTile>;
    Session<TestType> session;
    session.push(43);
    const tile::PortHistory& history = *session.tile.history();
    CHECK_FALSE(history.latest().lines.empty());
    CHECK(history.latest().accesses.size() <= 8);
    CHECK(history.before().accesses.size() <= 8);
    session.wait(session.cycle + 100'000);
    CHECK(session.completed == session.pushed);
    const auto expected = session.l1();
    for (const auto reach : {Reach::Latest, Reach::Before, Reach::All}) {
        CAPTURE(reach);
        const auto replay =
            cosim::replay_of(history, reach, kIsData ? Replay::Kind::Data : Replay::Kind::Lockstep);
        REQUIRE(replay);
        const auto result = cosim::run_replay(*replay);
        CHECK_FALSE(result.difference);
        CHECK(result.completed > history.latest().lines.size());
        const bool is_equal = l1_after<TestType>(*replay) == expected;  // too long to print
        CHECK(is_equal);
    }
}

TEST_CASE("history: a cause that no replay can have is in the waveform of the tile's own past") {
    const test::TemporaryFolder folder;
    const std::string file = (folder.path / "past.fst").string();
    Session<tile::LockstepTile> session;
    session.push(300);
    const std::array byte{std::byte{0xFF}};
    session.tile.poke_rtl(0x8'0000, byte);  // seen when all of L1 is compared
    session.push(600, 0);                   // never idle, often refused
    const tile::PortHistory& history = *session.tile.history();
    session.wait_for_failure();
    const auto difference = session.tile.failure_details();
    REQUIRE(difference.cycle);
    CHECK(difference.values->address == 0x8'0000);
    for (const auto reach : {Reach::Latest, Reach::Before, Reach::All}) {
        CAPTURE(reach);
        const auto replay = cosim::replay_of(history, reach, Replay::Kind::Lockstep);
        CHECK_FALSE(cosim::run_replay(*replay).difference);
    }
    CHECK(cosim::repeat_with_wave(history, Replay::Kind::Lockstep, file, *difference.cycle, 50));
    const auto span = tile::wave_span(file);
    CHECK(span.first == 2 * (*difference.cycle - 50));
    CHECK(span.last == 2 * *difference.cycle - 1);  // the edge that showed it
}

TEST_CASE("history: none begins while aborted commands wait; a reset and a poke end it") {
    Session<tile::LockstepTile> session;
    session.push(16);
    CHECK(session.tile.history()->due());
    std::array one{std::byte{1}};
    session.access(kAbort, one);
    const tile::PortHistory& history = *session.tile.history();
    session.push(8, 0);
    CHECK_FALSE(history.due());
    session.wait(session.cycle + 100'000);
    CHECK(session.completed == session.pushed);
    session.push(8);
    CHECK(history.due());
    session.wait(session.cycle + 100'000);
    session.push(1);
    CHECK(history.latest().lines.empty());
    CHECK(history.latest().accesses.size() == 1);

    session.tile.poke(0x20, one);
    CHECK_FALSE(cosim::replay_of(history, Reach::Latest, Replay::Kind::Lockstep));
    session.push(1);
    CHECK(cosim::replay_of(history, Reach::Latest, Replay::Kind::Lockstep)->l1[0x20] == one[0]);
    session.tile.reset(session.cycle);
    CHECK_FALSE(cosim::replay_of(history, Reach::Latest, Replay::Kind::Lockstep));
    CHECK_FALSE(cosim::replay_of(history, Reach::Before, Replay::Kind::Lockstep));
}
