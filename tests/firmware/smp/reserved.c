// SPDX-License-Identifier: Apache-2.0
// Constrained loops of load-reserved and store-conditional end (Volume I, 8.3), whatever the other
// harts' loops do to the same reservation set, and lose no update.
#include "smp.h"

static uint64_t memory[LINE / 8] __attribute__((aligned(LINE)));
static uint64_t most_tries[MOST_HARTS][8] __attribute__((aligned(LINE)));

static uint64_t add_double(uint64_t* word) {
    uint64_t value, tries = 0;
    __asm__ volatile(
        "1: addi %1, %1, 1\n"
        "   lr.d %0, (%2)\n"
        "   addi %0, %0, 1\n"
        "   sc.d %0, %0, (%2)\n"
        "   bnez %0, 1b\n"
        : "=&r"(value), "+r"(tries)
        : "r"(word)
        : "memory");
    return tries;
}

static uint64_t add_word(uint64_t* word) {
    uint64_t value, tries = 0;
    __asm__ volatile(
        "1: addi %1, %1, 1\n"
        "   lr.w.aq %0, (%2)\n"
        "   addi %0, %0, 1\n"
        "   sc.w.rl %0, %0, (%2)\n"
        "   bnez %0, 1b\n"
        : "=&r"(value), "+r"(tries)
        : "r"(word)
        : "memory");
    return tries;
}

// 16 instructions, as many as such a loop may have.
static uint64_t add_longest(uint64_t* word) {
    uint64_t value, tries = 0;
    __asm__ volatile(
        ".option push\n"
        ".option norvc\n"
        "1: lr.d %0, (%2)\n"
        "   .rept 12\n"
        "   addi %0, %0, 1\n"
        "   .endr\n"
        "   addi %1, %1, 1\n"
        "   sc.d %0, %0, (%2)\n"
        "   bnez %0, 1b\n"
        ".option pop\n"
        : "=&r"(value), "+r"(tries)
        : "r"(word)
        : "memory");
    return tries;
}

// `words`: LINE / 8 of them.
static void contend(uint64_t* words, uint64_t (*add)(uint64_t*), uint64_t amount, bool neighbours) {
    if (self() == 0) {
        for (unsigned i = 0; i < LINE / 8; ++i) {
            VOLATILE(words[i]) = 0;
        }
    }
    barrier();
    uint64_t* const mine = &words[neighbours ? self() : 3];
    uint64_t most = 0;
    for (uint32_t round = 0; round < setting.rounds; ++round) {
        const uint64_t tries = add(mine);
        most = tries > most ? tries : most;
        if (round % 4 == 0) {
            dawdle(3);
        }
    }
    most_tries[self()][0] = most > most_tries[self()][0] ? most : most_tries[self()][0];
    barrier();
    for (unsigned i = 0; i < LINE / 8; ++i) {
        const uint64_t adders =
            neighbours ? (i < setting.harts ? 1 : 0) : (i == 3 ? setting.harts : 0);
        CHECK(VOLATILE(words[i]) == adders * setting.rounds * amount, words[i]);
    }
    barrier();
}

static void tell_tries(void) {
    barrier();
    if (self() == 0) {
        uint64_t most = 0;
        for (unsigned hart = 0; hart < setting.harts; ++hart) {
            most = most_tries[hart][0] > most ? most_tries[hart][0] : most;
            most_tries[hart][0] = 0;
        }
        note("tries", most);
    }
}

void test_reserved_loops(void) {
    contend(memory, add_double, 1, false);
    contend(memory, add_word, 1, false);
    contend(memory, add_double, 1, true);
    contend(memory, add_word, 1, true);
    tell_tries();
}

void test_reserved_longest(void) {
    contend(memory, add_longest, 12, false);
    contend(memory, add_longest, 12, true);
    tell_tries();
}

// Shared SRAM, which harts reach by the bus, and HBM.
void test_reserved_elsewhere(void) {
    for (unsigned i = 0; i < 2; ++i) {
        uint64_t* const words = (uint64_t*)(i == 0 ? 0x4004000000U : 0x8000000040U);
        contend(words, add_double, 1, false);
        contend(words, add_word, 1, true);
        contend(words, add_longest, 12, false);
    }
    tell_tries();
}
