/* SPDX-License-Identifier: Apache-2.0 */
/* The next of a sequence that is the same on every machine, 24 bits. */
#pragma once

#include <stdint.h>

static inline uint32_t next_random(uint32_t* state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}
