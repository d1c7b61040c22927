// SPDX-License-Identifier: Apache-2.0
// What is said about engines that wait for each other for ever.
#include "command/wait_report.h"

#include "core_bench.h"

using namespace athena;
using namespace athena::test;
using Lines = std::vector<std::string>;

namespace {

constexpr std::uint64_t kAdd = 0x40'0000'0900;  // SEMAPHORE_ADD

// Waits for one semaphore >= value, then adds 1 to another.
Line step(std::uint8_t opcode, std::uint32_t tag, std::uint8_t wait, std::uint16_t value,
          std::uint8_t signal) {
    return make_line({.opcode = opcode,
                      .flags = kWait0 | kSignal,
                      .tag = tag,
                      .wait0_sem = wait,
                      .signal_sem = signal,
                      .wait0_value = value,
                      .signal_value = 1});
}

Lines report(std::vector<CoreBench*> benches) {
    std::vector<command::WaitSource> sources;
    for (std::size_t i = 0; i < benches.size(); ++i) {
        sources.push_back({"c" + std::to_string(i), benches[i]->core, kAdd + 0x1000'0000 * i});
    }
    // Memory is one for all.
    return command::report_waits(sources, [&](std::uint64_t address, std::span<std::byte> bytes) {
        for (const CoreBench* bench : benches) {
            const auto found = bench->memory.find(address);
            if (found != bench->memory.end()) {
                std::ranges::copy(found->second, bytes.begin());
                return true;
            }
        }
        return false;
    });
}

}  // namespace

TEST_CASE("waits: nothing is said of what runs or is at rest") {
    CoreBench bench({.tile_queue_depth = 1});
    bench.submit({make_line({.opcode = kMatmul, .tag = 1}), make_line({.opcode = kMatmul})});
    CHECK(report({&bench}).empty());
}

TEST_CASE("waits: two rings that wait for each other, each with the other's signal behind") {
    CoreBench bench({.rings = 2});
    bench.core.set_semaphore(5, 2);
    bench.submit({step(kNop, 1, 5, 3, 6)});
    bench.submit({step(kNop, 2, 6, 1, 5)}, 1);
    CHECK(report({&bench}) ==
          Lines{"c0: ring 0's descriptor with tag 1 waits for semaphore 5 >= 3 (is 2), which ring "
                "1's descriptor with tag 2 should signal",
                "c0: ring 1's descriptor with tag 2 waits for semaphore 6 >= 1 (is 0), which ring "
                "0's descriptor with tag 1 should signal",
                "c0: a cycle: ring 0 waits for ring 1 waits for ring 0"});
}

TEST_CASE("waits: the second line of a COPY_ND that has not been read is no descriptor") {
    CoreBench bench;
    Line noise{};
    noise.fill(std::byte{8});  // as if it signalled
    put(noise, 0x0A, std::uint8_t{5});
    bench.submit({step(kNop, 1, 5, 1, 9), make_line({.opcode = kCopyNd, .tag = 2}), noise,
                  make_line({.opcode = kFill, .flags = kSignal, .tag = 3, .signal_sem = 5})});
    CHECK(report({&bench}) ==
          Lines{"c0: ring 0's descriptor with tag 1 waits for semaphore 5 >= 1 (is 0), which ring "
                "0's descriptor with tag 3 should signal",
                "c0: a cycle: ring 0 waits for ring 0"});
}

TEST_CASE("waits: the tail stands between the two lines of a descriptor") {
    CoreBench bench({.vector_cores = 1});
    bench.submit({make_line({.opcode = kVector, .tag = 6})});
    CHECK(report({&bench}) ==
          Lines{"c0: ring 0's descriptor with tag 6 waits for its second line, which the tail is "
                "before"});
    bench.submit({Line{}});
    CHECK(report({&bench}).empty());
}

TEST_CASE("waits: an engine's signal stands in a part of a ring that has not been read") {
    CoreBench bench({.vector_cores = 1});
    Line vector = step(kVector, 7, 6, 1, 5);
    // The ring waits for vector0's second descriptor, which is behind the waiting one.
    bench.submit({vector,
                  {},
                  step(kNop, 8, 5, 1, 9),
                  make_line({.opcode = kNop}),
                  make_line({.opcode = kCopy, .flags = kSignal, .tag = 9, .signal_sem = 6})});
    CHECK(report({&bench}) ==
          Lines{"c0: ring 0's descriptor with tag 8 waits for semaphore 5 >= 1 (is 0), which "
                "vector0's descriptor with tag 7 should signal",
                "c0: vector0's descriptor with tag 7 waits for semaphore 6 >= 1 (is 0), which ring "
                "0's descriptor with tag 9 should signal",
                "c0: a cycle: ring 0 waits for vector0 waits for ring 0"});
}

TEST_CASE("waits: a signal in a list that has been read in part, or not called yet") {
    CoreBench bench;
    constexpr std::uint64_t kList = 0x9000;
    bench.memory[kList] = step(kNop, 1, 5, 1, 9);
    bench.memory[kList + 64] =
        make_line({.opcode = kCopy, .flags = kSignal, .tag = 2, .signal_sem = 5});
    Line call = make_line({.opcode = kCall, .tag = 3});
    put(call, 0x18, kList);
    put(call, 0x20, 2);
    SECTION("read in part") {
        bench.submit({call});
    }
    SECTION("not called yet") {
        bench.submit({step(kNop, 1, 5, 1, 9), call});
    }
    CHECK(report({&bench})[0] ==
          "c0: ring 0's descriptor with tag 1 waits for semaphore 5 >= 1 (is 0), which ring 0's "
          "descriptor with tag 2 should signal");
}

TEST_CASE("waits: for a list that does not end, whose CALL has the signal") {
    CoreBench bench;
    constexpr std::uint64_t kList = 0x9000;
    bench.memory[kList] = step(kCopy, 1, 5, 1, 9);
    Line call = make_line({.opcode = kCall, .flags = kSignal, .tag = 3, .signal_sem = 6});
    put(call, 0x18, kList);
    put(call, 0x20, 1);
    bench.submit({call, step(kNop, 4, 6, 1, 5)});
    CHECK(report({&bench}) ==
          Lines{"c0: ring 0's descriptor with tag 4 waits for semaphore 6 >= 1 (is 0), which "
                "dma0's descriptor with tag 3 should signal",
                "c0: dma0's descriptor with tag 1 waits for semaphore 5 >= 1 (is 0), which ring "
                "0's descriptor with tag 4 should signal",
                "c0: a cycle: ring 0 waits for dma0 waits for ring 0"});
}

TEST_CASE("waits: no signal anywhere, or in a ring that is stopped or not enabled") {
    CoreBench bench({.rings = 2});
    bench.submit({step(kNop, 1, 5, 3, 6)});
    const std::string waits =
        "c0: ring 0's descriptor with tag 1 waits for semaphore 5 >= 3 (is 0), which ";
    SECTION("nowhere") {
        CHECK(report({&bench}) == Lines{waits + "nothing in sight signals"});
    }
    SECTION("in what stopped a ring") {
        bench.submit(
            {make_line(
                {.opcode = kCopy, .engine = 9, .flags = kSignal, .tag = 2, .signal_sem = 5})},
            1);
        CHECK(report({&bench}) ==
              Lines{waits + "ring 1's descriptor with tag 2 should signal, but an error has "
                            "stopped that ring (status 11)"});
    }
    SECTION("in a ring that is not enabled") {
        bench.submit({make_line({.opcode = kNop})}, 1);
        bench.core.disable(1);
        bench.submit({}, 1);
        bench.core.disable(1);
        bench.memory[CoreBench::base(1) + 64] =
            make_line({.opcode = kNop, .flags = kSignal, .tag = 2, .signal_sem = 5});
        bench.core.doorbell(1, 2);
        CHECK(report({&bench}) == Lines{waits + "ring 1's descriptor with tag 2 should signal, "
                                                "but that ring is not enabled"});
    }
}

TEST_CASE("waits: both semaphores of a descriptor, a fence and a full queue") {
    CoreBench bench({.rings = 3, .engine_queue = 1});
    bench.submit({make_line({.opcode = kMatmul,
                             .flags = kWait0 | kWait1 | kWait0Sub | kWait1Sub,
                             .tag = 1,
                             .wait0_sem = 5,
                             .wait1_sem = 5,
                             .wait0_value = 2,
                             .wait1_value = 2}),
                  make_line({.opcode = kFence, .tag = 2})});
    bench.submit({make_line({.opcode = kMatmul, .tag = 3})}, 1);
    bench.submit({make_line({.opcode = kNop,
                             .flags = kWait0 | kWait1,
                             .tag = 4,
                             .wait0_sem = 6,
                             .wait1_sem = 7,
                             .wait0_value = 1,
                             .wait1_value = 1})},
                 2);
    bench.core.set_semaphore(5, 3);  // each would find 2, both want 4
    CHECK(report({&bench}) ==
          Lines{"c0: ring 0's descriptor with tag 2 is a FENCE and waits for earlier ones, as in "
                "tile0",
                "c0: ring 1's descriptor with tag 3 waits for room in the queue of tile0",
                "c0: ring 2's descriptor with tag 4 waits for semaphore 6 >= 1 (is 0), which "
                "nothing in sight signals, and for semaphore 7 >= 1 (is 0), which nothing in sight "
                "signals",
                "c0: tile0's descriptor with tag 1 waits for semaphore 5 >= 4 (is 3), which "
                "nothing in sight signals"});
}

TEST_CASE("waits: clusters that wait for each other's NOTIFY") {
    CoreBench first;
    CoreBench second;
    for (CoreBench* bench : {&first, &second}) {
        const bool is_first = bench == &first;
        Line notify = make_line({.opcode = kNotify,
                                 .flags = kWait0,
                                 .tag = is_first ? 1U : 2U,
                                 .wait0_sem = 4,
                                 .wait0_value = 1});
        put(notify, 0x14, 1);
        put(notify, 0x18, kAdd + (is_first ? 0x1000'0000 : 0) + 4 * 4);
        bench->submit({notify});
    }
    CHECK(report({&first, &second}) ==
          Lines{"c0: ring 0's descriptor with tag 1 waits for semaphore 4 >= 1 (is 0), which c1 "
                "ring 0's descriptor with tag 2 should signal",
                "c1: ring 0's descriptor with tag 2 waits for semaphore 4 >= 1 (is 0), which c0 "
                "ring 0's descriptor with tag 1 should signal",
                "c0: a cycle: ring 0 waits for c1 ring 0 waits for ring 0"});
}
