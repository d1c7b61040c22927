// SPDX-License-Identifier: Apache-2.0
// Times by section from commands typed by hand; all in picoseconds.
#include "sim/report/collector.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "commands.h"

using namespace athena;
using namespace athena::test;
using sim::Stall;
using sim::StallTimes;

namespace {

constexpr auto kTile = EngineKind::Tile;
constexpr auto kDma = EngineKind::Dma;
constexpr auto kVector = EngineKind::Vector;

std::uint64_t of(const StallTimes& times, Stall stall) {
    return times[static_cast<std::size_t>(stall)];
}

std::uint64_t busy(const sim::SectionTotals& totals, EngineKind kind) {
    return totals.busy[static_cast<std::size_t>(kind)];
}

/// Sections' times and the idle time.
std::uint64_t all_time(const Story& story) {
    std::uint64_t time = story.collector.idle();
    for (const sim::SectionTotals& totals : story.collector.sections()) {
        time += totals.time;
    }
    return time;
}

/// Of all tiles: busy, stalls, and nothing to do.
std::uint64_t tile_time(const Story& story) {
    std::uint64_t time = story.collector.nothing_to_do();
    for (const sim::SectionTotals& totals : story.collector.sections()) {
        time += busy(totals, kTile) +
                std::accumulate(totals.stalls.begin(), totals.stalls.end(), std::uint64_t{0});
    }
    return time;
}

}  // namespace

TEST_CASE("collector: an instant is shared by the sections that engines work for") {
    Story story;
    const Descriptor product = matmul(tag_of(1));
    const Descriptor load = copy(tag_of(2), kHbm, platform::tile_base(0, 0), 64);
    story.start(kTile, 0, product, 100);
    story.start(kDma, 0, load, 200);
    story.end(kDma, 0, load, 301);
    story.end(kTile, 0, product, 400);
    story.collector.finish(500);
    const auto& sections = story.collector.sections();
    // 100 to 200 alone, 101 for two (51 and 50), 99 alone.
    CHECK(sections[1].time == 100 + 51 + 99);
    CHECK(sections[2].time == 50);
    CHECK(sections[1].active == 300);
    CHECK(sections[2].active == 101);
    CHECK(story.collector.idle() == 200);
    CHECK(all_time(story) == 500);
    CHECK(sections[1].first_start == 100);
    CHECK(sections[1].last_end == 400);
    CHECK(busy(sections[1], kTile) == 300);
    CHECK(busy(sections[2], kDma) == 101);
    CHECK(sections[1].work.all_macs() == 4096);
    CHECK(sections[2].work.dma_bytes() == 64);
    CHECK_FALSE(sections[0].used);
}

TEST_CASE(
    "collector: two engines of one section have one share; three sections share what divides") {
    Story story({"vector.count=2"});
    const Descriptor one = matmul(tag_of(1));
    const Descriptor two = empty(layout::Opcode::Vector, tag_of(2));
    const Descriptor three = copy(tag_of(3), kHbm, kRam, 1);
    story.start(kTile, 0, one, 0);
    story.start(kVector, 0, two, 0);
    story.start(kVector, 1, two, 0);
    story.start(kDma, 0, three, 0);
    story.end(kDma, 0, three, 100);
    story.end(kVector, 0, two, 100, 0, command::Status::BadFlags);
    story.end(kVector, 1, two, 100, 0, command::Status::BadFlags);
    story.end(kTile, 0, one, 100);
    story.collector.finish(100);
    const auto& sections = story.collector.sections();
    CHECK(sections[1].time == 34);
    CHECK(sections[2].time == 33);
    CHECK(sections[3].time == 33);
    CHECK(busy(sections[2], kVector) == 200);
    CHECK(sections[2].work.commands == 0);  // they failed
    CHECK(story.collector.idle() == 0);
}

TEST_CASE("collector: an engine works on one command after the other") {
    Story story;
    const Descriptor first = copy(tag_of(1), kHbm, kRam, 1);
    const Descriptor second = copy(tag_of(2), kHbm, kRam, 1);
    story.start(kDma, 0, first, 10);
    story.start(kDma, 0, second, 20);
    story.end(kDma, 0, first, 50);
    story.end(kDma, 0, second, 90);
    story.collector.finish(90);
    CHECK(busy(story.collector.sections()[1], kDma) == 40);
    CHECK(busy(story.collector.sections()[2], kDma) == 40);
    CHECK(story.collector.sections()[2].first_start == 50);
    CHECK(story.collector.timeline(0, kDma).busy()[0] == 80);
    // The time at work begins with the first command.
    CHECK(story.collector.at_work() == 80);
}

TEST_CASE("collector: why a tile stands still, cause by cause") {
    Story story({"tile.count=2"});
    const Descriptor product = matmul(tag_of(4));
    const Descriptor load = signals(copy(tag_of(9), kHbm, platform::tile_base(0, 0), 1), 5);
    const Descriptor norm = signals(exponential(tag_of(9)), 6);
    // Busy 0 to 1000.
    story.start(kTile, 0, product, 0);
    // Read at 200, leaves the ring at 300, waits for the load until 1500, runs to 2000.
    const Story::Way second = {
        .read = 200, .queued = 300, .issued = 1500, .semaphore = 5, .waited = true};
    story.queue(kTile, 0, product, second);
    story.start(kDma, 0, load, 300);
    story.end(kTile, 0, product, 1000);
    story.end(kDma, 0, load, 1500);
    story.hand_over(kTile, 0, product, second);
    story.end(kTile, 0, product, 2000);
    // The ring stands before a fence from 300 to 3000; the next product is read by 4000.
    story.own(empty(layout::Opcode::Fence, 0), 300, 3000);
    story.start(kTile, 0, product, 4000);
    story.end(kTile, 0, product, 5000);
    // Much later one more, which has no place until 100500 and waits for the vector core to 101000.
    const Story::Way fourth = {
        .read = 100'000, .queued = 100'500, .issued = 101'000, .semaphore = 6, .waited = true};
    story.start(kVector, 0, norm, 90'000);
    story.queue(kTile, 0, product, fourth);
    story.end(kVector, 0, norm, 101'000);
    story.hand_over(kTile, 0, product, fourth);
    story.end(kTile, 0, product, 101'500);
    story.collector.finish(102'000);

    const sim::SectionTotals& totals = story.collector.sections()[4];
    CHECK(busy(totals, kTile) == 1000 + 500 + 1000 + 500);
    CHECK(of(totals.stalls, Stall::Load) == 500);    // 1000 to 1500
    CHECK(of(totals.stalls, Stall::Order) == 1000);  // 2000 to 3000
    // 3000 to 4000, and behind the vector core's command 90000 to 100000: both shorter than 41
    // cycles of 1.5 GHz, 27333 ps.
    CHECK(of(totals.stalls, Stall::Fetch) == 1000 + 10'000);
    CHECK(of(totals.stalls, Stall::Queue) == 500);
    CHECK(of(totals.stalls, Stall::Vector) == 500);
    CHECK(of(totals.stalls, Stall::Store) == 0);
    CHECK(of(totals.stalls, Stall::None) == 0);
    // 5000 to 90000 and 101500 to 102000; the other tile all the time.
    CHECK(story.collector.nothing_to_do() == 85'000 + 500 + 102'000);
    CHECK(tile_time(story) == 2 * 102'000);
    CHECK(all_time(story) == 102'000);
}

TEST_CASE("collector: who is to blame for a semaphore is who signalled it last") {
    const auto stall_after = [](EngineKind kind, const Descriptor& signaller) {
        Story story({"tile.count=2"});
        const std::uint32_t instance = kind == kTile ? 1 : 0;
        const Story::Way way = {
            .read = 0, .queued = 0, .issued = 70, .semaphore = 3, .waited = true};
        const Descriptor product = matmul(tag_of(1));
        story.queue(kTile, 0, product, way);
        story.start(kind, instance, signaller, 0);
        story.end(kind, instance, signaller, 70);
        story.hand_over(kTile, 0, product, way);
        story.end(kTile, 0, product, 80);
        story.collector.finish(80);
        CHECK(tile_time(story) == 160);
        const StallTimes& stalls = story.collector.sections()[1].stalls;
        for (std::size_t cause = 0; cause < sim::kStalls; ++cause) {
            if (stalls[cause] != 0) {
                CHECK(stalls[cause] == 70);
                return static_cast<Stall>(cause);
            }
        }
        return Stall::None;
    };
    const std::uint64_t l1 = platform::tile_base(0, 0);
    CHECK(stall_after(kDma, signals(copy(0, kHbm, l1, 4), 3)) == Stall::Load);
    CHECK(stall_after(kDma, signals(copy(0, l1, kHbm, 4), 3)) == Stall::Store);
    CHECK(stall_after(kTile, signals(matmul(0), 3)) == Stall::Tile);
    // Another semaphore: nobody seen has signalled this one.
    CHECK(stall_after(kTile, signals(matmul(0), 2)) == Stall::Order);
}

TEST_CASE("collector: a wait that another cluster's NOTIFY ends is one for order") {
    Story story({"cluster.count=2"});
    Descriptor notify = empty(layout::Opcode::Notify, 0);
    // SEMAPHORE_ADD is at 0x900 of the command processor, at the window's start.
    layout::NotifyView(first_line(notify)).set_address(platform::cluster_base(0) + 0x900 + 4 * 3);
    const Descriptor store = signals(copy(0, platform::tile_base(0, 0), kHbm, 4), 3);
    const Descriptor product = matmul(tag_of(1));
    story.start(kDma, 0, store, 0);
    story.end(kDma, 0, store, 10);
    story.own(notify, 0, 20, 1);
    story.issue(kTile, 0, product,
                {.read = 0, .queued = 0, .issued = 30, .semaphore = 3, .waited = true});
    story.end(kTile, 0, product, 40);
    CHECK(of(story.collector.sections()[1].stalls, Stall::Order) == 30);
}

TEST_CASE(
    "collector: what a run cuts off counts as busy and has done nothing; so what a reset drops") {
    Story story;
    const Descriptor product = matmul(tag_of(1));
    story.start(kTile, 0, product, 100);
    story.start(kTile, 0, product, 110);
    story.collector.observer(0).reset(200);
    CHECK(busy(story.collector.sections()[1], kTile) == 100);
    story.start(kTile, 0, product, 300);
    story.collector.finish(350);
    const sim::SectionTotals& totals = story.collector.sections()[1];
    CHECK(busy(totals, kTile) == 150);
    CHECK(totals.work.commands == 0);
    CHECK(all_time(story) == 350);
    CHECK(tile_time(story) == 350);
}

TEST_CASE("collector: a ring that drops its queued commands leaves those of others") {
    Story story;
    const Descriptor product = matmul(tag_of(1));
    const Story::Way way = {.read = 10, .queued = 20, .issued = 30};
    story.queue(kTile, 0, product, way);
    story.collector.observer(0).dropped(1);
    story.hand_over(kTile, 0, product, way);
    story.end(kTile, 0, product, 40);
    story.queue(kTile, 0, product, {.read = 40, .queued = 45});
    story.collector.observer(0).dropped(0);
    story.start(kTile, 0, product, 50);
    story.end(kTile, 0, product, 60);
    story.collector.finish(60);
    CHECK(tile_time(story) == 60);
}

TEST_CASE("collector: a layer is active while one of its sections is") {
    Story story({}, {{1, "layer 0/a"}, {2, "layer 0/b"}, {3, "c"}});
    const Descriptor a = copy(tag_of(1), kHbm, kRam, 1);
    const Descriptor b = matmul(tag_of(2));
    story.start(kDma, 0, a, 0);
    story.start(kTile, 0, b, 50);
    story.end(kDma, 0, a, 80);
    story.end(kTile, 0, b, 100);
    story.start(kTile, 0, matmul(tag_of(3)), 100);
    story.collector.finish(130);
    CHECK(story.collector.active_of_layer("layer 0") == 100);
    CHECK(story.collector.active_of_layer("layer 1") == 0);
}
