// SPDX-License-Identifier: Apache-2.0
// The registers, at the offsets of the published page, typed here once more.
#include "iopmp/iopmp.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "base/origin.h"
#include "base/state.h"
#include "fresh_simulation.h"
#include "unit/memory/probe.h"

using namespace athena;

namespace {

struct Bench {
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    iopmp::Iopmp block{"iopmp", {.core = {.entries = 4}, .rings = 3}, diagnostics};
    test::Probe probe{"probe"};

    Bench() { probe.socket.bind(block.socket); }
    std::uint64_t get(std::uint64_t offset, unsigned size = 4) {
        std::uint64_t value = 0;
        CHECK(probe.access(tlm::TLM_READ_COMMAND, offset,
                           {reinterpret_cast<unsigned char*>(&value), size}) ==
              tlm::TLM_OK_RESPONSE);
        return value;
    }
    void set(std::uint64_t offset, std::uint64_t value, unsigned size = 4) {
        CHECK(probe.access(tlm::TLM_WRITE_COMMAND, offset,
                           {reinterpret_cast<unsigned char*>(&value), size}) ==
              tlm::TLM_OK_RESPONSE);
    }
    void set_entry(unsigned index, std::uint64_t base, std::uint64_t end,
                   std::uint32_t permission) {
        set(0x100 + 0x20 * index, base, 8);
        set(0x108 + 0x20 * index, end, 8);
        set(0x110 + 0x20 * index, permission);
    }
};

constexpr std::uint32_t kRead = 1;
constexpr std::uint32_t kWrite = 2;
constexpr std::uint32_t kRing1 = 1 << 9;
constexpr std::uint32_t kHarts = 1 << 16;

}  // namespace

TEST_CASE("iopmp: registers of an untouched IOPMP") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.get(0x000) == 0x41494F50);
    CHECK(bench.get(0x004) == (3u << 8 | 4));
    for (const std::uint64_t offset : {0x008, 0x00C, 0x010, 0x020, 0x110}) {
        CHECK(bench.get(offset) == 0);
    }
    CHECK(bench.get(0x100, 8) == 0);
    CHECK(bench.block.permits({0, true, 0, 63}));
}

TEST_CASE("iopmp: entries are written as registers, those that are not there stay zero") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.set_entry(3, 0x80'0000'0000, 0x80'0000'1000, kRead | kWrite | kRing1);
    bench.set_entry(4, 0x80'0000'0000, 0x80'0000'1000, kRead | kWrite | kRing1);
    bench.set(0x008, 1);
    bench.set(0x009, 0, 1);  // another byte of CTRL
    CHECK(bench.get(0x008) == 1);
    CHECK(bench.get(0x160, 8) == 0x80'0000'0000);
    CHECK(bench.get(0x168, 8) == 0x80'0000'1000);
    CHECK(bench.get(0x170) == (kRead | kWrite | kRing1));
    CHECK(bench.get(0x180, 8) == 0);
    CHECK(bench.get(0x190) == 0);
    CHECK(bench.block.permits({1, true, 0x80'0000'0000, 0x80'0000'0FFF}));
    CHECK_FALSE(bench.block.permits({0, true, 0x80'0000'0000, 0x80'0000'0FFF}));
    // Half a register is written as that half.
    bench.set(0x168, 0x2000);
    CHECK(bench.block.permits({1, true, 0x80'0000'1000, 0x80'0000'1FFF}));
}

TEST_CASE("iopmp: a refused access has its record and one line of the log") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.set_entry(0, 0x1000, 0x2000, kRead | kRing1);
    bench.set(0x008, 1);
    bench.block.refuse({1, true, 0x1040, 0x107F});
    bench.block.refuse({base::Origin::kNoRing, false, 0x1040, 0x107F});
    CHECK(bench.get(0x010) == (2u << 4 | 2u << 1 | 1));
    CHECK(bench.get(0x014) == 1);
    CHECK(bench.get(0x018, 8) == 0x1040);
    CHECK(bench.get(0x020) == 2);
    CHECK(
        bench.log.str() ==
        "athena: guest fault: iopmp: write of 0x1040 to 0x107f by ring 1 refused: entry 0 permits "
        "no writes\n"
        "athena: guest fault: iopmp: read of 0x1040 to 0x107f by a hart's command refused: no "
        "entry holds a byte of it\n");
    bench.set(0x010, 0x36);
    CHECK(bench.get(0x010) == (2u << 4 | 2u << 1 | 1));
    bench.set(0x010, 1);
    CHECK(bench.get(0x010) == 0);
    bench.block.refuse({base::Origin::kNoRing, false, 0x1040, 0x107F});
    CHECK(bench.get(0x010) == (5u << 4 | 1u << 1 | 1));
    CHECK(bench.get(0x014) == 0xFFFF'FFFF);
}

TEST_CASE("iopmp: writes to what is locked change nothing and are logged") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.set_entry(0, 0x1000, 0x2000, kRead | kRing1 | kHarts);
    bench.set(0x008, 1);
    bench.set(0x00C, 1u << 8 | 1);
    bench.set(0x008, 0);
    bench.set(0x108, 0x9000, 8);
    bench.set(0x00C, 0);
    CHECK(bench.get(0x008) == 1);
    CHECK(bench.get(0x00C) == (1u << 8 | 1));
    CHECK(bench.get(0x108, 8) == 0x2000);
    CHECK(bench.diagnostics.guest_faults() == 2);
    CHECK_FALSE(bench.block.permits({1, false, 0x2000, 0x203F}));
    bench.set(0x120, 0x2000, 8);
    CHECK(bench.get(0x120, 8) == 0x2000);
    bench.block.reset();
    CHECK(bench.get(0x008) == 0);
    CHECK(bench.get(0x00C) == 0);
    CHECK(bench.get(0x108, 8) == 0);
}

TEST_CASE("iopmp: saved and loaded, its registers read the same") {
    test::FreshSimulation simulation;
    base::StateWriter writer;
    {
        Bench bench;
        bench.set_entry(2, 0x1000, 0x2000, kRead | kRing1 | kHarts);
        bench.set(0x008, 1);
        bench.set(0x00C, 3);
        bench.block.refuse({1, true, 0x1040, 0x107F});
        bench.block.save(writer);
    }
    test::FreshSimulation other;
    Bench bench;
    base::StateReader reader(writer.data());
    bench.block.load(reader);
    CHECK(bench.get(0x148, 8) == 0x2000);
    CHECK(bench.get(0x150) == (kRead | kRing1 | kHarts));
    CHECK(bench.get(0x008) == 1);
    CHECK(bench.get(0x00C) == 3);
    CHECK(bench.get(0x018, 8) == 0x1040);
    CHECK(bench.get(0x020) == 1);
}
