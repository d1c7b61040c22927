// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <stdbool.h>
#include <stdio.h>

#include "fpmath.h"

enum { SHORTEST_TEXT = 1000 };

struct text text_load(struct runtime* runtime) {
    struct board_blob blob;
    if (board_find_blob(&runtime->board, 0, &blob) != RESULT_OK ||
        blob.region.size < SHORTEST_TEXT) {
        printf("charlm: no text of at least %d bytes; give one with --load FILE\n", SHORTEST_TEXT);
        exit_with(1);
    }
    const uint8_t* const bytes = (const uint8_t*)(uintptr_t)blob.region.address;
    struct text text = {.length = blob.region.size};
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

float text_bigram_loss(struct runtime* runtime, const struct text* text) {
    const size_t vocabulary = text->vocabulary;
    uint32_t* pairs = take_memory(runtime, vocabulary * vocabulary, sizeof *pairs);
    float* losses = take_memory(runtime, vocabulary * vocabulary, sizeof *losses);
    for (size_t i = 1; i < text->train_length; ++i) {
        ++pairs[text->symbols[i - 1] * vocabulary + text->symbols[i]];
    }
    for (size_t first = 0; first < vocabulary; ++first) {
        const uint32_t* row = pairs + first * vocabulary;
        uint32_t all = (uint32_t)vocabulary;
        for (size_t second = 0; second < vocabulary; ++second) {
            all += row[second];
        }
        const float log_all = fp_log((float)all);
        for (size_t second = 0; second < vocabulary; ++second) {
            losses[first * vocabulary + second] = log_all - fp_log((float)(row[second] + 1));
        }
    }
    double sum = 0.0;
    for (size_t i = text->train_length; i < text->length; ++i) {
        sum += (double)losses[text->symbols[i - 1] * vocabulary + text->symbols[i]];
    }
    return (float)(sum / (double)(text->length - text->train_length));
}
