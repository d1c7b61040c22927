// SPDX-License-Identifier: Apache-2.0
#include "memory/memory.h"

#include <array>
#include <catch2/catch.hpp>

#include "fresh_simulation.h"
#include "probe.h"

using namespace athena;

namespace {
struct Listener : base::CodePageListener {
    void on_code_written(std::uint64_t page, std::uint64_t) override { last = page; }
    std::uint64_t last = 0;
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
