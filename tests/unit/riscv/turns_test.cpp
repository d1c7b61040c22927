// SPDX-License-Identifier: Apache-2.0
#include "riscv/turns.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <random>
#include <vector>

#include "unit/riscv/encode.h"
#include "unit/riscv/machine.h"

using namespace athena;
using namespace athena::test::rv;
using riscv::Course;
using riscv::HartState;
using riscv::Relation;
using riscv::StopReason;
using test::Machine;

namespace {

constexpr std::uint64_t kRam = Machine::kRam;
constexpr std::uint64_t kData = kRam + 0x1000;
/// More than any host could execute one by one.
constexpr std::uint64_t kLong = 1'000'000'000'000'000;

constexpr std::uint32_t kTime = 0xC01;
constexpr std::uint32_t kFence = 0x0FF0'000F;

constexpr std::uint32_t atomic(std::uint32_t funct5, std::uint32_t width, std::uint32_t rd,
                               std::uint32_t rs2, std::uint32_t rs1) {
    return r_type(0x2F, width, funct5 << 2, rd, rs1, rs2);
}
constexpr std::uint32_t kSwap = 1;
constexpr std::uint32_t kOr = 8;
constexpr std::uint32_t kMaxU = 28;
constexpr std::uint32_t kLr = 2;
constexpr std::uint32_t kSc = 3;

std::uint32_t csrr(std::uint32_t rd, std::uint32_t number) {
    return csrrs(rd, number, zero);
}
std::uint32_t sub(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
    return r_type(0x33, 0, 0x20, rd, rs1, rs2);
}
std::uint32_t sltu(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
    return r_type(0x33, 3, 0, rd, rs1, rs2);
}
std::uint32_t addiw(std::uint32_t rd, std::uint32_t rs1, std::int64_t immediate) {
    return i_type(0x1B, 0, rd, rs1, immediate);
}
std::uint32_t bltu(std::uint32_t rs1, std::uint32_t rs2, std::int64_t offset) {
    return b_type(6, rs1, rs2, offset);
}
std::uint32_t blt(std::uint32_t rs1, std::uint32_t rs2, std::int64_t offset) {
    return b_type(4, rs1, rs2, offset);
}

void place(Machine& machine, const std::vector<std::uint32_t>& words) {
    std::uint64_t address = kRam;
    for (const std::uint32_t word : words) {
        machine.write(address, word);
        address += 4;
    }
}

// A machine in a loop at kRam, with a1 at its word.
struct Waiting : Machine {
    explicit Waiting(const std::vector<std::uint32_t>& words, std::uint64_t word = 1) {
        place(*this, words);
        set_x(a1, kData);
        write(kData, word);
    }
};

std::uint64_t seed() {
    const char* given = std::getenv("ATHENA_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 0) : 1;
}

// Two machines that are to be the same, one of which takes turns at once.
class Pair {
  public:
    Pair() : slow_({.reset_pc = kRam, .takes_turns = false}) {}

    template <typename Action>
    void both(Action action) {
        action(fast_);
        action(slow_);
    }
    void run(std::uint64_t budget) {
        const StopReason reason = fast_.run(budget);
        REQUIRE(slow_.run(budget) == reason);
    }
    void require_equal() {
        const HartState& a = fast_.core.state();
        const HartState& b = slow_.core.state();
        REQUIRE(a.pc == b.pc);
        for (unsigned i = 0; i < 32; ++i) {
            INFO("x" << i);
            REQUIRE(a.x[i] == b.x[i]);
        }
        REQUIRE(a.cycles == b.cycles);
        REQUIRE(a.instructions == b.instructions);
        REQUIRE(a.exceptions == b.exceptions);
        REQUIRE(a.reserved == b.reserved);
        if (a.reserved) {
            REQUIRE(a.reserved_address == b.reserved_address);
            REQUIRE(a.reserved_size == b.reserved_size);
        }
        REQUIRE(fast_.written_lines == slow_.written_lines);
        for (std::uint64_t offset = 0; offset < 64; offset += 8) {
            REQUIRE(fast_.read<std::uint64_t>(kData + offset) ==
                    slow_.read<std::uint64_t>(kData + offset));
        }
    }
    [[nodiscard]] std::uint64_t taken() const { return fast_.core.cycles_taken(); }

  private:
    Machine fast_;
    Machine slow_;
};

// Loops that may wait, count, lock, call and look at the time, with four registers and four words.
class Loops {
  public:
    explicit Loops(std::uint64_t start) : random_(start) {}

    std::uint64_t draw(std::uint64_t below) { return random_() % below; }
    std::uint32_t small(std::uint32_t below) { return static_cast<std::uint32_t>(draw(below)); }

    std::vector<std::uint32_t> next() {
        const std::uint32_t count = 1 + small(7);
        std::vector<std::uint32_t> words;
        for (std::uint32_t i = 0; i < count; ++i) {
            words.push_back(instruction(4 * static_cast<std::int64_t>(count - i)));
        }
        const std::int64_t back = -4 * static_cast<std::int64_t>(count);
        words.push_back(draw(3) == 0 ? jal(zero, back) : branch(back));
        words.insert(words.end(), {addi(a3, a3, 1), addi(a0, a0, 1), jal(zero, back - 12)});
        return words;
    }
    // Around what loops compare with, so that they end now and then.
    std::uint64_t value() {
        constexpr std::uint64_t kEdges[] = {0, 0, 1ULL << 31, 1ULL << 32, 1ULL << 63, ~0ULL};
        return kEdges[draw(std::size(kEdges))] + draw(400) - draw(2) * 200;
    }

  private:
    std::uint32_t a_register() { return draw(6) == 0 ? zero : a0 + small(4); }
    std::uint32_t pointer() { return draw(4) == 0 ? s1 : s0; }
    std::uint32_t branch(std::int64_t offset) {
        constexpr std::uint32_t kKinds[] = {0, 1, 1, 4, 5, 6, 7};
        return b_type(kKinds[draw(std::size(kKinds))], a_register(), a_register(), offset);
    }
    std::uint32_t instruction(std::int64_t to_end) {
        const std::uint32_t own = a0 + small(4);
        switch (draw(18)) {
            case 0:
                return ld(a_register(), pointer(), 8 * small(4));
            case 1:
                return lw(a_register(), pointer(), 4 * small(8));
            case 2:
                return addi(own, own, static_cast<std::int64_t>(small(5)) - 2);
            case 3:
                return addiw(own, own, static_cast<std::int64_t>(small(5)) - 2);
            case 4:
                return add(a_register(), a_register(), a_register());
            case 5:
                return sub(a_register(), a_register(), a_register());
            case 6:
                return slli(a_register(), a_register(), small(3));
            case 7:
                return sltu(a_register(), a_register(), a_register());
            case 8:
                return r_type(0x33, 4, 1, a_register(), a_register(), zero);
            case 9:
                return draw(2) == 0 ? kFence : kWfi;
            case 10:
                return branch(to_end + 4 + 4 * small(2));
            case 11:
                return branch(4 * (1 + small(3)));
            case 12:
                return sd(a_register(), pointer(), 8 * small(4));
            case 13:
                return atomic(kLr, 2 + small(2), a_register(), zero, pointer());
            case 14:
                return atomic(kSc, 2 + small(2), a_register(), a_register(), pointer());
            case 15: {
                constexpr std::uint32_t kNumbers[] = {kTime, kTime, 0xC00, 0xC02, 0x344, 0xB02};
                return csrr(a_register(), kNumbers[draw(std::size(kNumbers))]);
            }
            default: {
                constexpr std::uint32_t kOperations[] = {kSwap, kSwap, 0, kOr, kMaxU};
                return atomic(kOperations[draw(std::size(kOperations))], 2 + small(2), a_register(),
                              a_register(), pointer());
            }
        }
    }

    std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("turns: how long a relation stays is never too long") {
    std::mt19937_64 random(seed());
    std::uint64_t known = 0;
    for (unsigned round = 0; round < 50'000; ++round) {
        const auto near = [&] {
            constexpr std::uint64_t kEdges[] = {0, 1ULL << 63, ~0ULL >> 1, 1ULL << 20};
            return kEdges[random() % 4] + random() % 64 - 32;
        };
        const auto step = [&] { return random() % 4 == 0 ? 0 : random() % 16 - 8; };
        const Course a{near(), step()};
        const Course b{near(), step()};
        const auto relation = static_cast<Relation>(random() % 3);
        const std::uint64_t turns = riscv::turns_unchanged(relation, a, b);
        const auto holds = [&](std::uint64_t turn) {
            const std::uint64_t x = a.at + turn * a.step;
            const std::uint64_t y = b.at + turn * b.step;
            switch (relation) {
                case Relation::Equal:
                    return x == y;
                case Relation::Less:
                    return static_cast<std::int64_t>(x) < static_cast<std::int64_t>(y);
                default:
                    return x < y;
            }
        };
        known += turns != 0 ? 1 : 0;
        std::uint64_t turn = 0;
        while (turn < 200 && turn < turns && holds(turn) == holds(0)) {
            ++turn;
        }
        INFO(a.at << " + " << a.step << ", " << b.at << " + " << b.step << ", relation "
                  << static_cast<int>(relation) << ", turn " << turn);
        REQUIRE(turn == std::min<std::uint64_t>(turns, 200));
    }
    CHECK(known > 25'000);
}

TEST_CASE("turns: a relation with one value that stands lasts until it changes") {
    CHECK(riscv::turns_unchanged(Relation::Equal, {10, ~0ULL}, {0}) == 10);
    CHECK(riscv::turns_unchanged(Relation::LessUnsigned, {0, 3}, {10}) == 4);
    CHECK(riscv::turns_unchanged(Relation::Less, {0}, {10, ~0ULL}) == 10);
    CHECK(riscv::turns_unchanged(Relation::LessUnsigned, {5}, {5}) == ~0ULL);
}

TEST_CASE("turns: locks that somebody else holds take the guest's time, not the host's") {
    const std::vector<std::uint32_t> loops[] = {
        {atomic(kSwap, 2, a0, a2, a1), bne(a0, zero, -4)},  // test and set
        {atomic(kLr, 2, a0, zero, a1), bne(a0, zero, -4)},  // reserved
        {atomic(kOr, 3, a0, zero, a1), bne(a0, zero, -4)},  // an atomic load
        {atomic(0, 3, a0, zero, a1), bne(a0, zero, -4)},
        {atomic(kMaxU, 3, a0, a2, a1), bne(a0, zero, -4)},
        // Compare and exchange that finds another value, tried again from elsewhere.
        {jal(zero, 8), jal(zero, 24), atomic(kLr, 2, a0, zero, a1), bne(a0, zero, 12),
         atomic(kSc, 2, a0, a2, a1), beq(a0, zero, 8), jal(zero, -16)},
    };
    for (std::vector<std::uint32_t> loop : loops) {
        const std::uint64_t behind = kRam + 4 * loop.size();
        loop.push_back(jal(zero, 0));
        Waiting m(loop);
        m.set_x(a2, 1);
        CHECK(m.core.run(kLong, false).cycles == kLong);
        CHECK(m.core.state().instructions == kLong);
        CHECK(m.core.cycles_taken() > kLong - 1000);
        CHECK(m.pc() < behind);
        m.write(kData, std::uint64_t{0});
        m.run(8);
        CHECK(m.pc() == behind);
    }
}

TEST_CASE("turns: a counter that runs beside the wait counts each turn, and ends it") {
    // 10^9 turns and a few more that the flag does not end, of 4 instructions.
    Waiting m({addi(a2, a2, -1), ld(a0, a1, 0), beq(a0, zero, 12), bne(a2, zero, -12), jal(zero, 0),
               jal(zero, 0)});
    m.set_x(a2, 1'000'000'007);
    m.run(4 * 1'000'000'000ULL);
    CHECK(m.x(a2) == 7);
    CHECK(m.pc() == kRam);
    m.run(kLong);
    CHECK(m.x(a2) == 0);
    CHECK(m.pc() == kRam + 16);
}

TEST_CASE("turns: a word that counts wraps as words do") {
    Waiting m({addiw(a2, a2, 1), blt(zero, a2, -4), jal(zero, 0)});
    m.set_x(a2, 1);
    m.run(kLong);
    CHECK(m.x(a2) == 0xFFFF'FFFF'8000'0000);
    CHECK(m.pc() == kRam + 8);
}

TEST_CASE("turns: a wait for a time ends at that time") {
    // mtime counts each 20 cycles: it is 10^6 first in cycle 20,000,000.
    Waiting m({csrr(a0, kTime), bltu(a0, a2, -4), csrr(a3, 0xB00), jal(zero, 0)});
    m.set_x(a2, 1'000'000);
    m.run(kLong);
    CHECK(m.x(a0) == 1'000'000);
    CHECK(m.x(a3) == 20'000'002);
    // Also from amid a turn on, where the time is one that the turn before has read.
    Waiting amid({csrr(a0, kTime), bltu(a0, a2, -4), jal(zero, 0)});
    amid.set_x(a2, kLong);
    for (unsigned piece = 0; piece < 10; ++piece) {
        amid.run(100'001);
    }
    CHECK(amid.x(a0) == 1'000'008 / 20);
    CHECK(amid.core.cycles_taken() > 990'000);
    // The time since a start, as delays of firmware and Linux look at it.
    Waiting since(
        {csrr(a0, kTime), sub(a0, a0, a4), bltu(a0, a2, -8), csrr(a3, 0xB00), jal(zero, 0)});
    since.set_x(a2, 1'000'000);
    since.set_x(a4, static_cast<std::uint64_t>(-5));
    since.run(kLong);
    CHECK(since.x(a0) == 1'000'000);
    CHECK(since.x(a3) == 999'995 * 20 + 3 + (3 - 999'995 * 20 % 3) % 3);
}

TEST_CASE("turns: calls, and stores of what is there, are part of a turn") {
    Waiting m({sd(ra, sp, 0), jal(ra, 20), ld(ra, sp, 0), bne(a0, zero, -12), jal(zero, 0), nop(),
               ld(a0, a1, 0), jalr(zero, ra, 0)});
    m.set_x(sp, kData + 64);
    CHECK(m.core.run(kLong, false).cycles == kLong);
    m.write(kData, std::uint64_t{0});
    m.run(20);
    CHECK(m.pc() == kRam + 16);
}

TEST_CASE("turns: an interrupt that is pending but not taken lets WFI go on for ever") {
    Waiting m({kWfi, csrr(a0, 0x344), beq(a0, zero, -8), ld(a0, a1, 8), beq(a0, zero, -16)});
    m.core.debug_set_csr(0x304, 8);
    m.core.set_interrupt(riscv::Interrupt::MachineSoftware, true);
    CHECK(m.core.run(kLong, false).cycles == kLong);
    CHECK(m.core.state().instructions == kLong);
}

TEST_CASE("turns: a store of what is there breaks the reservations of others, as each does") {
    Waiting m({atomic(kSwap, 2, a0, a2, a1), bne(a0, zero, -4)});
    m.set_x(a2, 1);
    m.code_pages.mark({kData}, 4);
    m.written_lines = 0;
    CHECK(m.core.run(kLong, false).cycles == kLong);
    CHECK(m.written_lines == 1);
}

TEST_CASE("turns: a turn that leaves a reservation is not like one that had none") {
    // SC fails once; from the second turn on it stores what the LR before lets it.
    for (const std::uint64_t budget : {100, 101, 102, 1000, 5000}) {
        Pair pair;
        pair.both([](Machine& machine) {
            place(machine, {atomic(kSc, 2, a2, a3, a1), atomic(kLr, 2, a4, zero, a1), nop(),
                            jal(zero, -12)});
            machine.set_x(a1, kData);
            machine.set_x(a3, 7);
            machine.write(kData, std::uint64_t{1});
        });
        pair.run(budget);
        pair.require_equal();
    }
}

TEST_CASE("turns: breakpoints and watchpoints in a wait stop it") {
    Waiting m({ld(a0, a1, 0), bne(a0, zero, -4)});
    m.run(1000);
    m.core.add_breakpoint(kRam + 4);
    CHECK(m.run(kLong) == StopReason::Breakpoint);
    m.core.remove_breakpoint(kRam + 4);
    m.run(1000);
    m.core.add_watchpoint({kData, kData, riscv::WatchKind::Read});
    CHECK(m.run(kLong) == StopReason::Watchpoint);
}

TEST_CASE("turns: random loops do the same whether they are taken at once or not") {
    Loops loops(seed());
    Pair pair;
    std::uint64_t before = 0;
    unsigned helped = 0;
    for (unsigned round = 0; round < 10'000; ++round) {
        INFO("replay: ATHENA_SEED=" << seed() << " unit_riscv \"turns: random*\", round " << round);
        const std::vector<std::uint32_t> loop = loops.next();
        HartState state;
        state.pc = kRam;
        state.mie = 8;
        state.lines = loops.draw(2) * 8;
        state.cycles = loops.draw(1000);
        state.mcountinhibit = loops.draw(8) == 0 ? loops.draw(2) * 4 + loops.draw(2) : 0;
        for (unsigned i = 0; i < 4; ++i) {
            state.x[a0 + i] = loops.value();
        }
        state.x[s0] = kData;
        state.x[s1] = kData + 8;
        std::uint64_t words[4];
        for (std::uint64_t& word : words) {
            word = loops.draw(3);
        }
        pair.both([&](Machine& m) {
            m.core.set_state(state);
            place(m, loop);
            for (unsigned i = 0; i < 4; ++i) {
                m.write(kData + 8ULL * i, words[i]);
            }
        });
        for (unsigned piece = 0; piece < 4; ++piece) {
            const bool guarded = loops.draw(3) == 0;
            const std::uint64_t budget = 1 + loops.draw(loops.draw(3) == 0 ? 5000 : 300);
            pair.both([&](Machine& m) {
                m.written_lines = 0;
                if (guarded) {
                    m.code_pages.mark({kData + 8}, 8);
                }
            });
            pair.run(budget);
            pair.require_equal();
            const std::uint64_t place = kData + 8 * loops.draw(4);
            const std::uint64_t value = loops.draw(3);
            pair.both([&](Machine& m) { m.write(place, value); });
        }
        helped += pair.taken() != before ? 1 : 0;
        before = pair.taken();
    }
    CHECK(helped > 1000);
}
