/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "workloads.h"

#define NOINLINE __attribute__((noinline))

/* Without the compiler's changes of recursion into loops. */
NOINLINE static uint32_t fibonacci(uint32_t n) {
    if (n < 2) {
        return n;
    }
    const uint32_t one = fibonacci(n - 1);
    __asm__ volatile("" ::: "memory");
    return one + fibonacci(n - 2);
}

NOINLINE static int takeuchi(int x, int y, int z) {
    if (y >= x) {
        return z;
    }
    const int a = takeuchi(x - 1, y, z);
    const int b = takeuchi(y - 1, z, x);
    const int c = takeuchi(z - 1, x, y);
    __asm__ volatile("" ::: "memory");
    return takeuchi(a, b, c);
}

typedef uint32_t (*Function)(uint32_t value);

NOINLINE static uint32_t add(uint32_t value) {
    return value + 12345;
}
NOINLINE static uint32_t rotate(uint32_t value) {
    return value << 7 | value >> 25;
}
NOINLINE static uint32_t mix(uint32_t value) {
    return value ^ value >> 11;
}
NOINLINE static uint32_t scale(uint32_t value) {
    return value * 2654435761u;
}

uint64_t run_calls(uint32_t rounds) {
    static const Function kFunctions[] = {add, rotate, mix, scale};
    uint32_t random = 5;
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; ++round) {
        sum += fibonacci(16 + (round & 3));
        sum += (uint64_t)takeuchi(10, 6, (int)(round & 3));
        uint32_t value = round;
        for (int i = 0; i < 4000; ++i) {
            value = kFunctions[next_random(&random) & 3](value);
        }
        sum += value;
    }
    return sum;
}
