// SPDX-License-Identifier: Apache-2.0
// Registers behind the drivers' calls of firmware/lib/mmio.h, and the hart and console behind those
// of cpu.h and timer.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace athena::test {

// While it lives, all accesses of the drivers go here. A register keeps what was written unless a
// hook says otherwise.
class MockBus {
  public:
    struct Access {
        bool write;
        unsigned bytes;
        std::uintptr_t address;
        std::uint64_t value;

        bool operator==(const Access&) const = default;
    };

    MockBus();
    ~MockBus();
    MockBus(const MockBus&) = delete;
    MockBus& operator=(const MockBus&) = delete;

    std::map<std::uintptr_t, std::uint64_t> registers;
    std::map<std::uintptr_t, std::function<std::uint64_t()>> on_read;
    std::map<std::uintptr_t, std::function<void(std::uint64_t)>> on_write;  // instead of keeping it
    std::function<void()> on_idle;     // the hart sleeps: lets what it waits for happen
    std::vector<Access> accesses;      // all of them, in order
    std::vector<std::string> reports;  // what waits that ran out were for
    bool interrupts_on = true;

    // Accesses that wrote, in order.
    [[nodiscard]] std::vector<Access> writes() const;

    std::uint64_t read(std::uintptr_t address, unsigned bytes);
    void write(std::uintptr_t address, std::uint64_t value, unsigned bytes);
};

}  // namespace athena::test
