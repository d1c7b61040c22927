// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SHORTEST_TEXT = 1000 };

// Eight bytes at a time by FNV-1a's step, the upper half of each product folded in; not 0.
static uint64_t checksum_of(const uint8_t* bytes, size_t length) {
    const uint64_t prime = 0x100000001B3;
    uint64_t sum = (0xCBF29CE484222325 ^ length) * prime;
    for (size_t i = 0; i < length; i += sizeof sum) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, length - i < sizeof word ? length - i : sizeof word);
        sum = (sum ^ word) * prime;
        sum ^= sum >> 32;
    }
    return sum | 1;
}

struct text text_load(struct runtime* runtime, const struct board_blob* blob, const char* program) {
    if (blob == NULL || blob->region.size == 0) {
        printf("%s: no text; give one with --load FILE\n", program);
        exit_with(1);
    }
    if (blob->region.size < SHORTEST_TEXT) {
        printf("%s: %s: a text of %" PRIu64 " bytes, expected at least %d\n", program, blob->name,
               blob->region.size, SHORTEST_TEXT);
        exit_with(1);
    }
    const uint8_t* const bytes = (const uint8_t*)(uintptr_t)blob->region.address;
    struct text text = {.length = blob->region.size};
    text.train_length = text.length - text.length / 10;
    text.checksum = checksum_of(bytes, text.length);
    text.symbols = take_memory(runtime, text.length, 1);
    bool occurs[256] = {false};
    for (size_t i = 0; i < text.length; ++i) {
        occurs[bytes[i]] = true;
    }
    uint8_t symbol[256] = {0};
    for (unsigned byte = 0; byte < 256; ++byte) {
        if (occurs[byte]) {
            symbol[byte] = (uint8_t)text.vocabulary;
            text.byte[text.vocabulary++] = (uint8_t)byte;
        }
    }
    if (text.vocabulary < 2) {
        printf("%s: %s: the same byte throughout, no text\n", program, blob->name);
        exit_with(1);
    }
    for (size_t i = 0; i < text.length; ++i) {
        text.symbols[i] = symbol[bytes[i]];
    }
    return text;
}
