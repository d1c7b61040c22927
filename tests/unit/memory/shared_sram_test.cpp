// SPDX-License-Identifier: Apache-2.0
#include "memory/shared_sram.h"

#include <array>
#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "base/loan.h"
#include "base/origin.h"
#include "base/state.h"
#include "counters.h"
#include "fresh_simulation.h"
#include "probe.h"

using namespace athena;
using Claim = memory::SharedSram::Claim;

namespace {

constexpr tlm::tlm_command kRead = tlm::TLM_READ_COMMAND;
constexpr tlm::tlm_command kWrite = tlm::TLM_WRITE_COMMAND;
constexpr std::uint64_t kSize = 8192;

struct Bench {
    Bench() { probe.socket.bind(sram.socket); }

    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address,
                                    unsigned length = 4) {
        return probe.access(command, address, std::span(data).first(length));
    }
    bool claim(std::uint32_t owner, std::vector<Claim> claims) { return sram.claim(owner, claims); }
    int at(std::uint64_t address) { return std::to_integer<int>(sram.bytes()[address]); }
    std::uint64_t count(const std::string& name) { return test::Counters(sram).values.at(name); }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    memory::SharedSram sram{"sram", {.size = kSize, .latency = {10'000}, .owners = 2}, diagnostics};
    test::Probe probe{"probe"};
    std::array<unsigned char, 64> data{};
};

}  // namespace

TEST_CASE("shared SRAM: an access takes the latency; one that leaves it is an address error") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.data.fill(7);
    CHECK(bench.access(kWrite, kSize - 4) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.probe.delay == sc_core::sc_time(10, sc_core::SC_NS));
    CHECK(bench.at(kSize - 1) == 7);
    for (const std::uint64_t address : {kSize - 3, kSize, ~std::uint64_t{0}}) {
        CHECK(bench.access(kWrite, address) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    CHECK(bench.at(kSize - 5) == 0);
    CHECK(bench.count("bytes_written") == 4);
    CHECK(bench.access(kRead, 0, 64) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.count("bytes_read") == 64);
}

TEST_CASE("shared SRAM: what a command reads can be read and not written until it is released") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.data.fill(7);
    REQUIRE(bench.claim(0, {{0x100, 0x140, false}}));
    CHECK(bench.access(kRead, 0x100) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.access(kWrite, 0xFC) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.access(kWrite, 0x140) == tlm::TLM_OK_RESPONSE);
    bench.data.fill(7);
    for (const std::uint64_t address : {0xFDull, 0x100ull, 0x13Full}) {
        CHECK(bench.access(kWrite, address) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    }
    CHECK(bench.at(0x100) == 0);
    CHECK(bench.at(0x141) == 0);
    CHECK(bench.count("in_flight_faults") == 3);
    CHECK(bench.count("bytes_written") == 8);
    bench.sram.release(0);
    CHECK(bench.access(kWrite, 0x100) == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("shared SRAM: what a command writes is nobody else's, and the fault says who asked") {
    test::FreshSimulation simulation;
    Bench bench;
    base::Origin origin;
    origin.initiator = 12;
    bench.probe.payload.set_extension(&origin);
    bench.data.fill(7);
    REQUIRE(bench.claim(1, {{0x100, 0x140, true}}));
    CHECK(bench.access(kRead, 0x13C, 8) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.data[0] == 7);
    CHECK(bench.diagnostics.guest_faults() == 1);
    CHECK(bench.log.str().find(
              "sram: range in flight: read of 8 bytes at offset 316 by initiator 12") !=
          std::string::npos);
    CHECK(bench.access(kWrite, 0x13C, 8) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.access(tlm::TLM_IGNORE_COMMAND, 0x100) == tlm::TLM_OK_RESPONSE);
    bench.probe.payload.clear_extension(&origin);
}

TEST_CASE("shared SRAM: bytes that a byte enable leaves out are not accessed") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.data.fill(7);
    REQUIRE(bench.claim(0, {{0x102, 0x103, true}}));
    std::array<unsigned char, 4> enables{TLM_BYTE_ENABLED, TLM_BYTE_ENABLED, TLM_BYTE_DISABLED,
                                         TLM_BYTE_ENABLED};
    bench.probe.payload.set_byte_enable_ptr(enables.data());
    bench.probe.payload.set_byte_enable_length(4);
    CHECK(bench.access(kWrite, 0x100) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.at(0x101) == 7);
    CHECK(bench.at(0x102) == 0);
    CHECK(bench.at(0x103) == 7);
    CHECK(bench.access(kWrite, 0xFF) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.at(0xFF) == 0);
    bench.probe.payload.set_byte_enable_ptr(nullptr);
}

TEST_CASE("shared SRAM: a claim that meets another owner's is refused whole") {
    test::FreshSimulation simulation;
    Bench bench;
    REQUIRE(bench.claim(0, {{0x100, 0x200, false}, {0x400, 0x500, true}}));
    CHECK_FALSE(bench.claim(1, {{0x600, 0x700, true}, {0x1FF, 0x210, true}}));
    CHECK_FALSE(bench.claim(1, {{0x600, 0x700, true}, {0x4FF, 0x510, false}}));
    CHECK(bench.access(kWrite, 0x600) == tlm::TLM_OK_RESPONSE);  // nothing was claimed
    CHECK(bench.claim(1, {{0x100, 0x200, false}, {0x200, 0x400, true}}));
    CHECK(bench.access(kRead, 0x200) == tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST_CASE("shared SRAM: no DMI, and a loan only of what no command owns") {
    test::FreshSimulation simulation;
    Bench bench;
    tlm::tlm_dmi dmi;
    bench.probe.prepare(kRead, 0x100, bench.data);
    CHECK_FALSE(bench.probe.socket->get_direct_mem_ptr(bench.probe.payload, dmi));
    base::Loan loan;
    bench.probe.payload.set_extension(&loan);
    REQUIRE(bench.claim(0, {{0x100, 0x140, false}}));
    const auto asks = [&](tlm::tlm_command command, std::uint64_t address, std::uint64_t length) {
        loan.length = length;
        loan.counters = {};
        bench.probe.prepare(command, address, bench.data);
        return bench.probe.socket->get_direct_mem_ptr(bench.probe.payload, dmi);
    };
    CHECK_FALSE(asks(kWrite, 0xFF, 2));
    CHECK_FALSE(asks(kRead, kSize - 1, 2));
    REQUIRE(asks(kRead, 0x80, 0x200));
    CHECK(dmi.get_dmi_ptr() == reinterpret_cast<unsigned char*>(&bench.sram.bytes()[0x80]));
    CHECK(dmi.get_start_address() == 0x80);
    CHECK(dmi.get_end_address() == 0x27F);
    loan.counters.count(9);
    CHECK(bench.count("bytes_read") == 9);
    REQUIRE(asks(kWrite, 0x140, 4));
    loan.counters.count(5);
    CHECK(bench.count("bytes_written") == 5);
    bench.probe.payload.clear_extension(&loan);
}

TEST_CASE("shared SRAM: works of its cluster may use a loan later; anybody else finds them done") {
    test::FreshSimulation simulation;
    base::HostThreads threads(1);
    base::Backlog backlog(threads, 2);
    std::ostringstream log;
    base::Diagnostics diagnostics(log);
    memory::SharedSram sram("sram", {.size = kSize}, diagnostics, base::Backlog::Lane(backlog, 1));
    test::Probe probe("probe");
    probe.socket.bind(sram.socket);
    struct Increment {
        std::byte* byte;
        void run(base::HostThreads& /*threads*/) const {
            *byte = static_cast<std::byte>(std::to_integer<int>(*byte) + 1);
        }
    };
    for (const std::uint32_t lane : {0U, 1U, 2U}) {
        CAPTURE(lane);
        backlog.add<Increment>(1, 1, sram.bytes().data());
        std::array<unsigned char, 4> data{};
        base::Loan loan;
        loan.length = 4;
        loan.lane = lane;
        probe.prepare(kRead, 0, data);
        probe.payload.set_extension(&loan);
        tlm::tlm_dmi dmi;
        REQUIRE(probe.socket->get_direct_mem_ptr(probe.payload, dmi));
        probe.payload.clear_extension(&loan);
        CHECK(loan.may_wait == (lane == 2));
        CHECK(backlog.empty() == (lane != 2));
        CHECK(dmi.get_dmi_ptr()[0] == (lane == 2 ? 2 : lane + 1));
    }
    std::array<unsigned char, 4> data{};
    REQUIRE(probe.access(kRead, 0, data) == tlm::TLM_OK_RESPONSE);
    CHECK(data[0] == 3);
}

TEST_CASE("shared SRAM: a debugger sees past claims, up to the end, and is not counted") {
    test::FreshSimulation simulation;
    Bench bench;
    REQUIRE(bench.claim(0, {{kSize - 8, kSize, true}}));
    bench.data.fill(7);
    CHECK(bench.probe.debug(kWrite, kSize - 8, bench.data) == 8);
    CHECK(bench.at(kSize - 1) == 7);
    CHECK(bench.probe.debug(kRead, kSize, bench.data) == 0);
    CHECK(bench.diagnostics.guest_faults() == 0);
    CHECK(bench.count("bytes_written") == 0);
}

TEST_CASE("shared SRAM: bytes and counters survive a save") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.data.fill(7);
        bench.access(kWrite, 0x10);
        bench.access(kRead, 0x10, 2);
        REQUIRE(bench.claim(0, {{0, 8, true}}));
        bench.access(kRead, 0);
        base::StateWriter writer;
        bench.sram.save(writer);
        saved = writer.data();
    }
    test::FreshSimulation simulation;
    Bench bench;
    base::StateReader reader(saved);
    bench.sram.load(reader);
    CHECK(bench.at(0x13) == 7);
    CHECK(bench.count("bytes_written") == 4);
    CHECK(bench.count("bytes_read") == 2);
    CHECK(bench.count("in_flight_faults") == 1);
    CHECK(bench.access(kRead, 0) ==
          tlm::TLM_OK_RESPONSE);  // claims are their owners' to make again
}
