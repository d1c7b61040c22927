// SPDX-License-Identifier: Apache-2.0
// A command core whose memory and engines are the test's; descriptors are put together byte by byte
// from the layout.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "command/command_core.h"

namespace athena::test {

using command::CommandCore;
using command::Line;
using command::Opcode;
using command::Status;

enum : std::uint16_t {
    kIrq = 1 << 0,
    kWait0 = 1 << 1,
    kWait1 = 1 << 2,
    kSignal = 1 << 3,
    kWait0Sub = 1 << 4,
    kWait1Sub = 1 << 5,
    kLong = 1 << 15,
};

struct Fields {
    std::uint8_t opcode = 0;
    std::uint8_t engine = 0;
    std::uint16_t flags = 0;
    std::uint32_t tag = 0;
    std::uint8_t wait0_sem = 0;
    std::uint8_t wait1_sem = 0;
    std::uint8_t signal_sem = 0;
    std::uint16_t wait0_value = 0;
    std::uint16_t wait1_value = 0;
    std::uint16_t signal_value = 0;
};

template <typename T>
void put(Line& line, std::size_t offset, T value) {
    std::memcpy(line.data() + offset, &value, sizeof(value));
}

inline Line make_line(const Fields& f) {
    Line line{};
    put(line, 0x00, f.opcode);
    put(line, 0x01, f.engine);
    put(line, 0x02, f.flags);
    put(line, 0x04, f.tag);
    put(line, 0x08, f.wait0_sem);
    put(line, 0x09, f.wait1_sem);
    put(line, 0x0A, f.signal_sem);
    put(line, 0x0C, f.wait0_value);
    put(line, 0x0E, f.wait1_value);
    put(line, 0x10, f.signal_value);
    return line;
}

constexpr std::uint8_t kNop = 0;
constexpr std::uint8_t kMatmul = 1;
constexpr std::uint8_t kCopy = 2;
constexpr std::uint8_t kFence = 3;
constexpr std::uint8_t kSemSet = 4;
constexpr std::uint8_t kTimestamp = 5;
constexpr std::uint8_t kVector = 6;
constexpr std::uint8_t kCall = 7;
constexpr std::uint8_t kNotify = 8;
constexpr std::uint8_t kCopyNd = 9;
constexpr std::uint8_t kFill = 10;

struct CoreBench : command::CommandHost {
    static constexpr std::uint64_t kBase = 0x1000;
    static constexpr std::uint32_t kSize = 16;
    static constexpr std::uint64_t kResetRing = 0x5000;  // a word written here resets this ring

    explicit CoreBench(const CommandCore::Config& config = {}) : core(config, *this) {}

    // Writes the descriptors behind those written before, rings the doorbell, and answers the
    // fetches.
    void submit(const std::vector<Line>& lines, std::uint32_t ring = 0) {
        for (const Line& line : lines) {
            memory[base(ring) + 64 * (tail[ring]++ % kSize)] = line;
        }
        if (!core.ring(ring).enabled) {
            core.enable(ring, base(ring), kSize);
        }
        core.doorbell(ring, tail[ring]);
        answer_fetches();
    }
    void answer_fetches() {
        while (!fetches.empty()) {
            const std::uint32_t ring = fetches.front();
            fetches.erase(fetches.begin());
            const std::uint64_t address = core.fetch_address(ring);
            std::vector<Line> lines;
            while (lines.size() < core.fetch_lines(ring)) {
                const auto found = memory.find(address + 64 * lines.size());
                if (found == memory.end()) {
                    break;
                }
                lines.push_back(found->second);
            }
            ++reads;
            core.fetched(ring, lines, address);
        }
    }
    void complete(std::uint32_t slot, Status status = Status::Ok, std::uint64_t address = 0) {
        REQUIRE(core.complete(slot, status, address));
        answer_fetches();
    }
    // What was issued, as "tile0:tag" or "dma1:tag", since the last call.
    std::vector<std::string> take_issued() { return std::exchange(issued, {}); }

    static std::uint64_t base(std::uint32_t ring) { return kBase + 0x10000 * ring; }

    void fetch(std::uint32_t ring) override { fetches.push_back(ring); }
    command::HandOver issue(command::EngineId engine, std::uint32_t, std::uint32_t slot,
                            const command::Descriptor& descriptor) override {
        static constexpr std::array kNames = {"tile", "dma", "vector"};
        std::uint32_t tag = 0;
        std::memcpy(&tag, descriptor.bytes.data() + 4, 4);
        slots[tag] = slot;
        issued_bytes.push_back(descriptor.all().size());
        issued.push_back(kNames[static_cast<std::size_t>(engine.kind)] +
                         std::to_string(engine.instance) + ":" + std::to_string(tag));
        return {engines_answer ? Status::Ok : Status::WriteError};
    }
    Status write_timestamp(std::uint32_t, std::uint64_t address) override {
        timestamps.push_back(address);
        return address < 0x1'0000'0000 ? Status::Ok : Status::WriteError;
    }
    Status write_word(std::uint32_t, std::uint64_t address, std::uint32_t value) override {
        words.emplace_back(address, value);
        if (address == kResetRing) {
            core.reset_ring(value);
        }
        return address < 0x1'0000'0000 ? Status::Ok : Status::WriteError;
    }
    void update_outputs() override { ++updates; }
    std::uint64_t cycles() const override { return cycle; }
    std::uint64_t now() const override { return 1000 * cycle; }
    void watch(std::uint32_t ring, std::optional<std::uint64_t> at) override {
        watches.erase(ring);
        if (at) {
            watches[ring] = *at;
        }
    }
    void timed_out(std::uint32_t ring) override { timeouts.push_back(ring); }
    void stopped(std::uint32_t ring) override { told.push_back(ring); }

    // Lets time pass: watches that are due by then happen at their cycles.
    void run_to(std::uint64_t end) {
        while (true) {
            const auto due = std::ranges::min_element(
                watches, {}, [](const auto& watch) { return watch.second; });
            if (due == watches.end() || due->second > end) {
                break;
            }
            const auto [ring, at] = *due;
            watches.erase(due);
            cycle = at;
            core.check_timeout(ring);
            answer_fetches();
        }
        cycle = end;
    }

    std::map<std::uint64_t, Line> memory;
    std::map<std::uint32_t, std::uint32_t> tail;
    std::vector<std::uint32_t> fetches;            // rings
    std::map<std::uint32_t, std::uint32_t> slots;  // by tag
    std::vector<std::string> issued;
    std::vector<std::size_t> issued_bytes;
    std::vector<std::uint64_t> timestamps;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> words;
    std::uint64_t cycle = 0;
    std::map<std::uint32_t, std::uint64_t> watches;  // by ring
    std::vector<std::uint32_t> timeouts;             // rings
    std::vector<std::uint32_t> told;                 // rings
    bool engines_answer = true;
    int updates = 0;
    int reads = 0;  // of lines
    CommandCore core;
};

using Issued = std::vector<std::string>;

}  // namespace athena::test
