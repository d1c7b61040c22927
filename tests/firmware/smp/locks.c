// SPDX-License-Identifier: Apache-2.0
// Locks as programs write them (Volume I, 8.2 to 8.4): no two holders, nobody left out.
#include <stddef.h>

#include "smp.h"

struct node {
    struct node* next;
    uint64_t wait;
    uint64_t unused[6];
};

static struct {
    uint32_t word __attribute__((aligned(LINE)));
    uint32_t next __attribute__((aligned(LINE)));
    uint32_t serving;
    struct node* tail __attribute__((aligned(LINE)));
} lock;
static struct node nodes[MOST_HARTS] __attribute__((aligned(LINE)));
// What the lock protects, by plain loads and stores.
static uint64_t holder __attribute__((aligned(LINE)));
static uint64_t count;

static void swap_acquire(void) {
    uint32_t taken = 1;
    do {
        __asm__ volatile("amoswap.w.aq %0, %1, (%2)"
                         : "=&r"(taken)
                         : "r"(1), "r"(&lock.word)
                         : "memory");
    } while (taken != 0);
}
static void swap_release(void) {
    __asm__ volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&lock.word) : "memory");
}

static void reserved_acquire(void) {
    uint64_t old;
    __asm__ volatile(
        "1: lr.w.aq %0, (%1)\n"
        "   bnez %0, 1b\n"
        "   sc.w %0, %2, (%1)\n"
        "   bnez %0, 1b\n"
        : "=&r"(old)
        : "r"(&lock.word), "r"(1)
        : "memory");
}
static void store_release(void) {
    FENCE(rw, w);
    VOLATILE(lock.word) = 0;
}

static void wait_for_turn(uint32_t ticket) {
    while (VOLATILE(lock.serving) != ticket) {
    }
    FENCE(r, rw);
}
static void ticket_acquire(void) {
    uint32_t ticket = 1;
    __asm__ volatile("amoadd.w %0, %0, (%1)" : "+r"(ticket) : "r"(&lock.next) : "memory");
    wait_for_turn(ticket);
}
static void reserved_ticket_acquire(void) {
    uint64_t ticket, next;
    __asm__ volatile(
        "1: lr.w %0, (%2)\n"
        "   addi %1, %0, 1\n"
        "   sc.w %1, %1, (%2)\n"
        "   bnez %1, 1b\n"
        : "=&r"(ticket), "=&r"(next)
        : "r"(&lock.next)
        : "memory");
    wait_for_turn((uint32_t)ticket);
}
static void ticket_release(void) {
    FENCE(rw, w);
    VOLATILE(lock.serving) = lock.serving + 1;
}

// Mellor-Crummey and Scott, "Algorithms for scalable synchronization on shared-memory
// multiprocessors", 1991.
static void queue_acquire(void) {
    struct node* const mine = &nodes[self()];
    mine->next = NULL;
    mine->wait = 1;
    struct node* before;
    __asm__ volatile("amoswap.d.aqrl %0, %1, (%2)"
                     : "=&r"(before)
                     : "r"(mine), "r"(&lock.tail)
                     : "memory");
    if (before != NULL) {
        VOLATILE(before->next) = mine;
        while (VOLATILE(mine->wait) != 0) {
        }
    }
    FENCE(r, rw);
}
static void queue_release(void) {
    struct node* const mine = &nodes[self()];
    FENCE(rw, w);
    if (VOLATILE(mine->next) == NULL) {
        struct node* tail;
        uint64_t failed_store = 0;
        __asm__ volatile(
            "1: lr.d %0, (%2)\n"
            "   bne %0, %3, 2f\n"
            "   sc.d.rl %1, zero, (%2)\n"
            "   bnez %1, 1b\n"
            "2:\n"
            : "=&r"(tail), "+r"(failed_store)
            : "r"(&lock.tail), "r"(mine)
            : "memory");
        if (tail == mine) {
            return;
        }
        while (VOLATILE(mine->next) == NULL) {
        }
    }
    VOLATILE(VOLATILE(mine->next)->wait) = 0;
}

static void contend(void (*acquire)(void), void (*release)(void)) {
    if (self() == 0) {
        count = 0;
        lock.next = lock.serving = lock.word = 0;
        lock.tail = NULL;
    }
    barrier();
    for (uint32_t round = 0; round < setting.rounds; ++round) {
        acquire();
        CHECK(VOLATILE(holder) == 0, holder);
        VOLATILE(holder) = self() + 1;
        const uint64_t before = VOLATILE(count);
        dawdle(4);
        VOLATILE(count) = before + 1;
        CHECK(VOLATILE(holder) == self() + 1, holder);
        VOLATILE(holder) = 0;
        release();
        dawdle(8);
    }
    barrier();
    CHECK(count == (uint64_t)setting.harts * setting.rounds, count);
    barrier();
}

void test_locks(void) {
    contend(swap_acquire, swap_release);
    contend(reserved_acquire, store_release);
    contend(ticket_acquire, ticket_release);
    contend(reserved_ticket_acquire, ticket_release);
    contend(queue_acquire, queue_release);
}
