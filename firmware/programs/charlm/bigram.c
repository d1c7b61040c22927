// SPDX-License-Identifier: Apache-2.0
#include "bigram.h"

#include "fpmath.h"

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
