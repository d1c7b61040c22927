// SPDX-License-Identifier: Apache-2.0
// A DMA engine of two channels at 1 GHz over 1 MiB of memory.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <span>
#include <sstream>
#include <vector>

#include "dma/dma_engine.h"
#include "memory/memory.h"
#include "unit/memory/probe.h"

namespace athena::test {

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

struct EngineBench {
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
    Probe probe{"probe"};

    EngineBench() {
        probe.socket.bind(engine.socket);
        engine.fabric.bind(memory.socket);
        engine.completion.bind(completions.socket);
    }
    tlm::tlm_response_status push(unsigned channel, std::span<const std::byte> command) {
        std::vector<std::byte> lines(command.begin(), command.end());
        return probe.access(tlm::TLM_WRITE_COMMAND, 0x8000 + 0x80 * channel,
                            {reinterpret_cast<unsigned char*>(lines.data()), lines.size()});
    }
    // As the command processor hands over what a ring's driver gave this tag.
    void push_for_ring(unsigned channel, std::span<const std::byte> command, std::uint32_t ring,
                       std::uint32_t tag) {
        base::Origin origin;
        origin.ring = ring;
        origin.tag = tag;
        probe.payload.set_extension(&origin);
        CHECK(push(channel, command) == tlm::TLM_OK_RESPONSE);
        probe.payload.clear_extension(&origin);
    }
    std::uint64_t reg(std::uint64_t offset, unsigned size) {
        std::uint64_t value = 0;
        CHECK(probe.access(tlm::TLM_READ_COMMAND, offset,
                           {reinterpret_cast<unsigned char*>(&value), size}) ==
              tlm::TLM_OK_RESPONSE);
        return value;
    }
};

}  // namespace athena::test
