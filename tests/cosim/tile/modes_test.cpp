// SPDX-License-Identifier: Apache-2.0
// The same accesses at the same instants give the same answers, records, interrupts and instants in
// every mode of the tile.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <sstream>

#include "base/state.h"
#include "counters.h"
#include "fresh_simulation.h"
#include "regs/descriptor_regs.h"
#include "sim/cosim/free_space.h"
#include "sim/cosim/plan.h"
#include "tile/tile.h"
#include "tile/verilated_tile.h"
#include "unit/memory/probe.h"

using namespace athena;
using Mode = tile::Tile::Mode;

namespace {

constexpr std::uint64_t kRegisters = 0x80'0000;
constexpr std::uint64_t kQueue = 0x81'0000;
constexpr std::uint64_t kClock = 1'500'000'000;

struct Step {
    std::uint64_t cycle;  // of the tile's clock
    bool write;
    std::uint64_t address;
    std::vector<std::byte> data;
};

// Accesses far enough from each other that none waits for another one in the port.
std::vector<Step> make_steps(cosim::Random& random, const cosim::Plan& plan) {
    std::vector<Step> steps;
    std::uint64_t cycle = 10;
    std::size_t next = 0;
    while (next < plan.commands.size()) {
        Step step{cycle, true, 0, {}};
        const std::uint64_t kind = random.below(100);
        if (kind < 50) {
            step.address = kQueue;
            step.data.assign(plan.commands[next].begin(), plan.commands[next].end());
            ++next;
        } else if (kind < 70) {  // anywhere: often in flight
            step.write = random.chance(50);
            step.data.resize(random.log_uniform(200));
            const tile::Range range = plan.touched[random.below(plan.touched.size())];
            step.address =
                random.chance(50) ? range.begin : random.below(plan.l1.size() - step.data.size());
            step.address = std::min(step.address, plan.l1.size() - step.data.size());
            // Where no command ever goes, or nowhere else: a command that waits is not protected.
            if (step.write) {
                step.data.assign(1, std::byte{0x11});
                const auto free = cosim::find_free(random, 1, plan.l1.size(), plan.touched);
                step.address = free ? free->begin : step.address;
            }
        } else if (kind < 85) {
            step.write = false;
            step.address = kRegisters + 8 * random.below(14);
            step.data.resize(8);
        } else if (kind < 97) {
            step.address = kRegisters + (random.chance(50) ? 0x10 : 0x20);
            step.data.assign(1, static_cast<std::byte>(random.below(4)));
        } else {
            step.address = kRegisters + 0x11;
            step.data.assign(1, std::byte{1});
        }
        steps.push_back(step);
        const bool l1 = step.address < kRegisters;
        cycle += l1 ? 100 + random.below(500) : 5 + random.log_uniform(600);
    }
    return steps;
}

// Does the steps, and writes down what it sees.
struct Bench : sc_core::sc_module, base::EventTarget, base::Target, base::IrqSink {
    Bench(const sc_core::sc_module_name& name, Mode mode, base::EventQueue& queue,
          const tile::TileConfig& size = {})
        : sc_core::sc_module(name),
          events(queue),
          records("records", *this),
          tile("tile",
               {.rows = size.rows,
                .cols = size.columns,
                .l1_bytes = size.l1_bytes,
                .queue_depth = size.queue_depth,
                .mode = mode},
               events, diagnostics, threads),
          id(events.add_target(this->name(), *this)) {
        probe.socket.bind(tile.socket);
        tile.completion.bind(records);
        tile.irq.connect(*this, 0);
    }
    void on_event(std::uint32_t /*kind*/, std::uint64_t index) override {
        Step step = (*steps)[index];
        if (index + 1 < steps->size()) {
            schedule(index + 1);
        }
        const auto status =
            probe.access(step.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, step.address,
                         {reinterpret_cast<unsigned char*>(step.data.data()), step.data.size()});
        seen << "step " << index << " at " << step.address << ": " << status;
        for (const std::byte byte : step.data) {
            seen << ' ' << std::to_integer<unsigned>(byte);
        }
        if (step.address >= kRegisters) {
            seen << " after " << probe.delay;
        }
        seen << '\n';
    }
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        std::uint32_t record[2] = {};
        std::memcpy(record, payload.get_data_ptr(), sizeof record);
        seen << "record " << record[0] << ' ' << record[1] << " at " << events.now().value << '\n';
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    void set_irq(unsigned, bool level) override {
        seen << "irq " << level << " at " << events.now().value << '\n';
    }
    void schedule(std::size_t index) {
        events.schedule(base::ClockDomain(kClock).at({(*steps)[index].cycle}), id, 0, index);
    }
    void run(std::uint64_t cycles) {
        sc_core::sc_start(
            sc_core::sc_time::from_value(base::ClockDomain(kClock).at({cycles}).value));
    }
    void see_the_end() {
        // CYCLES first: the RTL's port serves accesses of one instant one after another.
        for (const std::uint64_t offset :
             {0x40, 0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x48, 0x50, 0x58, 0x60, 0x68}) {
            std::uint64_t value = 0;
            probe.access(tlm::TLM_READ_COMMAND, kRegisters + offset,
                         {reinterpret_cast<unsigned char*>(&value), sizeof value});
            seen << "register " << offset << ": " << value << '\n';
        }
        std::vector<unsigned char> l1(tile.config().l1_bytes);
        probe.debug(tlm::TLM_READ_COMMAND, 0, l1);
        seen << "L1 " << std::hash<std::string>()(std::string(l1.begin(), l1.end())) << '\n';
    }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue& events;
    base::TargetSocket records;
    base::HostThreads threads{1};
    tile::Tile tile;
    test::Probe probe{"probe"};
    base::EventQueue::TargetId id;
    const std::vector<Step>* steps = nullptr;
    std::ostringstream seen;
};

struct Script {
    explicit Script(std::uint64_t seed,
                    const tile::TileConfig& config = tile::VerilatedTile::config())
        : size(config), random(seed), plan(cosim::make_plan(random, 15, 100, size)) {
        steps = make_steps(random, plan);
    }
    tile::TileConfig size;
    cosim::Random random;
    cosim::Plan plan;
    std::vector<Step> steps;
};

std::string run(Script script, Mode mode) {
    test::FreshSimulation simulation;
    base::EventQueue events{"events"};
    Bench bench("bench", mode, events, script.size);
    bench.probe.debug(
        tlm::TLM_WRITE_COMMAND, 0,
        {reinterpret_cast<unsigned char*>(script.plan.l1.data()), script.plan.l1.size()});
    bench.steps = &script.steps;
    bench.schedule(0);
    bench.run(200'000);
    CHECK(bench.tile.idle());
    bench.see_the_end();
    CHECK_FALSE(bench.diagnostics.stopped());
    return bench.seen.str();
}

}  // namespace

TEST_CASE("modes: all of them answer alike at the same instants") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        const Script script(seed);
        const std::string functional = run(script, Mode::Functional);
        CHECK(run(script, Mode::Timed) == functional);
        CHECK(run(script, Mode::Rtl) == functional);
        CHECK(run(script, Mode::Lockstep) == functional);
    }
}

TEST_CASE("modes: timed needs no Verilated build") {
    for (const tile::TileConfig& size :
         {tile::TileConfig{1, 2, 1 << 16, 1}, tile::TileConfig{8, 4, 1 << 18, 3},
          tile::TileConfig{32, 16, 1 << 21, 64}, tile::TileConfig{2, 32, 1 << 19, 8}}) {
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            CAPTURE(size.rows, size.columns, seed);
            const Script script(seed, size);
            CHECK(run(script, Mode::Timed) == run(script, Mode::Functional));
        }
    }
}

TEST_CASE("modes: each is saved in mid-command and goes on in a fresh board") {
    const Script script(3);
    for (const Mode mode : {Mode::Functional, Mode::Timed, Mode::Rtl, Mode::Lockstep}) {
        CAPTURE(static_cast<int>(mode));
        std::vector<std::byte> saved;
        std::string expected;
        const std::uint64_t half = script.steps[script.steps.size() / 2].cycle + 1;
        {
            test::FreshSimulation simulation;
            base::EventQueue events{"events"};
            Bench bench("bench", mode, events);
            auto l1 = script.plan.l1;
            bench.probe.debug(tlm::TLM_WRITE_COMMAND, 0,
                              {reinterpret_cast<unsigned char*>(l1.data()), l1.size()});
            bench.steps = &script.steps;
            bench.schedule(0);
            bench.run(half);
            base::StateWriter writer;
            bench.events.save(writer);
            bench.tile.save(writer);
            saved = writer.data();
            bench.seen.str("");
            bench.run(200'000);
            bench.see_the_end();
            expected = bench.seen.str();
        }
        test::FreshSimulation simulation;
        base::EventQueue events{"events"};
        Bench bench("bench", mode, events);
        bench.steps = &script.steps;
        base::StateReader reader(saved);
        bench.events.load(reader);
        bench.tile.load(reader);
        bench.seen.str("");
        bench.run(200'000);
        bench.see_the_end();
        CHECK(bench.seen.str() == expected);
    }
}

TEST_CASE("modes: in lockstep a difference ends the run with status 3 and says what differs") {
    // C[0][0] = A[0][0..7] · B[0..7][0]; a bit of A changes in the reference alone, by way of a
    // saved state: the reference's L1 comes behind the RTL's there.
    const std::array<std::uint16_t, 8> operand{0x3F81, 0x3F82, 0x3F83, 0x3F84,
                                               0x3F85, 0x3F86, 0x3F87, 0x3F88};
    const auto marker = std::as_bytes(std::span(operand));
    cosim::Line line{};
    const regs::descriptor::MatmulView view(line);
    view.set_opcode(regs::descriptor::Opcode::Matmul);
    view.set_tag(77);
    view.set_m(1);
    view.set_n(1);
    view.set_k(8);
    view.set_b_addr(0x1000);
    view.set_b_ld(1);
    view.set_c_addr(0x2000);
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        base::EventQueue events{"events"};
        Bench bench("bench", Mode::Lockstep, events);
        for (std::size_t k = 0; k < operand.size(); ++k) {
            auto element = operand[k];
            const std::span bytes(reinterpret_cast<unsigned char*>(&element), 2);
            bench.probe.debug(tlm::TLM_WRITE_COMMAND, 2 * k, bytes);
            bench.probe.debug(tlm::TLM_WRITE_COMMAND, 0x1000 + 32 * k, bytes);
        }
        base::StateWriter writer;
        bench.events.save(writer);
        bench.tile.save(writer);
        saved = writer.data();
    }
    const auto found = std::ranges::find_end(saved, marker);
    REQUIRE_FALSE(found.empty());
    for (const bool spoiled : {false, true}) {
        found.front() ^= spoiled ? std::byte{0x10} : std::byte{0};
        test::FreshSimulation simulation;
        base::EventQueue events{"events"};
        Bench bench("bench", Mode::Lockstep, events);
        base::StateReader reader(saved);
        bench.events.load(reader);
        bench.tile.load(reader);
        const std::span bytes(reinterpret_cast<unsigned char*>(line.data()), line.size());
        CHECK(bench.probe.access(tlm::TLM_WRITE_COMMAND, kQueue, bytes) == tlm::TLM_OK_RESPONSE);
        bench.run(1000);
        const auto& stopped = bench.diagnostics.stopped();
        REQUIRE(stopped.has_value() == spoiled);
        if (spoiled) {
            CHECK(stopped->status == base::ExitStatus::Simulator);
            CHECK(stopped->reason.starts_with("bench.tile: command with tag 77: C[0][0] is 0x"));
        }
    }
}

TEST_CASE("modes: statistics are the same, and lockstep counts what it compared") {
    const Script script(6);
    const auto statistics = [&](Mode mode) {
        test::FreshSimulation simulation;
        base::EventQueue events{"events"};
        Bench bench("bench", mode, events);
        bench.steps = &script.steps;
        bench.schedule(0);
        bench.run(200'000);
        return test::Counters(bench.tile).values;
    };
    const auto functional = statistics(Mode::Functional);
    CHECK(functional.at("commands") == 15);
    CHECK(functional.at("busy_cycles") > 15 * tile::kNothingCycles);
    CHECK(statistics(Mode::Timed) == functional);
    CHECK(statistics(Mode::Rtl) == functional);
    auto lockstep = statistics(Mode::Lockstep);
    CHECK(lockstep.at("lockstep.commands") == 15);
    CHECK(lockstep.at("lockstep.equal_cycles") == 15);
    lockstep.erase("lockstep.commands");
    lockstep.erase("lockstep.equal_cycles");
    CHECK(lockstep == functional);
}

TEST_CASE("modes: two RTL tiles of one board run side by side as two functional ones do") {
    const Script script(5);
    const auto run_both = [&](Mode mode) {
        test::FreshSimulation simulation;
        base::EventQueue events{"events"};
        Bench one("one", mode, events);
        Bench two("two", mode, events);
        std::string seen;
        for (Bench* bench : {&one, &two}) {
            auto l1 = script.plan.l1;
            bench->probe.debug(tlm::TLM_WRITE_COMMAND, 0,
                               {reinterpret_cast<unsigned char*>(l1.data()), l1.size()});
            bench->steps = &script.steps;
            bench->schedule(0);
        }
        one.run(200'000);
        for (Bench* bench : {&one, &two}) {
            bench->see_the_end();
            seen += bench->seen.str();
        }
        return seen;
    };
    CHECK(run_both(Mode::Rtl) == run_both(Mode::Functional));
}
