// SPDX-License-Identifier: Apache-2.0
// The IOPMP's driver against mock registers; offsets and fields typed here once more.
#include "iopmp.h"

#include <catch2/catch.hpp>
#include <vector>

#include "mock_bus.h"

using athena::test::MockBus;

namespace {

constexpr std::uintptr_t kBase = 0x40'0030'0000;
constexpr struct fdt_region kRegion = {kBase, 0x1'0000};

/// Three entries, two rings.
void put_device(MockBus& bus, std::uint32_t locked = 0) {
    bus.registers[kBase] = 0x4149'4F50;
    bus.registers[kBase + 0x04] = 0x0203;
    bus.registers[kBase + 0x0C] = locked;
}

}  // namespace

TEST_CASE("iopmp: a cluster without one is told apart", "[firmware]") {
    MockBus bus;
    struct iopmp iopmp {};
    const struct fdt_region none = {0, 0};
    CHECK(iopmp_init(&iopmp, &none) == RESULT_NOT_FOUND);
    CHECK(bus.accesses.empty());
    CHECK(iopmp_init(&iopmp, &kRegion) == RESULT_NOT_FOUND);
    CHECK(bus.writes().empty());
}

TEST_CASE("iopmp: it starts off, without grants and without a record", "[firmware]") {
    MockBus bus;
    put_device(bus);
    struct iopmp iopmp {};
    REQUIRE(iopmp_init(&iopmp, &kRegion) == RESULT_OK);
    CHECK(iopmp.entries == 3);
    CHECK(iopmp.rings == 2);
    const std::vector<MockBus::Access> expected = {{true, 4, kBase + 0x08, 0},
                                                   {true, 4, kBase + 0x110, 0},
                                                   {true, 4, kBase + 0x130, 0},
                                                   {true, 4, kBase + 0x150, 0},
                                                   {true, 4, kBase + 0x10, 1}};
    CHECK(bus.writes() == expected);
}

TEST_CASE("iopmp: locked entries stay and are not given out", "[firmware]") {
    MockBus bus;
    put_device(bus, 2);
    struct iopmp iopmp {};
    REQUIRE(iopmp_init(&iopmp, &kRegion) == RESULT_OK);
    const struct iopmp_grant grant = {0x1000, 0x10, 1, true, false};
    CHECK(iopmp_allow(&iopmp, &grant) == RESULT_OK);
    CHECK(bus.registers.at(kBase + 0x140) == 0x1000);
    CHECK(bus.registers.count(kBase + 0x110) == 0);
    CHECK(bus.registers.count(kBase + 0x130) == 0);
    CHECK(iopmp_allow(&iopmp, &grant) == RESULT_FULL);
    bus.on_write[kBase + 0x08] = [](std::uint64_t) {};
    bus.registers[kBase + 0x08] = 1;
    CHECK(iopmp_init(&iopmp, &kRegion) == RESULT_DEVICE_ERROR);
}

TEST_CASE("iopmp: a grant fills an entry, whom it is about last", "[firmware]") {
    MockBus bus;
    put_device(bus);
    struct iopmp iopmp {};
    REQUIRE(iopmp_init(&iopmp, &kRegion) == RESULT_OK);
    bus.accesses.clear();
    const std::vector<iopmp_grant> grants = {{0x80'0000'0000, 0x40'0000'0000, 3, true, true},
                                             {0x8000'0000, 0x40, 1, true, false},
                                             {0x40'0400'0000, 0x1000, 2, false, true}};
    for (const iopmp_grant& grant : grants) {
        CHECK(iopmp_allow(&iopmp, &grant) == RESULT_OK);
    }
    const std::vector<MockBus::Access> expected = {
        {true, 8, kBase + 0x100, 0x80'0000'0000}, {true, 8, kBase + 0x108, 0xC0'0000'0000},
        {true, 4, kBase + 0x110, 0x303},          {true, 8, kBase + 0x120, 0x8000'0000},
        {true, 8, kBase + 0x128, 0x8000'0040},    {true, 4, kBase + 0x130, 0x101},
        {true, 8, kBase + 0x140, 0x40'0400'0000}, {true, 8, kBase + 0x148, 0x40'0400'1000},
        {true, 4, kBase + 0x150, 0x202}};
    CHECK(bus.writes() == expected);
    CHECK(iopmp_allow(&iopmp, grants.data()) == RESULT_FULL);
}

TEST_CASE("iopmp: a grant of nothing, beyond the end or to no ring is refused", "[firmware]") {
    MockBus bus;
    put_device(bus);
    struct iopmp iopmp {};
    REQUIRE(iopmp_init(&iopmp, &kRegion) == RESULT_OK);
    bus.accesses.clear();
    const std::vector<iopmp_grant> bad = {{0x1000, 0, 1, true, true},
                                          {~std::uint64_t{0}, 2, 1, true, true},
                                          {0x1000, 8, 0, true, true},
                                          {0x1000, 8, 4, true, true}};
    for (const iopmp_grant& grant : bad) {
        CAPTURE(grant.address, grant.size, grant.rings);
        CHECK(iopmp_allow(&iopmp, &grant) == RESULT_BAD_ARGUMENT);
    }
    CHECK(bus.writes().empty());
}

TEST_CASE("iopmp: the record of a refused access is read and cleared", "[firmware]") {
    MockBus bus;
    put_device(bus);
    struct iopmp iopmp {};
    REQUIRE(iopmp_init(&iopmp, &kRegion) == RESULT_OK);
    iopmp_enable(&iopmp, true);
    CHECK(bus.registers.at(kBase + 0x08) == 1);
    struct iopmp_error error {};
    bus.registers[kBase + 0x10] = 0;
    CHECK(iopmp_read_error(&iopmp, &error) == RESULT_NOT_FOUND);
    bus.registers[kBase + 0x10] = 0x55;  // valid, write, not hit
    bus.registers[kBase + 0x14] = 0xFFFF'0001;
    bus.registers[kBase + 0x18] = 0x80'1234'5678;
    REQUIRE(iopmp_read_error(&iopmp, &error) == RESULT_OK);
    CHECK(error.type == 5);
    CHECK(error.write);
    CHECK(error.ring == 1);
    CHECK(error.entry == 0xFFFF);
    CHECK(error.address == 0x80'1234'5678);
    bus.registers[kBase + 0x10] = 0x13;  // valid, read, illegal read
    bus.registers[kBase + 0x14] = 0x0002'0000;
    REQUIRE(iopmp_read_error(&iopmp, &error) == RESULT_OK);
    CHECK(error.type == 1);
    CHECK_FALSE(error.write);
    CHECK(error.ring == 0);
    CHECK(error.entry == 2);
    iopmp_clear_error(&iopmp);
    CHECK(bus.registers.at(kBase + 0x10) == 1);
}
