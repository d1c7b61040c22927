// SPDX-License-Identifier: Apache-2.0
#include "fabric/router.h"

#include <array>
#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "base/origin.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"

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

// A target that takes DMI back, and initiators that are told.
struct Withdrawing : sc_core::sc_module, base::Target {
    explicit Withdrawing(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}
    void b_transport(unsigned, tlm::tlm_generic_payload&, sc_core::sc_time&) override {}
    base::TargetSocket socket;
};
struct Listening : sc_core::sc_module, base::Initiator {
    explicit Listening(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}
    void invalidate_direct_mem_ptr(unsigned, sc_dt::uint64 first, sc_dt::uint64 last) override {
        withdrawn.emplace_back(first, last);
    }
    base::InitiatorSocket socket;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> withdrawn;
};

// A target whose socket is not of our kind.
struct Foreign : sc_core::sc_module, tlm::tlm_fw_transport_if<> {
    explicit Foreign(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket") {
        socket.bind(*this);
    }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        addresses.push_back(payload.get_address());
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                       sc_core::sc_time&) override {
        return tlm::TLM_COMPLETED;
    }
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
        asked.push_back(payload.get_address());
        dmi.set_start_address(0);
        dmi.set_end_address(4095);
        dmi.set_dmi_ptr(bytes.data());
        return true;
    }
    unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
    tlm::tlm_target_socket<base::kBusWidth> socket;
    std::vector<std::uint64_t> addresses;
    std::vector<std::uint64_t> asked;
    std::array<unsigned char, 4096> bytes{};
};

}  // namespace

TEST_CASE("router: a target with another kind of socket is served as ours are") {
    test::FreshSimulation simulation;
    Foreign target("target");
    fabric::Router router("router", {});
    test::Probe probe("probe");
    probe.socket.bind(router.add_input("cpu"));
    router.map("target", {0x4000}, 4096).bind(target.socket);
    std::array<unsigned char, 4> data{};
    CHECK(probe.access(tlm::TLM_READ_COMMAND, 0x4010, data) == tlm::TLM_OK_RESPONSE);
    CHECK(probe.access(tlm::TLM_WRITE_COMMAND, 0x4020, data) == tlm::TLM_OK_RESPONSE);
    tlm::tlm_dmi dmi;
    probe.prepare(tlm::TLM_READ_COMMAND, 0x4030, data);
    REQUIRE(probe.socket->get_direct_mem_ptr(probe.payload, dmi));
    CHECK(dmi.get_start_address() == 0x4000);
    CHECK(dmi.get_dmi_ptr() == target.bytes.data());
    CHECK(target.addresses == std::vector<std::uint64_t>{0x10, 0x20});
    CHECK(target.asked == std::vector<std::uint64_t>{0x30});
}

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

TEST_CASE("router: of a target's DMI region the initiator gets what lies in the range") {
    test::FreshSimulation simulation;
    base::CodePages code;
    memory::Memory memory("memory", {.size = 8192}, code);
    fabric::Router router("router", {});
    test::Probe probe("probe");
    probe.socket.bind(router.add_input("cpu"));
    router.map("start", {0x4000}, 4096).bind(memory.socket);
    std::array<unsigned char, 4> data{};
    tlm::tlm_dmi dmi;
    probe.prepare(tlm::TLM_READ_COMMAND, 0x4800, data);
    REQUIRE(probe.socket->get_direct_mem_ptr(probe.payload, dmi));
    CHECK(dmi.get_start_address() == 0x4000);
    CHECK(dmi.get_end_address() == 0x4FFF);
    probe.prepare(tlm::TLM_READ_COMMAND, 0x5000, data);
    CHECK_FALSE(probe.socket->get_direct_mem_ptr(probe.payload, dmi));
    CHECK(dmi.get_start_address() == 0x5000);
    CHECK(dmi.get_end_address() == 0x5000);
}

TEST_CASE("router: a target's invalidation reaches all initiators in their addresses") {
    test::FreshSimulation simulation;
    Withdrawing target("target");
    fabric::Router router("router", {});
    Listening first("first");
    Listening second("second");
    first.socket.bind(router.add_input("first"));
    second.socket.bind(router.add_input("second"));
    router.map("target", {0x4000}, 4096).bind(target.socket);
    target.socket->invalidate_direct_mem_ptr(0x10, 0x1F);
    target.socket->invalidate_direct_mem_ptr(0, ~0ull);
    for (const Listening* initiator : {&first, &second}) {
        CHECK((initiator->withdrawn == std::vector<std::pair<std::uint64_t, std::uint64_t>>{
                                           {0x4010, 0x401F}, {0x4000, 0x4FFF}}));
    }
}

TEST_CASE(
    "router: an invalidation does not go round between routers that are each other's targets") {
    test::FreshSimulation simulation;
    Withdrawing target("target");
    fabric::Router bus("bus", {});
    fabric::Router crossbar("crossbar", {});
    Listening hart("hart");
    Listening engine("engine");
    hart.socket.bind(bus.add_input("hart"));
    engine.socket.bind(crossbar.add_input("engine"));
    bus.map("cluster", {0x1000}, 0x1000, false).bind(crossbar.add_input("from_bus"));
    crossbar.map("below", {0}, 0x1000, false).bind(bus.add_input("below"));
    crossbar.map("above", {0x2000}, 0x1'0000, false).bind(bus.add_input("above"));
    bus.map("target", {0x4000}, 4096).bind(target.socket);
    target.socket->invalidate_direct_mem_ptr(0x10, 0x1F);
    for (const Listening* initiator : {&hart, &engine}) {
        CHECK((initiator->withdrawn ==
               std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0x4010, 0x401F}}));
    }
}

TEST_CASE("router: byte enables, streaming width and the target's answer pass") {
    test::FreshSimulation simulation;
    Board board;
    std::array<unsigned char, 4> data{1, 2, 3, 4};
    std::array<unsigned char, 2> enables{TLM_BYTE_DISABLED, TLM_BYTE_ENABLED};
    board.probe.payload.set_byte_enable_ptr(enables.data());
    board.probe.payload.set_byte_enable_length(2);
    CHECK(board.probe.access(tlm::TLM_WRITE_COMMAND, 0x1000, data) == tlm::TLM_OK_RESPONSE);
    board.probe.payload.set_byte_enable_ptr(nullptr);
    CHECK(board.probe.payload.is_dmi_allowed());
    CHECK(std::to_integer<int>((*board.low.span(0, 4))[0]) == 0);
    CHECK(std::to_integer<int>((*board.low.span(0, 4))[1]) == 2);
    // Two bytes at the range's end, twice.
    board.probe.prepare(tlm::TLM_WRITE_COMMAND, 0x1FFE, data);
    board.probe.payload.set_streaming_width(2);
    board.probe.socket->b_transport(board.probe.payload, board.probe.delay);
    CHECK(board.probe.payload.is_response_ok());
    CHECK(std::to_integer<int>((*board.low.span(0xFFE, 2))[0]) == 3);
}

TEST_CASE("router: empty, wrapping and overlapping ranges are refused") {
    test::FreshSimulation simulation;
    Board board;
    CHECK_THROWS_AS(board.outer.map("empty", {0x3000}, 0), std::invalid_argument);
    CHECK_THROWS_AS(board.outer.map("wraps", {~0ull}, 2), std::invalid_argument);
    CHECK_THROWS_AS(board.outer.map("overlaps", {0x1FFF}, 2), std::invalid_argument);
}
