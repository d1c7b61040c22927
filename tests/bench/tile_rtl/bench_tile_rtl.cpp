// SPDX-License-Identifier: Apache-2.0
// What the wrapper costs: cycles a second of the Verilated tile behind its TLM front against the
// bare Verilated class in the same run, busy and idle, in SystemC and in the whole board, with and
// without waveform; four tiles on two threads against one; and instructions a second of a board
// whose RTL tile idles against those of one with the functional tile. Times are the process's CPU
// time unless they are marked; ratios are the middle of pairs measured right after each other.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/rtl/bare_tile.h"
#include "bench/tile_rtl/working_board.h"
#include "fresh_simulation.h"
#include "platform/board.h"
#include "tile/rtl_tile.h"
#include "tile/tile.h"
#include "unit/memory/probe.h"
#include "unit/platform/machine_code.h"
#include "unit/platform/mini_board.h"

using namespace athena;
using tile::Tile;

namespace {

constexpr unsigned kRepeats = 5;
constexpr std::uint64_t kIdleCycles = 1'000'000;
constexpr base::Picoseconds kEvents{1'000'000};  // something happens on the board each microsecond
constexpr std::uint64_t kRam = 0x8000'0000;

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// The tile in a board of nothing else, but for events in regular distances that end its batches.
struct Wrapped : sc_core::sc_module, base::Target, base::EventTarget {
    Wrapped(const sc_core::sc_module_name& name, Tile::Mode mode)
        : sc_core::sc_module(name),
          records("records", *this),
          tile("tile", {.mode = mode}, events, diagnostics, threads),
          id(events.add_target("ticker", *this)) {
        probe.socket.bind(tile.socket);
        tile.completion.bind(records);
        std::vector<std::byte> l1(tile.config().l1_bytes);
        test::fill_operands(l1);
        probe.debug(tlm::TLM_WRITE_COMMAND, 0,
                    {reinterpret_cast<unsigned char*>(l1.data()), l1.size()});
        events.schedule(kEvents, id, 0);
    }
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        ++completed;
        completed_at = cycles();
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    void on_event(std::uint32_t /*kind*/, std::uint64_t /*payload*/) override {
        events.schedule(events.now() + kEvents, id, 0);
    }
    // Returns the cycles from push to completion.
    std::uint64_t run_product() {
        auto line = test::product_line();
        probe.access(tlm::TLM_WRITE_COMMAND, tile::kQueueWindow,
                     {reinterpret_cast<unsigned char*>(line.data()), line.size()});
        const std::uint64_t before = cycles();
        for (const unsigned wanted = completed + 1; completed < wanted;) {
            run(10 * kEvents.value);
        }
        return completed_at - before;
    }
    void run(std::uint64_t picoseconds) {
        sc_core::sc_start(sc_core::sc_time::from_value(picoseconds));
    }
    [[nodiscard]] std::uint64_t cycles() const {
        return base::ClockDomain(tile.config().clock_hz).elapsed(events.now()).value;
    }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::TargetSocket records;
    base::HostThreads threads{1};
    Tile tile;
    test::Probe probe{"probe"};
    base::EventQueue::TargetId id;
    unsigned completed = 0;
    std::uint64_t completed_at = 0;
};

struct Rates {
    double busy = 0;  // cycles a second
    double idle = 0;
};

template <typename Work>
double rate_of(std::uint64_t amount, Work work) {
    const double start = cpu_seconds();
    work();
    return static_cast<double>(amount) / (cpu_seconds() - start);
}

void measure(test::BareTile& tile, Rates& best) {
    std::uint64_t cycles = 0;
    const double start = cpu_seconds();
    for (tile.push(); !tile.idle(); ++cycles) {
        tile.tick();
    }
    best.busy = std::max(best.busy, static_cast<double>(cycles) / (cpu_seconds() - start));
    best.idle = std::max(best.idle, rate_of(kIdleCycles, [&] {
                             for (std::uint64_t i = 0; i < kIdleCycles; ++i) {
                                 tile.tick();
                             }
                         }));
}

void measure(Wrapped& wrapped, Rates& best) {
    const double start = cpu_seconds();
    const std::uint64_t cycles = wrapped.run_product();
    best.busy = std::max(best.busy, static_cast<double>(cycles) / (cpu_seconds() - start));
    const base::ClockDomain clock(wrapped.tile.config().clock_hz);
    best.idle = std::max(best.idle,
                         rate_of(kIdleCycles, [&] { wrapped.run(clock.at({kIdleCycles}).value); }));
}

// The middle one of pairs that were measured one right after the other, so that what else the host
// does weighs on both.
double middle(std::vector<double> ratios) {
    std::ranges::sort(ratios);
    return ratios[ratios.size() / 2];
}

double busy_rate(test::BareTile& tile) {
    std::uint64_t cycles = 0;
    const double start = cpu_seconds();
    for (tile.push(); !tile.idle(); ++cycles) {
        tile.tick();
    }
    return static_cast<double>(cycles) / (cpu_seconds() - start);
}

double busy_rate(Wrapped& wrapped) {
    const double start = cpu_seconds();
    const std::uint64_t cycles = wrapped.run_product();
    return static_cast<double>(cycles) / (cpu_seconds() - start);
}

// Of all tiles together, a product's time each.
template <typename Clock>
double busy_rate(test::WorkingBoard& board, Clock seconds) {
    constexpr std::uint64_t kProduct = 44;  // microseconds
    const std::uint64_t before = board.busy_cycles();
    const double start = seconds();
    board.run(kProduct);
    return static_cast<double>(board.busy_cycles() - before) / (seconds() - start);
}

void print(const char* what, double rate, double ratio, const char* against) {
    constexpr double kMacs = 16.0 * 16.0 * 0.98;  // a busy cycle's, or a little more
    std::printf("%-36s %8.1f kcycles/s %8.2f MMAC/s  %.3f of %s\n", what, rate / 1e3,
                rate * kMacs / 1e6, ratio, against);
}

void measure_busy() {
    constexpr unsigned kPairs = 9;
    test::BareTile bare;
    test::FreshSimulation simulation;
    Wrapped wrapped("wrapped", Tile::Mode::Rtl);
    std::vector<double> bare_rates;
    std::vector<double> wrapped_rates;
    std::vector<double> wrapped_ratios;
    for (unsigned i = 0; i < kPairs; ++i) {
        bare_rates.push_back(busy_rate(bare));
        wrapped_rates.push_back(busy_rate(wrapped));
        wrapped_ratios.push_back(wrapped_rates.back() / bare_rates.back());
    }
    print("busy: bare loop", middle(bare_rates), 1, "itself");
    print("busy: wrapper in SystemC", middle(wrapped_rates), middle(wrapped_ratios), "bare");
}

void measure_busy_board() {
    constexpr unsigned kPairs = 9;
    test::BareTile bare;
    test::WorkingBoard board(1, "rtl");
    std::vector<double> rates;
    std::vector<double> ratios;
    for (unsigned i = 0; i < kPairs; ++i) {
        const double bare_rate = busy_rate(bare);
        rates.push_back(busy_rate(board, cpu_seconds));
        ratios.push_back(rates.back() / bare_rate);
    }
    print("busy: wrapper in the whole board", middle(rates), middle(ratios), "bare");
}

double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// How much faster two threads of this host are now than one, on what they share nothing of.
double host_gain(test::BareTile& first, test::BareTile& second) {
    const double start = wall_seconds();
    busy_rate(first);
    busy_rate(second);
    const double middle = wall_seconds();
    std::thread other([&] { busy_rate(second); });
    busy_rate(first);
    other.join();
    return (middle - start) / (wall_seconds() - middle);
}

// Wall time: two free cores show the gain, a loaded host less of it, which is told beside.
bool measure_threads() {
    constexpr unsigned kPairs = 9;
    test::BareTile first;
    test::BareTile second;
    test::WorkingBoard one(4, "rtl", 1);
    test::WorkingBoard two(4, "rtl", 2);
    std::vector<double> one_rates;
    std::vector<double> two_rates;
    std::vector<double> ratios;
    std::vector<double> host;
    for (unsigned i = 0; i < kPairs; ++i) {
        one_rates.push_back(busy_rate(one, wall_seconds));
        two_rates.push_back(busy_rate(two, wall_seconds));
        ratios.push_back(two_rates.back() / one_rates.back());
        host.push_back(host_gain(first, second));
    }
    print("busy: 4 tiles on 1 thread (wall)", middle(one_rates), 1, "itself");
    print("busy: 4 tiles on 2 threads (wall)", middle(two_rates), middle(ratios), "1 thread");
    std::printf("%-36s best pair %.3f; two bare loops on this host now: %.3f, best %.3f\n", "",
                *std::ranges::max_element(ratios), middle(host), *std::ranges::max_element(host));
    const bool same = one.statistics() == two.statistics();
    std::printf("machine statistics of both boards are %s\n", same ? "equal" : "DIFFERENT");
    return same;
}

// The port-level driver alone, a waveform open and not.
void measure_wave() {
    constexpr unsigned kPairs = 5;
    constexpr std::uint64_t kFor = 4096;  // cycles
    const std::string file = (std::filesystem::temp_directory_path() /
                              ("bench_tile_rtl_" + std::to_string(getpid()) + ".fst"))
                                 .string();
    const auto rate = [&](bool wave) {
        tile::RtlTile tile;
        if (wave) {
            tile.wave(file, 0, std::uint64_t{1} << 40);
        }
        tile.reset(0);
        std::vector<std::byte> l1(1 << 20);
        test::fill_operands(l1);
        tile.poke(0, l1);
        auto line = test::product_line();
        std::uint64_t cycle = tile.access(0, {tile::kQueueWindow, true, line}).cycle;
        tile.advance(cycle + kFor);  // operands are there
        const double start = cpu_seconds();
        tile.advance(cycle + 5 * kFor);
        return 4 * kFor / (cpu_seconds() - start);
    };
    std::vector<double> rates;
    std::vector<double> slower;
    for (unsigned i = 0; i < kPairs; ++i) {
        const double closed = rate(false);
        rates.push_back(rate(true));
        slower.push_back(closed / rates.back());
    }
    std::filesystem::remove(file);
    std::printf("%-36s %8.1f kcycles/s  %.1f times slower than without\n",
                "busy: FST of all signals open", middle(rates) / 1e3, middle(slower));
}

void measure_tiles() {
    test::FreshSimulation simulation;
    test::BareTile bare;
    Wrapped rtl("rtl", Tile::Mode::Rtl);
    Rates bare_rates;
    Rates rtl_rates;
    for (unsigned i = 0; i < kRepeats; ++i) {
        measure(bare, bare_rates);
        measure(rtl, rtl_rates);
    }
    std::printf("idle: bare %8.1f  wrapped %8.1f kcycles/s  ratio %.1f\n", bare_rates.idle / 1e3,
                rtl_rates.idle / 1e3, rtl_rates.idle / bare_rates.idle);
}

void measure_lockstep() {
    test::FreshSimulation simulation;
    Wrapped rtl("rtl", Tile::Mode::Rtl);
    Wrapped lockstep("lockstep", Tile::Mode::Lockstep);
    Rates rtl_rates;
    Rates lockstep_rates;
    for (unsigned i = 0; i < 2; ++i) {
        measure(rtl, rtl_rates);
        measure(lockstep, lockstep_rates);
    }
    std::printf("busy  rtl  %8.1f  lockstep %7.1f kcycles/s  ratio %.3f\n", rtl_rates.busy / 1e3,
                lockstep_rates.busy / 1e3, lockstep_rates.busy / rtl_rates.busy);
}

// A board whose hart counts for ever.
struct Counting {
    explicit Counting(const std::string& fidelity) : config(test::mini_board()) {
        auto blocks = platform::blocks_of(config);
        platform::choose_fidelity(blocks, fidelity);
        board = std::make_unique<platform::Board>(
            config, platform::BoardOptions{.blocks = std::move(blocks)}, log);
        test::Program rom;
        rom.li(test::rv::t0, kRam);
        rom.jr(test::rv::t0);
        board->load_rom(rom.bytes(), {.entry = kRam, .device_tree = 0, .next_entry = 0});
        test::Program loop;
        const auto start = loop.here();
        loop.addi(test::rv::t1, test::rv::t1, 1);
        loop.addi(test::rv::t2, test::rv::t2, 3);
        loop.jump(start);
        board->load(kRam, loop.bytes(), 0);
    }
    void measure(double& best) {
        const std::uint64_t before = board->instructions();
        const double start = cpu_seconds();
        board->run_until(board->now() + base::Picoseconds{200'000'000'000});
        const auto done = static_cast<double>(board->instructions() - before);
        best = std::max(best, done / (cpu_seconds() - start));
    }

    std::ostringstream log;
    platform::BoardConfig config;
    std::unique_ptr<platform::Board> board;
};

// Where the heap puts a board decides on up to a tenth of its speed: each is the first now and
// then.
void measure_boards() {
    double functional_rate = 0;
    double rtl_rate = 0;
    for (unsigned i = 0; i < kRepeats; ++i) {
        const bool rtl_first = i % 2 != 0;
        Counting first(rtl_first ? "rtl" : "functional");
        Counting second(rtl_first ? "functional" : "rtl");
        first.measure(rtl_first ? rtl_rate : functional_rate);
        second.measure(rtl_first ? functional_rate : rtl_rate);
    }
    std::printf("board with a tile that idles: functional %.1f  rtl %.1f MIPS  ratio %.3f\n",
                functional_rate / 1e6, rtl_rate / 1e6, rtl_rate / functional_rate);
}

}  // namespace

extern "C" int sc_main(int /*argc*/, char* /*argv*/[]) {
    measure_busy();
    measure_busy_board();
    measure_wave();
    measure_tiles();
    measure_lockstep();
    measure_boards();
    return measure_threads() ? 0 : 1;
}

int main(int argc, char* argv[]) {
    return sc_core::sc_elab_and_sim(argc, argv);
}
