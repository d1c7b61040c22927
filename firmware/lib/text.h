// SPDX-License-Identifier: Apache-2.0
// A text as symbols 0..vocabulary-1, in ascending order of the bytes that occur in it.
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
    uint64_t checksum;  // of its bytes, not 0
};

// Takes a file of --load; ends the run with code 1 and a line that begins with `program` if it is
// NULL or has less than 1000 bytes.
struct text text_load(struct runtime* runtime, const struct board_blob* blob, const char* program);
