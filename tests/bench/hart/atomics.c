/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "workloads.h"

enum { kCells = 64, kTurns = 1000 };

/* What GCC's functions are on RISC-V: amoadd, amoor, amoswap, amomax by a loop, lr and sc. */
static uint64_t step(uint32_t* word, uint64_t* cell, uint32_t value) {
    uint64_t sum = __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
    sum += __atomic_fetch_or(cell, value, __ATOMIC_ACQ_REL);
    sum += __atomic_exchange_n(word, value, __ATOMIC_ACQUIRE);
    uint64_t old = __atomic_load_n(cell, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(cell, &old, old * 3 + 1, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
    }
    return sum + old;
}

uint64_t run_atomics(uint32_t rounds) {
    static uint32_t words[kCells];
    static uint64_t cells[kCells];
    uint32_t random = 1;
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < kTurns; ++i) {
            const uint32_t value = next_random(&random);
            sum += step(&words[i % kCells], &cells[value % kCells], value);
        }
    }
    return sum;
}
