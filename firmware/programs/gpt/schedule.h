// SPDX-License-Identifier: Apache-2.0
// The scalars of a step (docs/gpt.md): one C source, compiled for the board's hart and for the
// reference on the host alike, each operation rounded once to FP32.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gpt_schedule {
    float rate, rate_end;
    uint32_t warmup, steps;
    float beta1, beta2, epsilon, decay;
};

enum { GPT_FACTORS = 8 };

// numerics::AdamWFactors, of matrices and of vectors, which do not decay.
struct gpt_factors {
    float matrix[GPT_FACTORS];
    float vector[GPT_FACTORS];
};

// beta1 and beta2 to the power of the steps done; {1, 1} at the start.
struct gpt_powers {
    float beta1, beta2;
};

// By multiplication, one step after another.
struct gpt_powers gpt_powers_after(const struct gpt_schedule* schedule, uint32_t steps);

float gpt_rate(const struct gpt_schedule* schedule, uint32_t step);

// Of step 0, 1, ... in turn; steps the powers.
void gpt_step_factors(const struct gpt_schedule* schedule, struct gpt_powers* powers, uint32_t step,
                      struct gpt_factors* factors);

#ifdef __cplusplus
}
#endif
