// SPDX-License-Identifier: Apache-2.0
#include "tile/tile.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <sstream>

#include "base/state.h"
#include "counters.h"
#include "fresh_simulation.h"
#include "matmul_line.h"
#include "tile/cycles.h"
#include "unit/memory/probe.h"

using namespace athena;
using test::matmul_line;
using test::MatmulFields;

namespace {

struct Records : sc_core::sc_module, base::Target {
    struct Record {
        std::uint64_t when;
        std::uint32_t tag;
        std::uint32_t status;
        bool operator==(const Record&) const = default;
    };
    explicit Records(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        CHECK(payload.get_data_length() == 8);
        Record record{sc_core::sc_time_stamp().value(), 0, 0};
        std::memcpy(&record.tag, payload.get_data_ptr(), 4);
        std::memcpy(&record.status, payload.get_data_ptr() + 4, 4);
        list.push_back(record);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    base::TargetSocket socket;
    std::vector<Record> list;
};

struct Wire : base::IrqSink {
    void set_irq(unsigned, bool value) override { level = value; }
    bool level = false;
};

constexpr std::uint64_t kRegisters = 0x80'0000;
constexpr std::uint64_t kQueue = 0x81'0000;

// A clock of 1 GHz: a nanosecond is a cycle.
struct Bench {
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::HostThreads threads{1};
    tile::Tile tile{"tile",
                    {.l1_bytes = 0x1'0000, .queue_depth = 2, .clock_hz = 1'000'000'000},
                    events,
                    diagnostics,
                    threads};
    Records records{"records"};
    test::Probe probe{"probe"};
    Wire wire;

    Bench() {
        probe.socket.bind(tile.socket);
        tile.completion.bind(records.socket);
        tile.irq.connect(wire, 0);
    }
    tlm::tlm_response_status push(const MatmulFields& fields) {
        auto line = matmul_line(fields);
        return probe.access(tlm::TLM_WRITE_COMMAND, kQueue,
                            {reinterpret_cast<unsigned char*>(line.data()), line.size()});
    }
    template <typename T>
    tlm::tlm_response_status write(std::uint64_t address, T value) {
        return probe.access(tlm::TLM_WRITE_COMMAND, address,
                            {reinterpret_cast<unsigned char*>(&value), sizeof value});
    }
    template <typename T>
    tlm::tlm_response_status read(std::uint64_t address, T& value) {
        return probe.access(tlm::TLM_READ_COMMAND, address,
                            {reinterpret_cast<unsigned char*>(&value), sizeof value});
    }
    std::uint64_t reg(std::uint64_t offset) {
        std::uint64_t value = 0;
        CHECK(read(kRegisters + offset, value) == tlm::TLM_OK_RESPONSE);
        return value;
    }
    // What is due at the end is left to the next call.
    void run(std::uint64_t nanoseconds) {
        sc_core::sc_start(sc_core::sc_time::from_value(nanoseconds * 1000));
    }
};

// One row times one column of 64: A at 0, B rows at 0x1000 + 32 k, C at 0x2000.
constexpr MatmulFields kDot{.m = 1, .n = 1, .k = 64, .b = 0x1000, .c = 0x2000, .b_ld = 1, .tag = 5};

std::uint64_t cycles_of(const MatmulFields& fields) {
    return tile::command_cycles(tile::decode_matmul(matmul_line(fields), 0x1'0000).matmul, {});
}

using Record = Records::Record;

}  // namespace

TEST_CASE("tile: L1 takes any bytes inside its size, with byte enables and streaming") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.write<std::uint64_t>(0x1'0000 - 8, 0x0102'0304'0506'0708) == tlm::TLM_OK_RESPONSE);
    std::uint16_t odd = 0;
    CHECK(bench.read(0x1'0000 - 7, odd) == tlm::TLM_OK_RESPONSE);
    CHECK(odd == 0x0607);
    CHECK(bench.write<std::uint64_t>(0x1'0000 - 7, 0) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.write<std::uint8_t>(0x1'0000, 0) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.write<std::uint8_t>(0x82'0000, 0) == tlm::TLM_ADDRESS_ERROR_RESPONSE);

    unsigned char enables[] = {0xFF, 0};
    bench.probe.payload.set_byte_enable_ptr(enables);
    bench.probe.payload.set_byte_enable_length(2);
    CHECK(bench.write<std::uint64_t>(0x1'0000 - 8, ~std::uint64_t{0}) == tlm::TLM_OK_RESPONSE);
    std::uint64_t value = 0x1111'1111'1111'1111;
    CHECK(bench.read(0x1'0000 - 8, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0x11FF'11FF'11FF'11FF);
    bench.probe.payload.set_byte_enable_ptr(nullptr);
    CHECK(bench.read(0x1'0000 - 8, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0x01FF'03FF'05FF'07FF);

    std::uint32_t words[] = {0x0A0A'0A0A, 0x0B0B'0B0B};
    bench.probe.prepare(tlm::TLM_WRITE_COMMAND, 0x100,
                        {reinterpret_cast<unsigned char*>(words), sizeof words});
    bench.probe.payload.set_streaming_width(4);
    bench.probe.socket->b_transport(bench.probe.payload, bench.probe.delay);
    CHECK(bench.read(0x100, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0x0B0B'0B0B);
}

TEST_CASE("tile: an access costs its cycles, a beat more for each 64-byte line it touches") {
    test::FreshSimulation simulation;
    Bench bench;
    unsigned char data[192] = {};
    const auto cost = [&](tlm::tlm_command command, std::uint64_t address, unsigned size) {
        CHECK(bench.probe.access(command, address, {data, size}) == tlm::TLM_OK_RESPONSE);
        return bench.probe.delay.value() / 1000;
    };
    using namespace tile;
    CHECK(cost(tlm::TLM_READ_COMMAND, 0, 64) == kReadCycles);
    CHECK(cost(tlm::TLM_READ_COMMAND, 63, 2) == kReadCycles + 1);
    CHECK(cost(tlm::TLM_READ_COMMAND, 0, 192) == kReadCycles + 2);
    CHECK(cost(tlm::TLM_WRITE_COMMAND, 1, 128) == kWriteCycles + 2);
    CHECK(cost(tlm::TLM_READ_COMMAND, kRegisters, 8) == kReadCycles);
}

TEST_CASE("tile: registers refuse what is not 1, 2, 4 or 8 aligned bytes, and byte enables") {
    test::FreshSimulation simulation;
    Bench bench;
    unsigned char data[16] = {};
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, kRegisters, {data, 3}) ==
          tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, kRegisters, {data, 16}) ==
          tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, kRegisters + 2, {data, 4}) ==
          tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, kRegisters + 0x30, {data, 8}) ==
          tlm::TLM_ADDRESS_ERROR_RESPONSE);
    unsigned char enables[] = {0xFF};
    bench.probe.payload.set_byte_enable_ptr(enables);
    bench.probe.payload.set_byte_enable_length(1);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, kRegisters, {data, 8}) ==
          tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_CASE("tile: the queue takes one aligned 64-byte write and nothing else") {
    test::FreshSimulation simulation;
    Bench bench;
    auto line = matmul_line(kDot);
    const std::span bytes(reinterpret_cast<unsigned char*>(line.data()), line.size());
    const auto write = tlm::TLM_WRITE_COMMAND;
    CHECK(bench.probe.access(write, kQueue + 32, bytes) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.probe.access(write, kQueue, bytes.first(32)) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, kQueue, bytes) ==
          tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.run(1000);
    CHECK(bench.records.list.empty());
    CHECK(bench.tile.idle());
    CHECK(bench.probe.access(write, kQueue + 0xFFC0, bytes) == tlm::TLM_OK_RESPONSE);
    CHECK_FALSE(bench.tile.idle());
    bench.run(1000);
    CHECK(bench.records.list.size() == 1);
    CHECK(bench.diagnostics.guest_faults() == 3);
}

TEST_CASE("tile: commands complete in order at the cycles of the formula") {
    test::FreshSimulation simulation;
    Bench bench;
    auto second = kDot;
    second.tag = 6;
    second.m = 2;
    second.a_ld = 4;
    second.c_ld = 1;
    auto bad = kDot;
    bad.tag = 7;
    bad.c = 1;
    bench.run(10);
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    bench.run(tile::kPopCycles + 1);
    CHECK(bench.push(second) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bad) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(kDot) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.run(5000 - (tile::kPopCycles + 1));
    using namespace tile;
    const std::uint64_t first_end = 10 + kPopCycles + cycles_of(kDot);
    const std::uint64_t second_end = first_end + cycles_of(second);
    const std::uint64_t third_end = second_end + kNothingCycles;
    CHECK(bench.records.list == std::vector<Record>{{first_end * 1000, 5, 0},
                                                    {second_end * 1000, 6, 0},
                                                    {third_end * 1000, 7, 5}});
    CHECK(bench.reg(0x60) == 1);
    CHECK(bench.reg(0x40) == 5010 + tile::kReadSampleCycles);
    CHECK(bench.reg(0x48) == cycles_of(kDot) + cycles_of(second) + kNothingCycles);
    const test::Counters counters(bench.tile);
    CHECK(counters.values.at("commands") == 3);
    CHECK(counters.values.at("errors") == 1);
    CHECK(counters.values.at("refused") == 1);
    CHECK(counters.values.at("multiply_accumulates") == 64 + 128);
    CHECK(counters.values.at("busy_cycles") == bench.reg(0x48));
}

TEST_CASE("tile: operands in flight refuse writes, results every access, until the completion") {
    test::FreshSimulation simulation;
    Bench bench;
    constexpr std::uint16_t kOne = 0x3F80;
    CHECK(bench.write(0, kOne) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.write(0x1000, kOne) == tlm::TLM_OK_RESPONSE);
    auto waiting = kDot;
    waiting.c = 0x3000;
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(waiting) == tlm::TLM_OK_RESPONSE);
    const auto error = tlm::TLM_GENERIC_ERROR_RESPONSE;
    std::uint32_t value = 0;
    // A is 0 to 128, B 0x1000 to 0x1000 + 63 · 32 + 2 = 0x17E2, C 0x2000 to 0x2004.
    CHECK(bench.write<std::uint8_t>(127, 0xFF) == error);
    CHECK(bench.write<std::uint8_t>(128, 0xFF) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.write<std::uint32_t>(0x17E0, 0) == error);
    CHECK(bench.write<std::uint32_t>(0x17E2, 0) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.write<std::uint32_t>(0x1010, 0) == error);  // a gap between rows of B
    CHECK(bench.write<std::uint8_t>(0x2003, 0xFF) == error);
    CHECK(bench.read(0x2000, value) == error);
    CHECK(bench.read(0x1FFD, value) == error);
    CHECK(bench.read(0x1FFC, value) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.read(0, value) == tlm::TLM_OK_RESPONSE);
    // The waiting command has no ranges yet.
    CHECK(bench.write<std::uint32_t>(0x3000, 0xFFFF'FFFF) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.diagnostics.guest_faults() == 6);
    CHECK(bench.log.str().find("range in flight") != std::string::npos);
    bench.run(tile::kPopCycles + cycles_of(kDot) + 1);
    REQUIRE(bench.records.list.size() == 1);
    CHECK(bench.read(0x2000, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0x3F80'0000);
    CHECK(bench.read(0x3000, value) == error);
    bench.run(2000);
    CHECK(bench.read(0x3000, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0x3F80'0000);
    const test::Counters counters(bench.tile);
    CHECK(counters.values.at("in_flight_faults") == 7);
}

TEST_CASE("tile: of a write with byte enables only the enabled bytes may meet a range in flight") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    unsigned char enables[] = {0xFF, 0xFF, 0, 0};
    bench.probe.payload.set_byte_enable_ptr(enables);
    bench.probe.payload.set_byte_enable_length(4);
    CHECK(bench.write<std::uint32_t>(0x1FFE, 0xAABB'CCDD) == tlm::TLM_OK_RESPONSE);
    enables[2] = 0xFF;
    CHECK(bench.write<std::uint32_t>(0x1FFE, 0) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    bench.probe.payload.set_byte_enable_ptr(nullptr);
    std::uint16_t value = 0;
    CHECK(bench.read(0x1FFE, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0xCCDD);
}

TEST_CASE("tile: a command that will not run has no ranges in flight") {
    test::FreshSimulation simulation;
    Bench bench;
    auto refused = kDot;
    refused.mode = test::kSaturate;
    CHECK(bench.push(refused) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.write<std::uint64_t>(kRegisters + 0x10, 0x100) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.write<std::uint32_t>(0x2000, 0x1234'5678) == tlm::TLM_OK_RESPONSE);
    bench.run(tile::kPopCycles + tile::kNothingCycles + 1);
    REQUIRE(bench.records.list.size() == 1);
    std::uint32_t value = 0;
    CHECK(bench.read(0x2000, value) == tlm::TLM_OK_RESPONSE);
    bench.run(1000);
    REQUIRE(bench.records.list.size() == 2);
    CHECK(bench.records.list[1].status == 8);
    CHECK(bench.read(0x2000, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0x1234'5678);
    CHECK(bench.diagnostics.guest_faults() == 0);
}

TEST_CASE("tile: the interrupt rises with the completion and falls when its cause is cleared") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.write<std::uint8_t>(kRegisters + 0x10, 1) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    bench.run(tile::kPopCycles + cycles_of(kDot));
    CHECK_FALSE(bench.wire.level);
    bench.run(1);
    CHECK(bench.wire.level);
    // The write shows two cycles after its instant.
    CHECK(bench.write<std::uint8_t>(kRegisters + 0x20, 1) == tlm::TLM_OK_RESPONSE);
    bench.run(2);
    CHECK(bench.wire.level);
    bench.run(1);
    CHECK_FALSE(bench.wire.level);
}

TEST_CASE(
    "tile: debug transport reads and writes L1, reads registers, and takes no notice of flight") {
    test::FreshSimulation simulation;
    Bench bench;
    unsigned char data[16] = {1, 2, 3, 4};
    const auto write = tlm::TLM_WRITE_COMMAND;
    const auto read = tlm::TLM_READ_COMMAND;
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.probe.debug(write, 0x2000, {data, 4}) == 4);
    CHECK(bench.probe.debug(write, 0x1'0000 - 2, {data, 4}) == 2);
    unsigned char found[8] = {};
    CHECK(bench.probe.debug(read, 0x2000, {found, 4}) == 4);
    CHECK(std::memcmp(found, data, 4) == 0);
    CHECK(bench.probe.debug(read, kRegisters + 0x18, {found, 2}) == 2);
    CHECK(found[0] == 0);
    CHECK(found[1] == 1);  // QUEUED
    CHECK(bench.probe.debug(write, kRegisters + 0x10, {data, 4}) == 0);
    CHECK(bench.probe.debug(read, kQueue, {found, 8}) == 0);
    tlm::tlm_dmi dmi;
    bench.probe.prepare(read, 0, {found, 8});
    CHECK_FALSE(bench.probe.socket->get_direct_mem_ptr(bench.probe.payload, dmi));
}

TEST_CASE("tile: reset drops commands without completing them and keeps L1") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.write<std::uint32_t>(0x400, 0xCAFE'F00D) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    bench.run(200);
    CHECK(bench.reg(0x48) > 100);
    bench.tile.reset();
    CHECK(bench.tile.idle());
    bench.run(2000);
    CHECK(bench.records.list.empty());
    CHECK(bench.reg(0x40) == 2000 + tile::kReadSampleCycles);
    std::uint32_t value = 0;
    CHECK(bench.read(0x400, value) == tlm::TLM_OK_RESPONSE);
    CHECK(value == 0xCAFE'F00D);
    CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
    bench.run(1000);
    CHECK(bench.records.list.size() == 1);
    const test::Counters counters(bench.tile);  // go on over a reset, registers do not
    CHECK(counters.values.at("commands") == 1);
    CHECK(counters.values.at("bytes_written") >= 4);
    CHECK(bench.reg(0x48) > 0);
    CHECK(counters.values.at("busy_cycles") > 100 + bench.reg(0x48));
}

TEST_CASE("tile: a mode without a Verilated build is refused") {
    test::FreshSimulation simulation;
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::HostThreads threads{1};
    const tile::Tile::Config config{.rows = 7, .mode = tile::Tile::Mode::Rtl};
    CHECK_FALSE(tile::Tile::has_rtl(config));
    CHECK_THROWS_AS(tile::Tile("tile", config, events, diagnostics, threads),
                    std::invalid_argument);
}

TEST_CASE("tile: what looks past the ranges in flight sees a running command's results, once") {
    test::FreshSimulation simulation;
    auto product = kDot;
    product.mode = test::kAccumulate;
    std::vector<std::byte> saved;
    const auto fill = [](Bench& bench) {
        std::uint16_t one = 0x3F80;  // BF16
        bench.probe.debug(tlm::TLM_WRITE_COMMAND, 0, {reinterpret_cast<unsigned char*>(&one), 2});
        bench.probe.debug(tlm::TLM_WRITE_COMMAND, 0x1000,
                          {reinterpret_cast<unsigned char*>(&one), 2});
    };
    const auto seen_by_debugger = [](Bench& bench) {
        float value = 0;
        bench.probe.debug(tlm::TLM_READ_COMMAND, 0x2000,
                          {reinterpret_cast<unsigned char*>(&value), 4});
        return value;
    };
    {
        Bench bench;
        fill(bench);
        CHECK(bench.push(product) == tlm::TLM_OK_RESPONSE);
        CHECK(seen_by_debugger(bench) == 1.0F);
        bench.run(30);
        base::StateWriter writer;
        bench.events.save(writer);
        bench.tile.save(writer);
        saved = writer.data();
        bench.run(3000);
        CHECK(seen_by_debugger(bench) == 1.0F);
        CHECK(bench.push(product) == tlm::TLM_OK_RESPONSE);
        bench.tile.reset();
        CHECK(seen_by_debugger(bench) == 2.0F);  // its results are whole
    }
    test::FreshSimulation again;
    Bench bench;
    base::StateReader reader(saved);
    bench.events.load(reader);
    bench.tile.load(reader);
    bench.run(3000);
    CHECK(bench.records.list.size() == 1);
    CHECK(seen_by_debugger(bench) == 1.0F);
}

TEST_CASE("tile: saved in mid-command and loaded into a fresh board, it ends equally") {
    std::vector<std::byte> saved;
    std::vector<Record> expected;
    auto second = kDot;
    second.tag = 6;
    {
        test::FreshSimulation simulation;
        Bench bench;
        CHECK(bench.write<std::uint8_t>(kRegisters + 0x10, 1) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.push(kDot) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.push(second) == tlm::TLM_OK_RESPONSE);
        bench.run(30);
        base::StateWriter writer;
        bench.events.save(writer);
        bench.tile.save(writer);
        saved = writer.data();
        bench.run(3000);
        expected = bench.records.list;
        REQUIRE(expected.size() == 2);
    }
    test::FreshSimulation simulation;
    Bench bench;
    base::StateReader reader(saved);
    bench.events.load(reader);
    bench.tile.load(reader);
    std::uint32_t value = 0;
    CHECK(bench.read(0x2000, value) == tlm::TLM_GENERIC_ERROR_RESPONSE);  // still in flight
    bench.run(3000);
    for (Record& record : expected) {
        record.when -= 30'000;  // the kernel's own time starts anew
    }
    CHECK(bench.records.list == expected);
    CHECK(bench.wire.level);
    CHECK(bench.reg(0x50) == 2);
}
