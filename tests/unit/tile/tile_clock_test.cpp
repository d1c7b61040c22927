// SPDX-License-Identifier: Apache-2.0
// RTL tiles under one clock: with any number of host threads they do what each does alone, in every
// cycle, even if a record of one tile leads to a command of another in the same instant.
#include "tile/tile_clock.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <sstream>

#include "fresh_simulation.h"
#include "matmul_line.h"
#include "tile/tile.h"
#include "unit/memory/probe.h"

using namespace athena;
using test::MatmulFields;
using tile::Tile;

namespace {

constexpr std::size_t kTiles = 4;
constexpr std::uint64_t kHz = 1'000'000'000;
constexpr std::uint64_t kQueue = 0x81'0000;
constexpr std::uint64_t kRegisters = 0x80'0000;

struct Event {
    std::uint64_t when;
    std::size_t tile;
    std::uint32_t tag;
    std::uint32_t status;
    bool operator==(const Event&) const = default;
};

struct Board;

struct Place : sc_core::sc_module, base::Target {
    Place(const sc_core::sc_module_name& name, Board& owner, std::size_t number, Tile::Mode mode,
          tile::TileClock* clock);
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override;

    Board& board;
    std::size_t index;
    base::TargetSocket records;
    Tile tile;
    test::Probe probe{"probe"};
};

// Each record makes its tile or its neighbour work on; a timer reads registers and L1 and aborts.
struct Board : base::EventTarget {
    Board(std::uint64_t seed, std::optional<unsigned> count)
        : random(seed), threads(count.value_or(1)) {
        id = events.add_target("guest", *this);
        if (count) {
            clock.emplace(events, kHz, threads);
        }
        for (std::size_t i = 0; i < kTiles; ++i) {
            const Tile::Mode mode = i == 3 ? Tile::Mode::Lockstep : Tile::Mode::Rtl;
            const std::string name = "place" + std::to_string(i);
            places.push_back(
                std::make_unique<Place>(name.c_str(), *this, i, mode, clock ? &*clock : nullptr));
        }
        events.schedule(base::Picoseconds{1000}, id, 0);
    }
    void push(std::size_t index) {
        MatmulFields fields{.m = 1 + static_cast<std::uint32_t>(random() % 40),
                            .n = 1 + static_cast<std::uint32_t>(random() % 40),
                            .k = static_cast<std::uint32_t>(random() % 60),
                            .b = 0x1'0000,
                            .c = 0x2'0000,
                            .a_ld = 4,
                            .b_ld = 4,
                            .c_ld = 8,
                            .tag = ++tag};
        fields.c += random() % 10 == 0 ? 1 : 0;
        auto line = test::matmul_line(fields);
        places[index]->probe.access(tlm::TLM_WRITE_COMMAND, kQueue,
                                    {reinterpret_cast<unsigned char*>(line.data()), line.size()});
    }
    void record(const Event& event) {
        seen.push_back(event);
        if (tag < 150) {
            push((event.tile + random() % 2) % kTiles);
        }
    }
    void on_event(std::uint32_t, std::uint64_t) override {
        Place& place = *places[random() % kTiles];
        if (random() % 4 == 0 && tag < 150) {
            push(place.index);
        }
        std::array<unsigned char, 8> value{};
        const std::uint64_t offset = std::array{0x18, 0x40, 0x48, 0x50, 0x68}[random() % 5];
        place.probe.access(tlm::TLM_READ_COMMAND, kRegisters + offset, value);
        std::uint64_t found = 0;
        std::memcpy(&found, value.data(), 8);
        seen.push_back({events.now().value, place.index, static_cast<std::uint32_t>(found), 99});
        if (random() % 8 == 0) {
            value = {0, 1, 0, 0, 0, 0, 0, 0};
            place.probe.access(tlm::TLM_WRITE_COMMAND, kRegisters + 0x10, value);
        }
        events.schedule(events.now() + base::Picoseconds{1000 * (20 + random() % 2000)}, id, 0);
    }

    std::mt19937_64 random;
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::EventQueue::TargetId id = 0;
    base::HostThreads threads;
    std::optional<tile::TileClock> clock;
    std::vector<std::unique_ptr<Place>> places;
    std::vector<Event> seen;
    std::uint32_t tag = 0;
};

Place::Place(const sc_core::sc_module_name& name, Board& owner, std::size_t number, Tile::Mode mode,
             tile::TileClock* clock)
    : sc_core::sc_module(name),
      board(owner),
      index(number),
      records("records", *this),
      tile("tile", {.clock_hz = kHz, .mode = mode}, owner.events, owner.diagnostics, owner.threads,
           clock) {
    probe.socket.bind(tile.socket);
    tile.completion.bind(records);
    std::mt19937_64 random(number);
    std::vector<unsigned char> l1(0x2'0000);
    for (unsigned char& byte : l1) {
        byte = static_cast<unsigned char>(random());
    }
    probe.debug(tlm::TLM_WRITE_COMMAND, 0, l1);
}

void Place::b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    Event event{board.events.now().value, index, 0, 0};
    std::memcpy(&event.tag, payload.get_data_ptr(), 4);
    std::memcpy(&event.status, payload.get_data_ptr() + 4, 4);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    board.record(event);
}

struct Result {
    std::vector<Event> seen;
    std::vector<std::vector<unsigned char>> l1;
};

Result run(std::uint64_t seed, std::optional<unsigned> threads) {
    test::FreshSimulation simulation;
    Board board(seed, threads);
    sc_core::sc_start(sc_core::sc_time(400, sc_core::SC_US));
    CHECK_FALSE(board.diagnostics.stopped());
    Result result{board.seen, {}};
    for (const auto& place : board.places) {
        CHECK(place->tile.idle());
        result.l1.emplace_back(1 << 20);
        place->probe.debug(tlm::TLM_READ_COMMAND, 0, result.l1.back());
    }
    return result;
}

}  // namespace

TEST_CASE("tile clock: bits, cycles and order are the same with any number of threads") {
    for (const std::uint64_t seed : {1, 2, 3}) {
        CAPTURE(seed);
        const Result alone = run(seed, std::nullopt);
        CHECK(alone.seen.size() > 250);
        for (const unsigned threads : {1U, 2U, 4U, 7U}) {
            CAPTURE(threads);
            const Result result = run(seed, threads);
            CHECK(result.seen.size() == alone.seen.size());
            CHECK((result.seen == alone.seen));
            CHECK((result.l1 == alone.l1));
        }
    }
}
