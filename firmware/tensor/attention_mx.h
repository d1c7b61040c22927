// SPDX-License-Identifier: Apache-2.0
// Causal attention whose products take operands in MXFP8: each is quantised from FP32 for the
// product that it is an operand of, along what that contracts over (docs/gpt.md, "MXFP8").
#pragma once

#include "quantise.h"

// N = sequences * T rows. What is not said to be kept is overwritten.
struct mx_attention {
    uint32_t sequences;
    uint32_t length;  // T, a multiple of 16
    uint32_t heads;   // H
    uint32_t width;   // D, of a head, a multiple of 16
    float scale;
    uint8_t forward;   // formats of operands: ATHENA_DESCRIPTOR_OPERAND_FORMAT_MXFP8_…
    uint8_t gradient;  // of those that are gradients
    const struct tensor* lengths;        // INT32 [N * H][1]: t + 1
    const struct tensor* qkv;            // FP32 [N][3 * H * D]
    const struct tensor* probabilities;  // FP32 [N * H][T], kept for backward
    const struct tensor* scores;         // FP32 [N * H][T]
    const struct mx_tensor* heads_rows;  // [3 * N * H][D], the heads' rows
    const struct mx_tensor* columns;     // [sequences * H * D][T], columns of heads as rows
    const struct mx_tensor* squares;     // [N * H][T]
};

// o[N][H * D] in FP32; writes probabilities.
void record_mx_attention(struct chip* chip, const struct mx_attention* attention,
                         const struct tensor* o);

// From d_o (FP32): d_qkv (FP32).
void record_mx_attention_backward(struct chip* chip, const struct mx_attention* attention,
                                  const struct tensor* d_o, const struct tensor* d_qkv);
