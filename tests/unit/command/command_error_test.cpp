// SPDX-License-Identifier: Apache-2.0
#include "core_bench.h"

using namespace athena;
using namespace athena::test;

namespace {

Status stopped_by(const Line& line) {
    CoreBench bench({.semaphores = 32});
    bench.submit({make_line({.opcode = kNop, .tag = 1}), line, make_line({.opcode = kCopy})});
    CHECK(bench.issued.empty());
    CHECK(bench.core.ring(0).stopped);
    CHECK(bench.core.ring(0).irq == CommandCore::kIrqError);
    CHECK(bench.core.ring(0).error.position == 1);
    CHECK(bench.core.ring(0).completed == 1);
    return bench.core.ring(0).error.status;
}

}  // namespace

TEST_CASE("command: each kind of bad descriptor stops the ring with its own status") {
    for (const std::uint8_t opcode : std::initializer_list<std::uint8_t>{11, 12, 0x80, 0xFF}) {
        CHECK(stopped_by(make_line({.opcode = opcode})) == Status::BadOpcode);
    }
    for (unsigned bit = 6; bit < 16; ++bit) {
        CHECK(stopped_by(
                  make_line({.opcode = kCopy, .flags = static_cast<std::uint16_t>(1u << bit)})) ==
              Status::Reserved);
    }
    Line line = make_line({.opcode = kNop});
    put<std::uint8_t>(line, 0x0B, 1);
    CHECK(stopped_by(line) == Status::Reserved);
    line = make_line({.opcode = kNop});
    put<std::uint8_t>(line, 63, 1);
    CHECK(stopped_by(line) == Status::Reserved);
    CHECK(stopped_by(make_line({.opcode = kNop, .wait0_sem = 1})) == Status::Reserved);
    CHECK(stopped_by(make_line({.opcode = kNop, .wait1_value = 1})) == Status::Reserved);
    CHECK(stopped_by(make_line({.opcode = kNop, .flags = kWait0Sub})) == Status::Reserved);
    CHECK(stopped_by(make_line({.opcode = kNop, .signal_value = 1})) == Status::Reserved);
    CHECK(stopped_by(make_line({.opcode = kFence, .engine = 1})) == Status::Reserved);
    CHECK(stopped_by(make_line({.opcode = kSemSet, .flags = kSignal})) == Status::BadFlags);
    CHECK(stopped_by(make_line({.opcode = kNop, .flags = kWait0, .wait0_sem = 32})) ==
          Status::BadSemaphore);
    CHECK(stopped_by(make_line({.opcode = kNop, .flags = kSignal, .signal_sem = 255})) ==
          Status::BadSemaphore);
    CHECK(stopped_by(make_line({.opcode = kMatmul, .engine = 1})) == Status::BadEngine);
    CHECK(stopped_by(make_line({.opcode = kCopy, .engine = 200})) == Status::BadEngine);
}

TEST_CASE("command: an overflowing semaphore, a bad SEM_SET and a bad TIMESTAMP stop the ring") {
    CoreBench bench;
    bench.core.set_semaphore(2, 0x7FFF'FFFF);
    bench.submit({make_line(
        {.opcode = kNop, .flags = kSignal, .tag = 8, .signal_sem = 2, .signal_value = 1})});
    CHECK(bench.core.ring(0).error.status == Status::SemaphoreOverflow);
    CHECK(bench.core.ring(0).error.tag == 8);
    CHECK(bench.core.semaphore(2) == 0x7FFF'FFFF);

    Line set = make_line({.opcode = kSemSet, .signal_sem = 2});
    put<std::uint32_t>(set, 0x14, 0x8000'0000);
    CHECK(stopped_by(set) == Status::SemaphoreOverflow);
    Line stamp = make_line({.opcode = kTimestamp});
    put<std::uint64_t>(stamp, 0x18, 0x8000'0004);
    CHECK(stopped_by(stamp) == Status::BadAlignment);
    put<std::uint64_t>(stamp, 0x18, 0xFFFF'FFFF'0000);
    CHECK(stopped_by(stamp) == Status::WriteError);
}

TEST_CASE(
    "command: an engine's error is recorded exactly, running commands end, waiting ones are "
    "dropped") {
    CoreBench bench({.rings = 2, .tile_queue_depth = 1});
    bench.submit({make_line({.opcode = kCopy, .tag = 10}),
                  make_line({.opcode = kMatmul, .tag = 11}),
                  make_line({.opcode = kMatmul, .tag = 12})});
    bench.submit({make_line({.opcode = kMatmul, .tag = 20})}, 1);
    bench.take_issued();
    bench.complete(bench.slots[10], Status::ReadError, 0xABCD);
    const auto& ring = bench.core.ring(0);
    CHECK(ring.stopped);
    CHECK(ring.error.status == Status::ReadError);
    CHECK(ring.error.position == 0);
    CHECK(ring.error.tag == 10);
    CHECK(ring.error.opcode == kCopy);
    CHECK(ring.error.address == 0xABCD);
    bench.complete(bench.slots[11]);
    CHECK(ring.completed == 1);
    // The other ring's command is served, the stopped ring's is not.
    CHECK(bench.take_issued() == Issued{"tile0:20"});
    bench.complete(bench.slots[20]);
    CHECK(bench.core.ring(1).completed == 1);
    CHECK_FALSE(bench.core.ring(1).stopped);
}

TEST_CASE("command: the user is told of an error once, if nobody else has told it") {
    const auto told = [](std::uint8_t opcode, Status status) {
        CoreBench bench({.vector_cores = 1});
        bench.submit(
            {make_line({.opcode = opcode, .tag = 1}), make_line({.opcode = kMatmul, .tag = 2})});
        if (opcode == kVector) {
            bench.submit({Line{}});
        }
        bench.complete(bench.slots[1], status);
        bench.complete(bench.slots[2], Status::BadRange);
        return bench.told.size();
    };
    CHECK(told(kMatmul, Status::BadAlignment) == 1);
    CHECK(told(kMatmul, Status::Ok) == 1);
    CHECK(told(kCopy, Status::ReadError) == 0);  // a DMA engine tells it
    CoreBench bench;
    bench.submit({make_line({.opcode = 99})});
    CHECK(bench.told == std::vector<std::uint32_t>{0});
    CHECK(bench.core.ring(0).error.status == Status::BadOpcode);
    bench.core.doorbell(0, 1000);
    CHECK(bench.told.size() == 1);
}

TEST_CASE("command: the record keeps the first error") {
    CoreBench bench;
    bench.submit(
        {make_line({.opcode = kCopy, .tag = 1}), make_line({.opcode = kMatmul, .tag = 2})});
    bench.complete(bench.slots[2], Status::BadRange);
    bench.complete(bench.slots[1], Status::WriteError, 5);
    CHECK(bench.core.ring(0).error.tag == 2);
    CHECK(bench.core.ring(0).error.status == Status::BadRange);
}

TEST_CASE("command: a reset waits for what runs, then the ring starts from nothing") {
    CoreBench bench({.tile_queue_depth = 1});
    bench.submit({make_line({.opcode = kMatmul, .tag = 1}),
                  make_line({.opcode = kMatmul, .tag = 2}), make_line({.opcode = 99})});
    CHECK(bench.core.ring(0).stopped);
    bench.core.set_semaphore(5, 5);
    bench.core.reset_ring(0);
    CHECK(bench.core.ring(0).resetting);
    bench.take_issued();
    bench.complete(bench.slots[1]);
    CHECK_FALSE(bench.core.ring(0).resetting);
    CHECK_FALSE(bench.core.ring(0).stopped);
    CHECK(bench.core.ring(0).head == 0);
    CHECK(bench.core.ring(0).irq == 0);
    CHECK(bench.core.semaphore(5) == 5);
    CHECK(bench.take_issued().empty());
    bench.tail[0] = 0;
    bench.submit({make_line({.opcode = kCopy, .tag = 3})});
    CHECK(bench.take_issued() == Issued{"dma0:3"});
}

TEST_CASE("command: rings that make no sense are refused") {
    for (const auto& [base, size] : {std::pair<std::uint64_t, std::uint32_t>{0x1001, 16},
                                     {0x1020, 16},
                                     {0x1000, 0},
                                     {0x1000, 1},
                                     {0x1000, 24},
                                     {0x1000, 0x20000},
                                     {~std::uint64_t{0} - 0x3BF, 16}}) {
        CoreBench bench;
        bench.core.enable(0, base, size);
        CHECK(bench.core.ring(0).error.status == Status::BadRange);
        CHECK(bench.fetches.empty());
    }
    CoreBench bench;
    bench.core.enable(0, 0x1000, 16);
    bench.core.doorbell(0, 17);
    CHECK(bench.core.ring(0).error.status == Status::BadRange);
}

TEST_CASE("command: a descriptor that cannot be read names its address") {
    CoreBench bench;
    bench.core.enable(0, 0x77000, 16);
    bench.core.doorbell(0, 1);
    bench.answer_fetches();
    CHECK(bench.core.ring(0).error.status == Status::FetchError);
    CHECK(bench.core.ring(0).error.address == 0x77000);
    CHECK(bench.core.ring(0).error.position == 0);
}

TEST_CASE("command: a ring that may not read its descriptor stops, another runs on") {
    CoreBench bench({.rings = 2});
    bench.core.enable(0, 0x1000, 16);
    bench.core.doorbell(0, 1);
    bench.core.fetched(0, {}, 0x1000, Status::NotGranted);
    CHECK(bench.core.ring(0).error.status == Status::NotGranted);
    CHECK(bench.core.ring(0).error.address == 0x1000);
    CHECK(bench.core.ring(0).irq == CommandCore::kIrqError);
    bench.fetches.clear();
    bench.submit({make_line({.opcode = kNop})}, 1);
    CHECK(bench.core.ring(1).completed == 1);
}

TEST_CASE("command: an engine that does not answer stops the ring") {
    CoreBench bench;
    bench.engines_answer = false;
    bench.submit({make_line({.opcode = kMatmul, .tag = 6})});
    CHECK(bench.core.ring(0).error.status == Status::WriteError);
    CHECK(bench.core.ring(0).error.tag == 6);
    CHECK(bench.core.outstanding(0) == 0);
}
