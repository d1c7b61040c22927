// SPDX-License-Identifier: Apache-2.0
#include "base/backlog.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <vector>

namespace {

using athena::base::Backlog;
using athena::base::HostThreads;

/// Appends its number; of whichever size.
template <std::size_t kWords>
struct Append {
    std::vector<std::uint64_t>* to;
    std::uint64_t words[kWords];

    void run(HostThreads& /*threads*/) const {
        for (const std::uint64_t word : words) {
            if (word != words[0]) {
                return;
            }
        }
        to->push_back(words[0]);
    }
};

template <std::size_t kWords>
void append(Backlog& backlog, std::uint32_t lane, std::vector<std::uint64_t>& to,
            std::uint64_t number, std::uint64_t cost) {
    Append<kWords> work{&to, {}};
    std::fill_n(work.words, kWords, number);
    backlog.add<Append<kWords>>(lane, cost, work);
}

struct CountParts {
    std::atomic<int>* parts;

    void run(HostThreads& threads) const {
        threads.run(5, [this](std::size_t) { ++*parts; });
    }
};

}  // namespace

TEST_CASE("backlog: each work runs once, in its lane's order, by settle() at the latest") {
    for (const unsigned count : {1U, 2U, 5U}) {
        constexpr std::uint32_t kLanes = 7;
        CAPTURE(count);
        std::mt19937 random(count);
        HostThreads threads(count);
        Backlog backlog(threads, kLanes);
        std::vector<std::uint64_t> done[kLanes];
        std::uint64_t added[kLanes] = {};
        for (int step = 0; step < 40'000; ++step) {
            const auto lane = static_cast<std::uint32_t>(random() % kLanes);
            const std::uint64_t number = added[lane]++;
            const std::uint64_t cost = random() % 4 == 0 ? 40'000 : 10;
            random() % 2 == 0 ? append<1>(backlog, lane, done[lane], number, cost)
                              : append<100>(backlog, lane, done[lane], number, cost);
            if (random() % 1000 == 0) {
                backlog.settle();
                REQUIRE(backlog.empty());
                for (std::uint32_t i = 0; i < kLanes; ++i) {
                    REQUIRE(done[i].size() == added[i]);
                }
            }
        }
        backlog.settle();
        for (std::uint32_t i = 0; i < kLanes; ++i) {
            REQUIRE(done[i].size() == added[i]);
            for (std::uint64_t number = 0; number < added[i]; ++number) {
                REQUIRE(done[i][number] == number);
            }
        }
    }
}

TEST_CASE("backlog: nothing runs before settle(), and an epoch ends with what ran") {
    HostThreads threads(1);
    Backlog backlog(threads, 2);
    std::vector<std::uint64_t> done;
    const std::uint64_t epoch = backlog.epoch();
    backlog.settle();
    CHECK(backlog.epoch() == epoch);
    append<1>(backlog, 1, done, 5, 1);
    CHECK(done.empty());
    CHECK_FALSE(backlog.empty());
    CHECK(backlog.epoch() == epoch);
    backlog.settle();
    CHECK(done == std::vector<std::uint64_t>{5});
    CHECK(backlog.epoch() == epoch + 1);
    backlog.settle();
    CHECK(done.size() == 1);
}

TEST_CASE("backlog: what waits is bounded, in time and in memory") {
    HostThreads threads(1);
    Backlog backlog(threads, 3);
    std::vector<std::uint64_t> done;
    for (std::uint64_t i = 0; i < 10; ++i) {  // a tenth of a second each
        append<1>(backlog, static_cast<std::uint32_t>(i % 3), done, i, 100'000'000);
    }
    CHECK(done.size() >= 8);
    backlog.settle();
    done.clear();
    for (std::uint64_t i = 0; i < 3000; ++i) {
        append<120>(backlog, 0, done, i, 0);
    }
    CHECK(done.size() >= 1000);
}

TEST_CASE("backlog: a lane alone may share out its works' parts") {
    HostThreads threads(3);
    Backlog backlog(threads, 4);
    std::atomic<int> parts = 0;
    backlog.add<CountParts>(2, 1'000'000, &parts);
    backlog.settle();
    CHECK(parts == 5);
    for (std::uint32_t lane = 0; lane < 4; ++lane) {
        backlog.add<CountParts>(lane, 1'000'000, &parts);
    }
    backlog.settle();
    CHECK(parts == 25);
}

TEST_CASE("backlog: a lane without a backlog does not defer") {
    const Backlog::Lane none;
    CHECK_FALSE(none.defers());
    CHECK(none.number() == 0);
    none.settle();
    HostThreads threads(1);
    Backlog backlog(threads, 3);
    const Backlog::Lane lane(backlog, 2);
    CHECK(lane.defers());
    CHECK(lane.number() == 3);
    CHECK_THROWS_AS(Backlog(threads, Backlog::kMostLanes + 1), std::invalid_argument);
}
