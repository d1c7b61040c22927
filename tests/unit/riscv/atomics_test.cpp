// SPDX-License-Identifier: Apache-2.0
// Atomics where the software TLB serves them, against Volume I, 8.2 to 8.4: each is run first where
// it does not yet, then again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

#include "unit/riscv/encode.h"
#include "unit/riscv/machine.h"

using namespace athena;
using namespace athena::test::rv;
using test::Machine;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kData = kRam + 0x1000;

// funct5 of swap, add, xor, and, or, min, max, minu, maxu.
constexpr std::uint32_t kOperations[] = {1, 0, 4, 12, 8, 16, 20, 24, 28};

template <typename Unsigned, typename Signed>
Unsigned expected(std::uint32_t operation, Unsigned old, Unsigned operand) {
    switch (operation) {
        case 1:
            return operand;
        case 0:
            return old + operand;
        case 4:
            return old ^ operand;
        case 12:
            return old & operand;
        case 8:
            return old | operand;
        case 16:
            return static_cast<Unsigned>(
                std::min<Signed>(static_cast<Signed>(old), static_cast<Signed>(operand)));
        case 20:
            return static_cast<Unsigned>(
                std::max<Signed>(static_cast<Signed>(old), static_cast<Signed>(operand)));
        case 24:
            return std::min(old, operand);
        default:
            return std::max(old, operand);
    }
}

constexpr std::uint32_t word(std::uint32_t funct5, std::uint32_t width) {
    return r_type(0x2F, width, funct5 << 2, a0, a1, a2);
}

// Runs one instruction at kRam.
void step(Machine& m) {
    m.core.set_pc(kRam);
    m.run(1);
}

struct Atomics : Machine {
    explicit Atomics(std::uint32_t instruction) {
        program(kRam, {instruction});
        program(kRam + 0x100, {jal(zero, 0)});
        set_x(a1, kData);
        core.debug_set_csr(0x305, kRam + 0x100);
    }
};

}  // namespace

TEST_CASE("atomics: all operations, with what the cell held sign-extended to rd") {
    std::mt19937_64 random(1);
    for (const std::uint32_t operation : kOperations) {
        Atomics wide(word(operation, 3));
        Atomics narrow(word(operation, 2));
        for (unsigned round = 0; round < 100; ++round) {
            INFO("operation " << operation << ", round " << round);
            const std::uint64_t old = random() >> random() % 64;
            const std::uint64_t operand = random() % 4 == 0 ? old : random() << random() % 64;
            for (Machine* m : {static_cast<Machine*>(&wide), static_cast<Machine*>(&narrow)}) {
                m->write(kData, old);
                m->set_x(a2, operand);
                step(*m);
            }
            REQUIRE(wide.read<std::uint64_t>(kData) ==
                    expected<std::uint64_t, std::int64_t>(operation, old, operand));
            REQUIRE(wide.x(a0) == old);
            const auto low = static_cast<std::uint32_t>(old);
            REQUIRE(narrow.read<std::uint32_t>(kData) ==
                    expected<std::uint32_t, std::int32_t>(operation, low,
                                                          static_cast<std::uint32_t>(operand)));
            REQUIRE(narrow.read<std::uint32_t>(kData + 4) == old >> 32);
            REQUIRE(narrow.x(a0) == static_cast<std::uint64_t>(static_cast<std::int32_t>(low)));
        }
    }
}

TEST_CASE("atomics: misaligned ones trap, whatever page they are in") {
    for (const std::uint32_t funct5 : {0U, 1U, 2U, 3U}) {
        for (const std::uint32_t width : {2U, 3U}) {
            Atomics m(r_type(0x2F, width, funct5 << 2, a0, a1, funct5 == 2 ? zero : a2));
            step(m);
            step(m);
            m.set_x(a1, kData + (2U << (width - 2)));
            step(m);
            CHECK(m.pc() == kRam + 0x100);
            CHECK(m.core.state().mcause == (funct5 == 2 ? 4 : 6));
            CHECK(m.core.state().mtval == m.x(a1));
        }
    }
}

TEST_CASE("atomics: what they write where somebody watches is told") {
    Atomics m(word(1, 3));
    step(m);
    step(m);
    m.code_pages.mark({kData + 64}, 8);
    step(m);
    CHECK(m.written_lines == 0);
    m.set_x(a1, kData + 64);
    step(m);
    CHECK(m.written_lines == 2);
    // Store conditional too.
    Atomics pair(sc_d(a0, a2, a1));
    pair.program(kRam, {lr_d(a0, a1), sc_d(a0, a2, a1)});
    for (unsigned turn = 0; turn < 3; ++turn) {
        if (turn == 2) {
            pair.code_pages.mark({kData}, 8);
        }
        pair.set_x(a2, turn);
        pair.core.set_pc(kRam);
        pair.run(2);
        CHECK(pair.x(a0) == 0);
        CHECK(pair.read<std::uint64_t>(kData) == turn);
        CHECK(pair.written_lines == (turn == 2 ? 1 : 0));
    }
}

TEST_CASE("atomics: store conditional succeeds at the reserved bytes only, and once") {
    Atomics m(lr_d(a0, a1));
    m.program(kRam, {lr_d(a0, a1), sc_d(a0, a2, a3), sc_d(a4, a2, a3)});
    for (const std::uint64_t offset : {0U, 8U, 0U, 4096U, 0U}) {
        m.set_x(a3, kData + offset);
        m.write(kData + offset, std::uint64_t{7});
        m.set_x(a2, 9);
        m.core.set_pc(kRam);
        m.run(3);
        CHECK(m.x(a0) == (offset == 0 ? 0 : 1));
        CHECK(m.x(a4) == 1);
        CHECK(m.read<std::uint64_t>(kData + offset) == (offset == 0 ? 9 : 7));
        CHECK_FALSE(m.core.state().reserved);
    }
    // Nor with another size.
    m.program(kRam, {lr_d(a0, a1), r_type(0x2F, 2, 3 << 2, a0, a1, a2), nop()});
    m.core.set_pc(kRam);
    m.run(2);
    CHECK(m.x(a0) == 1);
}
