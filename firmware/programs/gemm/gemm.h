// SPDX-License-Identifier: Apache-2.0
// What the ways to a product share: arguments, elements, where operands and result lie.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "runtime.h"

enum { GEMM_SECTION = 1, GEMM_FILL_SECTION };  // of a report

struct gemm_arguments {
    uint32_t m, n, k;
    uint64_t seed;
    uint32_t transpose_a, transpose_b;
    uint32_t check;          // outputs to compare; 0: all
    uint32_t tile, channel;  // of the first cluster
    uint32_t chip;           // 1: all tiles of all clusters instead
    uint32_t narrow;         // 1: these round the result to BF16
};

// In memory that the hart reads; leading dimensions in elements.
struct gemm_matrices {
    const uint16_t* a;
    const uint16_t* b;
    const uint32_t* c;
    const uint16_t* narrow_c;  // instead, if the result is BF16
    uint64_t a_ld, b_ld, c_ld;
};

// A BF16 of random bits: a signed number from 1/4 to 4, a zero or a subnormal; if special also any
// bit pattern: infinities, NaNs and numbers that overflow.
uint16_t gemm_element(uint32_t word, bool special);

// What has been done, in so many cycles, of what so many multiply-add units could do.
void gemm_print_rate(const struct gemm_arguments* args, uint64_t cycles, uint64_t units);

// The product of ordinary elements in HBM by the whole chip. Ends the run if that fails.
struct gemm_matrices gemm_by_chip(const struct gemm_arguments* args, struct runtime* runtime);
