// SPDX-License-Identifier: Apache-2.0
#include "fpmath.h"

// 2^n for n in -126..127.
static inline float power_of_two(int32_t n) {
    return fp_of_bits((uint32_t)(n + 127) << 23);
}

static const float kLog2E = 0x1.715476p0f;
static const float kLn2Hi = 0x1.62e4p-1f;           // 15 bits: its products with n are exact
static const float kLn2Lo = 0x1.7f7d1cp-20f;        // ln 2 - kLn2Hi
static const float kRoundMagic = 0x1.8p23f;         // adding it rounds to an integer
static const float kExpOverflow = 0x1.62e42ep6f;    // largest x with a finite e^x
static const float kExpUnderflow = -0x1.9fe368p6f;  // smallest x with e^x above half of 2^-149

// e^x = 2^n e^r with |r| <= ln2/2; e^r = 1 + r + r^2 q(r), q fitted at Chebyshev nodes.
static inline float exp_inline(float x) {
    if (!(x <= kExpOverflow)) {
        return x != x ? fp_of_bits(0x7FC00000u) : fp_of_bits(0x7F800000u);
    }
    if (x < kExpUnderflow) {
        return 0.0f;
    }
    const float shifted = __builtin_fmaf(x, kLog2E, kRoundMagic);
    const float n = shifted - kRoundMagic;
    float r = __builtin_fmaf(-n, kLn2Hi, x);
    r = __builtin_fmaf(-n, kLn2Lo, r);
    float q = 0x1.6d112cp-10f;
    q = __builtin_fmaf(q, r, 0x1.120b90p-7f);
    q = __builtin_fmaf(q, r, 0x1.55551ap-5f);
    q = __builtin_fmaf(q, r, 0x1.5554dcp-3f);
    q = __builtin_fmaf(q, r, 0.5f);
    const float one_plus = 1.0f + __builtin_fmaf(r * r, q, r);
    const int32_t exponent = (int32_t)(fp_bits(shifted) << 9) >> 9;
    if (exponent < -125 || exponent > 126) {  // two steps, so that only the last one rounds
        const int32_t half = exponent / 2;
        return one_plus * power_of_two(half) * power_of_two(exponent - half);
    }
    return fp_of_bits(fp_bits(one_plus) + ((uint32_t)exponent << 23));
}

float fp_exp(float x) {
    return exp_inline(x);
}

float fp_exp_row(const float* in, float bias, float* out, size_t count) {
    float sum = exp_inline(in[0] - bias);
    out[0] = sum;
    for (size_t i = 1; i < count; ++i) {
        const float value = exp_inline(in[i] - bias);
        out[i] = value;
        sum += value;
    }
    return sum;
}

// x = 2^e m with m in [sqrt(1/2), sqrt 2); log m by a polynomial in f = m - 1, which is exact.
float fp_log(float x) {
    uint32_t bits = fp_bits(x);
    int32_t exponent = 0;
    if (bits - 0x00800000u >= 0x7F000000u) {  // not a positive normal number
        if ((bits << 1) == 0) {
            return fp_of_bits(0xFF800000u);
        }
        if (x != x || (bits >> 31) != 0) {
            return fp_of_bits(0x7FC00000u);
        }
        if (bits == 0x7F800000u) {
            return x;
        }
        bits = fp_bits(x * 0x1p23f);
        exponent = -23;
    }
    const int32_t offset = (int32_t)(bits - 0x3F3504F3u) >> 23;
    exponent += offset;
    const float f = fp_of_bits(bits - ((uint32_t)offset << 23)) - 1.0f;
    float p = 0x1.1d8ea4p-4f;
    p = __builtin_fmaf(p, f, -0x1.d635bcp-4f);
    p = __builtin_fmaf(p, f, 0x1.dea282p-4f);
    p = __builtin_fmaf(p, f, -0x1.fcf4c6p-4f);
    p = __builtin_fmaf(p, f, 0x1.23d21ap-3f);
    p = __builtin_fmaf(p, f, -0x1.555b4ap-3f);
    p = __builtin_fmaf(p, f, 0x1.999d5ap-3f);
    p = __builtin_fmaf(p, f, -0x1.fffffcp-3f);
    p = __builtin_fmaf(p, f, 0x1.555554p-2f);
    const float e = (float)exponent;
    const float square = f * f;
    float low = __builtin_fmaf(square * f, p, e * kLn2Lo);
    low = __builtin_fmaf(-0.5f, square, low);
    return __builtin_fmaf(e, kLn2Hi, low + f);
}

// Taylor series of cos(pi x) up to a quarter, and of sin(pi x) from there to the half; the other
// half is its negative mirror. The subtractions are exact.
float fp_cospi(float x) {
    if (x > 0.5f) {
        return -fp_cospi(1.0f - x);
    }
    if (x <= 0.25f) {
        const float square = x * x;
        float sum = -0x1.a6d1f2p-6f;
        sum = __builtin_fmaf(sum, square, 0x1.e1f506p-3f);
        sum = __builtin_fmaf(sum, square, -0x1.55d3c8p0f);
        sum = __builtin_fmaf(sum, square, 0x1.03c1f0p2f);
        sum = __builtin_fmaf(sum, square, -0x1.3bd3ccp2f);
        return __builtin_fmaf(sum, square, 1.0f);
    }
    const float left = 0.5f - x;
    const float square = left * left;
    float sum = -0x1.e30750p-8f;
    sum = __builtin_fmaf(sum, square, 0x1.507834p-4f);
    sum = __builtin_fmaf(sum, square, -0x1.32d2ccp-1f);
    sum = __builtin_fmaf(sum, square, 0x1.466bc6p1f);
    sum = __builtin_fmaf(sum, square, -0x1.4abbcep2f);
    sum = __builtin_fmaf(sum, square, 0x1.921fb6p1f);
    return sum * left;
}
