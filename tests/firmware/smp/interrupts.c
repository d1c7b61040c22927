// SPDX-License-Identifier: Apache-2.0
// Interrupts between harts: none is lost, a hart that sleeps wakes.
#include "smp.h"

static struct {
    uint64_t mail __attribute__((aligned(LINE)));  // sent here and not yet taken
    uint64_t taken __attribute__((aligned(LINE)));
    uint64_t interrupts;
} boxes[MOST_HARTS];
static uint64_t ball __attribute__((aligned(LINE)));
static uint64_t sent __attribute__((aligned(LINE)));

// Called by start.S.
void trapped(uint64_t cause, uint64_t counter);
void trapped(uint64_t cause, uint64_t counter) {
    if (!clear_interrupt()) {
        print("\ntrap");
        note("pc", counter);
        failed(__FILE_NAME__, __LINE__, "an unexpected trap", cause);
    }
    // After the interrupt has been cleared: whoever sends from now on interrupts again.
    uint64_t mail;
    __asm__ volatile("amoswap.d.aqrl %0, zero, (%1)"
                     : "=r"(mail)
                     : "r"(&boxes[self()].mail)
                     : "memory");
    VOLATILE(boxes[self()].taken) = boxes[self()].taken + mail;
    VOLATILE(boxes[self()].interrupts) = boxes[self()].interrupts + 1;
}

static void post(unsigned hart) {
    __asm__ volatile("amoadd.d.aqrl zero, %0, (%1)" ::"r"(1UL), "r"(&boxes[hart].mail) : "memory");
    send_interrupts(1UL << hart);
}

// The ball goes round all harts; who has it not sleeps.
void test_ping_pong(void) {
    const uint64_t throws = (uint64_t)setting.rounds * setting.harts;
    if (self() == 0) {
        ball = 0;
    }
    barrier();
    allow_interrupts(false);
    for (;;) {
        const uint64_t now = VOLATILE(ball);
        FENCE(rw, rw);
        if (now == throws) {
            break;
        }
        if (now % setting.harts == self()) {
            VOLATILE(ball) = now + 1;
            FENCE(rw, rw);
            send_interrupts(now + 1 == throws ? (1UL << setting.harts) - 1
                                              : 1UL << (now + 1) % setting.harts);
        } else {
            wait_until_interrupt();
            allow_interrupts(true);
            allow_interrupts(false);
        }
    }
    allow_interrupts(true);
    barrier();
    allow_interrupts(false);
}

static uint64_t sum_of_taken(void) {
    uint64_t sum = 0;
    for (unsigned hart = 0; hart < setting.harts; ++hart) {
        sum += VOLATILE(boxes[hart].taken);
    }
    return sum;
}

// All to all at once, also to oneself.
void test_storm(void) {
    if (self() == 0) {
        sent = 0;
    }
    barrier();
    const uint64_t before = sum_of_taken();
    barrier();
    allow_interrupts(true);
    for (uint32_t round = 0; round < setting.rounds; ++round) {
        post((unsigned)(random_number() % setting.harts));
        dawdle(10);
        if (round % 8 == 0) {
            allow_interrupts(false);
            dawdle(40);
            allow_interrupts(true);
        }
    }
    __asm__ volatile("amoadd.d.aqrl zero, %0, (%1)" ::"r"((uint64_t)setting.rounds), "r"(&sent)
                     : "memory");
    const uint64_t all = (uint64_t)setting.rounds * setting.harts;
    while (VOLATILE(sent) != all || sum_of_taken() - before != all) {
    }
    allow_interrupts(false);
    barrier();
    CHECK(sum_of_taken() - before == all, sum_of_taken() - before);
    CHECK(boxes[self()].mail == 0, boxes[self()].mail);
}
