// SPDX-License-Identifier: Apache-2.0
// The text as symbols 0..vocabulary-1, in ascending order of the bytes that occur in it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "runtime.h"

struct text {
    uint8_t* symbols;
    size_t length;
    size_t train_length;  // the first nine tenths
    uint32_t vocabulary;
    uint8_t byte[256];  // of each symbol
};

// Takes the first file of --load; ends the run with code 1 if there is none, or less than 1000
// bytes.
struct text text_load(struct runtime* runtime);

// Mean loss, in nats a character, that pair counts of the first nine tenths, plus one each, have on
// the rest.
float text_bigram_loss(struct runtime* runtime, const struct text* text);
