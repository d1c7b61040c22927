// SPDX-License-Identifier: Apache-2.0
#include "mock_bus.h"

#include <stdexcept>

#include "cpu.h"
#include "mmio.h"
#include "timer.h"

namespace athena::test {
namespace {

MockBus* current = nullptr;

MockBus& bus() {
    if (current == nullptr) {
        throw std::logic_error("a driver accesses a register and no MockBus lives");
    }
    return *current;
}

}  // namespace

MockBus::MockBus() {
    current = this;
}

MockBus::~MockBus() {
    current = nullptr;
}

std::vector<MockBus::Access> MockBus::writes() const {
    std::vector<Access> found;
    for (const Access& access : accesses) {
        if (access.write) {
            found.push_back(access);
        }
    }
    return found;
}

std::uint64_t MockBus::read(std::uintptr_t address, unsigned bytes) {
    const auto hook = on_read.find(address);
    const std::uint64_t value = hook != on_read.end() ? hook->second() : registers[address];
    accesses.push_back({false, bytes, address, value});
    return value;
}

void MockBus::write(std::uintptr_t address, std::uint64_t value, unsigned bytes) {
    accesses.push_back({true, bytes, address, value});
    const auto hook = on_write.find(address);
    if (hook != on_write.end()) {
        hook->second(value);
    } else {
        registers[address] = value;
    }
}

}  // namespace athena::test

using athena::test::bus;

uint8_t mmio_read8(uintptr_t address) {
    return static_cast<uint8_t>(bus().read(address, 1));
}
uint32_t mmio_read32(uintptr_t address) {
    return static_cast<uint32_t>(bus().read(address, 4));
}
uint64_t mmio_read64(uintptr_t address) {
    return bus().read(address, 8);
}
void mmio_write8(uintptr_t address, uint8_t value) {
    bus().write(address, value, 1);
}
void mmio_write32(uintptr_t address, uint32_t value) {
    bus().write(address, value, 4);
}
void mmio_write64(uintptr_t address, uint64_t value) {
    bus().write(address, value, 8);
}
void mmio_order() {}

uint64_t cpu_interrupts_off() {
    const bool before = bus().interrupts_on;
    bus().interrupts_on = false;
    return before ? 1 : 0;
}
void cpu_interrupts_restore(uint64_t before) {
    bus().interrupts_on = before != 0;
}
void cpu_idle() {
    if (bus().on_idle) {
        bus().on_idle();
    }
}
void wait_report(const char* what, uint64_t /*microseconds*/) {
    bus().reports.emplace_back(what);
}
