/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "random.h"
#include "workloads.h"

enum {
    kItems = 1 << 17, /* of 8 bytes */
    kNumbers = 1 << 20,
    kWords = 1 << 20, /* of 8 bytes */
};

static void sink(uint64_t* items, size_t root, size_t count) {
    const uint64_t item = items[root];
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && items[child + 1] > items[child]) {
            ++child;
        }
        if (items[child] <= item) {
            break;
        }
        items[root] = items[child];
        root = child;
    }
    items[root] = item;
}

static void sort(uint64_t* items, size_t count) {
    for (size_t i = count / 2; i-- > 0;) {
        sink(items, i, count);
    }
    for (size_t last = count; last-- > 1;) {
        const uint64_t largest = items[0];
        items[0] = items[last];
        items[last] = largest;
        sink(items, 0, last);
    }
}

static uint64_t count_primes(uint8_t* composite, size_t numbers) {
    uint64_t primes = 0;
    for (size_t i = 2; i < numbers; ++i) {
        composite[i] = 0;
    }
    for (size_t i = 2; i < numbers; ++i) {
        if (composite[i] != 0) {
            continue;
        }
        ++primes;
        for (size_t j = i * i; j < numbers; j += i) {
            composite[j] = 1;
        }
    }
    return primes;
}

uint64_t run_memory(uint32_t rounds) {
    static uint64_t items[kItems];
    static uint8_t composite[kNumbers];
    static uint64_t words[kWords];
    uint64_t sum = 0;
    /* Full period: an increment that is odd, a multiplier that is 1 modulo 4. */
    for (size_t i = 0; i < kWords; ++i) {
        words[i] = (i * 2654435761u + 12345) & (kWords - 1);
    }
    for (uint32_t round = 0; round < rounds; ++round) {
        uint32_t random = round + 1;
        for (size_t i = 0; i < kItems; ++i) {
            items[i] = next_random(&random);
        }
        sort(items, kItems);
        sum += items[round] ^ items[kItems / 2];
        sum += count_primes(composite, kNumbers);
        uint64_t place = round;
        for (int i = 0; i < kWords; ++i) {
            place = words[place];
        }
        sum += place;
    }
    return sum;
}
