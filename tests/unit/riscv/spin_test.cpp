// SPDX-License-Identifier: Apache-2.0
#include "riscv/spin.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <random>
#include <vector>

#include "unit/riscv/encode.h"
#include "unit/riscv/machine.h"

using namespace athena;
using namespace athena::test::rv;
using riscv::StopReason;
using test::Machine;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kFlag = kRam + 0x800;
/// More than any host could execute one by one.
constexpr std::uint64_t kLong = 1'000'000'000'000'000;

constexpr std::uint32_t kFence = 0x0FF0'000F;
constexpr std::uint32_t kPause = 0x0100'000F;

std::uint32_t div(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
    return r_type(0x33, 4, 1, rd, rs1, rs2);
}

unsigned length(std::initializer_list<std::uint32_t> words) {
    std::vector<unsigned char> bytes(words.size() * 4);
    std::memcpy(bytes.data(), words.begin(), bytes.size());
    return riscv::spin_length(bytes);
}

std::uint64_t seed() {
    const char* given = std::getenv("ATHENA_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 0) : 1;
}

// A loop of up to 8 instructions that a spin may look like, of four registers.
std::vector<std::uint32_t> random_loop(std::mt19937_64& random) {
    const auto draw = [&](std::uint64_t below) {
        return static_cast<std::uint32_t>(random() % below);
    };
    const auto a_register = [&] { return draw(4) == 0 ? zero : a0 + draw(4); };
    const std::uint32_t count = 1 + draw(7);
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::int64_t to_end = 4 * static_cast<std::int64_t>(count - i);
        switch (draw(8)) {
            case 0:
                words.push_back(ld(a_register(), s0, 8 * draw(4)));
                break;
            case 1:
                words.push_back(addi(a_register(), a_register(), draw(3)));
                break;
            case 2:
                words.push_back(add(a_register(), a_register(), a_register()));
                break;
            case 3:
                words.push_back(div(a_register(), a_register(), draw(2) == 0 ? zero : a1));
                break;
            case 4:
                words.push_back(draw(2) == 0 ? kFence : kPause);
                break;
            case 5:
                words.push_back(bne(a_register(), a_register(), to_end + 4 + 4 * draw(2)));
                break;
            case 6:  // into the loop, or to another place of it
                words.push_back(bne(a_register(), a_register(), 4 * (1 + draw(3))));
                break;
            default:
                words.push_back(sd(a_register(), s0, 8 * draw(4)));
                break;
        }
    }
    const std::int64_t back = -4 * static_cast<std::int64_t>(count);
    words.push_back(draw(3) == 0 ? jal(zero, back) : beq(a_register(), a_register(), back));
    words.insert(words.end(), {addi(a3, a3, 1), addi(a3, a3, 1), jal(zero, back - 12)});
    return words;
}

}  // namespace

TEST_CASE("spin: loops that only wait are found, up to their branch back") {
    CHECK(length({jal(zero, 0)}) == 1);
    CHECK(length({lw(a0, a1, 0), beq(a0, zero, -4)}) == 2);
    CHECK(length({kPause, lw(a0, a1, 0), kFence, bne(a0, a2, -12), nop()}) == 4);
    // Linux's: out by a branch forward, time passed by a division.
    CHECK(length({lw(a0, a1, 0), bne(a0, zero, 12), div(a2, a2, zero), jal(zero, -12)}) == 4);
    CHECK(length({lw(a0, a1, 0), slli(a0, a0, 48), beq(a0, a2, -8)}) == 3);
}

TEST_CASE("spin: loops that do something are left alone") {
    CHECK(length({addi(a0, a0, 1), bne(a0, a1, -4)}) == 0);  // counts
    CHECK(length({ld(a0, a0, 0), bne(a0, zero, -4)}) == 0);  // follows a list
    CHECK(length({add(a0, a1, zero), addi(a1, a1, 1), bne(a0, a2, -8)}) == 0);
    CHECK(length({lw(a0, a1, 0), sw(a0, a1, 4), beq(a0, zero, -8)}) == 0);  // stores
    CHECK(length({csrrs(a0, 0xC01, zero), beq(a0, a1, -4)}) == 0);          // time passes
    CHECK(length({amoadd_d(a0, zero, a1), beq(a0, zero, -4)}) == 0);
    CHECK(length({lr_d(a0, a1), beq(a0, zero, -4)}) == 0);
    CHECK(length({jal(ra, 0)}) == 0);
    CHECK(length({lw(a0, a1, 0), jalr(zero, ra, 0)}) == 0);
    CHECK(length({lw(a0, a1, 0), jal(zero, 8), jal(zero, -8)}) == 0);
    CHECK(length({div(a2, a2, a1), lw(a0, a1, 0), beq(a0, zero, -8)}) == 0);
    // A branch within the loop: not all turns are the same instructions.
    CHECK(length({lw(a0, a1, 0), beq(a0, a3, 8), lw(a2, a1, 4), beq(a2, zero, -12)}) == 0);
    CHECK(length({lw(a0, a1, 0), nop()}) == 0);  // ends before it comes back
}

TEST_CASE("spin: waiting takes the guest's time, not the host's") {
    Machine m;
    m.program(kRam, {lw(a0, a1, 0), bne(a0, zero, 12), div(a2, a2, zero), jal(zero, -12),
                     csrrs(a3, 0xB02, zero), jal(zero, 0)});
    m.set_x(a1, kFlag);
    auto result = m.core.run(kLong + 2, false);
    CHECK(result.reason == StopReason::BudgetEnd);
    CHECK(result.cycles == kLong + 2);
    CHECK(m.core.state().cycles == kLong + 2);
    CHECK(m.pc() == kRam + 8);
    CHECK(m.x(a2) == ~0ULL);
    m.write(kFlag, std::uint32_t{1});
    CHECK(m.run(5) == StopReason::BudgetEnd);  // the rest of a turn, out, and minstret
    CHECK(m.x(a3) == kLong + 6);
    CHECK(m.run(kLong) == StopReason::BudgetEnd);
    CHECK(m.pc() == kRam + 20);
}

TEST_CASE("spin: a loop that waits for a device asks it at each instant") {
    Machine m;
    m.program(kRam, {lw(a0, a1, 0), bne(a0, zero, -4)});
    m.set_x(a1, Machine::kDevice);
    m.run_through(10);
    CHECK(m.accesses.size() == 5);
}

TEST_CASE("spin: loops give the same in one run as instruction by instruction") {
    std::mt19937_64 random(seed());
    unsigned spins = 0;
    for (unsigned round = 0; round < 4'000; ++round) {
        INFO("replay: ATHENA_SEED=" << seed() << " unit_riscv \"spin: loops give*\", round "
                                    << round);
        const std::vector<std::uint32_t> loop = random_loop(random);
        Machine whole;
        Machine single;
        for (Machine* m : {&whole, &single}) {
            std::uint64_t address = kRam;
            for (const std::uint32_t word : loop) {
                m->write(address, word);
                address += 4;
            }
            m->set_x(s0, kFlag);
            m->set_x(a1, 1);
            m->write(kFlag + 8, std::uint64_t{1});
        }
        spins += riscv::spin_length({whole.bytes(kRam), loop.size() * 4}) != 0 ? 1 : 0;
        for (unsigned piece = 0; piece < 3; ++piece) {
            const std::uint64_t budget = 1 + random() % 40;
            REQUIRE(whole.run(budget) == StopReason::BudgetEnd);
            for (std::uint64_t i = 0; i < budget; ++i) {
                REQUIRE(single.run(1) == StopReason::BudgetEnd);
            }
            REQUIRE(whole.pc() == single.pc());
            for (unsigned i = 0; i < 32; ++i) {
                REQUIRE(whole.x(i) == single.x(i));
            }
            REQUIRE(whole.core.state().instructions == single.core.state().instructions);
            const std::uint64_t place = kFlag + 8 * (random() % 4);
            const std::uint64_t value = random() % 2;
            whole.write(place, value);
            single.write(place, value);
        }
    }
    CHECK(spins > 200);
}
