// SPDX-License-Identifier: Apache-2.0
// Descriptors of two lines, recorded lists, and words to other clusters.
#include "base/state.h"
#include "core_bench.h"

using namespace athena;
using namespace athena::test;

namespace {

constexpr std::uint64_t kList = 0x4'0000;

Line call_line(std::uint64_t address, std::uint32_t lines, Fields fields = {}) {
    fields.opcode = kCall;
    Line line = make_line(fields);
    put(line, 0x18, address);
    put(line, 0x20, lines);
    return line;
}

void put_list(CoreBench& bench, const std::vector<Line>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        bench.memory[kList + 64 * i] = lines[i];
    }
}

Line second_line() {
    return Line{};
}

}  // namespace

TEST_CASE("command: a vector descriptor is two lines, also over the ring's end") {
    CoreBench bench({.vector_cores = 2});
    std::vector<Line> lines(CoreBench::kSize - 1, make_line({}));
    bench.submit(lines);
    bench.submit({make_line({.opcode = kVector, .engine = 1, .tag = 7})});
    CHECK(bench.take_issued().empty());  // its second line is not there yet
    CHECK_FALSE(bench.core.idle());
    bench.submit({second_line(), make_line({.opcode = kNop, .tag = 8})});
    CHECK(bench.take_issued() == Issued{"vector1:7"});
    CHECK(bench.core.ring(0).head == CoreBench::kSize + 2);
    bench.complete(bench.slots[7]);
    CHECK(bench.core.ring(0).completed == CoreBench::kSize + 2);
    CHECK(bench.core.idle());
}

TEST_CASE("command: COPY_ND is two lines, FILL one, and both are a DMA channel's") {
    CoreBench bench({.dma_channels = 2});
    std::vector<Line> lines(CoreBench::kSize - 1, make_line({}));
    bench.submit(lines);
    bench.submit({make_line({.opcode = kCopyNd, .engine = 1, .tag = 7})});
    CHECK(bench.take_issued().empty());  // its second line is not there yet
    Line second = second_line();
    put(second, 0x38, std::int64_t{-5});  // the destination's stride of dimension 4
    bench.submit({second, make_line({.opcode = kFill, .engine = 1, .tag = 8})});
    CHECK(bench.take_issued() == Issued{"dma1:7", "dma1:8"});
    CHECK(bench.issued_bytes == std::vector<std::size_t>{128, 64});
    bench.complete(bench.slots[7]);
    bench.complete(bench.slots[8]);
    CHECK(bench.core.ring(0).completed == CoreBench::kSize + 2);
    CHECK(bench.core.idle());
    for (const std::uint8_t opcode : {kCopyNd, kFill}) {
        CoreBench none({.dma_channels = 2});
        none.submit({make_line({.opcode = opcode, .engine = 2}), second_line()});
        CHECK(none.core.ring(0).error.status == Status::BadEngine);
        CHECK(none.core.ring(0).error.position == 0);
        CoreBench reserved;
        Line line = make_line({.opcode = opcode});
        put(line, 0x12, std::uint16_t{1 << 2});
        reserved.submit({line, second_line()});
        CHECK(reserved.core.ring(0).error.status == Status::Reserved);
    }
}

TEST_CASE("command: the record of a two-line descriptor names its first line") {
    CoreBench bench({.vector_cores = 1});
    Line second{};
    second[63] = std::byte{1};  // reserved
    bench.submit({make_line({}), make_line({.opcode = kVector, .tag = 3}), second});
    CHECK(bench.core.ring(0).error.status == Status::Reserved);
    CHECK(bench.core.ring(0).error.position == 1);
    CHECK(bench.core.ring(0).error.line == CoreBench::kBase + 64);
    CoreBench none;
    none.submit({make_line({.opcode = kVector}), second_line()});
    CHECK(none.core.ring(0).error.status == Status::BadEngine);
}

TEST_CASE("command: a list is replayed in its place, and its CALL completes with the last of it") {
    CoreBench bench({.vector_cores = 1});
    put_list(bench,
             {make_line({.opcode = kMatmul, .tag = 1}), make_line({.opcode = kVector, .tag = 2}),
              second_line(), make_line({.opcode = kCopyNd, .tag = 3}), second_line()});
    const Line call = call_line(
        kList, 5, {.flags = kSignal | kIrq, .tag = 9, .signal_sem = 5, .signal_value = 1});
    bench.submit({call, make_line({.opcode = kMatmul, .tag = 4})});
    CHECK(bench.take_issued() == Issued{"tile0:1", "vector0:2", "dma0:3", "tile0:4"});
    CHECK(bench.core.ring(0).head == 2);
    CHECK(bench.core.outstanding(0) == 5);
    for (const std::uint32_t tag : {3u, 1u}) {
        bench.complete(bench.slots[tag]);
    }
    bench.complete(bench.slots[4]);
    CHECK(bench.core.ring(0).completed == 1);  // the MATMUL behind the list
    CHECK(bench.core.semaphore(5) == 0);
    bench.complete(bench.slots[2]);
    CHECK(bench.core.ring(0).completed == 2);
    CHECK(bench.core.semaphore(5) == 1);
    CHECK(bench.core.ring(0).last_tag == 9);
    CHECK(bench.core.idle());
    // Again, with the same bits in memory.
    bench.submit({call});
    CHECK(bench.take_issued() == Issued{"tile0:1", "vector0:2", "dma0:3"});
}

TEST_CASE("command: an empty list completes at once, one of local commands at its end") {
    CoreBench bench;
    put_list(bench, {make_line({}), make_line({.opcode = kFence})});
    bench.submit({call_line(kList, 0), call_line(kList, 2), make_line({})});
    CHECK(bench.core.ring(0).completed == 3);
    CHECK(bench.core.idle());
}

TEST_CASE("command: what stops a list stops its ring, with the CALL's position and the line") {
    const auto stopped_by = [](const std::vector<Line>& list, std::uint32_t lines) {
        CoreBench bench({.vector_cores = 1});
        put_list(bench, list);
        bench.submit({make_line({}), call_line(kList, lines), make_line({})});
        CHECK(bench.core.ring(0).stopped);
        CHECK(bench.core.ring(0).error.position == 1);
        CHECK(bench.core.ring(0).completed == 1);
        return bench.core.ring(0).error;
    };
    const Line nop = make_line({});
    const auto nested = stopped_by({nop, call_line(kList, 1)}, 2);
    CHECK(nested.status == Status::BadOpcode);
    CHECK(nested.line == kList + 64);
    for (const std::uint8_t opcode : {kVector, kCopyNd}) {
        const auto half = stopped_by({nop, make_line({.opcode = opcode, .tag = 6})}, 2);
        CHECK(half.status == Status::BadRange);
        CHECK(half.tag == 6);
        CHECK(half.line == kList + 64);
    }
    const auto missing = stopped_by({nop}, 3);
    CHECK(missing.status == Status::FetchError);
    CHECK(missing.address == kList + 64);
    CoreBench bench;
    bench.submit({call_line(kList + 8, 1)});
    CHECK(bench.core.ring(0).error.status == Status::BadAlignment);
    CoreBench wraps;
    wraps.submit({call_line(~std::uint64_t{63}, 2)});
    CHECK(wraps.core.ring(0).error.status == Status::BadRange);
}

TEST_CASE("command: reset drops a list") {
    CoreBench bench;
    put_list(bench, {make_line({.opcode = kMatmul, .tag = 1}),
                     make_line({.opcode = kNop, .flags = kWait0, .wait0_sem = 1, .wait0_value = 1}),
                     make_line({.opcode = kMatmul, .tag = 2})});
    bench.submit({call_line(kList, 3)});
    CHECK(bench.take_issued() == Issued{"tile0:1"});
    bench.core.reset_ring(0);
    bench.complete(bench.slots[1]);
    CHECK(bench.core.idle());
    CHECK(bench.core.ring(0).head == 0);
    bench.core.set_semaphore(1, 1);
    CHECK(bench.take_issued().empty());
}

TEST_CASE("command: NOTIFY writes its word; adding to a semaphore sets waits free") {
    CoreBench bench;
    Line notify = make_line({.opcode = kNotify});
    put(notify, 0x14, std::uint32_t{3});
    put(notify, 0x18, std::uint64_t{0x8000});
    bench.submit({notify});
    CHECK((bench.words == std::vector<std::pair<std::uint64_t, std::uint32_t>>{{0x8000, 3}}));
    bench.submit({make_line({.opcode = kMatmul,
                             .flags = kWait0 | kWait0Sub,
                             .tag = 1,
                             .wait0_sem = 2,
                             .wait0_value = 5})});
    CHECK(bench.core.add_semaphore(2, 4));
    CHECK(bench.take_issued().empty());
    CHECK(bench.core.add_semaphore(2, 1));
    CHECK(bench.take_issued() == Issued{"tile0:1"});
    CHECK(bench.core.add_semaphore(2, CommandCore::kSemaphoreMaximum));
    CHECK_FALSE(bench.core.add_semaphore(2, 1));
    CHECK(bench.core.semaphore(2) == CommandCore::kSemaphoreMaximum);
    put(notify, 0x18, std::uint64_t{0x8002});
    bench.submit({notify});
    CHECK(bench.core.ring(0).error.status == Status::BadAlignment);
    CoreBench refused;
    put(notify, 0x18, std::uint64_t{0x1'0000'0000});
    refused.submit({notify});
    CHECK(refused.core.ring(0).error.status == Status::WriteError);
    CHECK(refused.core.ring(0).error.address == 0x1'0000'0000);
}

TEST_CASE("command: a ring that resets itself by NOTIFY starts from nothing") {
    const bool in_list = GENERATE(false, true);
    CoreBench bench;
    Line notify =
        make_line({.opcode = kNotify, .flags = kSignal, .signal_sem = 3, .signal_value = 2});
    put(notify, 0x18, CoreBench::kResetRing);
    if (in_list) {
        put_list(bench, {notify});
        notify = call_line(kList, 1);
    }
    bench.submit({make_line({.opcode = kNop}), notify, make_line({.opcode = kMatmul})});
    const CommandCore::Ring& ring = bench.core.ring(0);
    CHECK_FALSE(ring.enabled);
    CHECK_FALSE(ring.resetting);
    CHECK(ring.completed == 0);
    CHECK(ring.head == 0);
    CHECK(bench.core.outstanding(0) == 0);
    CHECK(bench.core.idle());
    CHECK(bench.core.semaphore(3) == 2);  // as of any command that a reset waits for
    CHECK(bench.take_issued().empty());
    bench.tail[0] = 0;
    bench.submit({make_line({.opcode = kNop})});
    CHECK(ring.completed == 1);
}

TEST_CASE("command: state saved within a list goes on where it was") {
    CoreBench bench({.vector_cores = 1});
    put_list(bench, {make_line({.opcode = kMatmul, .tag = 1}),
                     make_line({.opcode = kNop, .flags = kWait0, .wait0_sem = 1, .wait0_value = 1}),
                     make_line({.opcode = kVector, .tag = 2}), second_line()});
    bench.submit({call_line(kList, 4, {.flags = kIrq, .tag = 9})});
    base::StateWriter writer;
    bench.core.save(writer);
    CoreBench other({.vector_cores = 1});
    other.memory = bench.memory;
    base::StateReader reader(writer.data());
    other.core.load(reader);
    other.core.set_semaphore(1, 1);
    other.answer_fetches();
    CHECK(other.take_issued() == Issued{"vector0:2"});
    other.complete(bench.slots[1]);
    other.complete(other.slots[2]);
    CHECK(other.core.ring(0).last_tag == 9);
    CHECK(other.core.idle());
}
