// SPDX-License-Identifier: Apache-2.0
// The generated C++ of sample.regs.toml against the values that its author wrote there.
#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>

#include "generated_c.h"
#include "regs/sample_regs.h"

namespace regs = athena::regs::sample;

TEST_CASE("regs: offsets, masks, shifts and resets are those of the description") {
    CHECK(regs::kTargetAddrOffset == 0x10);
    CHECK(regs::kTargetAddrReset == 0x1234'5678'9ABC'DEF0);
    CHECK(regs::kCtrlModeMask == 0x30);
    CHECK(regs::kCtrlModeShift == 4);
    CHECK(regs::kCtrlFaultMask == 0xF000'0000);
    CHECK(regs::kCtrlReset == 0x10);
    CHECK(regs::kSlotCount == 3);
    CHECK(regs::kSlotStride == 0x10);
    CHECK(static_cast<unsigned>(regs::Mode::Endless) == 3);
}

TEST_CASE("regs: values of an enumeration have their names and meanings as text") {
    CHECK(regs::name_of(regs::Mode::OneShot) == "ONE_SHOT");
    CHECK(regs::meaning_of(regs::Mode::Endless) == "until told");
    CHECK(regs::name_of(static_cast<regs::Mode>(2)).empty());
}

TEST_CASE("regs: the list gives each bit the access of its field") {
    const auto& ctrl = regs::kRegisters[regs::kCtrlIndex];
    CHECK(ctrl.name == "CTRL");
    CHECK(ctrl.write_mask == 0x0001'0031);
    CHECK(ctrl.w1c_mask == 0xF000'0000);
    CHECK(ctrl.read_mask == 0xFFFE'FFFF);
    CHECK(regs::kRegisters[regs::kEventsIndex].rc_mask == 0xFFFF'FFFF);
    CHECK(regs::kRegisters[regs::kKeyIndex].read_mask == 0);
    CHECK(regs::kRegisters[regs::kIdIndex].write_mask == 0);
    CHECK(regs::kRegisters[regs::kTargetAddrIndex].width == 8);
    CHECK(regs::kRegisters[regs::kSlotIndex].write_mask == 0xFF00);
}

TEST_CASE("regs: a view writes little endian where the description says and leaves the rest") {
    std::array<std::byte, 16> line{};
    line.fill(std::byte{0xFF});
    const regs::StepView step{line};
    step.set_mode(regs::Mode::OneShot);
    step.set_last(0);
    step.set_tag(0x0403'0201);
    step.set_kind(0x5A);
    step.set_stride(-2);
    constexpr std::array<unsigned char, 16> kExpected{0x01, 0x7F, 0xAF, 0xF5, 0x01, 0x02,
                                                      0x03, 0x04, 0xFE, 0xFF, 0xFF, 0xFF,
                                                      0xFF, 0xFF, 0xFF, 0xFF};
    CHECK(std::memcmp(line.data(), kExpected.data(), line.size()) == 0);
    CHECK(step.mode() == regs::Mode::OneShot);
    CHECK(step.last() == 0);
    CHECK(step.tag() == 0x0403'0201);
    CHECK(step.kind() == 0x5A);
    CHECK(step.stride() == -2);
}

TEST_CASE("regs: reserved bits are those that no field names, in variants too") {
    std::array<std::byte, 16> bytes{};
    const regs::StepConstView step{bytes};
    CHECK(step.reserved_is_zero());
    regs::StepView{bytes}.set_stride(-1);
    regs::StepView{bytes}.set_kind(0xFF);
    CHECK(step.reserved_is_zero());
    CHECK_FALSE(regs::LineConstView{bytes}.reserved_is_zero());
    for (const std::size_t reserved_bit : {8U, 14U, 16U, 19U, 28U, 31U}) {
        std::array<std::byte, 16> one{};
        one[reserved_bit / 8] = std::byte{1} << (reserved_bit % 8);
        CHECK_FALSE(regs::StepConstView{one}.reserved_is_zero());
    }
}

TEST_CASE("regs: firmware's accessors write the same bytes") {
    std::array<std::byte, 16> cpp{};
    std::array<std::byte, 16> c{};
    cpp.fill(std::byte{0xC3});
    c.fill(std::byte{0xC3});
    const regs::StepView step{cpp};
    step.set_mode(regs::Mode::Endless);
    step.set_last(0);
    step.set_tag(0xDEAD'BEEF);
    step.set_kind(0x81);
    step.set_stride(-0x1234'5678'9ABC);
    sample_fill_step(c.data(), 3, 0, 0xDEAD'BEEF, 0x81, -0x1234'5678'9ABC);
    CHECK(c == cpp);
    CHECK(sample_step_kind(cpp.data()) == 0x81);
    CHECK(sample_step_stride(cpp.data()) == -0x1234'5678'9ABC);
}
