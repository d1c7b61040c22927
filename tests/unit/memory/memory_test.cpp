// SPDX-License-Identifier: Apache-2.0
#include "memory/memory.h"

#include <array>
#include <catch2/catch.hpp>

#include "base/backlog.h"
#include "base/loan.h"
#include "fresh_simulation.h"
#include "probe.h"

using namespace athena;

namespace {
struct Listener : base::CodePageListener {
    void on_code_written(std::uint64_t page, std::uint64_t) override { last = page; }
    std::uint64_t last = 0;
};

/// As a hart: told when its pointers are no longer good.
struct Direct : test::Probe {
    using Probe::Probe;
    void invalidate_direct_mem_ptr(unsigned, sc_dt::uint64, sc_dt::uint64) override { ++withdrawn; }
    unsigned char* ask(base::Loan* loan = nullptr) {
        std::array<unsigned char, 4> data{};
        prepare(tlm::TLM_READ_COMMAND, 0, data);
        tlm::tlm_dmi dmi;
        if (loan != nullptr) {
            payload.set_extension(loan);
        }
        REQUIRE(socket->get_direct_mem_ptr(payload, dmi));
        if (loan != nullptr) {
            payload.clear_extension(loan);
        }
        return dmi.get_dmi_ptr();
    }
    int withdrawn = 0;
};

struct Increment {
    unsigned char* byte;
    void run(base::HostThreads& /*threads*/) const { ++*byte; }
};
}  // namespace

TEST_CASE("memory: reads give what was written, with latency and bandwidth charged") {
    test::FreshSimulation simulation;
    base::CodePages code;
    // 100 ns + 64 B at 64 GB/s = 1 ns.
    memory::Memory memory("memory",
                          {.base = {0x8000'0000},
                           .size = 1ull << 36,
                           .latency = {100'000},
                           .bytes_per_second = 64'000'000'000},
                          code);
    test::Probe probe("probe");
    probe.socket.bind(memory.socket);
    std::array<unsigned char, 64> data{};
    data.fill(0x5A);
    CHECK(probe.access(tlm::TLM_WRITE_COMMAND, (1ull << 36) - 64, data) == tlm::TLM_OK_RESPONSE);
    CHECK(probe.delay == sc_core::sc_time(101, sc_core::SC_NS));
    std::array<unsigned char, 64> back{};
    CHECK(probe.access(tlm::TLM_READ_COMMAND, (1ull << 36) - 64, back) == tlm::TLM_OK_RESPONSE);
    CHECK(back == data);
    CHECK(probe.access(tlm::TLM_READ_COMMAND, (1ull << 36) - 63, back) ==
          tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("memory: byte enables and streaming width") {
    test::FreshSimulation simulation;
    base::CodePages code;
    memory::Memory memory("memory", {.size = 4096}, code);
    test::Probe probe("probe");
    probe.socket.bind(memory.socket);
    std::array<unsigned char, 4> data{1, 2, 3, 4};
    std::array<unsigned char, 2> enables{TLM_BYTE_DISABLED, TLM_BYTE_ENABLED};
    probe.payload.set_byte_enable_ptr(enables.data());
    probe.payload.set_byte_enable_length(2);
    CHECK(probe.access(tlm::TLM_WRITE_COMMAND, 0, data) == tlm::TLM_OK_RESPONSE);
    probe.payload.set_byte_enable_ptr(nullptr);
    CHECK(probe.access(tlm::TLM_READ_COMMAND, 0, data) == tlm::TLM_OK_RESPONSE);
    CHECK(data == std::array<unsigned char, 4>{0, 2, 0, 4});
    // A FIFO-like stream of width 2: the later pair stays.
    data = {5, 6, 7, 8};
    probe.prepare(tlm::TLM_WRITE_COMMAND, 8, data);
    probe.payload.set_streaming_width(2);
    probe.socket->b_transport(probe.payload, probe.delay);
    CHECK(probe.access(tlm::TLM_READ_COMMAND, 8, data) == tlm::TLM_OK_RESPONSE);
    CHECK(data == std::array<unsigned char, 4>{7, 8, 0, 0});
}

TEST_CASE("memory: a read-only one refuses writes but not the loader's debug writes") {
    test::FreshSimulation simulation;
    base::CodePages code;
    memory::Memory memory("memory", {.size = 4096, .read_only = true}, code);
    test::Probe probe("probe");
    probe.socket.bind(memory.socket);
    std::array<unsigned char, 2> data{1, 2};
    CHECK(probe.access(tlm::TLM_WRITE_COMMAND, 0, data) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(probe.debug(tlm::TLM_WRITE_COMMAND, 4095, data) == 1);
    CHECK(probe.access(tlm::TLM_READ_COMMAND, 4094, data) == tlm::TLM_OK_RESPONSE);
    CHECK(data == std::array<unsigned char, 2>{0, 1});
    tlm::tlm_dmi dmi;
    probe.prepare(tlm::TLM_WRITE_COMMAND, 0, data);
    CHECK_FALSE(probe.socket->get_direct_mem_ptr(probe.payload, dmi));
    probe.prepare(tlm::TLM_READ_COMMAND, 0, data);
    CHECK(probe.socket->get_direct_mem_ptr(probe.payload, dmi));
    CHECK_FALSE(dmi.is_write_allowed());
}

TEST_CASE("memory: writes to code pages are reported by physical address") {
    test::FreshSimulation simulation;
    base::CodePages code;
    Listener listener;
    code.add_listener(listener);
    memory::Memory memory("memory", {.base = {0x8000'0000}, .size = 1 << 20}, code);
    test::Probe probe("probe");
    probe.socket.bind(memory.socket);
    code.mark({0x8000'3000}, 0x1000);
    std::array<unsigned char, 2> data{};
    CHECK(probe.access(tlm::TLM_READ_COMMAND, 0x3000, data) == tlm::TLM_OK_RESPONSE);
    CHECK(listener.last == 0);
    CHECK(probe.access(tlm::TLM_WRITE_COMMAND, 0x2FFF, data) == tlm::TLM_OK_RESPONSE);
    CHECK(listener.last == 0x80003);
}

TEST_CASE(
    "memory: pointers to it are good while nothing waits to use it, and the other way round") {
    test::FreshSimulation simulation;
    base::CodePages code;
    base::HostThreads threads(1);
    base::Backlog backlog(threads, 2);
    memory::Memory memory("memory", {.size = 1 << 20}, code, &backlog);
    Direct hart("hart");
    hart.socket.bind(memory.socket);
    base::Loan loan;
    for (int round = 1; round <= 3; ++round) {
        CAPTURE(round);
        loan = {};
        loan.length = 4;
        loan.lane = 2;
        unsigned char* const bytes = hart.ask(&loan);
        CHECK(hart.withdrawn == round - 1);
        REQUIRE(loan.may_wait);
        loan.counters = {};
        hart.ask(&loan);
        CHECK(hart.withdrawn == round - 1);
        REQUIRE(loan.uses != nullptr);
        CHECK(loan.uses_offset == 0);
        REQUIRE(loan.uses->note(2, true, {0, 4, 1, 0}));
        backlog.add<Increment>(1, 1, bytes);
        CHECK(hart.ask()[0] == round);  // done for who gets a pointer
        CHECK(backlog.empty());
    }
    loan = {};
    loan.length = 4;  // of somebody without a lane
    hart.ask(&loan);
    CHECK_FALSE(loan.may_wait);
    CHECK(hart.withdrawn == 2);
}

TEST_CASE("memory: who borrows and does not defer finds done what waits there, and nothing else") {
    test::FreshSimulation simulation;
    base::CodePages code;
    base::HostThreads threads(1);
    base::Backlog backlog(threads, 2);
    memory::Memory memory("memory", {.size = 1 << 20}, code, &backlog);
    Direct probe("probe");
    probe.socket.bind(memory.socket);
    base::Loan mine;
    mine.length = 4;
    mine.lane = 1;
    unsigned char* const bytes = probe.ask(&mine);
    REQUIRE(mine.uses->note(1, true, {0x8000, 4, 1, 0}));
    backlog.add<Increment>(0, 1, bytes + 0x8000);
    base::Loan others;
    others.length = 0x4000;
    probe.ask(&others);
    CHECK_FALSE(backlog.empty());
    others.length = 0x8001;
    others.counters = {};
    probe.ask(&others);
    CHECK(backlog.empty());
    CHECK(bytes[0x8000] == 1);
}
