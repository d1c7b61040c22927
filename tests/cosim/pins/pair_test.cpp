// SPDX-License-Identifier: Apache-2.0
// That the comparison of RTL and timed model sees what differs in time alone.
#include <catch2/catch.hpp>

#include "regs/tile_regs.h"
#include "tile/axi_driver.h"
#include "unit/tile/matmul_line.h"

using namespace athena;

namespace {

constexpr std::uint32_t kCycles = tile::kRegistersWindow + regs::tile::kCyclesOffset;

using Driver = tile::PortDriver<tile::TilePair>;

void access(Driver& driver, const tile::AxiTransfer& transfer) {
    driver.start(transfer);
    while (driver.busy() && !driver.failure()) {
        driver.step();
    }
}

void push(Driver& driver) {
    auto line = test::matmul_line({.m = 3,
                                   .n = 3,
                                   .k = 3,
                                   .b = 0x1'0000,
                                   .c = 0x2'0000,
                                   .a_ld = 1,
                                   .b_ld = 1,
                                   .c_ld = 1,
                                   .tag = 21});
    access(driver, {.write = true, .address = tile::kQueueWindow, .data = line});
}

void run(Driver& driver) {
    driver.run(100'000);
}

}  // namespace

TEST_CASE("pair: equal tiles") {
    Driver driver;
    push(driver);
    run(driver);
    CHECK_FALSE(driver.failure());
    CHECK(driver.records.size() == 1);
    CHECK(driver.tile().cycle_count().equal == 1);
}

TEST_CASE("pair: an RTL that is a cycle early or late with a record") {
    {
        Driver driver;
        push(driver);
        driver.tile().rtl().inputs = {};
        driver.tile().rtl().cycle();
        run(driver);
        REQUIRE(driver.failure());
        CHECK(driver.failure()->starts_with(
            "command with tag 21: its record shows in the RTL only, cycle "));
        CHECK(driver.tile().difference().tag == 21u);
    }
    Driver driver;
    push(driver);
    driver.tile().timed().inputs = {};
    driver.tile().timed().cycle();
    run(driver);
    REQUIRE(driver.failure());
    CHECK(driver.failure()->starts_with(
        "command with tag 21: its record shows in the model only, cycle "));
}

TEST_CASE("pair: a register that differs, by a read and at a completion") {
    {
        Driver driver;
        driver.tile().rtl().skip(5);
        std::array<std::byte, 8> data{};
        access(driver, {.address = kCycles, .size = 3, .data = data});
        CHECK(
            driver.failure() ==
            std::optional<std::string>(
                "read of CYCLES is 0x0000000000000006 in the RTL, 0x0000000000000001 in the model, "
                "cycle 4"));
    }
    Driver driver;
    driver.tile().rtl().skip(5);
    push(driver);
    run(driver);
    REQUIRE(driver.failure());
    CHECK(driver.failure()->starts_with("command with tag 21: CYCLES is "));
}
