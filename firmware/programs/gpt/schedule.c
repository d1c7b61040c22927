// SPDX-License-Identifier: Apache-2.0
#include "schedule.h"

#include "fpmath.h"

float gpt_rate(const struct gpt_schedule* schedule, uint32_t step) {
    if (step < schedule->warmup) {
        return schedule->rate * ((float)(step + 1) / (float)(schedule->warmup + 1));
    }
    const float done = (float)(step - schedule->warmup);
    const float all = (float)(schedule->steps - schedule->warmup);
    const float part = 0.5f * (1.0f + fp_cospi(done / all));
    return schedule->rate_end + part * (schedule->rate - schedule->rate_end);
}

static void step_powers(const struct gpt_schedule* schedule, struct gpt_powers* powers) {
    powers->beta1 *= schedule->beta1;
    powers->beta2 *= schedule->beta2;
}

struct gpt_powers gpt_powers_after(const struct gpt_schedule* schedule, uint32_t steps) {
    struct gpt_powers powers = {1.0f, 1.0f};
    for (uint32_t i = 0; i < steps; ++i) {
        step_powers(schedule, &powers);
    }
    return powers;
}

void gpt_step_factors(const struct gpt_schedule* schedule, struct gpt_powers* powers, uint32_t step,
                      struct gpt_factors* factors) {
    const float rate = gpt_rate(schedule, step);
    step_powers(schedule, powers);
    float* const matrix = factors->matrix;
    matrix[0] = 1.0f - rate * schedule->decay;
    matrix[1] = schedule->beta1;
    matrix[2] = 1.0f - schedule->beta1;
    matrix[3] = schedule->beta2;
    matrix[4] = 1.0f - schedule->beta2;
    matrix[5] = 1.0f / __builtin_sqrtf(1.0f - powers->beta2);
    matrix[6] = schedule->epsilon;
    matrix[7] = rate / (1.0f - powers->beta1);
    for (int i = 0; i < GPT_FACTORS; ++i) {
        factors->vector[i] = matrix[i];
    }
    factors->vector[0] = 1.0f;
}
