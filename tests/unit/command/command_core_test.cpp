// SPDX-License-Identifier: Apache-2.0
#include "base/state.h"
#include "core_bench.h"

using namespace athena;
using namespace athena::test;

TEST_CASE("command: engines run free of each other, each in order") {
    CoreBench bench;
    bench.submit({make_line({.opcode = kMatmul, .tag = 1}), make_line({.opcode = kCopy, .tag = 2}),
                  make_line({.opcode = kMatmul, .tag = 3})});
    CHECK(bench.take_issued() == Issued{"tile0:1", "dma0:2", "tile0:3"});
    CHECK(bench.core.ring(0).head == 3);
    CHECK(bench.core.outstanding(0) == 3);
    bench.complete(bench.slots[2]);
    bench.complete(bench.slots[1]);
    CHECK(bench.core.ring(0).completed == 2);
    bench.complete(bench.slots[3]);
    CHECK(bench.core.ring(0).completed == 3);
    CHECK(bench.core.idle());
    CHECK_FALSE(bench.core.complete(bench.slots[3], Status::Ok, 0));
}

TEST_CASE("command: an engine holds no more than its depth, its queue holds up the ring") {
    CoreBench bench({.engine_queue = 2, .tile_queue_depth = 1});
    std::vector<Line> lines;
    for (std::uint32_t tag = 1; tag <= 4; ++tag) {
        lines.push_back(make_line({.opcode = kMatmul, .tag = tag}));
    }
    lines.push_back(make_line({.opcode = kCopy, .tag = 5}));
    bench.submit(lines);
    CHECK(bench.take_issued() == Issued{"tile0:1"});
    CHECK(bench.core.ring(0).head == 4);  // 2 and 3 wait for the tile, 4 for its queue
    bench.complete(bench.slots[1]);
    CHECK(bench.take_issued() == Issued{"tile0:2", "dma0:5"});
}

TEST_CASE(
    "command: waits hold a command until its semaphores are high enough, and may take from them") {
    CoreBench bench;
    bench.submit(
        {make_line({.opcode = kMatmul,
                    .flags = kWait0 | kWait0Sub | kWait1,
                    .tag = 1,
                    .wait0_sem = 3,
                    .wait1_sem = 4,
                    .wait0_value = 2,
                    .wait1_value = 1}),
         make_line(
             {.opcode = kCopy, .flags = kSignal, .tag = 2, .signal_sem = 3, .signal_value = 3})});
    CHECK(bench.take_issued() == Issued{"dma0:2"});
    bench.core.set_semaphore(4, 1);
    CHECK(bench.take_issued().empty());
    bench.complete(bench.slots[2]);
    CHECK(bench.take_issued() == Issued{"tile0:1"});
    CHECK(bench.core.semaphore(3) == 1);  // 3 signalled, 2 taken
    CHECK(bench.core.semaphore(4) == 1);  // only waited for
}

TEST_CASE("command: two waits that take from one semaphore need enough for both") {
    CoreBench bench;
    bench.core.set_semaphore(7, 3);
    bench.submit({make_line({.opcode = kMatmul,
                             .flags = kWait0 | kWait0Sub | kWait1 | kWait1Sub,
                             .tag = 1,
                             .wait0_sem = 7,
                             .wait1_sem = 7,
                             .wait0_value = 2,
                             .wait1_value = 2})});
    CHECK(bench.take_issued().empty());
    bench.core.set_semaphore(7, 4);
    CHECK(bench.take_issued() == Issued{"tile0:1"});
    CHECK(bench.core.semaphore(7) == 0);
}

TEST_CASE("command: a fence completes after all earlier ones and holds up all later ones") {
    CoreBench bench;
    bench.submit({make_line({.opcode = kMatmul, .tag = 1}), make_line({.opcode = kCopy, .tag = 2}),
                  make_line({.opcode = kFence, .flags = kIrq, .tag = 3}),
                  make_line({.opcode = kCopy, .tag = 4})});
    CHECK(bench.take_issued() == Issued{"tile0:1", "dma0:2"});
    bench.complete(bench.slots[2]);
    CHECK(bench.take_issued().empty());
    CHECK(bench.core.ring(0).irq == 0);
    bench.complete(bench.slots[1]);
    CHECK(bench.take_issued() == Issued{"dma0:4"});
    CHECK(bench.core.ring(0).irq == CommandCore::kIrqCompletion);
    CHECK(bench.core.ring(0).last_tag == 3);
    bench.core.clear_irq(0, CommandCore::kIrqCompletion);
    CHECK(bench.core.ring(0).irq == 0);
}

TEST_CASE("command: NOP, SEM_SET and TIMESTAMP happen at their turn") {
    CoreBench bench;
    Line set = make_line({.opcode = kSemSet, .tag = 1, .signal_sem = 9});
    put<std::uint32_t>(set, 0x14, 0x7FFF'FFFF);
    Line stamp = make_line(
        {.opcode = kTimestamp, .flags = kWait0, .tag = 2, .wait0_sem = 1, .wait0_value = 1});
    put<std::uint64_t>(stamp, 0x18, 0x8000'0008);
    bench.submit({set, make_line({.opcode = kNop}), stamp, make_line({.opcode = kCopy, .tag = 3})});
    CHECK(bench.core.semaphore(9) == 0x7FFF'FFFF);
    CHECK(bench.core.ring(0).completed == 2);
    CHECK(bench.timestamps.empty());
    CHECK(bench.take_issued().empty());
    bench.core.set_semaphore(1, 1);
    bench.answer_fetches();
    CHECK(bench.timestamps == std::vector<std::uint64_t>{0x8000'0008});
    CHECK(bench.take_issued() == Issued{"dma0:3"});
}

TEST_CASE("command: a ring wraps, positions run on") {
    CoreBench bench;
    for (std::uint32_t tag = 0; tag < 40; ++tag) {
        bench.submit({make_line({.opcode = kCopy, .tag = tag})});
        bench.complete(bench.slots[tag]);
    }
    CHECK(bench.core.ring(0).head == 40);
    CHECK(bench.core.ring(0).completed == 40);
}

TEST_CASE("command: saved with commands in every place and loaded, it goes on equally") {
    const CommandCore::Config config{.rings = 2, .tile_queue_depth = 1};
    CoreBench bench(config);
    bench.submit({make_line({.opcode = kMatmul, .tag = 1}),
                  make_line({.opcode = kMatmul, .tag = 2}), make_line({.opcode = kFence, .tag = 3}),
                  make_line({.opcode = kCopy, .tag = 4})});
    bench.submit(
        {make_line({.opcode = kCopy, .flags = kWait0, .tag = 5, .wait0_sem = 1, .wait0_value = 1})},
        1);
    base::StateWriter writer;
    bench.core.save(writer);
    CoreBench other(config);  // without memory: the COPY behind the FENCE has been read
    other.slots = bench.slots;
    base::StateReader reader(writer.data());
    other.core.load(reader);
    bench.take_issued();
    for (CoreBench* each : {&bench, &other}) {
        each->core.set_semaphore(1, 1);
        CHECK(each->take_issued() == Issued{"dma0:5"});
        each->complete(each->slots[1]);
        CHECK(each->take_issued() == Issued{"tile0:2"});
        each->complete(each->slots[2]);
        CHECK(each->take_issued() == Issued{"dma0:4"});
        each->complete(each->slots[4]);
        each->complete(each->slots[5]);
        CHECK(each->core.idle());
        CHECK(each->core.ring(0).completed == 4);
    }
}
