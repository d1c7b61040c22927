// SPDX-License-Identifier: Apache-2.0
// A DMA engine of two channels at 1 GHz behind a crossbar, over memories of its kinds; functional
// or timed.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <sstream>
#include <vector>

#include "dma/dma_engine.h"
#include "fabric/crossbar.h"
#include "memory/hbm.h"
#include "memory/memory.h"
#include "memory/shared_sram.h"
#include "unit/dma/command_lines.h"
#include "unit/dma/engine_bench.h"

namespace athena::test {

/// Bytes of which those from `bad` on are answered with an error; it lends nothing and confirms
/// nothing.
struct Faulty : sc_core::sc_module, base::Target {
    Faulty(const sc_core::sc_module_name& name, std::size_t size)
        : sc_core::sc_module(name), socket("socket", *this), bytes(size) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        const std::uint64_t address = payload.get_address();
        const std::uint64_t end = address + payload.get_data_length();
        accesses.push_back({address, payload.get_data_length()});
        if (bad && address <= *bad && *bad < end) {
            payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            return;
        }
        base::copy_payload(payload, &bytes.at(address));
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    struct Access {
        std::uint64_t address;
        std::uint64_t length;
    };
    base::TargetSocket socket;
    std::vector<unsigned char> bytes;
    std::optional<std::uint64_t> bad;
    std::vector<Access> accesses;
};

struct TimedEngineBench {
    static constexpr std::uint64_t kSize = 0x10000;
    static constexpr std::uint64_t kSram = kSize;
    static constexpr std::uint64_t kFaulty = 2 * kSize;
    static constexpr std::uint64_t kHbm = 0x1000'0000;
    static constexpr std::uint64_t kHbmSize = 1 << 20;

    explicit TimedEngineBench(bool timed, std::uint32_t outstanding = 32)
        : engine("dma",
                 {.channels = 2,
                  .queue_depth = 2,
                  .clock_hz = 1'000'000'000,
                  .launch_cycles = 10,
                  .bytes_per_cycle = 64,
                  .timed = timed,
                  .start_cycles = 8,
                  .outstanding = outstanding},
                 events, diagnostics) {
        probe.socket.bind(engine.socket);
        engine.completion.bind(completions.socket);
        engine.fabric.bind(crossbar.add_input("from_dma"));
        crossbar.map("to_memory", {0}, kSize).bind(memory.socket);
        crossbar.map("to_sram", {kSram}, kSize).bind(sram.socket);
        crossbar.map("to_faulty", {kFaulty}, kSize).bind(faulty.socket);
        crossbar.map("to_hbm", {kHbm}, kHbmSize).bind(hbm.socket);
        std::mt19937 random(7);
        for (auto bytes : {*memory.span(0, kSize), sram.bytes(), *hbm.span(0, kHbmSize)}) {
            for (std::byte& byte : bytes) {
                byte = static_cast<std::byte>(random());
            }
        }
        for (unsigned char& byte : faulty.bytes) {
            byte = static_cast<unsigned char>(random());
        }
    }
    void push(unsigned channel, std::span<const std::byte> command) {
        std::vector<std::byte> lines(command.begin(), command.end());
        REQUIRE(probe.access(tlm::TLM_WRITE_COMMAND, 0x8000 + 0x80 * channel,
                             {reinterpret_cast<unsigned char*>(lines.data()), lines.size()}) ==
                tlm::TLM_OK_RESPONSE);
    }
    [[nodiscard]] std::uint64_t reg(std::uint64_t offset, unsigned size) {
        std::uint64_t value = 0;
        REQUIRE(probe.access(tlm::TLM_READ_COMMAND, offset,
                             {reinterpret_cast<unsigned char*>(&value), size}) ==
                tlm::TLM_OK_RESPONSE);
        return value;
    }
    /// All bytes of all memories.
    [[nodiscard]] std::vector<std::byte> all_bytes() {
        std::vector<std::byte> all;
        for (auto bytes : {*memory.span(0, kSize), sram.bytes(), *hbm.span(0, kHbmSize)}) {
            all.insert(all.end(), bytes.begin(), bytes.end());
        }
        const auto rest = std::as_bytes(std::span(faulty.bytes));
        all.insert(all.end(), rest.begin(), rest.end());
        return all;
    }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::CodePages code;
    fabric::Crossbar crossbar{"crossbar", {.clock_hz = 1'000'000'000}, events};
    memory::Memory memory{"memory", {.size = kSize}, code};
    memory::SharedSram sram{"sram", {.size = kSize}, diagnostics};
    memory::Hbm hbm{"hbm",
                    {.memory = {.size = kHbmSize}, .timing = *memory::hbm_preset("hbm2e-16gb")},
                    events,
                    code,
                    nullptr};
    Faulty faulty{"faulty", kSize};
    dma::DmaEngine engine;
    Completions completions{"completions"};
    Probe probe{"probe"};
};

}  // namespace athena::test
