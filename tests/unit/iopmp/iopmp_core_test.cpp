// SPDX-License-Identifier: Apache-2.0
#include "iopmp/iopmp_core.h"

#include <catch2/catch.hpp>
#include <random>

#include "base/origin.h"
#include "base/state.h"

using namespace athena;
using iopmp::Entry;
using iopmp::ErrorType;
using iopmp::IopmpCore;
using iopmp::kNoEntry;
using iopmp::Verdict;

namespace {

constexpr std::uint32_t kHart = base::Origin::kNoRing;

IopmpCore with(const std::vector<Entry>& entries) {
    IopmpCore core({.entries = 8});
    for (std::uint32_t index = 0; index < entries.size(); ++index) {
        REQUIRE(core.set_entry(index, entries[index]));
    }
    REQUIRE(core.set_enabled(true));
    return core;
}

base::RingAccess reading(std::uint32_t ring, std::uint64_t first, std::uint64_t last) {
    return {ring, false, first, last};
}
base::RingAccess writing(std::uint32_t ring, std::uint64_t first, std::uint64_t last) {
    return {ring, true, first, last};
}

}  // namespace

TEST_CASE("iopmp: what is not enabled permits everything, what is enabled and empty nothing") {
    IopmpCore core({.entries = 4});
    CHECK(core.permits(writing(0, 0, ~std::uint64_t{0})));
    CHECK(core.set_enabled(true));
    CHECK_FALSE(core.permits(reading(0, 0, 0)));
    CHECK_FALSE(core.permits(writing(kHart, 64, 127)));
    CHECK(core.judge(reading(0, 0, 0)) == Verdict{ErrorType::NotHit, kNoEntry});
}

TEST_CASE("iopmp: an entry holds its bytes from base to before end, for its rings and directions") {
    const IopmpCore core = with({{0x1000, 0x2000, true, false, 0b0001, false},
                                 {0x3000, 0x4000, true, true, 0b0110, false},
                                 {0x5000, 0x6000, false, true, 0, true},
                                 {0x9000, 0x9000, true, true, 0xFF, true},
                                 {0xB000, 0xA000, true, true, 0xFF, true}});
    CHECK(core.permits(reading(0, 0x1000, 0x1FFF)));
    CHECK(core.judge(writing(0, 0x1000, 0x1000)) == Verdict{ErrorType::IllegalWrite, 0});
    CHECK(core.judge(reading(0, 0x0FFF, 0x1000)) == Verdict{ErrorType::PartialHit, 0});
    CHECK(core.judge(reading(0, 0x1FFF, 0x2000)) == Verdict{ErrorType::PartialHit, 0});
    CHECK(core.judge(reading(0, 0x2000, 0x2FFF)) == Verdict{ErrorType::NotHit, kNoEntry});
    CHECK(core.judge(reading(1, 0x1000, 0x1FFF)) == Verdict{ErrorType::NotHit, kNoEntry});
    CHECK(core.permits(writing(1, 0x3000, 0x3FFF)));
    CHECK(core.permits(reading(2, 0x3000, 0x3000)));
    CHECK_FALSE(core.permits(reading(3, 0x3000, 0x3000)));
    CHECK_FALSE(core.permits(reading(kHart, 0x3000, 0x3000)));
    CHECK(core.permits(writing(kHart, 0x5000, 0x5FFF)));
    CHECK(core.judge(reading(kHart, 0x5000, 0x5FFF)) == Verdict{ErrorType::IllegalRead, 2});
    CHECK_FALSE(core.permits(writing(0, 0x5000, 0x5FFF)));
    CHECK_FALSE(core.permits(reading(0, 0x9000, 0x9000)));
    CHECK_FALSE(core.permits(reading(0, 0xA800, 0xA800)));
}

TEST_CASE("iopmp: the first entry that holds a byte of the access decides") {
    const IopmpCore core = with({{0x1800, 0x1900, false, false, 0b01, false},
                                 {0x1000, 0x2000, true, true, 0b11, false},
                                 {0x2000, 0x3000, true, true, 0b11, false}});
    CHECK(core.judge(reading(0, 0x1840, 0x187F)) == Verdict{ErrorType::IllegalRead, 0});
    CHECK(core.judge(writing(0, 0x17C0, 0x183F)) == Verdict{ErrorType::PartialHit, 0});
    CHECK(core.permits(writing(0, 0x1000, 0x17FF)));
    CHECK(core.permits(writing(1, 0x1840, 0x187F)));
    // Two entries that permit do not make one.
    CHECK(core.judge(reading(1, 0x1FC0, 0x203F)) == Verdict{ErrorType::PartialHit, 1});
}

TEST_CASE("iopmp: locks hold until reset, and never get less") {
    IopmpCore core = with({{0, 0x1000, true, true, 1, false}, {}});
    core.lock(1, false);
    CHECK_FALSE(core.set_entry(0, {}));
    CHECK(core.permits(writing(0, 0, 0xFFF)));
    CHECK(core.set_entry(1, {0x1000, 0x2000, true, true, 1, false}));
    core.lock(0, true);
    CHECK(core.locked_entries() == 1);
    CHECK_FALSE(core.set_enabled(false));
    CHECK(core.enabled());
    core.lock(200, false);
    CHECK(core.locked_entries() == 8);
    CHECK(core.locked_control());
    core.reset();
    CHECK_FALSE(core.enabled());
    CHECK(core.set_entry(0, {}));
    CHECK(core.set_enabled(true));
}

TEST_CASE("iopmp: the record keeps the first refused access until it is cleared") {
    IopmpCore core = with({{0x1000, 0x2000, true, false, 0b10, false}});
    core.refuse(writing(1, 0x1040, 0x107F));
    core.refuse(reading(0, 0x1000, 0x103F));
    CHECK(core.record().valid);
    CHECK(core.record().access.first == 0x1040);
    CHECK(core.record().access.ring == 1);
    CHECK(core.record().verdict == Verdict{ErrorType::IllegalWrite, 0});
    CHECK(core.refused_reads() == 1);
    CHECK(core.refused_writes() == 1);
    core.clear_record();
    core.refuse(reading(0, 0x1000, 0x103F));
    CHECK(core.record().verdict == Verdict{ErrorType::NotHit, kNoEntry});
}

TEST_CASE("iopmp: saved and loaded, it judges, locks and counts as before") {
    IopmpCore core = with({{0x1000, 0x2000, true, false, 0b10, true}});
    core.lock(1, true);
    core.refuse(writing(1, 0x1040, 0x107F));
    base::StateWriter writer;
    core.save(writer);
    IopmpCore copy({.entries = 8});
    base::StateReader reader(writer.data());
    copy.load(reader);
    CHECK(copy.permits(reading(1, 0x1000, 0x1FFF)));
    CHECK(copy.permits(reading(kHart, 0x1000, 0x1FFF)));
    CHECK_FALSE(copy.permits(reading(0, 0x1000, 0x1FFF)));
    CHECK_FALSE(copy.set_entry(0, {}));
    CHECK_FALSE(copy.set_enabled(false));
    CHECK(copy.record().access.last == 0x107F);
    CHECK(copy.refused_writes() == 1);
    IopmpCore other({.entries = 4});
    base::StateReader again(writer.data());
    CHECK_THROWS_AS(other.load(again), base::StateError);
}

namespace {

// The rule once more, for each access of each row.
std::optional<std::uint64_t> first_refused(const IopmpCore& core, bool is_write,
                                           const base::Rows& rows) {
    for (std::uint64_t row = 0; row < rows.count; ++row) {
        const std::uint64_t begin = rows.first + row * static_cast<std::uint64_t>(rows.stride);
        const std::uint64_t end = begin + rows.row_bytes;
        for (std::uint64_t at = begin; at != end;) {
            const std::uint64_t next = std::min(end, (at / 4096 + 1) * 4096);
            if (core.judge({0, is_write, at, next - 1}).error != ErrorType::None) {
                return at;
            }
            at = next;
        }
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("iopmp: rows are refused at their first access that is not permitted") {
    const std::uint32_t seed = 20'261'126;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    int refusals = 0;
    for (int round = 0; round < 4000; ++round) {
        std::vector<Entry> entries(below(7));
        for (Entry& entry : entries) {
            entry.base = below(16) * 2048;
            entry.end = entry.base + below(9) * 2048;
            entry.read = below(4) != 0;
            entry.write = below(4) != 0;
            entry.rings = below(4) != 0 ? 1 : 2;
        }
        IopmpCore core = with(entries);
        const bool is_write = below(2) != 0;
        const auto stride = static_cast<std::int64_t>(below(6000)) - 3000;
        const base::Rows rows{20'000 + below(8000), 1 + below(9000), 1 + below(6), stride};
        const auto expected = first_refused(core, is_write, rows);
        REQUIRE(base::refused(core, 0, is_write, rows) == expected);
        CHECK(core.refused_reads() + core.refused_writes() == (expected ? 1 : 0));
        refusals += expected ? 1 : 0;
    }
    CHECK(refusals > 1000);
    CHECK(refusals < 3900);
    IopmpCore core = with({});
    CHECK_FALSE(base::refused(core, 0, true, {0x1000, 64, 0, 64}));
    CHECK_FALSE(base::refused(core, 0, true, {0x1000, 0, 4, 64}));
}
