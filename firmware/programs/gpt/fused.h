// SPDX-License-Identifier: Apache-2.0
// Row by row operations that follow each other, in shared SRAM without a way through HBM.
#pragma once

#include "chip.h"

static const float kNormEpsilon = 1e-5f;  // of layer norms

// r = y + x; out (BF16 or FP32), statistics = LayerNorm(r).
struct residual_norm {
    const struct tensor *y, *x;
    const struct tensor *weight, *bias;
    const struct tensor *r, *out, *statistics;
};
void record_residual_norm(struct chip* chip, const struct residual_norm* norm);

// dr, dn = LayerNormBackward(dy, x, weight, statistics); dx = dr + dx, or dr; half = dx in its
// format. sums_weight, sums_bias, sums_dx: sums of each 64 rows of dn, dy, dx; half and sums_dx or
// NULL. dy is overwritten.
struct norm_backward {
    const struct tensor *dy, *x, *weight, *statistics;
    const struct tensor* dx;
    bool adds;
    const struct tensor* half;
    const struct tensor *sums_weight, *sums_bias, *sums_dx;
};
void record_norm_backward(struct chip* chip, const struct norm_backward* norm);

// half = d in its format, sums of each 64 rows of d; d = GeluBackward(a, u), or a where u is NULL.
void record_cast_and_sums(struct chip* chip, const struct tensor* a, const struct tensor* u,
                          const struct tensor* half, const struct tensor* sums);

// AdamW of values and moments, whose columns are those of the gradients; half = values in its
// format. `factors` is one row, `clip` one element.
struct adamw {
    const struct tensor *gradient, *factors, *clip;
    const struct tensor *value, *m, *v;
    const struct tensor* half;
};
void record_adamw(struct chip* chip, const struct adamw* adamw);
