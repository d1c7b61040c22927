// SPDX-License-Identifier: Apache-2.0
// Mutual exclusion by loads, stores and fences alone.
#include "smp.h"

static uint64_t wants[2] __attribute__((aligned(LINE)));
static uint64_t turn __attribute__((aligned(LINE)));
static uint64_t choosing[MOST_HARTS] __attribute__((aligned(LINE)));
static uint64_t ticket[MOST_HARTS] __attribute__((aligned(LINE)));
static uint64_t count __attribute__((aligned(LINE)));

// Peterson, "Myths about the mutual exclusion problem", 1981.
static void peterson_acquire(void) {
    const unsigned other = 1 - self();
    VOLATILE(wants[self()]) = 1;
    FENCE(w, w);
    VOLATILE(turn) = other;
    FENCE(rw, rw);
    while (VOLATILE(wants[other]) != 0 && VOLATILE(turn) == other) {
        FENCE(r, r);
    }
    FENCE(rw, rw);
}
static void flag_release(void) {
    FENCE(rw, w);
    VOLATILE(wants[self()]) = 0;
}

// Dekker's, in Dijkstra, "Cooperating sequential processes", 1965.
static void dekker_acquire(void) {
    const unsigned other = 1 - self();
    VOLATILE(wants[self()]) = 1;
    FENCE(rw, rw);
    while (VOLATILE(wants[other]) != 0) {
        if (VOLATILE(turn) == other) {
            VOLATILE(wants[self()]) = 0;
            while (VOLATILE(turn) == other) {
            }
            VOLATILE(wants[self()]) = 1;
        }
        FENCE(rw, rw);
    }
    FENCE(rw, rw);
}
static void dekker_release(void) {
    FENCE(rw, w);
    VOLATILE(turn) = 1 - self();
    FENCE(w, w);
    VOLATILE(wants[self()]) = 0;
}

// Lamport, "A new solution of Dijkstra's concurrent programming problem", 1974.
static void bakery_acquire(void) {
    VOLATILE(choosing[self()]) = 1;
    FENCE(rw, rw);
    uint64_t most = 0;
    for (unsigned hart = 0; hart < setting.harts; ++hart) {
        const uint64_t other = VOLATILE(ticket[hart]);
        most = other > most ? other : most;
    }
    const uint64_t mine = most + 1;
    VOLATILE(ticket[self()]) = mine;
    FENCE(rw, rw);
    VOLATILE(choosing[self()]) = 0;
    FENCE(rw, rw);
    for (unsigned hart = 0; hart < setting.harts; ++hart) {
        while (VOLATILE(choosing[hart]) != 0) {
        }
        FENCE(rw, rw);
        for (;;) {
            const uint64_t other = VOLATILE(ticket[hart]);
            if (other == 0 || other > mine || (other == mine && hart >= self())) {
                break;
            }
        }
    }
    FENCE(rw, rw);
}
static void bakery_release(void) {
    FENCE(rw, w);
    VOLATILE(ticket[self()]) = 0;
}

static void contend(void (*acquire)(void), void (*release)(void), uint32_t harts) {
    barrier();
    if (self() == 0) {
        count = 0;
        turn = 0;
    }
    barrier();
    if (self() < harts) {
        for (uint32_t round = 0; round < setting.rounds; ++round) {
            acquire();
            const uint64_t before = VOLATILE(count);
            dawdle(3);
            VOLATILE(count) = before + 1;
            release();
            dawdle(6);
        }
    }
    barrier();
    CHECK(count == (uint64_t)harts * setting.rounds, count);
    barrier();
}

void test_exclusion(void) {
    contend(peterson_acquire, flag_release, 2);
    contend(dekker_acquire, dekker_release, 2);
    contend(bakery_acquire, bakery_release, setting.harts);
}
