// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <stdbool.h>
#include <stdio.h>

enum { SHORTEST_TEXT = 1000 };

struct text text_load(struct runtime* runtime, const struct board_blob* blob, const char* program) {
    if (blob == NULL || blob->region.size < SHORTEST_TEXT) {
        printf("%s: no text of at least %d bytes; give one with --load FILE\n", program,
               SHORTEST_TEXT);
        exit_with(1);
    }
    const uint8_t* const bytes = (const uint8_t*)(uintptr_t)blob->region.address;
    struct text text = {.length = blob->region.size};
    text.train_length = text.length - text.length / 10;
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
    for (size_t i = 0; i < text.length; ++i) {
        text.symbols[i] = symbol[bytes[i]];
    }
    return text;
}
