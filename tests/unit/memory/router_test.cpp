// SPDX-License-Identifier: Apache-2.0
#include "fabric/router.h"

#include <array>
#include <catch2/catch.hpp>

#include "base/origin.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "probe.h"

using namespace athena;

namespace {

struct Board {
    base::CodePages code;
    memory::Memory low{"low", {.size = 4096, .latency = {10}}, code};
    memory::Memory high{"high", {.size = 8192, .latency = {20}}, code};
    fabric::Router outer{"outer", {.latency = {1}}};
    fabric::Router inner{"inner", {.latency = {2}}};
    test::Probe probe{"probe"};

    Board() {
        probe.socket.bind(outer.add_input("cpu"));
        outer.map("low", {0x1000}, 4096).bind(low.socket);
        outer.map("window", {0x10'0000}, 0x10'0000, false).bind(inner.add_input("in"));
        inner.map("high", {0x10'4000}, 8192).bind(high.socket);
    }
};

}  // namespace

TEST_CASE("router: addresses are decoded, latencies add up, extensions and address survive") {
    test::FreshSimulation simulation;
    Board board;
    base::Origin origin;
    board.probe.payload.set_extension(&origin);
    std::array<unsigned char, 4> data{1, 2, 3, 4};
    CHECK(board.probe.access(tlm::TLM_WRITE_COMMAND, 0x10'5FFC, data) == tlm::TLM_OK_RESPONSE);
    CHECK(board.probe.delay == sc_core::sc_time::from_value(1 + 2 + 20));
    CHECK(board.probe.payload.get_address() == 0x10'5FFC);
    CHECK(board.probe.payload.get_extension<base::Origin>() == &origin);
    CHECK(std::to_integer<int>((*board.high.span(0x1FFC, 4))[3]) == 4);
    board.probe.payload.clear_extension(&origin);
}

TEST_CASE("router: what no range holds completely is an address error") {
    test::FreshSimulation simulation;
    Board board;
    std::array<unsigned char, 4> data{};
    for (const std::uint64_t address : {0x0ull, 0xFFEull, 0x1FFEull, 0x2000ull, 0x10'3FFEull,
                                        0x10'0000ull, 0x20'0000ull, ~0x3ull}) {
        CHECK(board.probe.access(tlm::TLM_READ_COMMAND, address, data) ==
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    CHECK(board.probe.debug(tlm::TLM_READ_COMMAND, 0x1FFE, data) == 2);
    CHECK(board.probe.debug(tlm::TLM_READ_COMMAND, 0x2000, data) == 0);
}

TEST_CASE("router: DMI regions come back in the initiator's addresses") {
    test::FreshSimulation simulation;
    Board board;
    std::array<unsigned char, 4> data{};
    tlm::tlm_dmi dmi;
    board.probe.prepare(tlm::TLM_READ_COMMAND, 0x10'4008, data);
    REQUIRE(board.probe.socket->get_direct_mem_ptr(board.probe.payload, dmi));
    CHECK(dmi.get_start_address() == 0x10'4000);
    CHECK(dmi.get_end_address() == 0x10'5FFF);
    CHECK(dmi.get_dmi_ptr() == reinterpret_cast<unsigned char*>(board.high.span(0, 8192)->data()));
}

TEST_CASE("router: empty, wrapping and overlapping ranges are refused") {
    test::FreshSimulation simulation;
    Board board;
    CHECK_THROWS_AS(board.outer.map("empty", {0x3000}, 0), std::invalid_argument);
    CHECK_THROWS_AS(board.outer.map("wraps", {~0ull}, 2), std::invalid_argument);
    CHECK_THROWS_AS(board.outer.map("overlaps", {0x1FFF}, 2), std::invalid_argument);
}
