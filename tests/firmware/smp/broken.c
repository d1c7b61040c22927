// SPDX-License-Identifier: Apache-2.0
// What makes a store-conditional fail (Volume I, 8.2), by two harts who take turns: hart 0 holds a
// reservation while another one acts.
#include "smp.h"

struct line {
    uint64_t words[LINE / 8];
};
static struct line lines[3] __attribute__((aligned(PAGE)));
static struct line held __attribute__((aligned(LINE)));  // the reservation is there
static struct line acted __attribute__((aligned(LINE)));
static uint64_t* const kReserved = &lines[1].words[2];
static const uint64_t kOld = 0x0102030405060708U;
static const uint64_t kNew = 0x1112131415161718U;

static void store_byte(void) {
    ((volatile uint8_t*)kReserved)[7] = 0xEE;
}
static void store_half(void) {
    ((volatile uint16_t*)kReserved)[1] = 0xEEEE;
}
static void store_word(void) {
    ((volatile uint32_t*)kReserved)[0] = 0xEEEEEEEE;
}
static void store_double(void) {
    VOLATILE(*kReserved) = 0xEEEEEEEEEEEEEEEEU;
}
static void store_misaligned(void) {
    __asm__ volatile("sd %0, -5(%1)" ::"r"(0xEEEEEEEEEEEEEEEEU), "r"(kReserved) : "memory");
}
static void store_compressed(void) {
    __asm__ volatile("mv a4, %0\n mv a5, %1\n c.sw a4, 4(a5)" ::"r"(0xEEEEEEEEU), "r"(kReserved)
                     : "a4", "a5", "memory");
}
static void add_atomically(void) {
    __asm__ volatile("amoadd.w zero, %0, (%1)" ::"r"(1), "r"(kReserved) : "memory");
}
static void store_conditionally(void) {
    uint64_t value;
    __asm__ volatile("1: lr.d %0, (%1)\n addi %0, %0, 1\n sc.d %0, %0, (%1)\n bnez %0, 1b\n"
                     : "=&r"(value)
                     : "r"(kReserved)
                     : "memory");
}
static void store_the_same(void) {
    VOLATILE(*kReserved) = kOld;
}
static void swap_the_same(void) {
    __asm__ volatile("amoswap.d zero, %0, (%1)" ::"r"(kOld), "r"(kReserved) : "memory");
}
static void store_beside(void) {
    VOLATILE(lines[1].words[7]) = 1;
}
static void misaligned_into_line(void) {
    __asm__ volatile("sd %0, -4(%1)" ::"r"(1UL), "r"(&lines[1]) : "memory");
}
static void store_before(void) {
    VOLATILE(lines[0].words[7]) = 1;
}
static void store_behind(void) {
    VOLATILE(lines[2].words[0]) = 1;
}
static void load_it(void) {
    (void)VOLATILE(*kReserved);
}
static void reserve_it(void) {
    uint64_t value;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(kReserved) : "memory");
}
static void fail_to_store(void) {
    uint64_t value;
    __asm__ volatile(
        "lr.d %0, (%2)\n"
        "sc.d %0, zero, (%2)\n"  // elsewhere: no reservation is left
        "sc.d %0, zero, (%1)\n"
        : "=&r"(value)
        : "r"(kReserved), "r"(&acted.words[4])
        : "memory");
    CHECK(value != 0, value);
}

enum outcome {
    LOST,       // by the specification
    LOST_HERE,  // by this board: a reservation is 64 bytes, whatever is written there
    KEPT_HERE,  // by this board: no store-conditional fails for nothing
};
static const struct {
    void (*act)(void);
    enum outcome outcome;
} kActions[] = {
    {store_byte, LOST},         {store_half, LOST},          {store_word, LOST},
    {store_double, LOST},       {store_misaligned, LOST},    {store_compressed, LOST},
    {add_atomically, LOST},     {store_conditionally, LOST}, {store_the_same, LOST_HERE},
    {swap_the_same, LOST_HERE}, {store_beside, LOST_HERE},   {misaligned_into_line, LOST_HERE},
    {store_before, KEPT_HERE},  {store_behind, KEPT_HERE},   {load_it, KEPT_HERE},
    {reserve_it, KEPT_HERE},    {fail_to_store, KEPT_HERE},
};
enum { ACTIONS = sizeof kActions / sizeof kActions[0] };

// Reserves, has the other one act, stores; 0: it was stored.
static uint64_t hold(uint64_t turn) {
    uint64_t scratch, result;
    __asm__ volatile(
        "   lr.d %0, (%2)\n"
        "   sd %5, (%3)\n"
        "1: ld %0, (%4)\n"
        "   bne %0, %5, 1b\n"
        "   sc.d %1, %6, (%2)\n"
        : "=&r"(scratch), "=&r"(result)
        : "r"(kReserved), "r"(&held), "r"(&acted), "r"(turn), "r"(kNew)
        : "memory");
    return result;
}

static void take_turns(unsigned other) {
    for (unsigned i = 0; i < ACTIONS; ++i) {
        const uint64_t turn = 1 + other * ACTIONS + i;
        barrier();
        if (self() == 0) {
            VOLATILE(*kReserved) = kOld;
            const uint64_t result = hold(turn);
            const uint64_t value = VOLATILE(*kReserved);
            const bool must_fail = kActions[i].outcome == LOST ||
                                   (kActions[i].outcome == LOST_HERE && setting.exact != 0);
            CHECK(!must_fail || result != 0, i);
            CHECK(kActions[i].outcome != KEPT_HERE || setting.exact == 0 || result == 0, i);
            CHECK((value == kNew) == (result == 0), value);
        } else if (self() == other) {
            while (VOLATILE(held.words[0]) != turn) {
            }
            FENCE(rw, rw);
            kActions[i].act();
            FENCE(rw, rw);
            VOLATILE(acted.words[0]) = turn;
        }
    }
    barrier();
}

// Nobody writes while a long time passes: quanta end, others run.
static void wait_long(void) {
    static uint64_t own[MOST_HARTS][8] __attribute__((aligned(LINE)));
    uint64_t value, turns = 50000;
    __asm__ volatile(
        "   lr.d %0, (%2)\n"
        "1: addi %1, %1, -1\n"
        "   bnez %1, 1b\n"
        "   addi %0, %0, 1\n"
        "   sc.d %0, %0, (%2)\n"
        : "=&r"(value), "+r"(turns)
        : "r"(&own[self()])
        : "memory");
    CHECK(value == 0 || setting.exact == 0, value);
}

void test_broken_reservations(void) {
    if (self() == 0) {
        held.words[0] = acted.words[0] = 0;
    }
    for (unsigned other = 1; other < setting.harts; ++other) {
        take_turns(other);
    }
    wait_long();
}
