// SPDX-License-Identifier: Apache-2.0
// Products with the model's matrices, whose operands are in BF16 or are quantised to MXFP8
// (docs/gpt.md, "MXFP8").
#pragma once

#include "model.h"

enum { GPT_FORWARD_FORMAT = ATHENA_DESCRIPTOR_OPERAND_FORMAT_MXFP8_E4M3 };

static inline uint8_t gpt_gradient_format(const struct gpt* gpt) {
    return gpt->config.e5m2 != 0 ? ATHENA_DESCRIPTOR_OPERAND_FORMAT_MXFP8_E5M2
                                 : ATHENA_DESCRIPTOR_OPERAND_FORMAT_MXFP8_E4M3;
}
// The format in which products find what vector cores have left for them.
static inline uint8_t gpt_half(const struct gpt* gpt) {
    return gpt->config.mxfp8 != 0 ? FP32 : BF16;
}
// Most columns of an operand.
uint32_t gpt_widest(const struct gpt* gpt);

// What the matrices' values are in products: makes them, of the one that begins at an element of
// all of them, and records that they are renewed.
void make_operands(struct gpt* gpt, struct parameter* parameter, uint64_t first);
void record_operands(struct gpt* gpt);

// out = bias + x W^T; bias may be NULL. A barrier behind it.
void record_linear(struct gpt* gpt, const struct activations* at, const struct tensor* x,
                   const struct parameter* weight, const struct parameter* bias,
                   const struct tensor* out);
// dx = dy W; likewise.
void record_input_gradient(struct gpt* gpt, const struct activations* at, const struct tensor* dy,
                           const struct parameter* weight, const struct tensor* dx);
// dW = dy^T x, of the whole batch.
struct weight_gradient {
    const struct tensor* dy;
    const struct tensor* x;
    const struct parameter* weight;
    uint16_t section;
};
// Of all matrices; none needs another one's.
void record_matrix_gradients(struct gpt* gpt, const struct weight_gradient* all, uint32_t count);
