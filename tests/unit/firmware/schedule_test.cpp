// SPDX-License-Identifier: Apache-2.0
// gpt's schedule against its formulas (docs/gpt.md) in long double.
#include "schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

namespace {

constexpr long double kRounding = 0x1p-24L;  // of one FP32 operation, relative
constexpr gpt_schedule kSchedule{1e-3F, 1e-4F, 100, 2000, 0.9F, 0.99F, 1e-8F, 0.1F};

long double rate_of(const gpt_schedule& schedule, unsigned step) {
    const long double peak = schedule.rate;
    const long double end = schedule.rate_end;
    if (step < schedule.warmup) {
        return peak * (step + 1) / (schedule.warmup + 1);
    }
    const long double part =
        static_cast<long double>(step - schedule.warmup) / (schedule.steps - schedule.warmup);
    return end + 0.5L * (1 + std::cos(std::numbers::pi_v<long double> * part)) * (peak - end);
}

}  // namespace

TEST_CASE("schedule: the rate rises to its peak and falls by a cosine to its end", "[firmware]") {
    const gpt_schedule schedules[] = {kSchedule,
                                      {0.01F, 0.0005F, 10, 60, 0.9F, 0.99F, 1e-8F, 0.3F},
                                      {0.5F, 0, 0, 7, 0.9F, 0.99F, 1e-8F, 0},
                                      {1e-3F, 1e-3F, 5, 5, 0.9F, 0.99F, 1e-8F, 0}};
    for (const gpt_schedule& schedule : schedules) {
        for (unsigned step = 0; step < schedule.steps; ++step) {
            CAPTURE(schedule.steps, step);
            const long double rate = gpt_rate(&schedule, step);
            // fp_cospi() is within 1e-7, of which half counts; four roundings.
            const long double tolerance = schedule.rate * (0.5e-7L + 4 * kRounding);
            CHECK(std::abs(rate - rate_of(schedule, step)) <= tolerance);
        }
    }
    CHECK(gpt_rate(&kSchedule, 100) == kSchedule.rate);
}

TEST_CASE("schedule: AdamW's factors are those of the step, of vectors without decay",
          "[firmware]") {
    gpt_powers powers{1, 1};
    for (unsigned step = 0; step < kSchedule.steps; ++step) {
        CAPTURE(step);
        gpt_factors factors{};
        gpt_step_factors(&kSchedule, &powers, step, &factors);
        // A power's error is that of a rounding a step; 1 - power adds its own.
        const auto rest_of = [&](long double beta) { return 1 - std::pow(beta, step + 1.0L); };
        const auto error_of = [&](long double rest) {
            return (step + 1) * kRounding * (1 - rest) / rest + 2 * kRounding;
        };
        const long double rest1 = rest_of(kSchedule.beta1);
        const long double rest2 = rest_of(kSchedule.beta2);
        const long double rate = rate_of(kSchedule, step);
        const long double rate_error = kSchedule.rate * (0.5e-7L + 4 * kRounding);
        const float* const matrix = factors.matrix;
        CHECK(std::abs(matrix[0] - (1 - rate * kSchedule.decay)) <= kRounding + rate_error);
        CHECK(matrix[1] == kSchedule.beta1);
        CHECK(matrix[2] == 1 - kSchedule.beta1);
        CHECK(matrix[3] == kSchedule.beta2);
        CHECK(matrix[4] == 1 - kSchedule.beta2);
        CHECK(std::abs(matrix[5] * std::sqrt(rest2) - 1) <= error_of(rest2) + 2 * kRounding);
        CHECK(matrix[6] == kSchedule.epsilon);
        CHECK(std::abs(matrix[7] * rest1 - rate) <= rate_error + rate * error_of(rest1));
        CHECK(factors.vector[0] == 1);
        for (int i = 1; i < GPT_FACTORS; ++i) {
            CHECK(factors.vector[i] == matrix[i]);
        }
    }
}
