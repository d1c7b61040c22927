// SPDX-License-Identifier: Apache-2.0
// What a crossbar counts.
#include <array>
#include <catch2/catch.hpp>
#include <span>

#include "base/loan.h"
#include "base/state.h"
#include "counters.h"
#include "fabric/router.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"

using namespace athena;

namespace {

constexpr tlm::tlm_command kRead = tlm::TLM_READ_COMMAND;
constexpr tlm::tlm_command kWrite = tlm::TLM_WRITE_COMMAND;

// Two initiators; a RAM behind one crossbar, a ROM behind two.
struct Board {
    Board() {
        first.socket.bind(outer.add_input("from_first"));
        outer.map("to_ram", {0x1000}, 4096).bind(ram.socket);
        second.socket.bind(outer.add_input("from_second"));
        outer.map("to_inner", {0x10'0000}, 0x10'0000, false).bind(inner.add_input("from_outer"));
        inner.map("to_rom", {0x10'4000}, 4096).bind(rom.socket);
    }
    tlm::tlm_response_status access(test::Probe& probe, tlm::tlm_command command,
                                    std::uint64_t address, std::size_t length) {
        return probe.access(command, address, std::span(data).first(length));
    }
    std::uint64_t count(const fabric::Router& router, const std::string& name) {
        return test::Counters(router).values.at(name);
    }

    base::CodePages code;
    memory::Memory ram{"ram", {.size = 4096}, code};
    memory::Memory rom{"rom", {.size = 4096, .read_only = true}, code};
    fabric::Router outer{"outer", {.latency = {1}}};
    fabric::Router inner{"inner", {.latency = {2}}};
    test::Probe first{"first"};
    test::Probe second{"second"};
    std::array<unsigned char, 64> data{};
};

}  // namespace

TEST_CASE("router: bytes are counted at the input and the output that they pass") {
    test::FreshSimulation simulation;
    Board board;
    CHECK(board.access(board.first, kWrite, 0x1000, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(board.access(board.first, kRead, 0x1000, 4) == tlm::TLM_OK_RESPONSE);
    CHECK(board.access(board.second, kRead, 0x1000, 64) == tlm::TLM_OK_RESPONSE);
    CHECK(board.access(board.second, kRead, 0x10'4000, 16) == tlm::TLM_OK_RESPONSE);
    const std::map<std::string, std::uint64_t> outer = {
        {"from_first.bytes_read", 4},     {"from_first.bytes_written", 8},
        {"from_first.unmapped", 0},       {"from_second.bytes_read", 80},
        {"from_second.bytes_written", 0}, {"from_second.unmapped", 0},
        {"to_ram.bytes_read", 68},        {"to_ram.bytes_written", 8},
        {"to_inner.bytes_read", 16},      {"to_inner.bytes_written", 0}};
    CHECK(test::Counters(board.outer).values == outer);
    const std::map<std::string, std::uint64_t> inner = {{"from_outer.bytes_read", 16},
                                                        {"from_outer.bytes_written", 0},
                                                        {"from_outer.unmapped", 0},
                                                        {"to_rom.bytes_read", 16},
                                                        {"to_rom.bytes_written", 0}};
    CHECK(test::Counters(board.inner).values == inner);
}

TEST_CASE("router: what is not served counts no bytes, and as unmapped where no range holds it") {
    test::FreshSimulation simulation;
    Board board;
    CHECK(board.access(board.second, kWrite, 0x10'4000, 8) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(board.access(board.second, kRead, 0x3000, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(board.second.delay == sc_core::SC_ZERO_TIME);
    CHECK(board.access(board.second, kRead, 0x1FFC, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(board.access(board.first, kRead, 0x10'0000, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    for (const fabric::Router* router : {&board.outer, &board.inner}) {
        for (const auto& [name, value] : test::Counters(*router).values) {
            INFO(name);
            CHECK(value == (name == "from_second.unmapped"  ? 2
                            : name == "from_outer.unmapped" ? 1
                                                            : 0));
        }
    }
}

TEST_CASE("router: debug transport and an access that is to be ignored count nothing") {
    test::FreshSimulation simulation;
    Board board;
    CHECK(board.first.debug(kWrite, 0x1000, board.data) == 64);
    CHECK(board.access(board.first, tlm::TLM_IGNORE_COMMAND, 0x1000, 8) == tlm::TLM_OK_RESPONSE);
    for (const auto& [name, value] : test::Counters(board.outer).values) {
        INFO(name);
        CHECK(value == 0);
    }
}

TEST_CASE("router: bytes of a loan are counted at each crossbar and at the target") {
    test::FreshSimulation simulation;
    Board board;
    base::Loan loan;
    loan.length = 4096;
    board.second.payload.set_extension(&loan);
    board.second.prepare(kRead, 0x10'4000, board.data);
    tlm::tlm_dmi dmi;
    REQUIRE(board.second.socket->get_direct_mem_ptr(board.second.payload, dmi));
    CHECK(dmi.get_start_address() == 0x10'4000);
    loan.counters.count(100);
    loan.counters.count(1);
    CHECK(board.count(board.outer, "from_second.bytes_read") == 101);
    CHECK(board.count(board.outer, "to_inner.bytes_read") == 101);
    CHECK(board.count(board.outer, "from_second.bytes_written") == 0);
    CHECK(board.count(board.inner, "to_rom.bytes_read") == 101);
    CHECK(test::Counters(board.rom).values.at("bytes_read") == 101);
    // What is not lent has nobody to count it.
    loan.counters = {};
    board.second.prepare(kWrite, 0x10'4000, board.data);
    CHECK_FALSE(board.second.socket->get_direct_mem_ptr(board.second.payload, dmi));
    CHECK(loan.counters.empty());
    board.second.payload.clear_extension(&loan);
}

TEST_CASE("router: counters survive a save") {
    std::vector<std::byte> saved;
    std::map<std::string, std::uint64_t> before;
    {
        test::FreshSimulation simulation;
        Board board;
        board.access(board.first, kWrite, 0x1000, 8);
        board.access(board.second, kRead, 0x10'4000, 16);
        board.access(board.second, kRead, 0x3000, 8);
        base::StateWriter writer;
        board.outer.save(writer);
        saved = writer.data();
        before = test::Counters(board.outer).values;
    }
    test::FreshSimulation simulation;
    Board board;
    base::StateReader reader(saved);
    board.outer.load(reader);
    CHECK(test::Counters(board.outer).values == before);
}
