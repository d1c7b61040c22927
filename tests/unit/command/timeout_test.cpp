// SPDX-License-Identifier: Apache-2.0
// RING_TIMEOUT: which waits end by it, when, and what is left to read.
#include "base/state.h"
#include "core_bench.h"

using namespace athena;
using namespace athena::test;

namespace {

// Waits for semaphore 5 >= 3.
Line waiting(std::uint8_t opcode, std::uint32_t tag) {
    return make_line(
        {.opcode = opcode, .flags = kWait0, .tag = tag, .wait0_sem = 5, .wait0_value = 3});
}

}  // namespace

TEST_CASE("command: without a timeout a wait asks for no event and never ends by itself") {
    CoreBench bench({.rings = 2});
    bench.submit({waiting(kMatmul, 1)});
    bench.submit({waiting(kNop, 2)}, 1);
    CHECK(bench.watches.empty());
    bench.run_to(1'000'000'000);
    CHECK_FALSE(bench.core.ring(0).stopped);
    CHECK_FALSE(bench.core.ring(1).stopped);
}

TEST_CASE("command: a timeout stops the ring whose descriptor waits for a semaphore") {
    const std::uint8_t opcode = GENERATE(kMatmul, kNop);  // in an engine's queue, in the ring
    CoreBench bench({.rings = 2});
    bench.core.set_timeout(0, 100);
    bench.cycle = 20;
    bench.core.set_semaphore(5, 2);
    bench.submit({make_line({.opcode = kNop, .tag = 1}), waiting(opcode, 2)});
    bench.submit({waiting(kCopy, 3)}, 1);  // has no timeout
    bench.run_to(119);
    CHECK_FALSE(bench.core.ring(0).stopped);
    bench.run_to(120);
    const CommandCore::Ring& ring = bench.core.ring(0);
    CHECK(ring.stopped);
    CHECK(bench.timeouts == std::vector<std::uint32_t>{0});
    CHECK(ring.error.status == Status::Timeout);
    CHECK(ring.error.tag == 2);
    CHECK(ring.error.position == 1);
    CHECK(ring.error.line == CoreBench::base(0) + 64);
    CHECK(ring.error.wait.semaphore == 5);
    CHECK(ring.error.wait.value == 3);
    CHECK(ring.irq == CommandCore::kIrqError);
    CHECK(bench.core.outstanding(0) == 0);
    CHECK(bench.watches.empty());
    CHECK_FALSE(bench.core.ring(1).stopped);
}

TEST_CASE("command: each wait has the whole timeout, however many came before") {
    CoreBench bench;
    bench.core.set_timeout(0, 100);
    bench.submit({make_line({.opcode = kMatmul,
                             .flags = kWait0 | kWait0Sub,
                             .tag = 1,
                             .wait0_sem = 5,
                             .wait0_value = 3}),
                  waiting(kMatmul, 2)});
    bench.run_to(80);
    bench.core.set_semaphore(5, 3);  // the first runs, the second waits from 80 on
    CHECK(bench.take_issued() == Issued{"tile0:1"});
    bench.run_to(179);
    CHECK_FALSE(bench.core.ring(0).stopped);
    bench.run_to(180);
    CHECK(bench.core.ring(0).stopped);
    CHECK(bench.core.ring(0).error.tag == 2);
}

TEST_CASE("command: an engine that takes long is no wait for a semaphore") {
    CoreBench bench({.engine_queue = 1, .tile_queue_depth = 1});
    bench.core.set_timeout(0, 100);
    const Line line = make_line({.opcode = kMatmul, .tag = 1});
    // One runs, one is in the queue, one waits for room there.
    bench.submit({line, line, line, make_line({.opcode = kFence, .tag = 2})});
    bench.run_to(10'000);
    bench.complete(bench.slots[1]);
    bench.run_to(20'000);
    bench.complete(bench.slots[1]);
    bench.run_to(30'000);
    CHECK_FALSE(bench.core.ring(0).stopped);
    bench.complete(bench.slots[1]);
    CHECK(bench.core.idle());
}

TEST_CASE("command: a signal in time ends the wait for a slow engine without alarm") {
    CoreBench bench;
    bench.core.set_timeout(0, 100);
    bench.submit(
        {make_line(
             {.opcode = kMatmul, .flags = kSignal, .tag = 1, .signal_sem = 5, .signal_value = 3}),
         waiting(kCopy, 2)});
    bench.run_to(99);
    bench.complete(bench.slots[1]);
    CHECK(bench.take_issued() == Issued{"tile0:1", "dma0:2"});
    bench.run_to(1000);
    CHECK_FALSE(bench.core.ring(0).stopped);
    CHECK(bench.watches.empty());
}

TEST_CASE("command: a timeout set or changed while a descriptor waits counts from its start") {
    CoreBench bench;
    bench.submit({waiting(kMatmul, 1)});
    bench.run_to(50);
    bench.core.set_timeout(0, 200);
    CHECK(bench.watches[0] == 200);
    bench.core.set_timeout(0, 0);
    CHECK(bench.watches.empty());
    bench.core.set_timeout(0, 20);  // is over already
    bench.run_to(50);
    CHECK(bench.core.ring(0).error.status == Status::Timeout);
}

TEST_CASE("command: reset of a ring that timed out sets free what waited behind it") {
    CoreBench bench({.rings = 2});
    bench.core.set_timeout(0, 100);
    bench.submit({waiting(kMatmul, 1)});
    bench.submit({make_line({.opcode = kMatmul, .tag = 2})}, 1);  // behind it in tile0's queue
    CHECK(bench.take_issued().empty());
    bench.run_to(100);
    CHECK(bench.take_issued() == Issued{"tile0:2"});
    bench.core.reset_ring(0);
    bench.tail[0] = 0;
    bench.submit({waiting(kMatmul, 3)});
    CHECK(bench.watches[0] == 200);  // the timeout is kept
    bench.core.set_semaphore(5, 3);
    CHECK(bench.take_issued() == Issued{"tile0:3"});
    bench.complete(bench.slots[2]);
    bench.complete(bench.slots[3]);
    CHECK(bench.core.idle());
}

TEST_CASE("command: a wait that is saved and loaded times out at the same cycle") {
    CoreBench bench;
    bench.core.set_timeout(0, 100);
    bench.run_to(30);
    bench.submit({waiting(kMatmul, 1)});
    base::StateWriter writer;
    bench.core.save(writer);
    CoreBench other;
    other.watches = bench.watches;  // the event queue has a state of its own
    base::StateReader reader(writer.data());
    other.core.load(reader);
    other.run_to(129);
    CHECK_FALSE(other.core.ring(0).stopped);
    other.run_to(130);
    CHECK(other.core.ring(0).error.wait.semaphore == 5);
    base::StateWriter again;
    other.core.save(again);
    CoreBench third;
    base::StateReader last(again.data());
    third.core.load(last);
    CHECK(third.core.ring(0).error.wait.value == 3);
}

TEST_CASE("command: a tail between the two lines of a descriptor is a wait, which a timeout ends") {
    const bool comes = GENERATE(true, false);
    CoreBench bench({.vector_cores = 1});
    bench.core.set_timeout(0, 100);
    bench.cycle = 7;
    bench.submit({make_line({.opcode = kNop}), make_line({.opcode = kVector, .tag = 4})});
    bench.run_to(106);
    const CommandCore::Ring& ring = bench.core.ring(0);
    CHECK_FALSE(ring.stopped);
    if (comes) {
        bench.submit({Line{}});
        CHECK(bench.take_issued() == Issued{"vector0:4"});
    }
    bench.run_to(1000);
    CHECK(ring.stopped == !comes);
    if (!comes) {
        CHECK(bench.timeouts == std::vector<std::uint32_t>{0});
        CHECK(ring.error.status == Status::Timeout);
        CHECK(ring.error.tag == 4);
        CHECK(ring.error.position == 1);
        CHECK(ring.error.wait.value == 0);
        CHECK(bench.core.outstanding(0) == 0);
    }
}
