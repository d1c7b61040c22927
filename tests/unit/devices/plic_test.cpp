// SPDX-License-Identifier: Apache-2.0
#include "devices/plic.h"

#include "device_bench.h"

using namespace athena;
using Changes = std::vector<test::Wires::Change>;

namespace {

constexpr std::uint64_t kPending = 0x1000;
constexpr std::uint64_t kEnable = 0x2000;
constexpr std::uint64_t kThreshold = 0x20'0000;
constexpr std::uint64_t kClaim = 0x20'0004;

struct Bench {
    Bench() {
        for (unsigned context = 0; context < 4; ++context) {
            plic.context(context).connect(wires, context);
        }
    }
    void set_priority(unsigned source, unsigned priority) {
        bus.write(std::uint64_t{4} * source, 4, priority);
    }
    void enable(unsigned context, unsigned word, std::uint32_t bits) {
        bus.write(kEnable + 0x80ULL * context + 4ULL * word, 4, bits);
    }
    std::uint64_t claim(unsigned context) { return bus.read(kClaim + 0x1000ULL * context, 4); }
    void complete(unsigned context, std::uint32_t source) {
        bus.write(kClaim + 0x1000ULL * context, 4, source);
    }
    [[nodiscard]] bool level(unsigned context) { return plic.context(context).level(); }

    base::EventQueue events{"events"};
    devices::Plic plic{"plic", {.sources = 40, .contexts = 4}};
    test::Wires wires;
    test::Bus bus{plic};
};

}  // namespace

TEST_CASE("plic: reset values and writable bits of each register") {
    test::FreshSimulation simulation;
    Bench bench;
    for (unsigned source = 0; source < 1024; ++source) {
        CHECK(bench.bus.read(std::uint64_t{4} * source, 4) == 0);
        bench.set_priority(source, 0xFFFF'FFFF);
        CHECK(bench.bus.read(std::uint64_t{4} * source, 4) ==
              (source >= 1 && source <= 40 ? 7 : 0));
    }
    for (unsigned word = 0; word < 32; ++word) {
        bench.bus.write(kPending + 4ULL * word, 4, 0xFFFF'FFFF);
        CHECK(bench.bus.read(kPending + 4ULL * word, 4) == 0);
    }
    for (unsigned context = 0; context < 4; ++context) {
        for (unsigned word = 0; word < 32; ++word) {
            const std::uint64_t offset = kEnable + 0x80ULL * context + 4ULL * word;
            CHECK(bench.bus.read(offset, 4) == 0);
            bench.bus.write(offset, 4, 0xFFFF'FFFF);
            // Sources 1 to 40.
            CHECK(bench.bus.read(offset, 4) == (word == 0   ? 0xFFFF'FFFE
                                                : word == 1 ? 0x0000'01FF
                                                            : 0));
        }
        const std::uint64_t offset = kThreshold + 0x1000ULL * context;
        CHECK(bench.bus.read(offset, 4) == 0);
        bench.bus.write(offset, 4, 0xFFFF'FFFF);
        CHECK(bench.bus.read(offset, 4) == 7);
    }
    bench.plic.reset();
    CHECK(bench.bus.read(4, 4) == 0);
    CHECK(bench.bus.read(kEnable + 0x80, 4) == 0);
    CHECK(bench.bus.read(kThreshold, 4) == 0);
}

TEST_CASE("plic: a source interrupts the contexts that enable it at a priority above theirs") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.plic.set_irq(33, true);
    CHECK(bench.bus.read(kPending + 4, 4) == 2);
    CHECK_FALSE(bench.level(1));
    bench.enable(1, 1, 2);
    CHECK_FALSE(bench.level(1));  // priority 0 never interrupts
    bench.set_priority(33, 3);
    CHECK(bench.level(1));
    CHECK_FALSE(bench.level(0));
    bench.bus.write(kThreshold + 0x1000, 4, 3);
    CHECK_FALSE(bench.level(1));
    bench.bus.write(kThreshold + 0x1000, 4, 2);
    CHECK(bench.level(1));
    bench.enable(1, 1, 0);
    CHECK_FALSE(bench.level(1));
}

TEST_CASE("plic: a claim takes the highest priority, then the lowest number") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(2, 0, 0xFFFF'FFFE);
    bench.enable(2, 1, 0x1FF);
    for (const auto& [source, priority] : {std::pair{5U, 2U}, {6U, 5U}, {40U, 5U}, {7U, 0U}}) {
        bench.set_priority(source, priority);
        bench.plic.set_irq(source, true);
    }
    CHECK(bench.claim(0) == 0);  // nothing is enabled there
    CHECK(bench.claim(2) == 6);
    CHECK(bench.claim(2) == 40);
    CHECK(bench.level(2));
    CHECK(bench.claim(2) == 5);
    CHECK_FALSE(bench.level(2));
    CHECK(bench.claim(2) == 0);
}

TEST_CASE("plic: a claim does not look at the threshold") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 1U << 9);
    bench.set_priority(9, 1);
    bench.bus.write(kThreshold, 4, 7);
    bench.plic.set_irq(9, true);
    CHECK_FALSE(bench.level(0));
    CHECK(bench.claim(0) == 9);
}

TEST_CASE("plic: a request stays pending after its wire fell, and comes once") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 2);
    bench.set_priority(1, 1);
    bench.plic.set_irq(1, true);
    bench.plic.set_irq(1, false);
    CHECK(bench.level(0));
    CHECK(bench.claim(0) == 1);
    bench.complete(0, 1);
    CHECK(bench.claim(0) == 0);
}

TEST_CASE("plic: the next request of a source waits for completion of the last") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 2);
    bench.set_priority(1, 1);
    bench.plic.set_irq(1, true);
    CHECK(bench.claim(0) == 1);
    bench.plic.set_irq(1, false);
    bench.plic.set_irq(1, true);
    CHECK(bench.bus.read(kPending, 4) == 0);
    CHECK_FALSE(bench.level(0));
    bench.complete(0, 1);
    CHECK(bench.bus.read(kPending, 4) == 2);
    CHECK(bench.level(0));
    CHECK(bench.claim(0) == 1);
    bench.plic.set_irq(1, false);
    bench.complete(0, 1);
    CHECK(bench.bus.read(kPending, 4) == 0);
}

TEST_CASE("plic: a completion counts from any context that enables the source, and no other") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 2);
    bench.enable(3, 0, 2);
    bench.set_priority(1, 1);
    bench.plic.set_irq(1, true);
    CHECK(bench.claim(0) == 1);
    bench.complete(1, 1);
    bench.complete(0, 2);
    bench.complete(0, 0);
    bench.complete(0, 41);
    bench.complete(0, 0xFFFF'FFFF);
    CHECK(bench.bus.read(kPending, 4) == 0);
    bench.complete(3, 1);
    CHECK(bench.bus.read(kPending, 4) == 2);
}

TEST_CASE("plic: sources that do not exist are ignored") {
    test::FreshSimulation simulation;
    Bench bench;
    for (const unsigned source : {0U, 41U, 1023U, 1024U, 5000U}) {
        bench.plic.set_irq(source, true);
    }
    for (unsigned word = 0; word < 32; ++word) {
        CHECK(bench.bus.read(kPending + 4ULL * word, 4) == 0);
    }
}

TEST_CASE("plic: reset forgets claims; a wire that is high is pending again") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 2);
    bench.set_priority(1, 1);
    bench.plic.set_irq(1, true);
    CHECK(bench.claim(0) == 1);
    bench.plic.reset();
    CHECK(bench.bus.read(kPending, 4) == 2);
    CHECK_FALSE(bench.level(0));
}

TEST_CASE("plic: what it does not answer is an error without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 2);
    bench.set_priority(1, 1);
    bench.plic.set_irq(1, true);
    for (const unsigned size : {1U, 2U, 8U}) {
        bench.bus.refuses(kClaim & ~std::uint64_t{size - 1}, size, tlm::TLM_BURST_ERROR_RESPONSE);
    }
    bench.bus.refuses(kClaim + 2, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(0x1080, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(kEnable + 4 * 0x80, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(kThreshold + 4 * 0x1000, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(kClaim + 4, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.claim(0) == 1);
}

TEST_CASE("plic: a debugger's read of CLAIM claims nothing") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.enable(0, 0, 2);
    bench.set_priority(1, 1);
    bench.plic.set_irq(1, true);
    CHECK(bench.bus.debug(kClaim, 4) == 0U);
    CHECK(bench.bus.debug(kPending, 4) == 2U);
    CHECK(bench.level(0));
}

TEST_CASE("plic: saved with a source claimed and another pending, it goes on equally") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.enable(0, 0, 0x6);
        bench.set_priority(1, 1);
        bench.set_priority(2, 2);
        bench.plic.set_irq(1, true);
        bench.plic.set_irq(2, true);
        CHECK(bench.claim(0) == 2);
        saved = test::save(bench.events, bench.plic);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.plic);
    CHECK(bench.wires.changes == Changes{{0, 0, true}});
    CHECK(bench.claim(0) == 1);
    CHECK(bench.claim(0) == 0);
    bench.complete(0, 2);  // its wire is still high
    CHECK(bench.claim(0) == 2);
}
