// SPDX-License-Identifier: Apache-2.0
#include "base/register_bank.h"

#include <array>
#include <catch2/catch.hpp>

#include "base/state.h"

using namespace athena::base;

namespace {

enum Index : unsigned { Control, Pending, Wide, Counter, Slots, Secret };

constexpr std::array<RegisterInfo, 6> kRegisters{{
    {.name = "CONTROL", .offset = 0, .reset = 0x80, .write_mask = 0xFF0F},
    {.name = "PENDING", .offset = 4, .w1c_mask = 0x3},
    {.name = "WIDE", .offset = 8, .width = 8, .write_mask = ~0ull},
    {.name = "COUNTER", .offset = 0x10, .rc_mask = 0xFFFF'FFFF},
    {.name = "SLOTS", .offset = 0x20, .count = 4, .stride = 8, .write_mask = 0xFF},
    {.name = "SECRET", .offset = 0x40, .read_mask = 0, .write_mask = 0xFFFF'FFFF},
}};

}  // namespace

TEST_CASE("register bank: reset values, write masks, parts of a register") {
    RegisterBank bank(kRegisters);
    CHECK(bank.read(0, 4) == 0x80u);
    CHECK(bank.write(0, 4, 0xFFFF'FFFF));
    CHECK(bank.get(Control) == 0xFF8F);
    CHECK(bank.write(1, 1, 0x12));
    CHECK(bank.read(0, 4) == 0x128Fu);
    CHECK(bank.read(1, 1) == 0x12u);
    CHECK(bank.write(12, 4, 0xAABBCCDD));
    CHECK(bank.read(8, 8) == 0xAABBCCDD'00000000u);
    bank.reset();
    CHECK(bank.read(0, 4) == 0x80u);
    CHECK(bank.read(8, 8) == 0u);
}

TEST_CASE("register bank: write-one-to-clear, read-to-clear, write-only") {
    RegisterBank bank(kRegisters);
    bank.set(Pending, 0x7);
    CHECK(bank.write(4, 4, 0x5));
    CHECK(bank.get(Pending) == 0x6);
    bank.set(Counter, 41);
    CHECK(bank.peek(0x10, 4) == 41u);
    CHECK(bank.read(0x10, 4) == 41u);
    CHECK(bank.read(0x10, 4) == 0u);
    CHECK(bank.write(0x40, 4, 99));
    CHECK(bank.get(Secret) == 99);
    CHECK(bank.read(0x40, 4) == 0u);
}

TEST_CASE("register bank: two adjacent registers answer to one 8-byte access") {
    RegisterBank bank(kRegisters);
    bank.set(Pending, 1);
    CHECK(bank.read(0, 8) == 0x1'0000'0080u);
    CHECK(bank.write(0, 8, 0x1'0000'0001));
    CHECK(bank.get(Control) == 0x81);
    CHECK(bank.get(Pending) == 0);
}

TEST_CASE("register bank: array elements, and what no register answers") {
    RegisterBank bank(kRegisters);
    CHECK(bank.write(0x28, 4, 0x55));
    CHECK(bank.get(Slots, 1) == 0x55);
    for (const auto& [offset, size] : {std::pair{0x24u, 4u},
                                       {0x40u, 8u},
                                       {0x44u, 4u},
                                       {2u, 4u},
                                       {0u, 3u},
                                       {0x1Cu, 4u},
                                       {0x1000u, 4u}}) {
        CHECK_FALSE(bank.read(offset, size).has_value());
        CHECK_FALSE(bank.write(offset, size, 1));
    }
}

TEST_CASE("register bank: hooks see element, value and lanes, and may give another value") {
    RegisterBank bank(kRegisters);
    unsigned seen_element = 99;
    std::uint64_t seen_value = 0;
    std::uint64_t seen_lanes = 0;
    bank.on_write(Slots, [&](unsigned element, std::uint64_t value, std::uint64_t lanes) {
        seen_element = element;
        seen_value = value;
        seen_lanes = lanes;
    });
    bank.on_read(Slots, [](unsigned element, std::uint64_t value) { return value + element; });
    CHECK(bank.write(0x30 + 1, 1, 0x77));
    CHECK(seen_element == 2);
    CHECK(seen_value == 0x7700);
    CHECK(seen_lanes == 0xFF00);
    CHECK(bank.read(0x38, 4) == 3u);
}

TEST_CASE("register bank: payloads get response statuses") {
    RegisterBank bank(kRegisters);
    std::uint32_t data = 0x0F;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(0);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    bank.transport(payload);
    CHECK(payload.is_response_ok());
    CHECK(bank.get(Control) == 0x8F);
    payload.set_address(0x44);
    bank.transport(payload);
    CHECK(payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    payload.set_address(0);
    payload.set_streaming_width(2);
    bank.transport(payload);
    CHECK(payload.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("register bank: saved and loaded in mid-operation") {
    RegisterBank bank(kRegisters);
    bank.set(Pending, 3);
    bank.set(Slots, 7, 3);
    StateWriter writer;
    bank.save(writer);
    RegisterBank other(kRegisters);
    StateReader reader(writer.data());
    other.load(reader);
    CHECK(other.get(Pending) == 3);
    CHECK(other.get(Slots, 3) == 7);
}
