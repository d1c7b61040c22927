// SPDX-License-Identifier: Apache-2.0
// A device's bus and interrupt wires, in a test's hands.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <ostream>
#include <systemc>
#include <vector>

#include "base/event_queue.h"
#include "base/irq.h"
#include "base/state.h"
#include "fresh_simulation.h"
#include "unit/memory/probe.h"

namespace athena::test {

/// Each change of a wire, with the kernel's time in picoseconds.
struct Wires : base::IrqSink {
    struct Change {
        std::uint64_t when;
        unsigned line;
        bool level;
        bool operator==(const Change&) const = default;
    };
    void set_irq(unsigned line, bool level) override {
        changes.push_back({sc_core::sc_time_stamp().value(), line, level});
    }
    std::vector<Change> changes;
};

inline std::ostream& operator<<(std::ostream& out, const Wires::Change& change) {
    return out << "{" << change.when << " ps, line " << change.line << ", " << change.level << "}";
}

struct Bus {
    template <typename Device>
    explicit Bus(Device& device) {
        probe.socket.bind(device.socket);
    }

    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, unsigned size,
                                    std::uint64_t& value) {
        return probe.access(command, offset, {reinterpret_cast<unsigned char*>(&value), size});
    }
    std::uint64_t read(std::uint64_t offset, unsigned size) {
        std::uint64_t value = 0;
        CAPTURE(offset, size);
        CHECK(access(tlm::TLM_READ_COMMAND, offset, size, value) == tlm::TLM_OK_RESPONSE);
        return value;
    }
    void write(std::uint64_t offset, unsigned size, std::uint64_t value) {
        CAPTURE(offset, size);
        CHECK(access(tlm::TLM_WRITE_COMMAND, offset, size, value) == tlm::TLM_OK_RESPONSE);
    }
    /// Both directions get this response, and reads leave the data alone.
    void refuses(std::uint64_t offset, unsigned size, tlm::tlm_response_status response) {
        CAPTURE(offset, size);
        std::uint64_t value = 0x5A5A'5A5A'5A5A'5A5A;
        CHECK(access(tlm::TLM_READ_COMMAND, offset, size, value) == response);
        CHECK(value == 0x5A5A'5A5A'5A5A'5A5A);
        CHECK(access(tlm::TLM_WRITE_COMMAND, offset, size, value) == response);
    }
    /// A debugger's read; nothing if not all bytes came.
    std::optional<std::uint64_t> debug(std::uint64_t offset, unsigned size) {
        std::uint64_t value = 0;
        const unsigned got = probe.debug(tlm::TLM_READ_COMMAND, offset,
                                         {reinterpret_cast<unsigned char*>(&value), size});
        return got == size ? std::optional(value) : std::nullopt;
    }

    Probe probe{"probe"};
};

/// Runs the kernel until it is `when` picoseconds.
inline void run_until(std::uint64_t when) {
    const std::uint64_t now = sc_core::sc_time_stamp().value();
    sc_core::sc_start(sc_core::sc_time::from_value(when - now));
}

template <typename Device>
std::vector<std::byte> save(const base::EventQueue& events, const Device& device) {
    base::StateWriter writer;
    events.save(writer);
    device.save(writer);
    return writer.data();
}

template <typename Device>
void load(const std::vector<std::byte>& state, base::EventQueue& events, Device& device) {
    base::StateReader reader(state);
    events.load(reader);
    device.load(reader);
}

}  // namespace athena::test
