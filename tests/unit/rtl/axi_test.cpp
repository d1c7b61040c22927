// SPDX-License-Identifier: Apache-2.0
// The AXI4 port of the Verilated tile: bursts of all sizes against a model of bytes, errors,
// back-pressure, and traffic beside a running command.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "command.h"
#include "regs/tile_regs.h"

namespace athena::rtl {
namespace {

namespace tile_regs = regs::tile;

std::uint32_t seed() {
    const char* text = std::getenv("ATHENA_SEED");
    return text != nullptr ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : 1;
}

// First byte of beat i, and the byte after its last one: AXI4 specification, A3.4.1.
std::uint32_t beat_begin(const Burst& burst, unsigned i) {
    const std::uint32_t bytes = 1U << burst.size;
    return i == 0 ? burst.address : (burst.address & ~(bytes - 1)) + i * bytes;
}
std::uint32_t beat_end(const Burst& burst, unsigned i) {
    const std::uint32_t bytes = 1U << burst.size;
    return (burst.address & ~(bytes - 1)) + (i + 1) * bytes;
}

// An INCR burst that lies in [begin, end) of L1, whole 4 KiB page rule of AXI included.
Burst random_burst(TileBench& bench, std::uint32_t begin, std::uint32_t end) {
    Burst burst;
    burst.size = static_cast<std::uint8_t>(bench.draw(7));
    burst.id = static_cast<std::uint8_t>(bench.draw(16));
    burst.address = begin + bench.draw(end - begin);
    const std::uint32_t page_end = std::min(end, (burst.address | 0xFFF) + 1);
    const std::uint32_t room =
        (page_end - (burst.address & ~((1U << burst.size) - 1))) >> burst.size;
    if (room == 0) {
        return random_burst(bench, begin, end);
    }
    constexpr std::array kMostBeats{6U, 6U, 6U, 64U, 256U};
    const unsigned beats =
        1 + bench.draw(std::min(room, kMostBeats[bench.draw(kMostBeats.size())]));
    burst.data.assign(beats, {});
    burst.strobes.assign(beats, 0);
    for (unsigned i = 0; i < beats; ++i) {
        for (std::uint32_t at = beat_begin(burst, i); at < beat_end(burst, i); ++at) {
            burst.data[i][at % 64] = static_cast<std::byte>(bench.random());
            if (bench.draw(8) != 0) {
                burst.strobes[i] |= std::uint64_t{1} << at % 64;
            }
        }
    }
    return burst;
}

void write_model(const Burst& burst, std::vector<std::byte>& l1) {
    for (unsigned i = 0; i < burst.data.size(); ++i) {
        for (std::uint32_t at = beat_begin(burst, i); at < beat_end(burst, i); ++at) {
            if ((burst.strobes[i] >> at % 64 & 1) != 0) {
                l1[at] = burst.data[i][at % 64];
            }
        }
    }
}

// Sends `bursts` reads and writes, a few at a time, all answered before the next few.
void random_traffic(TileBench& bench, std::vector<std::byte>& l1, std::uint32_t begin,
                    std::uint32_t end, unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
        bench.write_responses.clear();
        bench.read_beats.clear();
        std::vector<Burst> writes;
        std::vector<Burst> reads;
        for (unsigned i = 0; i < 1 + bench.draw(4); ++i) {
            writes.push_back(random_burst(bench, begin, end));
            bench.send_write(writes.back());
            write_model(writes.back(), l1);
        }
        REQUIRE(bench.settle());
        for (unsigned i = 0; i < 1 + bench.draw(4); ++i) {
            reads.push_back(random_burst(bench, begin, end));
            bench.send_read(reads.back(), static_cast<unsigned>(reads.back().data.size()));
        }
        REQUIRE(bench.settle());
        REQUIRE(bench.write_responses.size() == writes.size());
        for (std::size_t i = 0; i < writes.size(); ++i) {
            CHECK(bench.write_responses[i].id == writes[i].id);
            CHECK(bench.write_responses[i].response == kOkay);
        }
        std::size_t next = 0;
        for (const Burst& read : reads) {
            for (unsigned i = 0; i < read.data.size(); ++i, ++next) {
                const ReadBeat& beat = bench.read_beats.at(next);
                REQUIRE(beat.id == read.id);
                REQUIRE(beat.response == kOkay);
                REQUIRE(beat.last == (i + 1 == read.data.size()));
                for (std::uint32_t at = beat_begin(read, i); at < beat_end(read, i); ++at) {
                    REQUIRE(beat.data[at % 64] == l1[at]);
                }
            }
        }
        CHECK(next == bench.read_beats.size());
    }
}

TEST_CASE("rtl tile: bursts of every size, alignment and length reach the bytes that they name") {
    std::cout << "replay: ATHENA_SEED=" << seed() << " unit_rtl_axi \"rtl tile: bursts*\"\n";
    TileBench bench(seed());
    std::vector<std::byte> l1(kL1Bytes);
    for (const unsigned stall : {0U, 10U, 50U, 90U}) {
        bench.stalls = Stalls::all(stall);
        random_traffic(bench, l1, 0, 0x3000, stall == 90 ? 40 : 100);
        random_traffic(bench, l1, kL1Bytes - 0x1000, kL1Bytes, 20);
    }
    CHECK(std::equal(l1.begin(), l1.end(), bench.l1().begin()));
}

TEST_CASE("rtl tile: long bursts move 64 bytes a cycle in both directions") {
    TileBench bench;
    Burst burst;
    burst.data.assign(64, {});
    burst.strobes.assign(64, ~std::uint64_t{0});
    for (unsigned i = 0; i < 16; ++i) {
        bench.send_write(burst);
    }
    std::uint64_t start = bench.cycles();
    REQUIRE(bench.settle());
    CHECK(bench.cycles() - start <= 16 * 64 + 4);
    for (unsigned i = 0; i < 16; ++i) {
        bench.send_read(burst, 64);
    }
    start = bench.cycles();
    REQUIRE(bench.settle());
    CHECK(bench.cycles() - start <= 16 * 64 + 5);
}

TEST_CASE("rtl tile: reads and writes that both want L1 take turns") {
    TileBench bench;
    Burst burst;
    burst.data.assign(64, {});
    burst.strobes.assign(64, ~std::uint64_t{0});
    for (unsigned i = 0; i < 8; ++i) {
        bench.send_write(burst);
        bench.send_read(burst, 64);
    }
    bench.run(4 * 128);  // half of the time that all of it takes
    const std::size_t reads = bench.read_beats.size();
    const std::size_t writes = bench.write_responses.size();
    CHECK(reads >= 4 * 64 - 8);
    CHECK(writes >= 3);
    CHECK(writes <= 4);
    REQUIRE(bench.settle());
}

TEST_CASE("rtl tile: accesses take effect and are answered after the documented cycles") {
    TileBench bench;
    Burst burst;
    burst.data[0].fill(std::byte{0xA5});
    bench.send_write(burst);
    bench.tick();  // handshake
    CHECK(bench.top().s_axi_bvalid_o == 0);
    bench.tick();
    CHECK(bench.l1()[0] == std::byte{0xA5});
    CHECK(bench.top().s_axi_bvalid_o != 0);
    bench.tick();
    CHECK(bench.write_responses.size() == 1);
    bench.send_read(burst, 1);
    bench.tick();
    bench.tick();
    CHECK(bench.top().s_axi_rvalid_o == 0);
    bench.tick();
    CHECK(bench.top().s_axi_rvalid_o != 0);
    // A command: checked in seven cycles, taken in the tenth after its line's.
    burst.address = kQueue + 0xFFC0;
    burst.data[0] = line_of({.tag = 1, .n = 5});
    bench.send_write(burst);
    bench.stalls.completion = 100;
    for (std::uint64_t i = 0; i < 10 + kRefusedCycles; ++i) {
        CHECK(bench.top().completion_valid_o == 0);
        bench.tick();
    }
    CHECK(bench.top().completion_valid_o != 0);
}

struct Refused {
    const char* name;
    std::uint32_t address;
    std::uint8_t size;
    std::uint8_t type;
    unsigned beats;
};

TEST_CASE("rtl tile: bursts that are not legal as a whole are refused without effect") {
    constexpr std::uint8_t kFixed = 0;
    constexpr std::uint8_t kWrap = 2;
    const std::vector<Refused> refused = {
        {"FIXED", 0x100, 6, kFixed, 1},
        {"FIXED burst", 0x100, 2, kFixed, 4},
        {"WRAP", 0x100, 6, kWrap, 4},
        {"reserved burst type", 0x100, 6, 3, 1},
        {"beats wider than the bus", 0x100, 7, kIncr, 1},
        {"the end of L1 and beyond", kL1Bytes - 64, 6, kIncr, 2},
        {"above L1", kL1Bytes, 0, kIncr, 1},
        {"above L1 by a bit", 0x20'0000 + kL1Bytes, 6, kIncr, 1},
        {"above L1 by another", 0x40'0000 + kL1Bytes, 6, kIncr, 1},
        {"below the registers", kRegisters - 64, 6, kIncr, 1},
        {"registers in a burst", kRegisters + tile_regs::kCtrlOffset, 3, kIncr, 2},
        {"registers, 16 bytes", kRegisters + tile_regs::kCtrlOffset, 4, kIncr, 1},
        {"registers, unaligned", kRegisters + tile_regs::kCtrlOffset + 2, 2, kIncr, 1},
        {"a hole between the registers", kRegisters + 0x30, 3, kIncr, 1},
        {"behind the registers", kRegisters + 0x70, 3, kIncr, 1},
        {"the registers' offsets again", kRegisters + 0x1000, 3, kIncr, 1},
        {"queue, half a line", kQueue, 5, kIncr, 1},
        {"queue, unaligned", kQueue + 32, 6, kIncr, 1},
        {"queue, two lines", kQueue, 6, kIncr, 2},
        {"behind the queue", kQueue + 0x1'0000, 6, kIncr, 1},
        {"the window's end", 0xFF'FFC0, 6, kIncr, 1},
    };
    TileBench bench;
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, 3));
    std::vector<std::byte> before(bench.l1().begin(), bench.l1().end());
    for (const Refused& access : refused) {
        INFO(access.name);
        Burst burst;
        burst.address = access.address;
        burst.size = access.size;
        burst.type = access.type;
        burst.id = 9;
        burst.data.assign(access.beats, {});
        burst.strobes.clear();
        // All bytes of the beat; FIXED and WRAP have other lanes than INCR, which nobody looks at.
        const unsigned bytes = 1U << std::min<unsigned>(access.size, 6);
        for (unsigned i = 0; i < access.beats; ++i) {
            const unsigned first = (access.address + i * bytes) % 64;
            burst.strobes.push_back(~std::uint64_t{0} >> (64 - bytes) << (first & ~(bytes - 1)));
        }
        for (Beat& beat : burst.data) {
            beat.fill(std::byte{0xFF});
        }
        bench.write_responses.clear();
        bench.read_beats.clear();
        bench.send_write(burst);
        REQUIRE(bench.settle());
        CHECK(bench.write_responses.back().response == kSlverr);
        CHECK(bench.write_responses.back().id == 9);
        bench.send_read(burst, access.beats);
        REQUIRE(bench.settle());
        REQUIRE(bench.read_beats.size() == access.beats);
        for (unsigned i = 0; i < access.beats; ++i) {
            CHECK(bench.read_beats[i].response == kSlverr);
            CHECK(bench.read_beats[i].last == (i + 1 == access.beats));
            CHECK(bench.read_beats[i].data == Beat{});
        }
        CHECK(bench.top().idle_o != 0);
    }
    CHECK(std::equal(before.begin(), before.end(), bench.l1().begin()));
    CHECK(bench.register_value(tile_regs::kCtrlOffset) == 3);
    CHECK(bench.register_value(tile_regs::kRefusedOffset) == 0);
}

TEST_CASE("rtl tile: the queue takes only whole lines, and is not to be read") {
    TileBench bench;
    Burst burst;
    burst.address = kQueue;
    burst.data[0] = line_of({.tag = 3});
    for (const unsigned missing : {0U, 31U, 63U}) {
        burst.strobes[0] = ~(std::uint64_t{1} << missing);
        bench.send_write(burst);
        REQUIRE(bench.settle());
        CHECK(bench.write_responses.back().response == kSlverr);
    }
    bench.send_read(burst, 1);
    REQUIRE(bench.settle());
    CHECK(bench.read_beats.back().response == kSlverr);
    CHECK(bench.records.empty());
    CHECK(bench.register_value(tile_regs::kRefusedOffset) == 0);
    burst.strobes[0] = ~std::uint64_t{0};
    for (const std::uint32_t offset : {0U, 0x40U, 0xFFC0U}) {
        burst.address = kQueue + offset;
        bench.send_write(burst);
    }
    REQUIRE(bench.drain());
    CHECK(bench.records.size() == 3);
}

TEST_CASE("rtl tile: registers are read and written by 1, 2, 4 and 8 bytes") {
    TileBench bench;
    const std::uint64_t caps =
        std::uint64_t{kL1Bytes} << 32 | kQueueDepth << 16 | kCols << 8 | kRows;
    CHECK(bench.register_value(tile_regs::kIdOffset) == tile_regs::kIdReset);
    CHECK(bench.register_value(tile_regs::kCapsOffset) == caps);
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (std::uint32_t at = 0; at < 8; at += size) {
            std::uint64_t value = 0;
            REQUIRE(bench.read_register(tile_regs::kCapsOffset + at, value, size));
            const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 8 * size);
            CHECK(value == (caps >> 8 * at & mask));
        }
    }
    // A byte of CTRL leaves the others alone; read-only registers ignore writes.
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, 3, 1));
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset + 1, 0, 1));
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset + 4, ~std::uint64_t{0}, 4));
    CHECK(bench.register_value(tile_regs::kCtrlOffset) == 3);
    REQUIRE(bench.write_register(tile_regs::kCtrlOffset, 2, 2));
    CHECK(bench.register_value(tile_regs::kCtrlOffset) == 2);
    REQUIRE(bench.write_register(tile_regs::kIdOffset, 0));
    REQUIRE(bench.write_register(tile_regs::kCommandsOffset, 77));
    CHECK(bench.register_value(tile_regs::kIdOffset) == tile_regs::kIdReset);
    CHECK(bench.register_value(tile_regs::kCommandsOffset) == 0);
}

TEST_CASE("rtl tile: traffic beside a command changes neither its bits nor its cycles") {
    std::cout << "replay: ATHENA_SEED=" << seed() << " unit_rtl_axi \"rtl tile: traffic*\"\n";
    TileBench bench(seed());
    for (std::size_t i = 0; i < kL1Bytes; i += 2) {
        const auto value =
            static_cast<std::uint16_t>((bench.random() & 0x807F) | (120 + bench.draw(12)) << 7);
        std::memcpy(&bench.l1()[i], &value, 2);
    }
    for (const bool accumulate : {false, true}) {
        for (const std::uint32_t k : {8U, 64U, 200U}) {
            bench.stalls = Stalls::all(bench.draw(2) * 30);
            const Command command = {.tag = k,
                                     .m = 96,
                                     .n = 90,
                                     .k = k,
                                     .a = 0x1'0000,
                                     .b = 0x3'0000,
                                     .c = 0x8'0000,
                                     .a_ld = 416,
                                     .b_ld = 192,
                                     .c_ld = 384,
                                     .accumulate = accumulate};
            std::vector<std::byte> expected(bench.l1().begin(), bench.l1().end());
            multiply_by_reference(command, expected);
            bench.records.clear();
            REQUIRE(bench.push(line_of(command)));
            // Below A and above C; the model's other bytes are never looked at.
            while (bench.records.empty()) {
                random_traffic(bench, expected, 0, 0x1'0000, 1);
                random_traffic(bench, expected, 0xC'0000, 0xC'2000, 1);
            }
            CHECK(bench.register_value(tile_regs::kCommandCyclesOffset) ==
                  expected_cycles(command));
            CHECK(std::equal(expected.begin(), expected.end(), bench.l1().begin()));
        }
    }
}

}  // namespace
}  // namespace athena::rtl
