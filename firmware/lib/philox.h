// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers:
// As Easy as 1, 2, 3; SC 2011). The same counter and key give the same words everywhere.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct philox_block {
    uint32_t word[4];
};

struct philox_block philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint64_t key);

// Word `index` of a stream at a step (docs/charlm.md): word index mod 4 of the block with counter
// {index / 4, step, stream, 0}.
static inline uint32_t philox_draw(uint64_t seed, uint32_t stream, uint32_t step, uint32_t index) {
    return philox(index / 4, step, stream, 0, seed).word[index % 4];
}

// In [0, 1): the upper 24 bits of `word`, times 2^-24.
static inline float philox_unit(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24f;
}

#ifdef __cplusplus
}
#endif
