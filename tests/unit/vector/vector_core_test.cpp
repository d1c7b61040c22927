// SPDX-License-Identifier: Apache-2.0
#include "vector/vector_core.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <sstream>

#include "base/state.h"
#include "fresh_simulation.h"
#include "iopmp/iopmp_core.h"
#include "regs/vector_regs.h"
#include "vector_lines.h"

using namespace athena;
using namespace athena::test;

namespace {

namespace registers = regs::vector;

struct Record {
    std::uint32_t tag;
    std::uint32_t status;
    std::uint64_t time;

    bool operator==(const Record&) const = default;
};

// Two cores on one SRAM; the bench is their command processor and everybody else.
struct Bench : sc_core::sc_module, base::Target, base::Initiator {
    /// `defers`: the cores' works wait in a backlog.
    explicit Bench(const sc_core::sc_module_name& name, bool defers = false)
        : sc_core::sc_module(name),
          diagnostics(log),
          events("events"),
          sram("sram", {.size = 0x10'0000, .latency = {1000}, .owners = 2}, diagnostics,
               defers ? base::Backlog::Lane(backlog, 0) : base::Backlog::Lane()),
          first("first", config(0), sram, events, diagnostics, threads),
          second("second", config(1), sram, events, diagnostics, threads),
          to_sram("to_sram", *this),
          to_first("to_first", *this),
          to_second("to_second", *this),
          from_first("from_first", *this, 0),
          from_second("from_second", *this, 1) {
        to_sram.bind(sram.socket);
        to_first.bind(first.socket);
        to_second.bind(second.socket);
        first.completion.bind(from_first);
        second.completion.bind(from_second);
    }
    static vector::VectorCore::Config config(std::uint32_t owner) {
        return {.queue_depth = 2, .clock_hz = 1'000'000'000, .launch_cycles = 10, .owner = owner};
    }

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        Record record{};
        REQUIRE(payload.get_data_length() == 16);
        std::memcpy(&record, payload.get_data_ptr(), 8);
        record.time = events.now().value;
        std::uint64_t address = 0;
        std::memcpy(&address, payload.get_data_ptr() + 8, 8);
        addresses.push_back(address);
        records[port].push_back(record);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    template <class Socket>
    tlm::tlm_response_status access(Socket& socket, tlm::tlm_command command, std::uint64_t address,
                                    void* data, unsigned length) {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(static_cast<unsigned char*>(data));
        payload.set_data_length(length);
        payload.set_streaming_width(length);
        sc_core::sc_time delay;
        socket->b_transport(payload, delay);
        return payload.get_response_status();
    }
    tlm::tlm_response_status push(base::InitiatorSocket& socket, Lines lines) {
        return access(socket, tlm::TLM_WRITE_COMMAND, registers::kQueueOffset, lines.data(),
                      static_cast<unsigned>(lines.size()));
    }
    std::uint64_t read(std::uint64_t offset, unsigned size = 4) {
        std::uint64_t value = 0;
        REQUIRE(access(to_first, tlm::TLM_READ_COMMAND, offset, &value, size) ==
                tlm::TLM_OK_RESPONSE);
        return value;
    }
    tlm::tlm_response_status touch(tlm::tlm_command command, std::uint64_t address) {
        std::uint32_t value = 0x3F80'0000;
        return access(to_sram, command, address, &value, 4);
    }
    float at(std::uint64_t address) {
        backlog.settle();
        float value = 0;
        std::memcpy(&value, &sram.bytes()[address], 4);
        return value;
    }
    void put(std::uint64_t address, float value) { std::memcpy(&sram.bytes()[address], &value, 4); }

    std::ostringstream log;
    base::Diagnostics diagnostics;
    base::EventQueue events;
    base::HostThreads threads{1};
    base::Backlog backlog{threads, 1};
    memory::SharedSram sram;
    vector::VectorCore first;
    vector::VectorCore second;
    base::InitiatorSocket to_sram;
    base::InitiatorSocket to_first;
    base::InitiatorSocket to_second;
    base::TargetSocket from_first;
    base::TargetSocket from_second;
    std::vector<Record> records[2];
    std::vector<std::uint64_t> addresses;  // of all records
};

Lines tagged(std::uint32_t tag, Lines lines = add_lines()) {
    View(lines).set_tag(tag);
    return lines;
}

void run() {
    sc_core::sc_start(1, sc_core::SC_US);
}

}  // namespace

TEST_CASE("vector core: commands run one after another and complete at their cycles") {
    FreshSimulation fresh;
    Bench bench("bench");
    bench.put(0, 1.0F);
    bench.put(0x1'0000, 2.0F);
    CHECK(bench.push(bench.to_first, tagged(1)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_first, tagged(2)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_first, tagged(3)) == tlm::TLM_GENERIC_ERROR_RESPONSE);  // full
    CHECK(bench.read(registers::kStatusOffset) ==
          (registers::kStatusBusyMask | 2u << registers::kStatusLevelShift));
    run();
    // 10 cycles of launch and 4 rows of a vector, at 1 GHz.
    CHECK((bench.records[0] == std::vector<Record>{{1, 0, 14'000}, {2, 0, 28'000}}));
    CHECK(bench.at(0x2'0000) == 3.0F);
    CHECK(bench.read(registers::kCommandsOffset) == 2);
    CHECK(bench.read(registers::kElementsOffset, 8) == 64);
    CHECK(bench.read(registers::kBusyCyclesOffset, 8) == 28);
    CHECK(bench.first.idle());
    CHECK(bench.read(registers::kIdOffset) == registers::kIdReset);
}

TEST_CASE("vector core: a bad command has its status and writes nothing") {
    FreshSimulation fresh;
    Bench bench("bench");
    Lines lines = tagged(5);
    View(lines).set_a_addr(2);
    CHECK(bench.push(bench.to_first, lines) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_first, tagged(6)) == tlm::TLM_OK_RESPONSE);
    run();
    CHECK((bench.records[0] ==
           std::vector<Record>{{5, static_cast<std::uint32_t>(Status::BadAlignment), 10'000},
                               {6, 0, 24'000}}));
    CHECK(bench.read(registers::kErrorStatusOffset) ==
          static_cast<std::uint32_t>(Status::BadAlignment));
    CHECK(bench.read(registers::kErrorTagOffset) == 5);
}

TEST_CASE("vector core: an operand that was not granted is named, and nothing is written") {
    FreshSimulation fresh;
    Bench bench("bench");
    constexpr std::uint64_t kAddress = 0x40'0400'0000;
    iopmp::IopmpCore protection({.entries = 2});
    REQUIRE(protection.set_entry(0, {kAddress, kAddress + 0x1'0060, true, false, 0, true}));
    REQUIRE(
        protection.set_entry(1, {kAddress + 0x2'0000, kAddress + 0x3'0000, false, true, 0, true}));
    REQUIRE(protection.set_enabled(true));
    bench.first.connect(protection, kAddress);
    bench.put(0, 1.0F);
    constexpr auto kNotGranted = static_cast<std::uint32_t>(Status::NotGranted);
    // Row 3 of b, which takes bytes 0x60 to 0x7F.
    CHECK(bench.push(bench.to_first, tagged(1)) == tlm::TLM_OK_RESPONSE);
    run();
    CHECK((bench.records[0] == std::vector<Record>{{1, kNotGranted, 10'000}}));
    CHECK(bench.addresses[0] == kAddress + 0x1'0060);
    CHECK(bench.read(registers::kErrorAddressOffset, 8) == kAddress + 0x1'0060);
    CHECK(bench.at(0x2'0000) == 0.0F);
    Lines lines = tagged(2, add_lines(3));
    View(lines).set_out_addr(0x1000);
    CHECK(bench.push(bench.to_first, lines) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_first, tagged(3, add_lines(3))) == tlm::TLM_OK_RESPONSE);
    run();
    CHECK(bench.records[0][1].status == kNotGranted);
    CHECK(bench.addresses[1] == kAddress + 0x1000);
    CHECK(bench.records[0][2].status == 0);
    CHECK(bench.at(0x2'0000) == 1.0F);
    CHECK(protection.refused_reads() == 1);
    CHECK(protection.refused_writes() == 1);
}

TEST_CASE("vector core: what a running command owns is refused to others, the rest is not") {
    FreshSimulation fresh;
    Bench bench("bench");
    CHECK(bench.push(bench.to_first, tagged(1)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.touch(tlm::TLM_READ_COMMAND, 0) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.touch(tlm::TLM_WRITE_COMMAND, 0) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.touch(tlm::TLM_WRITE_COMMAND, 0x1'007C) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.touch(tlm::TLM_WRITE_COMMAND, 0x1'0080) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.touch(tlm::TLM_READ_COMMAND, 0x2'0000) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.at(0) == 0.0F);
    CHECK(bench.log.str().find("range in flight: write of 4 bytes at offset 0") !=
          std::string::npos);
    run();
    CHECK(bench.touch(tlm::TLM_READ_COMMAND, 0x2'0000) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.touch(tlm::TLM_WRITE_COMMAND, 0) == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("vector core: two cores share operands, but not a result") {
    FreshSimulation fresh;
    Bench bench("bench");
    Lines other = tagged(2);
    View(other).set_out_addr(0x3'0000);
    CHECK(bench.push(bench.to_first, tagged(1)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_second, other) == tlm::TLM_OK_RESPONSE);
    run();
    CHECK(bench.records[1][0].status == 0);
    CHECK(bench.push(bench.to_first, tagged(3)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_second, tagged(4)) == tlm::TLM_OK_RESPONSE);
    run();
    CHECK(bench.records[0][1].status == 0);
    CHECK(bench.records[1][1].status == static_cast<std::uint32_t>(Status::InFlight));
}

TEST_CASE("vector core: a queue write of another shape is refused") {
    FreshSimulation fresh;
    Bench bench("bench");
    Lines lines = tagged(1);
    CHECK(bench.access(bench.to_first, tlm::TLM_WRITE_COMMAND, registers::kQueueOffset,
                       lines.data(), 64) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.access(bench.to_first, tlm::TLM_WRITE_COMMAND, registers::kQueueOffset + 64,
                       lines.data(), 128) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.access(bench.to_first, tlm::TLM_READ_COMMAND, registers::kQueueOffset, lines.data(),
                       128) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.first.idle());
}

TEST_CASE("vector core: reset drops commands and frees what they own") {
    FreshSimulation fresh;
    Bench bench("bench");
    bench.put(0, 1.0F);
    CHECK(bench.push(bench.to_first, tagged(1)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(bench.to_first, tagged(2)) == tlm::TLM_OK_RESPONSE);
    bench.first.reset();
    CHECK(bench.at(0x2'0000) == 1.0F);  // the running one's results are whole
    CHECK(bench.touch(tlm::TLM_WRITE_COMMAND, 0) == tlm::TLM_OK_RESPONSE);
    run();
    CHECK(bench.records[0].empty());
}

TEST_CASE("vector core: what looks past the claims sees a running command's results, once") {
    const bool defers = GENERATE(false, true);
    const bool sram_first = GENERATE(false, true);
    FreshSimulation fresh;
    Lines in_place = tagged(1);
    View(in_place).set_out_addr(0);
    base::StateWriter writer;
    const auto seen_by_debugger = [](Bench& bench) {
        float value = 0;
        tlm::tlm_generic_payload payload;
        payload.set_read();
        payload.set_address(0);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        payload.set_data_length(4);
        CHECK(bench.to_sram->transport_dbg(payload) == 4);
        return value;
    };
    {
        Bench bench("bench", defers);
        bench.put(0, 1.0F);
        bench.put(0x1'0000, 2.0F);
        CHECK(bench.push(bench.to_first, in_place) == tlm::TLM_OK_RESPONSE);
        CHECK(seen_by_debugger(bench) == 3.0F);
        sc_core::sc_start(5, sc_core::SC_NS);
        bench.events.save(writer);
        if (sram_first) {
            bench.sram.save(writer);
        }
        bench.first.save(writer);
        if (!sram_first) {
            bench.sram.save(writer);
        }
        bench.first.reset();
        CHECK(bench.at(0) == 3.0F);
    }
    FreshSimulation again;
    Bench other("bench", defers);
    base::StateReader reader(writer.data());
    other.events.load(reader);
    if (sram_first) {
        other.sram.load(reader);
    }
    other.first.load(reader);
    if (!sram_first) {
        other.sram.load(reader);
    }
    run();
    CHECK(other.records[0].size() == 1);
    CHECK(other.at(0) == 3.0F);
}

TEST_CASE("vector core: state saved in the middle of a command goes on") {
    const bool defers = GENERATE(false, true);
    FreshSimulation fresh;
    base::StateWriter writer;
    {
        Bench bench("bench", defers);
        bench.put(0, 1.5F);
        CHECK(bench.push(bench.to_first, tagged(1)) == tlm::TLM_OK_RESPONSE);
        CHECK(bench.push(bench.to_first, tagged(2)) == tlm::TLM_OK_RESPONSE);
        sc_core::sc_start(5, sc_core::SC_NS);
        bench.events.save(writer);
        bench.sram.save(writer);
        bench.first.save(writer);
    }
    FreshSimulation again;
    Bench other("bench", defers);
    base::StateReader reader(writer.data());
    other.events.load(reader);
    other.sram.load(reader);
    other.first.load(reader);
    CHECK(other.touch(tlm::TLM_READ_COMMAND, 0x2'0000) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    run();
    CHECK((other.records[0] == std::vector<Record>{{1, 0, 14'000}, {2, 0, 28'000}}));
    CHECK(other.at(0x2'0000) == 1.5F);
}
