// SPDX-License-Identifier: Apache-2.0
// Causal attention in BF16 of blocks that are too long for one tile, or of fewer sequences than
// clusters: product by product over all tiles, with scores in HBM. The bits are those of
// attention.h.
#pragma once

#include "attention.h"

// N = sequences * T rows. Overwritten: `scores`, and `o_fp32`, through which o goes where a tile
// would have to take small blocks of it.
struct wide_attention {
    struct attention attention;   // its lengths: of N * heads rows
    const struct tensor* scores;  // FP32 [N * heads][T]
    struct tensor o_fp32;         // FP32 [N][heads * D]
};

// As record_attention() and record_attention_backward(), with barriers behind them.
void record_wide_attention(struct chip* chip, const struct wide_attention* wide,
                           const struct tensor* o);
void record_wide_attention_backward(struct chip* chip, const struct wide_attention* wide,
                                    const struct tensor* d_o, const struct tensor* d_qkv);
