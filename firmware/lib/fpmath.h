// SPDX-License-Identifier: Apache-2.0
// The FP32 functions that decide bits of a result (docs/charlm.md): one C source, compiled for the
// board's hart and for references on the host alike, so that both give the same bits. Sequences of
// IEEE 754 binary32 operations, round to nearest even, each fused multiply-add written out.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

// e^x. Largest error 1.1 units in the last place (tests/unit/firmware/fpmath_test.cpp measures it);
// above 88.72283 +infinity, below -103.97208 +0, results below 2^-126 are subnormal; NaN gives NaN.
float fp_exp(float x);

// Natural logarithm. Largest error 0.83 units in the last place, subnormals included; 0 gives
// -infinity, a negative number NaN, infinity itself; NaN gives NaN.
float fp_log(float x);

// cos(pi x) for x in [0, 1]; within 1e-7, exact at 0, 0.5 and 1.
float fp_cospi(float x);

// out[i] = fp_exp(in[i] - bias), and the sum of out in ascending i, starting from out[0].
// `count` is at least 1; in and out may be the same array.
float fp_exp_row(const float* in, float bias, float* out, size_t count);

#ifdef __cplusplus
}
#endif

static inline uint32_t fp_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float fp_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// The BF16 nearest to x, ties to even; every NaN becomes 0x7FC0. Here, because it stands in the
// innermost loops.
static inline uint16_t fp_bf16(float x) {
    const uint32_t bits = fp_bits(x);
    if ((bits << 1) > 0xFF000000u) {
        return 0x7FC0;
    }
    return (uint16_t)((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}
