// SPDX-License-Identifier: Apache-2.0
#include "tile/rtl_tile.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/state.h"
#include "tile/cycles.h"
#include "unit/tile/matmul_line.h"

using namespace athena;
using test::matmul_line;
using tile::RtlTile;

namespace {

// 8 x 16 = 8 x 40 · 40 x 16 on ones: every element 40.
constexpr test::MatmulFields kOnes{.m = 8,
                                   .n = 16,
                                   .k = 40,
                                   .b = 0x1'0000,
                                   .c = 0x2'0000,
                                   .a_ld = 3,
                                   .b_ld = 1,
                                   .c_ld = 2,
                                   .tag = 9};

void load_ones(RtlTile& tile) {
    std::vector<std::byte> ones(0x1000);
    for (std::size_t i = 0; i < ones.size(); i += 2) {
        const std::uint16_t one = 0x3F80;
        std::memcpy(&ones[i], &one, 2);
    }
    tile.poke(0, ones);
    tile.poke(0x1'0000, ones);
}

tile::Response push(RtlTile& tile, std::uint64_t cycle, const test::MatmulFields& fields) {
    auto line = matmul_line(fields);
    return tile.access(cycle, {tile::kQueueWindow, true, line});
}

std::uint64_t read_register(RtlTile& tile, std::uint64_t cycle, std::uint64_t offset) {
    std::uint64_t value = 0;
    CHECK(tile.access(cycle, {tile::kRegistersWindow + offset, false,
                              std::as_writable_bytes(std::span(&value, 1))})
              .ok);
    return value;
}

std::uint32_t word(RtlTile& tile, std::uint64_t offset) {
    std::uint32_t bits = 0;
    tile.peek(offset, std::as_writable_bytes(std::span(&bits, 1)));
    return bits;
}

// Runs until nothing more will come.
void drain(RtlTile& tile) {
    while (tile.next_output()) {
        tile.advance(*tile.next_output() + 10'000);
        if (!tile.outputs().empty()) {
            break;
        }
    }
}

std::uint64_t expected_cycles(const test::MatmulFields& fields) {
    const auto decoded = tile::decode_matmul(matmul_line(fields), 1 << 20);
    return tile::command_cycles(decoded.matmul, {});
}

}  // namespace

TEST_CASE("rtl tile: a command completes at its cycle, with its result in L1") {
    RtlTile tile;
    tile.reset(0);
    load_ones(tile);
    const auto response = push(tile, 100, kOnes);
    CHECK(response.ok);
    CHECK(response.cycle == 100 + tile::kWriteCycles);
    drain(tile);
    REQUIRE(tile.outputs().size() == 1);
    CHECK(tile.outputs()[0].cycle == 100 + tile::kPopCycles + expected_cycles(kOnes));
    CHECK(tile.outputs()[0].completion == tile::Completion{9, tile::Status::Ok});
    CHECK(word(tile, 0x2'0000) == 0x4220'0000);
    CHECK(word(tile, 0x2'0000 + 7 * 64 + 60) == 0x4220'0000);
    CHECK(tile.failure().empty());
}

TEST_CASE("rtl tile: skipped and clocked idle cycles leave the same state") {
    const auto state_after = [](bool clocked) {
        tile::AxiDriver driver;
        std::array<std::byte, 8> data{};
        driver.start({.address = 0x80'0000, .size = 3, .data = data});
        while (!driver.idle()) {
            driver.step();
        }
        if (clocked) {
            for (unsigned i = 0; i < 1000; ++i) {
                driver.step();
            }
        } else {
            driver.skip_to(driver.cycle() + 1000);
        }
        driver.step();
        // Verilator's own context comes first, with bytes of no meaning between its members.
        auto state = driver.tile().save();
        state.erase(state.begin(), state.begin() + 64);
        return state;
    };
    CHECK(state_after(true) == state_after(false));
}

TEST_CASE("rtl tile: CYCLES counts skipped and clocked cycles alike") {
    RtlTile tile;
    tile.reset(5000);
    CHECK(read_register(tile, 5000, 0x40) == tile::kReadSampleCycles);
    CHECK(read_register(tile, 1'000'000'000, 0x40) ==
          1'000'000'000 - 5000 + tile::kReadSampleCycles);
    CHECK(tile.peek_register(0x40, 8, 2'000'000'000) == 2'000'000'000u - 5000);
}

TEST_CASE("rtl tile: the back door reads what the port reads, of every register and any part") {
    RtlTile tile;
    tile.reset(0);
    auto bad = kOnes;
    bad.c = 1;
    push(tile, 10, kOnes);
    push(tile, 20, bad);
    std::uint64_t enables = 3;
    tile.access(30, {tile::kRegistersWindow + 0x10, true,
                     std::as_writable_bytes(std::span(&enables, 1)).first(1)});
    drain(tile);
    drain(tile);
    std::uint64_t cycle = 10'000;
    for (const std::uint64_t offset :
         {0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x48, 0x50, 0x58, 0x60, 0x68}) {
        CAPTURE(offset);
        const auto value = read_register(tile, cycle, offset);
        CHECK(tile.peek_register(offset, 8, cycle) == value);
        CHECK(tile.peek_register(offset + 1, 1, cycle) == (value >> 8 & 0xFF));
        CHECK(tile.peek_register(offset + 4, 4, cycle) == value >> 32);
        cycle += 100;
    }
    CHECK_FALSE(tile.peek_register(0x30, 8, cycle));
    CHECK_FALSE(tile.peek_register(0x01, 2, cycle));
}

TEST_CASE("rtl tile: unaligned accesses of any length reach L1 byte for byte") {
    RtlTile tile;
    tile.reset(0);
    std::uint64_t cycle = 0;
    for (const std::size_t size : {1, 2, 63, 64, 65, 4096, 9999}) {
        for (const std::uint64_t offset : {0x0, 0x1, 0x3F, 0xFC3, 0xF'0000 + 17}) {
            CAPTURE(size, offset);
            std::vector<std::byte> around(size + 2);
            tile.poke(offset, around);
            std::vector<std::byte> written(size);
            for (std::size_t i = 0; i < size; ++i) {
                written[i] = static_cast<std::byte>(i * 7 + size + 1);
            }
            auto response = tile.access(cycle, {offset + 1, true, written});
            CHECK(response.ok);
            std::vector<std::byte> read(size);
            response = tile.access(response.cycle, {offset + 1, false, read});
            CHECK(response.ok);
            CHECK(read == written);
            tile.peek(offset, around);
            CHECK(around.front() == std::byte{0});
            CHECK(around.back() == std::byte{0});
            cycle = response.cycle;
        }
    }
}

TEST_CASE("rtl tile: of a write with byte enables only the enabled bytes change") {
    RtlTile tile;
    tile.reset(0);
    std::vector<std::byte> data(200, std::byte{0xEE});
    std::vector<unsigned char> enables(200);
    for (std::size_t i = 0; i < enables.size(); ++i) {
        enables[i] = i % 3 == 0 ? 1 : 0;
    }
    CHECK(tile.access(0, {0x1F3, true, data, enables}).ok);
    std::vector<std::byte> found(200);
    tile.peek(0x1F3, found);
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i] == (i % 3 == 0 ? std::byte{0xEE} : std::byte{0}));
    }
}

TEST_CASE("rtl tile: reset keeps L1 and drops commands") {
    RtlTile tile;
    tile.reset(0);
    load_ones(tile);
    push(tile, 0, kOnes);
    push(tile, 10, kOnes);
    tile.advance(60);
    tile.reset(100);
    CHECK_FALSE(tile.next_output());
    CHECK(read_register(tile, 2000, 0x50) == 0);
    CHECK(word(tile, 0) == 0x3F80'3F80);
    push(tile, 3000, kOnes);
    drain(tile);
    CHECK(word(tile, 0x2'0000) == 0x4220'0000);
}

TEST_CASE("rtl tile: several in one process do not meet") {
    RtlTile one;
    RtlTile two;
    one.reset(0);
    two.reset(0);
    load_ones(one);
    push(one, 0, kOnes);
    push(two, 0, kOnes);
    for (std::uint64_t cycle = 10; one.outputs().empty(); cycle += 10) {
        one.advance(cycle);
        two.advance(cycle);
    }
    CHECK(two.outputs().size() == 1);
    CHECK(word(one, 0x2'0000) == 0x4220'0000);
    CHECK(word(two, 0x2'0000) == 0);
}

TEST_CASE("rtl tile: saved in mid-command and loaded into another one, it ends equally") {
    RtlTile tile;
    tile.reset(0);
    load_ones(tile);
    push(tile, 0, kOnes);
    auto second = kOnes;
    second.tag = 10;
    push(tile, 10, second);
    tile.advance(77);
    base::StateWriter writer;
    tile.save(writer);
    RtlTile other;
    other.reset(0);
    base::StateReader reader(writer.data());
    other.load(reader);
    for (RtlTile* each : {&tile, &other}) {
        drain(*each);
        REQUIRE(each->outputs().size() == 1);
        CHECK(each->outputs()[0].cycle == tile::kPopCycles + expected_cycles(kOnes));
        each->outputs().clear();
        drain(*each);
        REQUIRE(each->outputs().size() == 1);
        CHECK(each->outputs()[0].completion.tag == 10);
        CHECK(word(*each, 0x2'0000) == 0x4220'0000);
    }
    CHECK(tile.outputs()[0].cycle == other.outputs()[0].cycle);
}

TEST_CASE("rtl tile: a failed assertion of the RTL is told and does not end the process") {
    tile::AxiDriver driver;
    tile::VerilatedTile& rtl = driver.tile();
    // Data without an address fill the port's buffer; then valid falls before ready.
    rtl.inputs.w_valid = true;
    while (rtl.cycle().w_ready) {
    }
    CHECK_FALSE(rtl.failed());
    rtl.inputs.w_valid = false;
    rtl.cycle();
    rtl.cycle();
    CHECK(rtl.failed());
    driver.step();
    REQUIRE(driver.failure());
    CHECK(driver.failure()->starts_with("the RTL stops: "));
    CHECK(driver.failure()->find(": Assertion failed in tile.athena_tile.") != std::string::npos);
    CHECK(driver.failure()->ends_with("(cycle 1)"));
    driver.reset();
    driver.step();
    CHECK_FALSE(driver.failure());
}
