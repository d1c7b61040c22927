/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "workloads.h"

enum {
    kItems = 64,
    kOrder = 12,
    kText = 256,
};

uint64_t run_nothing(uint32_t rounds) {
    return rounds;
}

static void sort(int32_t* items, int count) {
    for (int i = 1; i < count; ++i) {
        const int32_t item = items[i];
        int place = i;
        while (place > 0 && items[place - 1] > item) {
            items[place] = items[place - 1];
            --place;
        }
        items[place] = item;
    }
}

/* Counts numbers, words and other runs. */
static uint32_t scan(const uint8_t* text, int length) {
    uint32_t counts[4] = {0, 0, 0, 0};
    int state = 0;
    for (int i = 0; i < length; ++i) {
        const uint8_t c = text[i];
        int next = 0;
        switch (state) {
            case 0:
                next = c < 80 ? 1 : c < 200 ? 2 : 3;
                break;
            case 1:
                next = c < 100 ? 1 : 0;
                break;
            case 2:
                next = c < 210 && c >= 60 ? 2 : 0;
                break;
            default:
                next = (c & 1) != 0 ? 3 : 0;
                break;
        }
        counts[next] += next != state;
        state = next;
    }
    return counts[0] + 3 * counts[1] + 5 * counts[2] + 7 * counts[3];
}

static int32_t multiply(const int16_t* a, const int16_t* b) {
    int32_t trace = 0;
    for (int i = 0; i < kOrder; ++i) {
        for (int j = 0; j < kOrder; ++j) {
            int32_t sum = 0;
            for (int k = 0; k < kOrder; ++k) {
                sum += a[i * kOrder + k] * b[k * kOrder + j];
            }
            trace ^= sum >> 3;
        }
    }
    return trace;
}

static uint32_t crc(uint32_t value, const uint8_t* bytes, int length) {
    for (int i = 0; i < length; ++i) {
        value ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320u : value >> 1;
        }
    }
    return value;
}

uint64_t run_integer(uint32_t rounds) {
    static int32_t items[kItems];
    static uint8_t text[kText];
    static int16_t a[kOrder * kOrder];
    static int16_t b[kOrder * kOrder];
    uint32_t random = 1;
    uint32_t result = 0;
    for (uint32_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < kItems; ++i) {
            items[i] = (int32_t)next_random(&random);
        }
        for (int i = 0; i < kText; ++i) {
            text[i] = (uint8_t)next_random(&random);
        }
        for (int i = 0; i < kOrder * kOrder; ++i) {
            a[i] = (int16_t)(text[i] + items[i % kItems]);
            b[i] = (int16_t)(text[255 - i] - (int32_t)round);
        }
        sort(items, kItems);
        result += scan(text, kText);
        result ^= (uint32_t)multiply(a, b);
        result = crc(result + (uint32_t)items[round % kItems], text, kText);
    }
    return result;
}
