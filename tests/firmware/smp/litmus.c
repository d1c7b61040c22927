// SPDX-License-Identifier: Apache-2.0
// Litmus tests of the memory model (Volume I, 14 and appendix A): pairs of harts on fresh words
// each time. With fences the outcomes are those that RVWMO allows; without, this board allows no
// more.
#include "smp.h"

static struct {
    uint64_t x __attribute__((aligned(LINE)));
    uint64_t y __attribute__((aligned(LINE)));
    uint64_t seen[4] __attribute__((aligned(LINE)));
    uint32_t here __attribute__((aligned(LINE)));
} pairs[MOST_HARTS] __attribute__((aligned(LINE)));
static uint64_t outcomes[MOST_HARTS][4];

// The `count` harts of a group.
static void meet(uint32_t* here, uint32_t count) {
    uint32_t before = 1;
    __asm__ volatile("amoadd.w.aqrl %0, %0, (%1)" : "+r"(before) : "r"(here) : "memory");
    const uint32_t goal = (before / count + 1) * count;
    while ((int32_t)(VOLATILE(*here) - goal) < 0) {
    }
    FENCE(rw, rw);
}

static void store_buffer(uint64_t* mine, const uint64_t* other, uint64_t* seen, bool fence) {
    VOLATILE(*mine) = 1;
    if (fence) {
        FENCE(w, r);
    }
    *seen = VOLATILE(*other);
}

static void load_buffer(uint64_t* mine, const uint64_t* other, uint64_t* seen, bool fence) {
    *seen = VOLATILE(*other);
    if (fence) {
        FENCE(r, w);
    }
    VOLATILE(*mine) = 1;
}

typedef void shape(uint64_t*, const uint64_t*, uint64_t*, bool);

// `forbidden`: what both see, as a number of two bits.
static void run_shape(shape* run, bool fence, uint64_t forbidden) {
    const unsigned pair = self() / 2;
    const unsigned side = self() % 2;
    if ((pair + 1) * 2 > setting.harts) {
        return;
    }
    for (uint32_t round = 0; round < setting.rounds; ++round) {
        meet(&pairs[pair].here, 2);
        if (side == 0) {
            pairs[pair].x = pairs[pair].y = 0;
        }
        meet(&pairs[pair].here, 2);
        dawdle(5);
        run(side == 0 ? &pairs[pair].x : &pairs[pair].y,
            side == 0 ? &pairs[pair].y : &pairs[pair].x, &pairs[pair].seen[side], fence);
        meet(&pairs[pair].here, 2);
        if (side == 0) {
            const uint64_t outcome = pairs[pair].seen[0] << 1 | pairs[pair].seen[1];
            CHECK(outcome != forbidden || (!fence && setting.exact == 0), outcome);
            outcomes[pair][outcome & 3]++;
        }
    }
}

static void tell_outcomes(const char* name) {
    barrier();
    if (self() == 0) {
        uint64_t kinds = 0;
        for (unsigned outcome = 0; outcome < 4; ++outcome) {
            uint64_t count = 0;
            for (unsigned pair = 0; pair < MOST_HARTS; ++pair) {
                count += outcomes[pair][outcome];
                outcomes[pair][outcome] = 0;
            }
            kinds += count != 0 ? 1 : 0;
        }
        note(name, kinds);
    }
    barrier();
}

void test_store_buffers(void) {
    run_shape(store_buffer, true, 0);
    run_shape(store_buffer, false, 0);
    tell_outcomes("stores");
    run_shape(load_buffer, true, 3);
    run_shape(load_buffer, false, 3);
    tell_outcomes("loads");
}

// ---- messages: hart 0 writes, all others read

static uint64_t message[8] __attribute__((aligned(LINE)));
static uint64_t flag __attribute__((aligned(LINE)));
static uint64_t second __attribute__((aligned(LINE)));

static void pass_by_fences(void) {
    if (self() == 0) {
        for (uint64_t number = 1; number <= setting.rounds; ++number) {
            for (unsigned i = 0; i < 8; ++i) {
                VOLATILE(message[i]) = number;
            }
            FENCE(w, w);
            VOLATILE(flag) = number;
            dawdle(20);
        }
        return;
    }
    for (uint64_t last = 0; last != setting.rounds;) {
        const uint64_t number = VOLATILE(flag);
        FENCE(r, r);
        CHECK(number >= last, number);
        for (unsigned i = 8; i-- > 0;) {
            const uint64_t word = VOLATILE(message[i]);
            CHECK(word >= number, word);
        }
        last = number;
    }
}

static void pass_by_acquire(void) {
    if (self() == 0) {
        for (uint64_t number = 1; number <= setting.rounds; ++number) {
            VOLATILE(message[number % 8]) = number;
            __asm__ volatile("amoswap.d.rl zero, %0, (%1)" ::"r"(number), "r"(&flag) : "memory");
        }
        return;
    }
    for (uint64_t number = 0; number != setting.rounds;) {
        __asm__ volatile("amoor.d.aq %0, zero, (%1)" : "=r"(number) : "r"(&flag) : "memory");
        CHECK(VOLATILE(message[number % 8]) >= number, number);
    }
}

// Two writers of two words; two readers agree on which came first (IRIW).
static void pass_by_two(void) {
    static uint64_t seen[4];
    static uint32_t here;
    if (setting.harts < 4 || self() >= 4) {
        return;
    }
    for (uint32_t round = 0; round < setting.rounds; ++round) {
        meet(&here, 4);
        if (self() == 0) {
            flag = second = 0;
        }
        meet(&here, 4);
        dawdle(5);
        if (self() == 0) {
            VOLATILE(flag) = 1;
        } else if (self() == 1) {
            VOLATILE(second) = 1;
        } else {
            const bool forward = self() == 2;
            const uint64_t one = forward ? VOLATILE(flag) : VOLATILE(second);
            FENCE(r, r);
            const uint64_t two = forward ? VOLATILE(second) : VOLATILE(flag);
            seen[self()] = one << 1 | two;
        }
        meet(&here, 4);
        CHECK(seen[2] != 2 || seen[3] != 2, round);
    }
}

static void start_anew(void) {
    barrier();
    if (self() == 0) {
        flag = second = 0;
        for (unsigned i = 0; i < 8; ++i) {
            message[i] = 0;
        }
    }
    barrier();
}

void test_messages(void) {
    start_anew();
    pass_by_fences();
    start_anew();
    pass_by_acquire();
    start_anew();
    pass_by_two();
}
