// SPDX-License-Identifier: Apache-2.0
#include "sim/report/timeline.h"

#include <catch2/catch.hpp>
#include <numeric>

using athena::sim::Timeline;

namespace {

constexpr std::uint64_t kBin = Timeline::kFirstBin;

std::uint64_t sum(const Timeline& timeline) {
    return std::accumulate(timeline.busy().begin(), timeline.busy().end(), std::uint64_t{0});
}

}  // namespace

TEST_CASE("timeline: busy time falls into the bins that it crosses") {
    Timeline timeline;
    timeline.add(kBin / 2, 2 * kBin + 3);
    CHECK(timeline.bin() == kBin);
    CHECK(timeline.busy()[0] == kBin / 2);
    CHECK(timeline.busy()[1] == kBin);
    CHECK(timeline.busy()[2] == 3);
    CHECK(timeline.busy()[3] == 0);
}

TEST_CASE("timeline: bins double until all time fits, and nothing is lost") {
    Timeline timeline;
    timeline.add(0, kBin);
    timeline.add(kBin, kBin + 5);
    timeline.add(255 * kBin, 256 * kBin);
    CHECK(timeline.bin() == kBin);
    // To 600 bins: two doublings, as 512 do not reach.
    timeline.add(600 * kBin - 7, 600 * kBin);
    CHECK(timeline.bin() == 4 * kBin);
    CHECK(timeline.busy()[0] == kBin + 5);
    CHECK(timeline.busy()[63] == kBin);  // 252 to 255
    CHECK(timeline.busy()[149] == 7);    // 596 to 599
    CHECK(sum(timeline) == 2 * kBin + 5 + 7);
}

TEST_CASE("timeline: bins are made as wide as those of another") {
    Timeline timeline;
    timeline.add(3 * kBin, 3 * kBin + 1);
    timeline.widen(4 * kBin);
    CHECK(timeline.bin() == 4 * kBin);
    CHECK(timeline.busy()[0] == 1);
    timeline.widen(kBin);
    CHECK(timeline.bin() == 4 * kBin);
}
