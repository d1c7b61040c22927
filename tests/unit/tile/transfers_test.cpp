// SPDX-License-Identifier: Apache-2.0
// Bursts of L1 by the four phases. Cycles are those of docs/tile.md, "From outside": a write whose
// first beat is taken in cycle c has its response in c + 2, a read its data in c + 3, each a cycle
// later for each further beat; the response's handshake ends that cycle. So alone, of n beats:
//
//   write  c + 3 + n - 1        read  c + 4 + n - 1
//
// A beat is served a cycle, whoever it belongs to: of bursts that wait for each other the next one
// ends n cycles behind the one before.
#include <array>
#include <deque>
#include <random>
#include <sstream>

#include "base/state.h"
#include "fresh_simulation.h"
#include "matmul_line.h"
#include "tile/tile.h"
#include "unit/timed_fabric/phases.h"

using namespace athena;
using test::PhaseInitiator;
using test::Row;
using Mode = tile::Tile::Mode;

namespace {

constexpr std::uint64_t kQueue = 0x81'0000;

struct NoRecords : sc_core::sc_module, base::Target {
    explicit NoRecords(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        ++count;
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    base::TargetSocket socket;
    unsigned count = 0;
};

// A clock of 1 GHz: a nanosecond is a cycle.
struct Bench {
    explicit Bench(Mode mode)
        : tile("tile", {.clock_hz = 1'000'000'000, .mode = mode}, events, diagnostics, threads) {
        initiator.socket.bind(tile.socket);
        tile.completion.bind(records.socket);
    }
    /// By b_transport, now; returns its cycles.
    std::uint64_t access(tlm::tlm_command command, std::uint64_t address,
                         std::span<std::byte> data) {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(data.data()));
        payload.set_data_length(static_cast<unsigned>(data.size()));
        payload.set_streaming_width(static_cast<unsigned>(data.size()));
        sc_core::sc_time delay;
        initiator.socket->b_transport(payload, delay);
        REQUIRE(payload.is_response_ok());
        return delay.value() / test::kPicosecondsPerCycle;
    }
    void run(std::uint64_t cycles) {
        sc_core::sc_start(sc_core::sc_time::from_value(cycles * test::kPicosecondsPerCycle));
    }

    test::FreshSimulation simulation;
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::HostThreads threads{1};
    tile::Tile tile;
    PhaseInitiator initiator{"initiator", events};
    NoRecords records{"records"};
};

std::vector<Mode> modes(bool functional) {
    std::vector<Mode> all{Mode::Timed};
    if (functional) {
        all.push_back(Mode::Functional);
    }
    if (tile::Tile::has_rtl({})) {
        all.insert(all.end(), {Mode::Rtl, Mode::Lockstep, Mode::LockstepData});
    }
    return all;
}

void check(const std::vector<Row>& rows, bool functional) {
    for (const Mode mode : modes(functional)) {
        INFO("mode " << static_cast<int>(mode));
        Bench bench(mode);
        bench.initiator.play(rows);
        sc_core::sc_start();
        bench.initiator.check();
        CHECK(bench.log.str().empty());
    }
}

/// `count` rows that are issued at `cycle`, one behind the other in L1, ending every `every` cycles
/// from `first` on.
std::vector<Row> stream(std::uint64_t cycle, bool write, std::uint32_t length, std::uint64_t first,
                        std::uint64_t every, std::uint64_t count) {
    std::vector<Row> rows;
    for (std::uint64_t i = 0; i < count; ++i) {
        rows.push_back({cycle, write, i * length, length, first + i * every});
    }
    return rows;
}

}  // namespace

TEST_CASE("tile: bursts alone take their cycles by the four phases") {
    check({{10, true, 0x0, 64, 13},      // 10 + 3
           {20, false, 0x0, 64, 24},     // 20 + 4
           {30, true, 0x100, 256, 36},   // 30 + 3 + 3
           {40, false, 0x100, 256, 47},  // 40 + 4 + 3
           {50, true, 0x3C, 100, 55},    // bytes 60 to 159: three beats, 50 + 3 + 2
           {60, false, 0x3F, 2, 65},     // two beats, 60 + 4 + 1
           {70, true, 0x0, 4096, 136}},  // 64 beats, 70 + 3 + 63
          true);
}

TEST_CASE("tile: bursts of one direction follow each other without a gap") {
    check(stream(5, true, 256, 11, 4, 16), true);   // 5 + 6, then 4 beats each
    check(stream(5, false, 256, 12, 4, 16), true);  // 5 + 7
    check(stream(5, true, 64, 8, 1, 40), true);     // 5 + 3
    check(stream(5, false, 64, 9, 1, 40), true);    // 5 + 4
    check(stream(5, true, 128, 9, 2, 40), true);    // 5 + 4
    check(stream(5, false, 128, 10, 2, 40), true);  // 5 + 5
}

TEST_CASE("tile: a burst behind one that is under way waits for as long as that has L1") {
    // Of the second write the first beat is served in cycle 15, behind those in 11 to 14, instead
    // of 13; the third one's is, in 32, as if it was alone.
    check({{10, true, 0x0, 256, 16}, {12, true, 0x100, 256, 20}, {31, true, 0x200, 64, 34}}, true);
    check({{10, false, 0x0, 256, 17}, {12, false, 0x100, 256, 21}, {31, false, 0x200, 64, 35}},
          true);
}

TEST_CASE("tile: reads and writes take turns at L1") {
    // Both want it from cycle 11 on. The write has it first, in 11, 13, 15 and 17, the read in 12,
    // 14, 16 and 18: responses two and three cycles behind the last beat.
    check({{10, true, 0x0, 256, 19}, {10, false, 0x100, 256, 21}}, false);
    // The functional model has one queue of beats: the read's are served from 15 on.
    Bench bench(Mode::Functional);
    bench.initiator.play({{10, true, 0x0, 256, 16}, {10, false, 0x100, 256, 21}});
    sc_core::sc_start();
    bench.initiator.check();
}

namespace {

/// The rules in a few lines: a request ends at once unless four of its direction are under way; a
/// burst can be served from the cycle behind its own on; L1 serves a beat a cycle, of reads and
/// writes in turn, writes first.
std::vector<std::uint64_t> ends_by_the_rules(const std::vector<Row>& rows) {
    struct UnderWay {
        std::size_t row;
        std::uint64_t start;
        std::uint64_t left;
    };
    std::vector<std::uint64_t> ends(rows.size(), 0);
    std::deque<UnderWay> queues[2];          // reads, writes
    std::deque<std::uint64_t> responses[2];  // cycles
    std::size_t sent = 0;
    constexpr unsigned kNone = 2;
    unsigned open = kNone;  // direction whose last request waits
    bool reads_turn = false;
    const auto count = [&](unsigned way) { return queues[way].size() + responses[way].size(); };
    for (std::uint64_t cycle = 0; sent < rows.size() || count(0) + count(1) != 0; ++cycle) {
        for (auto& ending : responses) {
            while (!ending.empty() && ending.front() == cycle) {
                ending.pop_front();
            }
        }
        if (open != kNone && count(open) < 4) {
            open = kNone;
        }
        while (open == kNone && sent < rows.size() && rows[sent].issue <= cycle) {
            const Row& row = rows[sent];
            const unsigned way = row.write ? 1 : 0;
            const std::uint64_t last = (row.address + row.length - 1) / 64;
            queues[way].push_back({sent++, cycle, last - row.address / 64 + 1});
            open = count(way) == 4 ? way : kNone;
        }
        const auto wants = [&](unsigned way) {
            return !queues[way].empty() && queues[way].front().start < cycle;
        };
        if (!wants(0) && !wants(1)) {
            continue;
        }
        const unsigned way = wants(0) && (!wants(1) || reads_turn) ? 0 : 1;
        reads_turn = way == 1;
        UnderWay& front = queues[way].front();
        if (--front.left == 0) {
            ends[front.row] = cycle + (way == 1 ? 2 : 3);
            responses[way].push_back(ends[front.row]);
            queues[way].pop_front();
        }
    }
    return ends;
}

}  // namespace

TEST_CASE("tile: random bursts end by the rules") {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t bound) {
            return static_cast<std::uint32_t>(random() % bound);
        };
        const std::uint32_t pause = 1 + below(12);  // cycles between bursts at most
        std::vector<Row> rows;
        std::uint64_t cycle = 5;
        for (int i = 0; i < 120; ++i) {
            const std::uint32_t length = below(2) == 0 ? 256 : 1 + below(256);
            const std::uint64_t address =
                std::uint64_t{below(200)} * 4096 + below(4096 - length + 1);
            rows.push_back({cycle, below(3) != 0, address, length, 0});
            cycle += below(pause);
        }
        const std::vector<std::uint64_t> ends = ends_by_the_rules(rows);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].ends = ends[i];
        }
        INFO("seed " << seed);
        check(rows, false);
    }
}

namespace {

/// A burst, or an access by b_transport in its cycle.
struct Step {
    enum class What : std::uint8_t { Burst, Register, SetRegister, Command, Odd } what;
    Row row;
};

std::vector<Step> random_steps(std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t bound) {
        return static_cast<std::uint32_t>(random() % bound);
    };
    const std::uint32_t pause = 1 + below(10);
    const std::uint32_t turns = 1 + below(30);   // bursts of a direction that follow each other
    const std::uint32_t others = 8 + below(60);  // one of so many is no burst
    std::vector<Step> steps;
    std::uint64_t cycle = 5;
    bool write = true;
    for (int i = 0; i < 150; ++i) {
        write = below(turns) == 0 ? !write : write;
        const std::uint32_t length = below(4) != 0 ? 256 : 1 + below(256);
        const auto what =
            below(others) != 0 ? Step::What::Burst : static_cast<Step::What>(1 + below(4));
        const std::uint64_t address = 0x8'0000 + std::uint64_t{below(64)} * 4096 + below(3841);
        steps.push_back({what, {cycle, write, address, length, 0}});
        cycle += below(pause);
    }
    return steps;
}

struct Times {
    std::vector<std::uint64_t> ends;    // of bursts
    std::vector<std::uint64_t> delays;  // of the other steps
    std::vector<std::byte> bytes;       // of registers
    bool operator==(const Times&) const = default;
};

/// Does the steps that are no bursts, as the board's event queue knows beforehand.
class Host : private base::EventTarget {
  public:
    Host(Bench& bench, const std::vector<Step>& steps)
        : bench_(bench), steps_(steps), id_(bench.events.add_target("host", *this)) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (steps[i].what != Step::What::Burst) {
                bench.events.schedule({steps[i].row.issue * test::kPicosecondsPerCycle}, id_, 0, i);
            }
        }
    }
    Times times;

  private:
    void on_event(std::uint32_t, std::uint64_t number) override {
        const Step& step = steps_[number];
        const auto command = step.row.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND;
        std::array<std::byte, 8> value{};
        auto line = test::matmul_line({.m = 40,
                                       .n = 20,
                                       .k = 70,
                                       .b = 0x1'0000,
                                       .c = 0x2'0000,
                                       .a_ld = 5,
                                       .b_ld = 2,
                                       .c_ld = 4});
        std::vector<std::byte> across(300);  // a multiple of 4 KiB
        switch (step.what) {
            case Step::What::Register:
                done(bench_.access(tlm::TLM_READ_COMMAND, 0x80'0040, value));  // CYCLES
                times.bytes.insert(times.bytes.end(), value.begin(), value.end());
                break;
            case Step::What::SetRegister:
                done(bench_.access(tlm::TLM_WRITE_COMMAND, 0x80'0010, std::span(value).first(1)));
                break;
            case Step::What::Command:
                done(bench_.access(tlm::TLM_WRITE_COMMAND, kQueue, line));
                break;
            default:
                done(bench_.access(command, 0xC'0F00, across));
        }
    }
    void done(std::uint64_t cycles) { times.delays.push_back(cycles); }

    Bench& bench_;
    const std::vector<Step>& steps_;
    base::EventQueue::TargetId id_;
};

Times play(Mode mode, const std::vector<Step>& steps) {
    Bench bench(mode);
    Host host(bench, steps);
    std::vector<Row> rows;
    for (const Step& step : steps) {
        if (step.what == Step::What::Burst) {
            rows.push_back(step.row);
        }
    }
    bench.initiator.play(rows);
    sc_core::sc_start();
    host.times.ends = bench.initiator.ends();
    CHECK(bench.log.str().empty());
    return host.times;
}

}  // namespace

TEST_CASE("tile: bursts among commands and other accesses end in all modes as by the pins") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        const std::vector<Step> steps = random_steps(seed);
        const Times timed = play(Mode::Timed, steps);
        for (const Mode mode : modes(false)) {
            INFO("mode " << static_cast<int>(mode));
            const Times times = play(mode, steps);
            CHECK(times.ends == timed.ends);
            CHECK(times.delays == timed.delays);
            CHECK(times.bytes == timed.bytes);
        }
    }
}

TEST_CASE("tile: what is no burst of L1 is answered as by b_transport") {
    for (const Mode mode : modes(true)) {
        INFO("mode " << static_cast<int>(mode));
        Bench bench(mode);
        bench.initiator.play({{10, false, 0x80'0000, 8, 14},       // a register: 10 + 4
                              {20, true, 0xFE0, 64, 24},           // two bursts: across 4 KiB
                              {30, true, (1 << 20) - 32, 64, 30},  // beyond L1
                              {40, false, 0x82'0000, 4, 40}});
        sc_core::sc_start();
        bench.initiator.check();
        CHECK(bench.initiator.status(0) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.initiator.status(1) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.initiator.status(2) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        CHECK(bench.initiator.status(3) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
}

TEST_CASE("tile: b_transport waits for the bursts before it, and they for nothing") {
    // Two writes of four beats are served in 11 to 18. A register's write, taken by the port in 12,
    // comes behind them: served in 19, its response is two cycles later.
    for (const Mode mode : modes(false)) {
        INFO("mode " << static_cast<int>(mode));
        Bench bench(mode);
        bench.initiator.play({{10, true, 0x0, 256, 16}, {10, true, 0x100, 256, 20}});
        bench.run(12);
        std::byte none{};
        CHECK(bench.access(tlm::TLM_WRITE_COMMAND, 0x80'0000 + 8, {&none, 1}) == 21 - 12);
        sc_core::sc_start();
        bench.initiator.check();
    }
}

TEST_CASE("tile: a range in flight refuses bursts when they begin") {
    for (const Mode mode : modes(true)) {
        INFO("mode " << static_cast<int>(mode));
        Bench bench(mode);
        bench.diagnostics.set_strict(false);
        auto line = test::matmul_line(
            {.m = 32, .n = 32, .k = 32, .b = 0x1000, .c = 0x2000, .a_ld = 4, .b_ld = 4, .c_ld = 4});
        bench.run(1);
        bench.access(tlm::TLM_WRITE_COMMAND, kQueue, line);
        bench.initiator.play({{20, true, 0x0, 64, 20},       // A
                              {21, false, 0x2000, 256, 21},  // C
                              {22, false, 0x8000, 64, 0}});
        sc_core::sc_start();
        CHECK(bench.initiator.status(0) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        CHECK(bench.initiator.status(1) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        CHECK(bench.initiator.status(2) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.records.count == 1);
        // Popped in cycle 1 + 9, the array's 32 + 32 lines of the first panels take L1 from the
        // fourth cycle behind that on, 14 to 77. The read is served in 78, its data are valid two
        // cycles later. The functional model does not wait: 22 + 4.
        CHECK(bench.initiator.ends().at(2) == (mode == Mode::Functional ? 26 : 81));
    }
}

TEST_CASE("tile: a reset ends bursts that are under way with an error") {
    for (const Mode mode : modes(true)) {
        INFO("mode " << static_cast<int>(mode));
        Bench bench(mode);
        auto rows = stream(10, true, 256, 0, 0, 8);
        bench.initiator.play(rows);
        bench.initiator.play({{100, true, 0x0, 256, 106}});
        bench.run(18);  // the first one has ended, in 16
        bench.tile.reset();
        sc_core::sc_start();
        CHECK(bench.initiator.status(0) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.initiator.status(1) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        CHECK(bench.initiator.status(4) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        CHECK(bench.initiator.ends().at(4) == 18);
        // What begins afterwards is served: a new port, four beats each.
        CHECK(bench.initiator.status(5) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.initiator.ends().at(5) == 24);
        CHECK(bench.initiator.ends().at(8) == 106);
        CHECK(bench.log.str().empty());
    }
}

TEST_CASE("tile: is not saved while bursts are under way") {
    for (const Mode mode : modes(true)) {
        Bench bench(mode);
        bench.initiator.play({{10, true, 0x0, 256, 16}});
        bench.run(12);
        base::StateWriter writer;
        CHECK_THROWS_AS(bench.tile.save(writer), base::StateError);
        bench.run(10);
        base::StateWriter later;
        CHECK_NOTHROW(bench.tile.save(later));
    }
}

TEST_CASE("tile: a change of mode waits for bursts that are under way") {
    Bench bench(Mode::Timed);
    bench.initiator.play(stream(10, true, 256, 16, 4, 4));
    bench.initiator.play({{60, false, 0x0, 256, 67}});
    bench.run(12);
    bench.tile.set_mode(Mode::Functional);
    CHECK(bench.tile.mode() == Mode::Timed);
    sc_core::sc_start();
    CHECK(bench.tile.mode() == Mode::Functional);
    bench.initiator.check();
}
