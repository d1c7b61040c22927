// SPDX-License-Identifier: Apache-2.0
// Against a list of all that waits, byte by byte.
#include "memory/pending_uses.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace athena;

namespace {

constexpr std::uint64_t kSize = 64 << 10;

struct Nothing {
    void run(base::HostThreads& /*threads*/) const {}
};

struct Bench {
    explicit Bench(std::uint64_t size = kSize) : uses(size, "uses", backlog) {}
    bool note(std::uint32_t lane, bool write, const base::Rows& rows) {
        const bool apart = uses.note(lane, write, rows);
        if (!apart) {
            backlog.settle();
            REQUIRE(uses.note(lane, write, rows));
        }
        backlog.add<Nothing>(lane - 1, 1);
        return apart;
    }
    base::HostThreads threads{1};
    base::Backlog backlog{threads, 200};
    memory::PendingUses uses;
};

struct Use {
    std::uint32_t lane;
    bool write;
    base::Rows rows;
};

bool touches(const base::Rows& rows, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t row = 0; row < rows.count; ++row) {
        const std::uint64_t begin = rows.first + row * static_cast<std::uint64_t>(rows.stride);
        if (rows.row_bytes != 0 && begin <= last && first <= begin + rows.row_bytes - 1) {
            return true;
        }
    }
    return false;
}

bool touch(const base::Rows& a, const base::Rows& b) {
    for (std::uint64_t row = 0; row < a.count; ++row) {
        const std::uint64_t begin = a.first + row * static_cast<std::uint64_t>(a.stride);
        if (a.row_bytes != 0 && touches(b, begin, begin + a.row_bytes - 1)) {
            return true;
        }
    }
    return false;
}

base::Rows random_rows(std::mt19937& random) {
    base::Rows rows;
    do {
        rows.row_bytes = random() % 600;
        rows.count = random() % 20;
        const auto gap = static_cast<std::int64_t>(random() % 3 * (random() % 3000));
        rows.stride = static_cast<std::int64_t>(rows.row_bytes) + gap;
        rows.first = random() % kSize;
        if (random() % 4 == 0) {
            rows.stride = -rows.stride;
        }
        const auto reach =
            static_cast<std::int64_t>(rows.count == 0 ? 0 : rows.count - 1) * rows.stride;
        const std::int64_t other = static_cast<std::int64_t>(rows.first) + reach;
        const auto longest = static_cast<std::int64_t>(kSize - rows.row_bytes);
        if (other >= 0 && other <= longest && static_cast<std::int64_t>(rows.first) <= longest) {
            return rows;
        }
    } while (true);
}

}  // namespace

TEST_CASE("pending uses: works of two lanes that meet are never added without settling between") {
    std::uint64_t met = 0;
    std::uint64_t apart = 0;
    for (std::uint32_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Bench bench;
        std::vector<Use> waiting;
        const auto is_used = [&](bool write, const auto& touches_it) {
            return std::ranges::any_of(waiting, [&](const Use& other) {
                return (write || other.write) && touches_it(other);
            });
        };
        for (int step = 0; step < 2000; ++step) {
            const Use use{1 + static_cast<std::uint32_t>(random() % 3), random() % 3 == 0,
                          random_rows(random)};
            if (random() % 10 == 0) {  // somebody else, at once
                const std::uint64_t first = random() % kSize;
                const std::uint64_t length = random() % (kSize - first);
                const bool used = is_used(use.write, [&](const Use& other) {
                    return length != 0 && touches(other.rows, first, first + length - 1);
                });
                bench.uses.settle_for(use.write, first, length);
                REQUIRE((!used || bench.backlog.empty()));
                if (bench.backlog.empty()) {
                    waiting.clear();
                }
                continue;
            }
            const bool meets = is_used(use.write, [&](const Use& other) {
                return other.lane != use.lane && touch(other.rows, use.rows);
            });
            const bool noted = bench.note(use.lane, use.write, use.rows);
            REQUIRE_FALSE((meets && noted));
            met += meets ? 1 : 0;
            apart += noted ? 1 : 0;
            if (!noted) {
                waiting.clear();
            }
            waiting.push_back(use);
        }
    }
    CHECK(met > 1000);
    CHECK(apart > 1000);
}

TEST_CASE("pending uses: lanes that have pages of their own, or columns of lines, do not meet") {
    Bench bench;
    for (std::uint32_t lane = 1; lane <= 4; ++lane) {
        const std::uint64_t page = lane * 1024;
        CHECK(bench.note(lane, true, {page, 1024, 1, 0}));
        CHECK(bench.note(lane, false, {page, 64, 16, 64}));
        CHECK(bench.note(lane, true, {page + 100, 10, 3, -50}));
        CHECK(bench.note(lane, true, {0x4000 + lane * 256, 256, 8, 2048}));
        CHECK(bench.note(lane, false, {0x2000, 0x2000, 1, 0}));
    }
    CHECK_FALSE(bench.note(1, false, {0x4000 + 2 * 256, 1, 1, 0}));
}

TEST_CASE("pending uses: each pair of uses of the same bytes") {
    const base::Rows rows{0x1234, 4, 1, 0};
    for (const bool first : {false, true}) {
        for (const bool second : {false, true}) {
            for (const std::uint32_t lane : {1U, 2U, 200U}) {
                CAPTURE(first, second, lane);
                Bench bench;
                REQUIRE(bench.note(1, first, rows));
                CHECK(bench.note(lane, second, rows) == (lane == 1 || (!first && !second)));
            }
            CAPTURE(first, second);
            Bench bench;
            REQUIRE(bench.note(1, first, rows));
            bench.uses.settle_for(second, rows.first, rows.row_bytes);
            CHECK(bench.backlog.empty() == (first || second));
        }
    }
}

TEST_CASE("pending uses: a lane that reads what several read does not write it") {
    Bench bench;
    const base::Rows rows{0, 100, 1, 0};
    CHECK(bench.note(1, false, rows));
    CHECK(bench.note(2, false, rows));
    CHECK(bench.note(1, false, rows));
    CHECK_FALSE(bench.note(1, true, rows));
}

TEST_CASE("pending uses: nothing is left of an epoch, also when their numbers come round") {
    Bench bench;
    const base::Rows written{0x3000, 8, 1, 0};
    const base::Rows beside{0x3200, 8, 1, 0};  // in the same page
    const base::Rows read{0x5000, 8, 1, 0};
    CHECK(bench.note(1, true, written));
    CHECK(bench.note(1, false, read));
    for (std::uint64_t epoch = 0; epoch < (1 << 16) - 1; ++epoch) {
        bench.backlog.add<Nothing>(0, 0);
        bench.backlog.settle();
    }
    CHECK(bench.note(3, true, beside));
    CHECK(bench.note(2, true, written));
    CHECK(bench.note(2, true, read));
}

TEST_CASE("pending uses: what nobody has noted is nobody's in every epoch") {
    Bench bench;
    std::uint64_t offset = 0;
    for (std::uint64_t epoch = 0; epoch < 2 << 16; ++epoch) {
        REQUIRE(bench.uses.note(1, true, {offset % kSize, 8, 2, 1024}));
        REQUIRE(bench.uses.note(2, true, {(offset + 0x4000) % kSize, 8, 1, 0}));
        bench.backlog.add<Nothing>(0, 0);
        bench.backlog.settle();
        offset = (offset + 0x800) % 0x8000;
    }
}
