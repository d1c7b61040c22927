// SPDX-License-Identifier: Apache-2.0
#include "dma/dma_engine.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <sstream>

#include "base/state.h"
#include "copy_line.h"
#include "fresh_simulation.h"
#include "iopmp/iopmp_core.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"

using namespace athena;
using test::copy_line;

namespace {

struct Completions : sc_core::sc_module, base::Target {
    struct Record {
        std::uint64_t when;
        std::uint32_t tag;
        std::uint32_t status;
        std::uint64_t address;
        bool operator==(const Record&) const = default;
    };
    explicit Completions(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        Record record{sc_core::sc_time_stamp().value(), 0, 0, 0};
        std::memcpy(&record.tag, payload.get_data_ptr(), 4);
        std::memcpy(&record.status, payload.get_data_ptr() + 4, 4);
        std::memcpy(&record.address, payload.get_data_ptr() + 8, 8);
        records.push_back(record);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    base::TargetSocket socket;
    std::vector<Record> records;
};

struct Bench {
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::CodePages code;
    memory::Memory memory{"memory", {.size = 1 << 20}, code};
    dma::DmaEngine engine{"dma",
                          {.channels = 2,
                           .queue_depth = 2,
                           .clock_hz = 1'000'000'000,
                           .launch_cycles = 10,
                           .bytes_per_cycle = 64},
                          events,
                          diagnostics};
    Completions completions{"completions"};
    test::Probe probe{"probe"};

    Bench() {
        probe.socket.bind(engine.socket);
        engine.fabric.bind(memory.socket);
        engine.completion.bind(completions.socket);
    }
    tlm::tlm_response_status push(unsigned channel, test::Line line) {
        return probe.access(tlm::TLM_WRITE_COMMAND, 0x8000 + 0x40 * channel,
                            {reinterpret_cast<unsigned char*>(line.data()), line.size()});
    }
    std::uint64_t reg(std::uint64_t offset, unsigned size) {
        std::uint64_t value = 0;
        CHECK(probe.access(tlm::TLM_READ_COMMAND, offset,
                           {reinterpret_cast<unsigned char*>(&value), size}) ==
              tlm::TLM_OK_RESPONSE);
        return value;
    }
};

using Record = Completions::Record;

}  // namespace

TEST_CASE("dma: commands of a channel run one after another, channels side by side, at 1 GHz") {
    test::FreshSimulation simulation;
    Bench bench;
    const auto line = [](std::uint32_t tag, std::uint32_t bytes) {
        return copy_line({.src = 0, .dst = 0x8000, .cols = bytes, .rows = 1, .tag = tag});
    };
    CHECK(bench.push(0, line(1, 640)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, line(2, 1)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(1, line(3, 128)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.reg(0x100, 4) == (2u << 8 | 1));
    sc_core::sc_start();
    // launch 10 + beats 10; then 10 + 1; channel 1: 10 + 2. Nanoseconds = cycles.
    CHECK(bench.completions.records ==
          std::vector<Record>{{12'000, 3, 0, 0}, {20'000, 1, 0, 0}, {31'000, 2, 0, 0}});
    CHECK(bench.reg(0x100, 4) == 0);
    CHECK(bench.reg(0x108, 8) == 641);
    CHECK(bench.reg(0x110, 8) == 31);
    CHECK(bench.engine.idle());
}

TEST_CASE("dma: a full queue, a short write and a missing channel are bus errors without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    const auto line = copy_line({.src = 0, .dst = 0x8000, .cols = 64, .rows = 1});
    CHECK(bench.push(0, line) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, line) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, line) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.push(2, line) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    std::array<unsigned char, 32> half{};
    CHECK(bench.probe.access(tlm::TLM_WRITE_COMMAND, 0x8040, half) ==
          tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, 0x8000, half) ==
          tlm::TLM_GENERIC_ERROR_RESPONSE);
    sc_core::sc_start();
    CHECK(bench.completions.records.size() == 2);
    CHECK(bench.diagnostics.guest_faults() == 4);
}

TEST_CASE("dma: an error names status, tag and address in completion and registers") {
    test::FreshSimulation simulation;
    Bench bench;
    const std::uint64_t end = 1 << 20;
    CHECK(bench.push(
              1, copy_line({.src = 0, .dst = end - 4096, .cols = 4097, .rows = 1, .tag = 77})) ==
          tlm::TLM_OK_RESPONSE);
    sc_core::sc_start();
    constexpr auto kWriteError = static_cast<std::uint32_t>(dma::Status::WriteError);
    REQUIRE(bench.completions.records.size() == 1);
    CHECK(bench.completions.records[0].tag == 77);
    CHECK(bench.completions.records[0].status == kWriteError);
    CHECK(bench.completions.records[0].address == end);
    CHECK(bench.reg(0x118 + 0x40, 4) == kWriteError);
    CHECK(bench.reg(0x11C + 0x40, 4) == 77);
    CHECK(bench.reg(0x120 + 0x40, 8) == end);
    CHECK(bench.reg(0x108 + 0x40, 8) == 4096);
}

TEST_CASE("dma: a copy of which a row was not granted moves nothing and names the address") {
    test::FreshSimulation simulation;
    Bench bench;
    iopmp::IopmpCore protection({.entries = 2});
    // What harts may read, and what they may write, up to the middle of a page.
    REQUIRE(protection.set_entry(0, {0x1000, 0x4000, true, false, 0, true}));
    REQUIRE(protection.set_entry(1, {0x8000, 0x9800, true, true, 0, true}));
    REQUIRE(protection.set_enabled(true));
    bench.engine.connect(protection);
    const std::span<std::byte> bytes = *bench.memory.span(0, 1 << 20);
    std::ranges::fill(bytes, std::byte{0x11});
    std::ranges::fill(bytes.subspan(0x1000, 0x3000), std::byte{0x22});
    const std::vector<std::byte> before(bytes.begin(), bytes.end());
    const test::CopyFields rows{.cols = 64, .rows = 4, .src_stride = 0x400, .dst_stride = 0x1000};
    const auto run = [&](std::uint32_t tag, std::uint64_t source, std::uint64_t destination) {
        test::CopyFields fields = rows;
        fields.tag = tag;
        fields.src = source;
        fields.dst = destination;
        CHECK(bench.push(0, copy_line(fields)) == tlm::TLM_OK_RESPONSE);
        sc_core::sc_start();
    };
    constexpr auto kNotGranted = static_cast<std::uint32_t>(dma::Status::NotGranted);
    const auto refusal = [&](std::uint32_t tag, std::uint64_t address) {
        const Record& record = bench.completions.records.back();
        return record.tag == tag && record.status == kNotGranted && record.address == address &&
               std::ranges::equal(bytes, before);
    };
    run(1, 0x0F00, 0x8000);
    CHECK(refusal(1, 0x0F00));
    run(2, 0x3400, 0x8000);  // row 3 of the source is behind the entry
    CHECK(refusal(2, 0x4000));
    run(3, 0x1000, 0x8000);  // row 2 of the destination
    CHECK(refusal(3, 0xA000));
    run(4, 0x8000, 0x1000);
    CHECK(refusal(4, 0x1000));
    CHECK(bench.reg(0x118, 4) == kNotGranted);
    CHECK(bench.reg(0x120, 8) == 0x1000);
    CHECK(bench.reg(0x108, 8) == 0);
    CHECK(protection.refused_reads() == 2);
    CHECK(protection.refused_writes() == 2);
    // Rows apart from each other in what was granted, and between them what was not.
    REQUIRE(protection.set_entry(1, {0x8000, 0xC000, true, true, 0, true}));
    run(5, 0x1000, 0x8000);
    CHECK(bench.completions.records.back().status == 0);
    CHECK(bytes[0xB03F] == std::byte{0x22});
    CHECK(bytes[0xB040] == std::byte{0x11});
}

TEST_CASE("dma: saved in mid-copy and loaded into a fresh board, it ends equally") {
    std::vector<std::byte> saved;
    std::vector<Record> expected;
    const auto line = copy_line({.src = 0, .dst = 0x8000, .cols = 640, .rows = 1, .tag = 5});
    {
        test::FreshSimulation simulation;
        Bench bench;
        CHECK(bench.push(0, line) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.push(0, line) == tlm::TLM_OK_RESPONSE);
        sc_core::sc_start(sc_core::sc_time(3, sc_core::SC_NS));
        base::StateWriter writer;
        bench.events.save(writer);
        bench.engine.save(writer);
        saved = writer.data();
        sc_core::sc_start();
        expected = bench.completions.records;
    }
    test::FreshSimulation simulation;
    Bench bench;
    base::StateReader reader(saved);
    bench.events.load(reader);
    bench.engine.load(reader);
    sc_core::sc_start();
    for (Record& record : expected) {
        record.when -= 3000;  // the kernel's own time starts anew
    }
    CHECK(bench.completions.records == expected);
}
