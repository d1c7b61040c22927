// SPDX-License-Identifier: Apache-2.0
// The generated register file in SystemVerilog, verilated, against the register bank of the models:
// one description, the same registers for a guest, whatever part of one it accesses.
#include <Vsample_csr.h>
#include <verilated.h>

#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <random>

#include "base/register_bank.h"
#include "regs/sample_regs.h"

namespace regs = athena::regs::sample;
using athena::base::RegisterBank;

namespace {

class RegisterFile {
  public:
    RegisterFile() {
        rtl_.rst_ni = 1;
        rtl_.eval();
        rtl_.rst_ni = 0;  // an edge, as the reset is asynchronous
        rtl_.eval();
        rtl_.rst_ni = 1;
        clock();
    }

    struct Answer {
        std::uint64_t data;
        bool error;
    };

    /// One access of `size` bytes at `part` bytes into the register at `offset`.
    Answer access(bool write, std::uint32_t offset, unsigned part, unsigned size,
                  std::uint64_t data) {
        rtl_.req_i = 1;
        rtl_.we_i = write;
        rtl_.addr_i = offset;
        rtl_.be_i = static_cast<std::uint8_t>(((1U << size) - 1) << part);
        rtl_.wdata_i = data << (8 * part);
        rtl_.eval();
        const std::uint64_t lanes = size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
        const Answer answer{(rtl_.rdata_o >> (8 * part)) & lanes, rtl_.error_o != 0};
        clock();
        rtl_.req_i = 0;
        rtl_.eval();
        return answer;
    }

    void clock() {
        rtl_.clk_i = 0;
        rtl_.eval();
        rtl_.clk_i = 1;
        rtl_.eval();
    }

    Vsample_csr& rtl() { return rtl_; }

  private:
    Vsample_csr rtl_;
};

/// What the block's hardware shows and raises, the same on both sides.
void apply_hardware(RegisterFile& file, RegisterBank& bank, std::uint64_t random) {
    const auto raised = static_cast<std::uint32_t>(random & (random >> 32));
    const auto busy = static_cast<std::uint8_t>(random >> 63);
    const auto fault = static_cast<std::uint8_t>(random & (random >> 7) & 0xF);
    file.rtl().id_i = regs::kIdReset;
    file.rtl().irq_set_i = raised;
    file.rtl().events_set_i = ~raised & 0xFF;
    file.rtl().ctrl_busy_i = busy;
    file.rtl().ctrl_fault_set_i = fault;
    file.clock();
    file.rtl().irq_set_i = 0;
    file.rtl().events_set_i = 0;
    file.rtl().ctrl_fault_set_i = 0;
    bank.set(regs::kIrqIndex, bank.get(regs::kIrqIndex) | raised);
    bank.set(regs::kEventsIndex, bank.get(regs::kEventsIndex) | (~raised & 0xFF));
    const std::uint64_t ctrl = bank.get(regs::kCtrlIndex) & ~std::uint64_t{regs::kCtrlBusyMask};
    bank.set(regs::kCtrlIndex, ctrl | std::uint64_t{busy} << regs::kCtrlBusyShift |
                                   std::uint64_t{fault} << regs::kCtrlFaultShift);
}

}  // namespace

TEST_CASE("register file: random accesses give the bits of the register bank") {
    const char* given = std::getenv("ATHENA_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    INFO("replay: ATHENA_SEED=" << seed << " unit_regs \"register file: random*\"");
    std::mt19937_64 random(seed);
    RegisterFile file;
    RegisterBank bank(regs::kRegisters);
    for (int round = 0; round < 20'000; ++round) {
        apply_hardware(file, bank, random());
        const auto& info = regs::kRegisters[random() % regs::kRegisters.size()];
        const auto element = static_cast<std::uint32_t>(random() % info.count);
        const std::uint32_t offset = info.offset + element * info.stride;
        const unsigned size = 1U << (random() % std::bit_width(info.width));
        const unsigned part = static_cast<unsigned>(random() % (info.width / size)) * size;
        const bool write = random() % 2 != 0;
        const std::uint64_t data = random();
        const auto got = file.access(write, offset, part, size, data);
        CAPTURE(round, info.name, element, size, part, write, data);
        REQUIRE_FALSE(got.error);
        if (write) {
            REQUIRE(bank.write(offset + part, size, data));
        } else {
            REQUIRE(got.data == bank.read(offset + part, size));
        }
    }
}

TEST_CASE("register file: reset values, and an error where no register is") {
    RegisterFile file;
    CHECK(file.access(false, regs::kTargetAddrOffset, 0, 8, 0).data == regs::kTargetAddrReset);
    CHECK(file.access(false, regs::kCtrlOffset, 0, 4, 0).data == regs::kCtrlReset);
    CHECK(file.access(false, regs::kSlotOffset + 2 * regs::kSlotStride, 0, 4, 0).data ==
          regs::kSlotReset);
    CHECK(file.access(false, 0x1C, 0, 4, 0).error);
    CHECK(file.access(true, 0x70, 0, 4, 0).error);
}

TEST_CASE("register file: a write strobe tells the block of a write to that field's bytes") {
    RegisterFile file;
    Vsample_csr& rtl = file.rtl();
    rtl.req_i = 1;
    rtl.we_i = 1;
    rtl.addr_i = regs::kCtrlOffset;
    rtl.wdata_i = regs::kCtrlKickMask;
    rtl.be_i = 0x4;
    rtl.eval();
    CHECK(rtl.ctrl_kick_we_o == 1);
    CHECK(rtl.ctrl_kick_o == 1);
    CHECK(rtl.ctrl_mode_we_o == 0);
    rtl.be_i = 0xB;
    rtl.eval();
    CHECK(rtl.ctrl_kick_we_o == 0);
    CHECK(rtl.ctrl_mode_we_o == 1);
}
