// SPDX-License-Identifier: Apache-2.0
// What an observer is told of descriptors. A cycle of the bench is 1000 ps.
#include "command/observer.h"

#include "core_bench.h"

using namespace athena;
using namespace athena::test;

namespace {

constexpr std::uint64_t kList = 0x4'0000;

/// As text: "queued tag 3 tile0 read 0 queued 0 …".
struct Log final : command::CommandObserver {
    void queued(const command::CommandFacts& facts) override { add("queued", facts); }
    void issued(const command::CommandFacts& facts) override { add("issued", facts); }
    void ended(const command::CommandFacts& facts) override {
        add("ended", facts);
        statuses.push_back(facts.status);
        waits.push_back(facts.life.wait);
    }

    void dropped(std::uint32_t ring) override {
        lines.push_back("dropped ring " + std::to_string(ring));
    }
    void reset(std::uint64_t now) override {
        lines.push_back("reset at " + std::to_string(now / 1000));
    }

    void rung(const command::Doorbell& doorbell) override {
        doorbells.push_back({doorbell.ring, doorbell.before, doorbell.tail, doorbell.now});
    }
    void counted(std::uint32_t semaphore, std::uint32_t value, std::uint64_t now) override {
        semaphores.push_back({semaphore, value, now});
    }

    void add(const std::string& what, const command::CommandFacts& facts) {
        static constexpr std::array kNames = {"tile", "dma", "vector"};
        const std::string engine = facts.engine
                                       ? kNames[static_cast<std::size_t>(facts.engine->kind)] +
                                             std::to_string(facts.engine->instance)
                                       : "self";
        lines.push_back(what + " " + std::to_string(facts.view().tag()) + " " + engine + " at " +
                        std::to_string(facts.now / 1000));
        lives.push_back(facts.life);
    }
    std::vector<std::string> take() { return std::exchange(lines, {}); }

    std::vector<std::string> lines;
    std::vector<command::Life> lives;
    std::vector<Status> statuses;
    std::vector<command::Wait> waits;
    std::vector<std::vector<std::uint64_t>> doorbells;
    std::vector<std::vector<std::uint64_t>> semaphores;
};

struct Observed {
    explicit Observed(const CommandCore::Config& config = {}) : bench(config) {
        bench.core.observe(log);
    }
    void complete(std::uint64_t cycle, std::uint32_t tag, Status status = Status::Ok) {
        bench.cycle = cycle;
        bench.complete(bench.slots[tag], status);
    }
    Log log;
    CoreBench bench;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("command: an observer is told when a command leaves its ring, is issued and ends") {
    Observed at;
    at.bench.cycle = 5;
    at.bench.submit({make_line({.opcode = kMatmul, .tag = 1})});
    CHECK(at.log.take() == Lines{"queued 1 tile0 at 5", "issued 1 tile0 at 5"});
    at.complete(9, 1, Status::BadRange);
    CHECK(at.log.take() == Lines{"ended 1 tile0 at 9", "dropped ring 0"});
    CHECK(at.log.statuses == std::vector{Status::BadRange});
    const command::Life& life = at.log.lives.back();
    CHECK(life.read == 5000);
    CHECK(life.queued == 5000);
    CHECK(life.issued == 5000);
    CHECK(life.wait.value == 0);
}

TEST_CASE("command: an observer sees since when a command waits, and for which semaphore last") {
    Observed at;
    at.bench.cycle = 2;
    at.bench.submit({make_line({.opcode = kMatmul,
                                .flags = kWait0 | kWait1,
                                .tag = 1,
                                .wait0_sem = 3,
                                .wait1_sem = 4,
                                .wait0_value = 2,
                                .wait1_value = 7})});
    at.bench.cycle = 10;
    at.bench.core.set_semaphore(3, 2);
    at.bench.cycle = 14;
    at.bench.core.set_semaphore(4, 7);
    at.complete(20, 1);
    CHECK(at.log.take() ==
          Lines{"queued 1 tile0 at 2", "issued 1 tile0 at 14", "ended 1 tile0 at 20"});
    const command::Life& life = at.log.lives.back();
    CHECK(life.waits_since == 2000);
    CHECK(life.issued == 14000);
    CHECK(life.wait.semaphore == 4);
    CHECK(life.wait.value == 7);
}

TEST_CASE("command: an observer sees a full queue hold up the ring") {
    Observed at({.engine_queue = 1, .tile_queue_depth = 1});
    at.bench.submit({make_line({.opcode = kMatmul, .tag = 1}),
                     make_line({.opcode = kMatmul, .tag = 2}),
                     make_line({.opcode = kMatmul, .tag = 3})});
    CHECK(at.log.take() ==
          Lines{"queued 1 tile0 at 0", "issued 1 tile0 at 0", "queued 2 tile0 at 0"});
    at.complete(6, 1);
    CHECK(at.log.take() ==
          Lines{"ended 1 tile0 at 6", "issued 2 tile0 at 6", "queued 3 tile0 at 6"});
    CHECK(at.log.lives.back().read == 0);
    CHECK(at.log.lives.back().queued == 6000);
}

TEST_CASE("command: an observer is told of fences and waits in the ring when they are over") {
    Observed at;
    at.bench.submit(
        {make_line({.opcode = kCopy, .tag = 1}), make_line({.opcode = kFence, .tag = 2}),
         make_line({.opcode = kNop, .flags = kWait0, .tag = 3, .wait0_sem = 5, .wait0_value = 1})});
    (void)at.log.take();
    at.complete(7, 1);
    CHECK(at.log.take() == Lines{"ended 1 dma0 at 7", "ended 2 self at 7"});
    CHECK(at.log.lives.back().read == 0);
    CHECK(at.log.lives.back().issued == 7000);
    at.bench.cycle = 11;
    at.bench.core.set_semaphore(5, 1);
    CHECK(at.log.take() == Lines{"ended 3 self at 11"});
    CHECK(at.log.lives.back().read == 7000);
    CHECK(at.log.lives.back().waits_since == 7000);
    CHECK(at.log.waits.back().semaphore == 5);
}

TEST_CASE(
    "command: a command is told of before its signal sets others free, a CALL after its list") {
    Observed at;
    at.bench.memory[kList] = make_line(
        {.opcode = kCopy, .flags = kSignal, .tag = 1, .signal_sem = 6, .signal_value = 1});
    at.bench.memory[kList + 64] =
        make_line({.opcode = kMatmul, .flags = kWait0, .tag = 2, .wait0_sem = 6, .wait0_value = 1});
    Line call = make_line({.opcode = kCall, .tag = 9});
    put(call, 0x18, kList);
    put(call, 0x20, 2u);
    at.bench.submit({call});
    CHECK(at.log.take() ==
          Lines{"queued 1 dma0 at 0", "issued 1 dma0 at 0", "queued 2 tile0 at 0"});
    at.complete(3, 1);
    CHECK(at.log.take() == Lines{"ended 1 dma0 at 3", "issued 2 tile0 at 3"});
    at.complete(8, 2);
    CHECK(at.log.take() == Lines{"ended 2 tile0 at 8", "ended 9 self at 8"});
    CHECK(at.log.lives.back().issued == 0);
}

TEST_CASE("command: an observer is told when queued commands are dropped, and of a reset") {
    Observed at({.tile_queue_depth = 1});
    at.bench.submit(
        {make_line({.opcode = kMatmul, .tag = 1}), make_line({.opcode = kMatmul, .tag = 2})});
    (void)at.log.take();
    at.complete(4, 1, Status::BadRange);
    CHECK(at.log.take() == Lines{"ended 1 tile0 at 4", "dropped ring 0"});
    at.bench.cycle = 6;
    at.bench.core.reset();
    CHECK(at.log.take() == Lines{"reset at 6"});
}

TEST_CASE("command: an observer is told of doorbells with what is new, and of semaphores") {
    Observed at;
    at.bench.cycle = 3;
    at.bench.submit({make_line({.opcode = kMatmul,
                                .flags = kWait0 | kWait0Sub | kSignal,
                                .tag = 1,
                                .wait0_sem = 2,
                                .signal_sem = 4,
                                .wait0_value = 5,
                                .signal_value = 6}),
                     make_line({.opcode = kNop})});
    at.bench.cycle = 7;
    at.bench.core.set_semaphore(2, 8);
    at.complete(9, 1);
    at.bench.submit({make_line({.opcode = kNop})});
    using Values = std::vector<std::vector<std::uint64_t>>;
    CHECK(at.log.doorbells == Values{{0, 0, 2, 3000}, {0, 2, 3, 9000}});
    CHECK(at.log.semaphores == Values{{2, 8, 7000}, {2, 3, 7000}, {4, 6, 9000}});
}

TEST_CASE("command: all observers are told") {
    Observed at;
    Log other;
    at.bench.core.observe(other);
    at.bench.submit({make_line({.opcode = kMatmul, .tag = 1})});
    at.complete(9, 1);
    CHECK(other.take() == at.log.take());
    CHECK(other.lives.size() == 3);
}
