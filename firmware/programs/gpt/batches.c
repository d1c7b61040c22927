// SPDX-License-Identifier: Apache-2.0
#include "batches.h"

#include "philox.h"

static uint32_t scaled(uint32_t word, uint64_t count) {
    return (uint32_t)((word * count) >> 32);
}

static void put(const struct activations* at, uint32_t row, uint32_t token, uint32_t target) {
    ((volatile uint32_t*)(uintptr_t)at->tokens.address)[row] = token;
    ((volatile uint32_t*)(uintptr_t)at->targets.address)[row] = target;
}

static void put_sequence(struct gpt* gpt, uint32_t sequence, const uint8_t* symbols) {
    const uint32_t block = gpt->config.block;
    for (uint32_t t = 0; t < block; ++t) {
        put(&gpt->batch, sequence * block + t, symbols[t], symbols[t + 1]);
    }
}

static void random_batch(struct gpt* gpt, uint32_t step) {
    const struct gpt_config* const config = &gpt->config;
    for (uint32_t b = 0; b < config->batch; ++b) {
        uint32_t before = 0;
        for (uint32_t t = 0; t <= config->block; ++t) {
            const uint32_t word =
                philox_draw(config->seed, RANDOM_TOKENS, step, b * (config->block + 1) + t);
            const uint32_t token = scaled(word, config->vocabulary);
            if (t != 0) {
                put(&gpt->batch, b * config->block + t - 1, before, token);
            }
            before = token;
        }
    }
}

void batch_for_training(struct gpt* gpt, const struct text* text, uint32_t step) {
    if (text == NULL) {
        random_batch(gpt, step);
        return;
    }
    for (uint32_t b = 0; b < gpt->config.batch; ++b) {
        const uint32_t word = philox_draw(gpt->config.seed, STARTS, step, b);
        put_sequence(gpt, b, text->symbols + scaled(word, text->train_length - gpt->config.block));
    }
}

void batch_for_validation(struct gpt* gpt, const struct text* text, uint32_t index,
                          uint32_t count) {
    const uint64_t places = text->length - text->train_length - gpt->config.block - 1;
    const uint32_t batch = gpt->config.batch;
    for (uint32_t b = 0; b < batch; ++b) {
        const uint64_t number = (uint64_t)index * batch + b;
        const uint64_t start = number * places / ((uint64_t)count * batch);
        put_sequence(gpt, b, text->symbols + text->train_length + start);
    }
}
