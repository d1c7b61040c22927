// SPDX-License-Identifier: Apache-2.0
// A HartCore with RAM and a logging device, without SystemC.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

#include "base/code_pages.h"
#include "riscv/hart_core.h"

namespace athena::test {

struct Machine : riscv::Bus, base::CodePageListener {
    static constexpr std::uint64_t kRam = 0x8000'0000;
    static constexpr std::uint64_t kRamSize = 0x10'0000;
    static constexpr std::uint64_t kDevice = 0x1000'0000;   // 4 KiB that answer
    static constexpr std::uint64_t kSlowRam = 0x9000'0000;  // 64 KiB without host pointer

    struct Access {
        std::uint64_t address;
        unsigned size;
        bool write;
        std::uint64_t data;
        bool operator==(const Access&) const = default;
    };

    explicit Machine(const riscv::HartCore::Options& options = {.reset_pc = kRam})
        : ram(kRamSize), slow_ram(0x1'0000), core(options, *this) {
        code_pages.add_listener(*this);
    }

    void program(std::uint64_t address, std::initializer_list<std::uint32_t> words) {
        for (const std::uint32_t word : words) {
            write(address, word);
            address += 4;
        }
    }
    template <typename Value>
    void write(std::uint64_t address, Value value) {
        std::memcpy(bytes(address), &value, sizeof value);
        code_pages.written({address}, sizeof value);
    }
    template <typename Value>
    [[nodiscard]] Value read(std::uint64_t address) {
        Value value;
        std::memcpy(&value, bytes(address), sizeof value);
        return value;
    }
    [[nodiscard]] unsigned char* bytes(std::uint64_t address) {
        return address >= kSlowRam ? &slow_ram.at(address - kSlowRam) : &ram.at(address - kRam);
    }

    [[nodiscard]] std::uint64_t x(unsigned index) const { return core.state().x[index]; }
    [[nodiscard]] std::uint64_t pc() const { return core.state().pc; }
    void set_x(unsigned index, std::uint64_t value) { core.set_register(index, value); }
    riscv::StopReason run(std::uint64_t budget, bool at_instant = false) {
        return core.run(budget, at_instant).reason;
    }
    /// As a hart module does: bus accesses at their instants, until `cycles` have passed.
    void run_through(std::uint64_t cycles);

    // ---- Bus
    std::optional<riscv::DmiRegion> dmi(std::uint64_t address) override {
        if (address < kRam || address >= kRam + kRamSize) {
            return std::nullopt;
        }
        return riscv::DmiRegion{kRam, kRam + kRamSize - 1, ram.data(), true};
    }
    riscv::BusStatus access(std::uint64_t address, unsigned size, bool is_write,
                            void* data) override {
        if (address >= kSlowRam && address < kSlowRam + slow_ram.size()) {
            unsigned char* cell = bytes(address);
            is_write ? std::memcpy(cell, data, size) : std::memcpy(data, cell, size);
            return riscv::BusStatus::Ok;
        }
        if (address < kDevice || address >= kDevice + 0x1000) {
            return riscv::BusStatus::Fault;
        }
        std::uint64_t value = 0x1122'3344'5566'7788;
        is_write ? std::memcpy(&(value = 0), data, size) : std::memcpy(data, &value, size);
        accesses.push_back({address, size, is_write, is_write ? value : 0});
        if (on_access) {
            on_access();
        }
        return riscv::BusStatus::Ok;
    }
    std::uint64_t time(std::uint64_t cycle) override { return cycle / 20 + time_offset; }
    std::uint64_t cycle_after(std::uint64_t cycle, std::uint64_t ticks) override {
        return ticks > ~0ULL / 20 - cycle ? ~0ULL : (cycle / 20 + ticks) * 20;
    }
    bool has_code(std::uint64_t page) override { return code_pages.has(page); }
    void mark_code(std::uint64_t address, std::uint64_t length) override {
        code_pages.mark({address}, length);
    }
    void code_written(std::uint64_t address, std::uint64_t length) override {
        code_pages.written({address}, length);
    }
    void on_code_written(std::uint64_t page, std::uint64_t lines) override {
        core.drop_code_page(page);
        written_lines |= lines;
    }
    void on_code_marked(std::uint64_t page) override { core.guard_code_page(page); }

    std::vector<unsigned char> ram;
    std::vector<unsigned char> slow_ram;
    base::CodePages code_pages;
    std::vector<Access> accesses;
    std::function<void()> on_access;
    std::uint64_t time_offset = 0;
    std::uint64_t written_lines = 0;  // watched ones, of any page
    riscv::HartCore core;
};

inline void Machine::run_through(std::uint64_t cycles) {
    bool at_instant = false;
    while (cycles != 0) {
        const riscv::RunResult result = core.run(cycles, at_instant);
        cycles -= result.cycles;
        at_instant = result.reason == riscv::StopReason::BusNeeded;
        if (result.reason == riscv::StopReason::Wfi || result.reason == riscv::StopReason::Dead) {
            return;
        }
    }
}

}  // namespace athena::test
