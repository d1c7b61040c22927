// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_channel.h"

#include <algorithm>
#include <random>

#include "rig.h"

using namespace athena;
using memory::HbmCycle;
using test::hbm_with;
using test::HbmRig;
using test::HbmStream;
using test::HbmTraffic;

namespace {

std::vector<memory::HbmConfig> many_configs() {
    return {
        hbm_with("hbm2-8gb-legacy", {{"channels", "2"}}),
        hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"page_policy", "closed"}}),
        hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"refresh", "per-bank"}}),
        hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"faw", "16"}, {"rrd_l", "4"}}),
        hbm_with("hbm2-8gb-legacy",
                 {{"channels", "1"}, {"organisation", "channel-buffer"}, {"max_wait", "500"}}),
        hbm_with("hbm2-pseudochannel", {{"channels", "2"}}),
        hbm_with("hbm2-pseudochannel", {{"channels", "1"}, {"page_policy", "closed"}}),
        hbm_with("hbm2-pseudochannel",
                 {{"channels", "1"}, {"refresh", "per-bank"}, {"refib", "200"}}),
        hbm_with("hbm2-pseudochannel",
                 {{"channels", "1"}, {"organisation", "bank-queues"}, {"max_wait", "300"}}),
        hbm_with("hbm2-pseudochannel", {{"channels", "1"},
                                        {"organisation", "bank-queues"},
                                        {"refresh", "per-bank"},
                                        {"refib", "200"}}),
        hbm_with("hbm2e-16gb", {{"channels", "2"}, {"bank_hash", "true"}}),
        hbm_with("hbm2-8gb-legacy", {{"channels", "1"},
                                     {"banks", "1"},
                                     {"bank_groups", "1"},
                                     {"read_queue", "1"},
                                     {"write_queue", "1"},
                                     {"bank_queue", "1"},
                                     {"idle_drain", "0"}}),
    };
}

struct Event {
    HbmCycle cycle;
    std::uint64_t address;
    bool write;
};

/// Bursts of requests with pauses, many of them to a few places.
std::vector<Event> events(const memory::HbmConfig& config, unsigned count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> list;
    HbmCycle cycle = 0;
    for (unsigned i = 0; i < count; ++i) {
        cycle += random() % 64 == 0 ? random() % 20'000 : random() % 8;
        const std::uint64_t place = random() % 4 == 0 ? random() % config.capacity()
                                                      : random() % 64 * config.access_bytes();
        list.push_back({cycle, place, random() % 3 == 0});
    }
    return list;
}

/// Completions of the events, each tried every cycle until it is accepted.
std::vector<memory::HbmCompletion> play(memory::HbmController& controller,
                                        const std::vector<Event>& list, HbmCycle step) {
    std::vector<memory::HbmCompletion> completions;
    HbmCycle now = 0;
    const auto go = [&](HbmCycle until) {
        for (; now < until; now = std::min(until, now + step)) {
            while (const auto completion = controller.advance(now)) {
                completions.push_back(*completion);
            }
        }
        while (const auto completion = controller.advance(until)) {
            completions.push_back(*completion);
        }
        now = until;
    };
    for (std::size_t i = 0; i < list.size(); ++i) {
        go(std::max(now, list[i].cycle));
        while (!controller.accept(
            now, {.address = list[i].address, .write = list[i].write, .handle = i})) {
            go(now + 1);
        }
    }
    go(now + 200'000);
    return completions;
}

}  // namespace

TEST_CASE("hbm channel: every command of every traffic keeps every rule, and nothing is lost") {
    for (const memory::HbmConfig& config : many_configs()) {
        for (const HbmStream stream :
             {HbmStream::Sequential, HbmStream::Random, HbmStream::Stride, HbmStream::Several}) {
            for (const unsigned reads : {100U, 50U, 0U}) {
                for (const double offered : {0.0, 0.1}) {
                    INFO(config.mapping << " reads " << reads << " stream "
                                        << static_cast<int>(stream) << " load " << offered);
                    HbmRig rig(config);
                    rig.run({.stream = stream,
                             .offered = offered,
                             .read_percent = reads,
                             .warm_up = 1000,
                             .cycles = 12'000});
                }
            }
        }
    }
}

TEST_CASE("hbm channel: completions do not depend on how often it is asked") {
    for (const memory::HbmConfig& config : many_configs()) {
        const std::vector<Event> list = events(config, 1500, 11);
        HbmRig jumping(config);
        HbmRig stepping(config);
        memory::HbmController unwatched(config);  // idle refreshes are not done one by one
        const auto completions = play(jumping.controller, list, 1'000'000);
        CHECK(completions.size() == list.size());
        CHECK((completions == play(stepping.controller, list, 1)));
        CHECK((completions == play(unwatched, list, 1'000'000)));
        const HbmCycle end = completions.back().cycle + 1'000'000;
        jumping.finish(end);
        stepping.finish(end);
        unwatched.settle(end);
        CHECK(unwatched.check_conservation().value_or("") == "");
        for (unsigned i = 0; i < jumping.controller.channels(); ++i) {
            for (unsigned pc = 0; pc < config.pseudo_channels; ++pc) {
                CHECK(unwatched.channel(i).counters().pseudo_channel[pc].refreshes ==
                      jumping.controller.channel(i).counters().pseudo_channel[pc].refreshes);
            }
        }
    }
}

TEST_CASE("hbm channel: next_activity() is never late") {
    const memory::HbmConfig config = hbm_with("hbm2-pseudochannel", {{"channels", "4"}});
    memory::HbmController controller(config);
    memory::HbmController reference(config);
    CHECK(controller.next_activity() == memory::kHbmNever);
    const std::vector<Event> list = events(config, 500, 5);
    std::vector<memory::HbmCompletion> got;
    HbmCycle now = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        while (controller.next_activity() <= list[i].cycle) {
            now = std::max(now + 1, controller.next_activity());  // as an event queue would
            while (const auto completion = controller.advance(now)) {
                CHECK(completion->cycle == now);
                got.push_back(*completion);
            }
        }
        now = std::max(now, list[i].cycle);
        while (!controller.accept(
            now, {.address = list[i].address, .write = list[i].write, .handle = i})) {
            ++now;
            while (const auto completion = controller.advance(now)) {
                got.push_back(*completion);
            }
        }
    }
    while (controller.next_activity() != memory::kHbmNever) {
        now = std::max(now + 1, controller.next_activity());
        while (const auto completion = controller.advance(now)) {
            got.push_back(*completion);
        }
    }
    CHECK(got.size() == list.size());
    CHECK(controller.check_conservation().value_or("") == "");
}

TEST_CASE("hbm channel: a read of what waits to be written is answered at once") {
    for (const char* preset : {"hbm2-8gb-legacy", "hbm2-pseudochannel"}) {
        HbmRig rig(hbm_with(preset, {{"channels", "1"}}));
        const auto accept = [&](HbmCycle now, bool write, std::uint64_t handle) {
            REQUIRE(rig.controller.accept(now, {.address = 0, .write = write, .handle = handle}));
        };
        accept(10, true, 1);
        accept(10, false, 2);
        accept(10, true, 3);
        for (const std::uint64_t handle : {1, 2, 3}) {
            CHECK(rig.controller.advance(11) == memory::HbmCompletion{11, handle, handle != 2});
        }
        const memory::HbmChannelCounters& counters = rig.controller.channel(0).counters();
        CHECK(counters.forwarded == 1);
        CHECK(counters.merged[1] == 1);
        rig.finish(1000);
    }
}

TEST_CASE("hbm channel: bank queues serve equal reads by one command, and a write after them") {
    HbmRig rig(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"idle_drain", "0"}}));
    for (std::uint64_t handle = 0; handle < 3; ++handle) {
        REQUIRE(rig.controller.accept(0, {.address = 64, .handle = handle}));
    }
    REQUIRE(rig.controller.accept(1, {.address = 64, .write = true, .handle = 9}));
    CHECK(rig.controller.advance(100) == memory::HbmCompletion{2, 9, true});
    for (std::uint64_t handle = 0; handle < 3; ++handle) {
        const auto completion = rig.controller.advance(100);
        REQUIRE(completion);
        CHECK(completion->cycle == 31);
        CHECK_FALSE(completion->write);
    }
    CHECK(rig.controller.channel(0).counters().total(&memory::HbmBankCounters::reads) == 1);
    rig.controller.advance(200);
    CHECK(rig.controller.channel(0).counters().total(&memory::HbmBankCounters::writes) == 1);
    rig.finish(1000);
}

TEST_CASE("hbm channel: no command waits much longer than max_wait") {
    // Hits to an open row without end against one read of another row of the bank, and writes
    // without end: without the bound the second case never ends. Once it is urgent the read needs
    // PRE, ACT and RD, and a refresh may come between: less than
    // tRFC + tRC + 2 (tWR + cwl + burst) + tRP + tRCD + cl < 600 cycles. Up to 8 commands of its
    // bank's queue are older.
    for (const char* organisation : {"bank-queues", "channel-buffer"}) {
        for (const bool writes : {false, true}) {
            const unsigned max_wait = 1000;
            auto config = hbm_with("hbm2-8gb-legacy", {{"channels", "1"},
                                                       {"organisation", organisation},
                                                       {"row_hit_limit", "1000000"},
                                                       {"max_wait", "1000"}});
            HbmRig rig(config);
            std::uint64_t n = 0;
            constexpr std::uint64_t kVictim = 1'000'000;
            HbmCycle asked = 0;
            HbmCycle served = 0;
            for (HbmCycle now = 0; now < 40'000; ++now) {
                while (const auto completion = rig.controller.advance(now)) {
                    served = completion->handle == kVictim ? completion->cycle : served;
                }
                const auto accept = [&](std::uint32_t row, unsigned column, bool write,
                                        std::uint64_t handle) {
                    const memory::HbmLocation where{.row = row, .column = column % 32};
                    return rig.controller.accept(now,
                                                 {.address = rig.controller.map().address(where),
                                                  .write = write,
                                                  .handle = handle});
                };
                if (now >= 2000 && asked == 0 && accept(99, 0, false, kVictim)) {
                    asked = now;
                }
                // Reads leave room for the victim; no two wait for the same column.
                while ((writes || rig.controller.channel(0).waiting() < 30) &&
                       accept(writes ? static_cast<std::uint32_t>(n / 32 % 64) : 1,
                              static_cast<unsigned>(n % 32), writes, n)) {
                    ++n;
                }
            }
            INFO(organisation << " writes " << writes);
            REQUIRE(served != 0);
            CHECK(served - asked > max_wait / 2);  // it did have to wait
            CHECK(served - asked < 2 * max_wait + 9 * 600);
            rig.finish(40'000);
        }
    }
}

TEST_CASE(
    "hbm channel: a read's turn comes when it has waited max_wait, whatever writes wait for") {
    // All writes go to rows of one bank, one each tRC = 400, and fill its queue. The read of
    // another bank waits for the drain to end, max_wait 600 at most. Then ACT within tRRD 4 and a
    // cycle to move and one for the bus; RD tRCD 14 later, or cwl 4 + burst 2 + tWTR_L 8 after a
    // write beside it; cl + burst 16.
    for (const char* organisation : {"bank-queues", "channel-buffer"}) {
        for (unsigned offset = 0; offset < 400; offset += 7) {
            HbmRig rig(hbm_with("hbm2-8gb-legacy", {{"channels", "1"},
                                                    {"organisation", organisation},
                                                    {"refresh", "none"},
                                                    {"ras", "386"},
                                                    {"rc", "400"},
                                                    {"bank_queue", "1"},
                                                    {"max_wait", "600"}}));
            const auto accept = [&](HbmCycle now, unsigned bank, std::uint32_t row, bool write) {
                return rig.controller.accept(
                    now, {.address = rig.controller.map().address({.bank = bank, .row = row}),
                          .write = write,
                          .handle = row});
            };
            for (std::uint32_t row = 0; row < 32; ++row) {
                REQUIRE(accept(0, 0, row, true));
            }
            const HbmCycle asked = 50 + offset;
            REQUIRE(accept(asked, 5, 99, false));
            HbmCycle served = 0;
            while (const auto completion = rig.controller.advance(20'000)) {
                served = completion->handle == 99 ? completion->cycle : served;
            }
            INFO(organisation << " offset " << offset);
            CHECK(served - asked > 600);
            CHECK(served - asked <= 600 + 6 + 14 + 14 + 16);
            rig.finish(20'000);
        }
    }
}

TEST_CASE("hbm channel: a reserved access is told when it will end, and takes its place") {
    for (const memory::HbmConfig& config : many_configs()) {
        INFO(config.mapping);
        // Unloaded: as an accepted one.
        HbmRig one(config);
        HbmRig two(config);
        REQUIRE(one.controller.accept(100, {.address = 4096}));
        const auto accepted = one.controller.advance(10'000);
        REQUIRE(accepted);
        CHECK(two.controller.reserve(100, 4096, false) == accepted->cycle);
        CHECK_FALSE(two.controller.advance(10'000));
        CHECK(two.controller.reserve(20'000, 4096, true) == 20'001);
        one.finish(30'000);
        two.finish(30'000);
        // Loaded: exactly as if it had been accepted, where nothing comes after it.
        std::mt19937_64 random(9);
        HbmRig busy(config);
        HbmRig same(config);
        for (unsigned i = 0; i < 200; ++i) {
            const std::uint64_t address = random() % config.capacity();
            const bool first = busy.controller.accept(i / 4, {.address = address, .handle = i});
            CHECK(same.controller.accept(i / 4, {.address = address, .handle = i}) == first);
        }
        const HbmCycle promised = busy.controller.reserve(50, 64, false);
        HbmCycle last_busy = 0;
        HbmCycle last_same = 0;
        if (same.controller.accept(50, {.address = 64, .handle = 999})) {
            HbmCycle end = 0;
            while (const auto completion = same.controller.advance(100'000)) {
                end = completion->handle == 999 ? completion->cycle : end;
                last_same = completion->cycle;
            }
            CHECK(promised == end);
            while (const auto completion = busy.controller.advance(100'000)) {
                last_busy = completion->cycle;
            }
            CHECK(std::max(last_busy, promised) == last_same);
        }
        busy.controller.advance(100'000);
        busy.finish(100'000);
    }
}

TEST_CASE("hbm channel: reserved accesses beyond a full queue wait for it") {
    const memory::HbmConfig config = hbm_with("hbm2-8gb-legacy", {{"channels", "1"}});
    HbmRig rig(config);
    HbmCycle last = 0;
    for (unsigned i = 0; i < 500; ++i) {  // more than there are entries
        const HbmCycle end = rig.controller.reserve(0, i * 4096ULL, false);
        CHECK(end >= last / 2);
        last = std::max(last, end);
    }
    CHECK(last > 1800);  // 256 entries, 4 activations in 30 cycles
    CHECK_FALSE(rig.controller.accept(0, {.address = 64}));
    rig.controller.advance(100'000);
    rig.finish(100'000);
    CHECK(rig.controller.channel(0).waiting() == 0);
}

TEST_CASE("hbm channel: reads go on after a drain down to no write") {
    HbmRig rig(
        hbm_with("hbm2e-16gb", {{"channels", "1"}, {"drain_low", "0"}, {"refresh", "none"}}));
    unsigned writes = 0;
    while (rig.controller.accept(0, {.address = writes * 4096ULL, .write = true})) {
        ++writes;
    }
    CHECK(writes == 64);
    REQUIRE(rig.controller.accept(0, {.address = 1 << 20, .handle = 99}));
    bool read = false;
    while (const auto completion = rig.controller.advance(100'000)) {
        read = read || completion->handle == 99;
    }
    CHECK(read);
    rig.finish(100'000);
}

TEST_CASE("hbm channel: the bandwidth follows tFAW, tCCD_L and the page policy") {
    const auto achieved = [](const memory::HbmConfig& config, HbmStream stream) {
        HbmRig rig(config);
        return rig.run({.stream = stream, .cycles = 100'000}).achieved;
    };
    // Random blocks: four activations a tFAW, 2 cycles each, 1 - 260/3900 of the time.
    for (const unsigned faw : {24U, 30U, 48U}) {
        auto config = hbm_with("hbm2-8gb-legacy", {{"channels", "1"}});
        config.faw = faw;
        CHECK(achieved(config, HbmStream::Random) ==
              Approx(4.0 * 2 / faw * (1 - 260.0 / 3900)).epsilon(0.05));
    }
    // One bank group at a time: burst / tCCD_L.
    for (const unsigned ccd_l : {4U, 8U}) {
        auto config = hbm_with("hbm2-pseudochannel",
                               {{"channels", "1"}, {"bank_groups", "1"}, {"ccd_l", "8"}});
        config.ccd_l = ccd_l;
        CHECK(achieved(config, HbmStream::Sequential) ==
              Approx(2.0 / ccd_l * (1 - 350.0 / 3900)).epsilon(0.02));
    }
    // A closed page and one bank at a time: a burst a tRC.
    auto closed = hbm_with(
        "hbm2-8gb-legacy",
        {{"channels", "1"}, {"page_policy", "closed"}, {"banks", "1"}, {"bank_groups", "1"}});
    CHECK(achieved(closed, HbmStream::Sequential) ==
          Approx(2.0 / 48 * (1 - 260.0 / 3900)).epsilon(0.02));
}
