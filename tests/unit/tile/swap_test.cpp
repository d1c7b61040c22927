// SPDX-License-Identifier: Apache-2.0
// A tile whose implementation changes while it works, against one that stays functional: the same
// records, results, registers, interrupts and statistics.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <random>
#include <sstream>

#include "base/state.h"
#include "counters.h"
#include "fresh_simulation.h"
#include "matmul_line.h"
#include "tile/cycles.h"
#include "tile/lockstep_tile.h"
#include "tile/tile.h"
#include "unit/memory/probe.h"

using namespace athena;
using test::matmul_line;
using test::MatmulFields;
using tile::Tile;
using Mode = Tile::Mode;

namespace {

constexpr std::uint64_t kRegisters = 0x80'0000;
constexpr std::uint64_t kQueue = 0x81'0000;
constexpr std::uint64_t kL1 = 1 << 20;
constexpr std::uint64_t kCtrl = 0x10;
constexpr std::uint64_t kStatus = 0x18;
constexpr std::uint64_t kIrq = 0x20;
constexpr unsigned kDepth = 8;

struct Record {
    std::uint64_t when;  // picoseconds
    std::uint32_t tag;
    std::uint32_t status;
    bool operator==(const Record&) const = default;
};

// A clock of 1 GHz: a nanosecond is a cycle.
struct Bench : sc_core::sc_module, base::Target, base::IrqSink, base::EventTarget {
    explicit Bench(const sc_core::sc_module_name& name, std::vector<Tile::ModeChange> changes = {},
                   Mode mode = Mode::Functional)
        : sc_core::sc_module(name),
          records_socket("records", *this),
          tile("tile", {.clock_hz = 1'000'000'000, .mode = mode, .changes = std::move(changes)},
               events, diagnostics, threads) {
        probe.socket.bind(tile.socket);
        tile.completion.bind(records_socket);
        tile.irq.connect(*this, 0);
    }
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        Record record{sc_core::sc_time_stamp().value(), 0, 0};
        std::memcpy(&record.tag, payload.get_data_ptr(), 4);
        std::memcpy(&record.status, payload.get_data_ptr() + 4, 4);
        records.push_back(record);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    void set_irq(unsigned, bool value) override { level = value; }

    bool write(std::uint64_t address, std::span<const std::byte> data) {
        std::vector<unsigned char> bytes(data.size());
        std::memcpy(bytes.data(), data.data(), data.size());
        const auto status = probe.access(tlm::TLM_WRITE_COMMAND, address, bytes);
        wait();
        return status == tlm::TLM_OK_RESPONSE;
    }
    bool push(const MatmulFields& fields) { return write(kQueue, matmul_line(fields)); }
    void set(std::uint64_t offset, std::uint64_t value) {
        CHECK(write(kRegisters + offset, std::as_bytes(std::span(&value, 1))));
    }
    std::uint64_t get(std::uint64_t offset, unsigned size = 8) {
        std::uint64_t value = 0;
        CHECK(probe.access(tlm::TLM_READ_COMMAND, kRegisters + offset,
                           {reinterpret_cast<unsigned char*>(&value), size}) ==
              tlm::TLM_OK_RESPONSE);
        wait();
        return value;
    }
    // The initiator goes on when it has its answer.
    void wait() { run(probe.delay.value() / 1000); }
    std::uint64_t peek(std::uint64_t offset, unsigned size) {
        std::uint64_t value = 0;
        CHECK(probe.debug(tlm::TLM_READ_COMMAND, kRegisters + offset,
                          {reinterpret_cast<unsigned char*>(&value), size}) == size);
        return value;
    }
    std::vector<unsigned char> l1() {
        std::vector<unsigned char> bytes(kL1);
        CHECK(probe.debug(tlm::TLM_READ_COMMAND, 0, bytes) == kL1);
        return bytes;
    }
    std::map<std::string, std::uint64_t> statistics() { return test::Counters(tile).values; }
    void on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) override {}
    // The end is an event of the board, so that the RTL does not run beyond it.
    void run(std::uint64_t nanoseconds) {
        events.schedule(events.now() + base::Picoseconds{nanoseconds * 1000}, id, 0);
        sc_core::sc_start(sc_core::sc_time::from_value(nanoseconds * 1000));
    }
    static std::uint64_t now() { return sc_core::sc_time_stamp().value() / 1000; }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::TargetSocket records_socket;
    base::EventQueue::TargetId id = events.add_target("guest", *this);
    base::HostThreads threads{1};
    Tile tile;
    test::Probe probe{"probe"};
    std::vector<Record> records;
    bool level = false;
};

// 20 x 24 = 20 x 48 · 48 x 24 from random operands, a few thousand cycles.
constexpr MatmulFields kProduct{.m = 20,
                                .n = 24,
                                .k = 48,
                                .b = 0x1'0000,
                                .c = 0x2'0000,
                                .a_ld = 3,
                                .b_ld = 2,
                                .c_ld = 3,
                                .tag = 1};

void fill(Bench& bench, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> data(0x1000);
    for (const std::uint64_t address : {0x0, 0x1'0000}) {
        for (std::byte& byte : data) {
            byte = static_cast<std::byte>(random());
        }
        CHECK(bench.write(address, data));
    }
}

// All that a guest can know at the end of a round.
struct Seen {
    std::vector<Record> records;
    std::vector<std::uint64_t> registers;
    bool level = false;
};

constexpr std::uint64_t kRound = 30'000;  // cycles, in which every round ends

// The same guest for both tiles: bursts of commands, some bad, some aborted, with operands that
// results of others become, interrupts and their causes, registers of every width.
Seen play(Bench& bench, std::uint64_t seed, unsigned rounds, bool bursts) {
    std::mt19937_64 random(seed);
    Seen seen;
    fill(bench, seed);
    std::uint32_t tag = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        const std::uint64_t end = (round + 1) * kRound;
        bench.set(kCtrl, random() % 4);
        const std::uint64_t count = bursts ? 1 + random() % (kDepth - 1) : 1;
        for (std::uint64_t i = 0; i < count; ++i) {
            MatmulFields fields = kProduct;
            fields.m = 1 + static_cast<std::uint32_t>(random() % 20);
            fields.c = 0x2'0000 + static_cast<std::uint32_t>(random() % 4) * 0x1000;
            fields.mode = i % 2 == 1 ? test::kAccumulate : std::uint16_t{0};
            fields.tag = ++tag;
            if (i > 0 && random() % 6 == 0) {
                fields.c += 1;  // refused by its alignment; the first one outlasts the abort
            }
            CHECK(bench.push(fields));
        }
        if (random() % 4 == 0) {
            bench.set(kCtrl, 0x101);
        }
        bench.run(end - Bench::now());
        bench.write(0x4'0000 + random() % 0x1000, matmul_line(kProduct));
        for (const std::uint64_t offset : {0x10, 0x18, 0x20, 0x28, 0x48, 0x50, 0x58, 0x60, 0x68}) {
            const unsigned size = 1U << random() % 4;
            const std::uint64_t part = random() % (8 / size) * size;
            seen.registers.push_back(bench.get(offset));
            seen.registers.push_back(bench.get(offset + part, size));
            if (offset != kCtrl) {  // a debugger sees ABORT in the functional model
                seen.registers.push_back(bench.peek(offset + part, size));
            }
        }
        seen.level = bench.level;
        bench.set(kIrq, random() % 4);
        bench.run(100);
        seen.registers.push_back(bench.level ? 1 : 0);
        seen.registers.push_back(bench.get(0x40));
        bench.run(end + 2000 - Bench::now());
    }
    seen.records = bench.records;
    return seen;
}

std::vector<Tile::ModeChange> random_changes(std::uint64_t seed, std::uint64_t commands) {
    std::mt19937_64 random(seed);
    std::vector<Tile::ModeChange> changes;
    std::uint64_t mode = 0;
    for (std::uint64_t command = random() % 4; command < commands; command += 1 + random() % 12) {
        mode = (mode + 1 + random() % 2) % 3;  // always another one
        changes.push_back({command, static_cast<Mode>(mode)});
    }
    return changes;
}

std::string first_difference(const std::vector<std::uint64_t>& found,
                             const std::vector<std::uint64_t>& expected) {
    const auto [a, b] = std::ranges::mismatch(found, expected);
    if (a == found.end() || b == expected.end()) {
        return found.size() == expected.size() ? "none" : "number";
    }
    return "number " + std::to_string(a - found.begin()) + ": " + std::to_string(*a) +
           " instead of " + std::to_string(*b);
}

std::map<std::string, std::uint64_t> without_swaps(std::map<std::string, std::uint64_t> values) {
    for (const char* name : {"swaps", "lockstep.commands", "lockstep.equal_cycles"}) {
        values.erase(name);
    }
    return values;
}

}  // namespace

TEST_CASE("swap: at random commands, between single commands, nothing differs, not even a cycle") {
    for (const std::uint64_t seed : {1, 2, 3}) {
        CAPTURE(seed);
        constexpr unsigned kRounds = 60;
        Seen expected;
        std::vector<unsigned char> l1;
        std::map<std::string, std::uint64_t> statistics;
        {
            test::FreshSimulation simulation;
            Bench bench("bench");
            expected = play(bench, seed, kRounds, false);
            l1 = bench.l1();
            statistics = bench.statistics();
        }
        test::FreshSimulation simulation;
        Bench bench("bench", random_changes(seed, kRounds));
        const Seen found = play(bench, seed, kRounds, false);
        CHECK(bench.tile.swaps() > 3);
        CHECK_FALSE(bench.diagnostics.stopped());
        CHECK(found.records == expected.records);
        CHECK(first_difference(found.registers, expected.registers) == "none");
        CHECK(bench.l1() == l1);
        CHECK(without_swaps(bench.statistics()) == statistics);
    }
}

TEST_CASE("swap: in the midst of bursts, records, results and registers are the same") {
    for (const std::uint64_t seed : {11, 12, 13}) {
        CAPTURE(seed);
        constexpr unsigned kRounds = 25;
        Seen expected;
        std::vector<unsigned char> l1;
        std::map<std::string, std::uint64_t> statistics;
        {
            test::FreshSimulation simulation;
            Bench bench("bench");
            expected = play(bench, seed, kRounds, true);
            l1 = bench.l1();
            statistics = bench.statistics();
        }
        test::FreshSimulation simulation;
        Bench bench("bench", random_changes(seed, kRounds * 4));
        Seen found = play(bench, seed, kRounds, true);
        CHECK(bench.tile.swaps() > 3);
        CHECK_FALSE(bench.diagnostics.stopped());
        // Lines that wait for the change start later.
        const auto forget_times = [](Seen& seen) {
            std::ranges::for_each(seen.records, [](Record& record) { record.when = 0; });
        };
        forget_times(found);
        forget_times(expected);
        CHECK(found.records == expected.records);
        CHECK(first_difference(found.registers, expected.registers) == "none");
        CHECK(bench.l1() == l1);
        CHECK(without_swaps(bench.statistics()) == statistics);
    }
}

TEST_CASE("swap: lines that wait count as queued, a full queue refuses, then they run in order") {
    test::FreshSimulation simulation;
    Bench bench("bench", {{1, Mode::Lockstep}, {3, Mode::Functional}, {5, Mode::Rtl}});
    fill(bench, 1);
    MatmulFields fields = kProduct;
    for (unsigned i = 0; i <= kDepth; ++i) {
        fields.tag = i;
        CHECK(bench.push(fields));
        bench.run(20);
    }
    CHECK(bench.tile.mode() == Mode::Functional);
    CHECK(bench.get(kStatus) == (1 | kDepth << 8));
    CHECK(bench.peek(kStatus + 1, 1) == kDepth);
    CHECK_FALSE(bench.push(fields));
    CHECK(bench.get(0x60) == 1);
    bench.run(100'000);
    REQUIRE(bench.records.size() == kDepth + 1);
    for (unsigned i = 0; i <= kDepth; ++i) {
        CHECK(bench.records[i].tag == i);
        CHECK(bench.records[i].status == 0);
    }
    CHECK(bench.tile.mode() == Mode::Rtl);
    CHECK(bench.tile.swaps() == 3);
    CHECK(bench.get(0x60) == 1);
    CHECK(bench.get(0x50) == kDepth + 1);
    const auto cycles =
        tile::command_cycles(tile::decode_matmul(matmul_line(kProduct), kL1).matmul, {});
    CHECK(bench.get(0x48) == (kDepth + 1) * cycles);
    CHECK(bench.get(0x68) == cycles);
    const auto statistics = bench.statistics();
    CHECK(statistics.at("lockstep.commands") == 2);
    CHECK(statistics.at("lockstep.equal_cycles") == 2);
    CHECK(statistics.at("refused") == 1);
    CHECK(statistics.at("swaps") == 3);
}

TEST_CASE("swap: by a call, at once when idle, after the commands that have been pushed when not") {
    test::FreshSimulation simulation;
    Bench bench("bench");
    fill(bench, 1);
    bench.tile.set_mode(Mode::Rtl);
    CHECK(bench.tile.mode() == Mode::Rtl);
    CHECK(bench.push(kProduct));
    CHECK(bench.push(kProduct));
    bench.tile.set_mode(Mode::Functional);
    CHECK(bench.tile.mode() == Mode::Rtl);
    bench.run(20'000);
    CHECK(bench.records.size() == 2);
    CHECK(bench.tile.mode() == Mode::Functional);
}

TEST_CASE("swap: a mistake at a late command is reached in functional time and found in lockstep") {
    test::FreshSimulation simulation;
    Bench bench("bench", {{900, Mode::Lockstep}, {950, Mode::Functional}});
    std::vector<std::byte> ones(0x2000);
    for (std::size_t i = 1; i < ones.size(); i += 2) {
        ones[i] = std::byte{0x3F};  // BF16 0.5
    }
    CHECK(bench.write(0, ones));
    CHECK(bench.write(0x1'0000, ones));
    MatmulFields fields = kProduct;
    for (unsigned command = 0; command < 910; ++command) {
        fields.tag = command;
        if (command == 905) {
            // The RTL's A[3][7] and nobody else's.
            auto& lockstep = dynamic_cast<tile::LockstepTile&>(bench.tile.implementation());
            std::byte byte{};
            lockstep.peek(3 * 96 + 7 * 2, std::span(&byte, 1));
            byte ^= std::byte{0x40};
            lockstep.poke_rtl(3 * 96 + 7 * 2, std::span(&byte, 1));
        }
        CHECK(bench.push(fields));
        bench.run(5000);
        if (bench.diagnostics.stopped()) {
            break;
        }
    }
    REQUIRE(bench.diagnostics.stopped());
    CHECK(bench.diagnostics.stopped()->status == base::ExitStatus::Simulator);
    CHECK_THAT(bench.diagnostics.stopped()->reason,
               Catch::Contains("command with tag 905: C[3][0] is"));
}

TEST_CASE("swap: reset keeps L1 and the mode, and drops what waits") {
    test::FreshSimulation simulation;
    Bench bench("bench", {{1, Mode::Rtl}});
    fill(bench, 1);
    CHECK(bench.push(kProduct));
    CHECK(bench.push(kProduct));
    const auto before = bench.l1();
    bench.tile.reset();
    CHECK(bench.tile.idle());
    CHECK(bench.l1() == before);
    bench.run(1000);
    CHECK(bench.get(0x40) == 1000 + tile::kReadSampleCycles);
    CHECK(bench.get(0x50) == 0);
    CHECK(bench.push(kProduct));
    bench.run(20'000);
    CHECK(bench.records.size() == 1);
    CHECK(bench.get(0x50) == 1);
}

TEST_CASE("swap: state saved while lines wait for a change goes on in another board") {
    // Records of what was completed later.
    const auto play_on = [](Bench& bench) {
        bench.records.clear();
        bench.run(60'000);
        std::vector<std::uint32_t> tags;
        for (const Record& record : bench.records) {
            tags.push_back(record.tag);
            CHECK(record.status == 0);
        }
        CHECK(bench.tile.mode() == Mode::Rtl);
        return std::pair(tags, std::pair(bench.l1(), bench.get(0x48)));
    };
    const std::vector<Tile::ModeChange> changes = {{2, Mode::Lockstep}, {3, Mode::Rtl}};
    std::vector<std::byte> saved;
    std::pair<std::vector<std::uint32_t>, std::pair<std::vector<unsigned char>, std::uint64_t>>
        expected;
    {
        test::FreshSimulation simulation;
        Bench bench("bench", changes);
        fill(bench, 1);
        for (std::uint32_t tag = 0; tag < 5; ++tag) {
            MatmulFields fields = kProduct;
            fields.tag = tag;
            CHECK(bench.push(fields));
        }
        bench.run(500);
        base::StateWriter writer;
        bench.events.save(writer);
        bench.tile.save(writer);
        saved = writer.data();
        expected = play_on(bench);
    }
    test::FreshSimulation simulation;
    Bench bench("bench", changes);
    base::StateReader reader(saved);
    bench.events.load(reader);
    bench.tile.load(reader);
    const auto found = play_on(bench);
    CHECK(found.first == expected.first);
    CHECK(found.second.first == expected.second.first);
    CHECK(found.second.second == expected.second.second);
}
