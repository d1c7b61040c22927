// SPDX-License-Identifier: Apache-2.0
// Causal attention of several heads, each sequence by one tile and one vector core
// (docs/gpt.md, "A step").
#pragma once

#include "rows.h"

struct attention {
    uint32_t sequences;
    uint32_t length;  // T, a multiple of 16
    uint32_t heads;
    uint32_t width;  // D, of a head, a multiple of 16
    float scale;
    const struct tensor* lengths;        // INT32 [heads * T][1]: t + 1
    const struct tensor* qkv;            // BF16 [sequences * T][3 * heads * D]
    const struct tensor* probabilities;  // BF16 [sequences * heads * T][T]
};

// Whether a tile and a vector core have room for a head, backward included.
bool attention_fits(const struct chip* chip, const struct attention* attention);

// o[sequences * T][heads * D] in BF16; writes probabilities.
void record_attention(struct chip* chip, const struct attention* attention, const struct tensor* o);

// From d_o (BF16): d_qkv (FP32).
void record_attention_backward(struct chip* chip, const struct attention* attention,
                               const struct tensor* d_o, const struct tensor* d_qkv);
