// SPDX-License-Identifier: Apache-2.0
// Lines are read several at once: which ones, and which of them are read again.
#include "base/state.h"
#include "core_bench.h"

using namespace athena;
using namespace athena::test;

namespace {

Line nop(std::uint32_t tag = 0) {
    return make_line({.opcode = kNop, .tag = tag});
}

Line waiting_fence() {
    return make_line({.opcode = kFence, .flags = kWait0, .wait0_sem = 1, .wait0_value = 1});
}

// Of lines read at once, each time.
std::vector<std::uint32_t> bursts(CoreBench& bench) {
    std::vector<std::uint32_t> counts;
    while (!bench.fetches.empty()) {
        counts.push_back(bench.core.fetch_lines(0));
        const std::uint32_t before = bench.core.ring(0).head;
        const Line line{};
        const std::vector<Line> lines(counts.back(), line);
        bench.fetches.clear();
        bench.core.fetched(0, lines, bench.core.fetch_address(0));
        REQUIRE(bench.core.ring(0).head == before + counts.back());
    }
    return counts;
}

using Counts = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("command: a burst ends at the tail, at the ring's end, and at a multiple of 256 bytes") {
    CoreBench bench;
    bench.core.enable(0, 0x1000, 16);
    bench.core.doorbell(0, 3);
    CHECK(bursts(bench) == Counts{3});
    bench.core.doorbell(0, 14);
    CHECK(bursts(bench) == Counts{1, 4, 4, 2});
    bench.core.doorbell(0, 19);
    CHECK(bursts(bench) == Counts{2, 3});
    CoreBench odd;
    odd.core.enable(0, 0x1040, 4);  // its end is in the middle of a block
    odd.core.doorbell(0, 4);
    CHECK(bursts(odd) == Counts{3, 1});
    odd.core.doorbell(0, 7);
    CHECK(bursts(odd) == Counts{3});
    odd.core.doorbell(0, 11);
    CHECK(bursts(odd) == Counts{1, 3});
}

TEST_CASE("command: a burst ends at the list's end, and lines behind a CALL are read after it") {
    constexpr std::uint64_t kList = 0x4'0080;
    CoreBench bench;
    Line call = make_line({.opcode = kCall});
    put(call, 0x18, kList);
    put(call, 0x20, std::uint32_t{5});
    for (std::uint64_t i = 0; i < 4; ++i) {
        bench.memory[kList + 64 * i] = nop();
    }
    bench.memory[kList + 64 * 4] = waiting_fence();
    bench.submit({call, make_line({.opcode = kCopy, .tag = 1})});
    CHECK(bench.reads == 3);  // both lines of the ring; 2 and 3 of the list
    // As a NOTIFY of the list could.
    bench.memory[CoreBench::kBase + 64] = make_line({.opcode = kCopy, .tag = 2});
    bench.core.set_semaphore(1, 1);
    bench.answer_fetches();
    CHECK(bench.take_issued() == Issued{"dma0:2"});
    CHECK(bench.reads == 4);
}

TEST_CASE("command: what cannot be read stops the ring at its own line") {
    CoreBench bench;
    bench.submit({nop(), nop(), nop(), nop()});
    bench.memory.erase(CoreBench::kBase + 64 * 6);
    bench.memory[CoreBench::kBase + 64 * 4] = nop();
    bench.memory[CoreBench::kBase + 64 * 5] = nop();
    bench.core.doorbell(0, 8);
    bench.answer_fetches();
    const CommandCore::Ring& ring = bench.core.ring(0);
    CHECK(ring.completed == 6);
    CHECK(ring.error.status == Status::FetchError);
    CHECK(ring.error.position == 6);
    CHECK(ring.error.address == CoreBench::kBase + 64 * 6);
}

TEST_CASE("command: a ring that goes on after a rest reads its lines again") {
    const bool other_base = GENERATE(true, false);
    CoreBench bench;
    bench.submit({waiting_fence(), make_line({.opcode = kCopy, .tag = 1})});
    bench.core.disable(0);
    const std::uint64_t base = other_base ? 0x8000 : CoreBench::kBase;
    bench.memory[base + 64] = make_line({.opcode = kCopy, .tag = 2});
    bench.core.enable(0, base, 16);
    bench.core.set_semaphore(1, 1);
    bench.answer_fetches();
    CHECK(bench.take_issued() == Issued{"dma0:2"});
}

TEST_CASE("command: a ring that is disabled while lines are on their way does not take them") {
    constexpr std::uint64_t kOther = 0x8000;
    CoreBench bench;
    bench.memory[CoreBench::kBase] = make_line({.opcode = kCopy, .tag = 1});
    bench.memory[kOther] = make_line({.opcode = kCopy, .tag = 2});
    bench.core.enable(0, CoreBench::kBase, 16);
    bench.core.doorbell(0, 1);
    bench.core.disable(0);
    bench.answer_fetches();
    CHECK(bench.take_issued().empty());
    CHECK(bench.core.ring(0).head == 0);
    bench.core.enable(0, kOther, 16);
    bench.answer_fetches();
    CHECK(bench.take_issued() == Issued{"dma0:2"});
    CHECK(bench.core.ring(0).head == 1);
}

TEST_CASE("command: lines that the tail has left are read again when it comes back") {
    CoreBench bench;
    bench.submit({waiting_fence(), make_line({.opcode = kCopy, .tag = 1})});
    bench.core.doorbell(0, 1);
    bench.memory[CoreBench::kBase + 64] = make_line({.opcode = kCopy, .tag = 2});
    bench.core.doorbell(0, 2);
    bench.core.set_semaphore(1, 1);
    bench.answer_fetches();
    CHECK(bench.take_issued() == Issued{"dma0:2"});
}

TEST_CASE("command: lines that the tail has left while they were read are read again") {
    CoreBench bench;
    bench.memory[CoreBench::kBase] = make_line({.opcode = kCopy, .tag = 1});
    bench.memory[CoreBench::kBase + 64] = make_line({.opcode = kCopy, .tag = 2});
    bench.core.enable(0, CoreBench::kBase, 16);
    bench.core.doorbell(0, 2);
    REQUIRE(bench.fetches.size() == 1);
    const std::vector<Line> lines{bench.memory[CoreBench::kBase],
                                  bench.memory[CoreBench::kBase + 64]};
    bench.core.doorbell(0, 1);
    bench.fetches.clear();
    bench.core.fetched(0, lines, CoreBench::kBase);
    bench.answer_fetches();
    CHECK(bench.take_issued() == Issued{"dma0:1"});
    CHECK(bench.core.ring(0).head == 1);
    bench.memory[CoreBench::kBase + 64] = make_line({.opcode = kCopy, .tag = 3});
    bench.core.doorbell(0, 2);
    bench.answer_fetches();
    CHECK(bench.take_issued() == Issued{"dma0:3"});
}
