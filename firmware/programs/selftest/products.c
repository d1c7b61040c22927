// SPDX-License-Identifier: Apache-2.0
// Products on the tile against the hart's FPU, bit for bit.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fpmath.h"
#include "philox.h"
#include "selftest.h"

enum { LONGEST = 48 };

struct shape {
    uint32_t m, n, k;
    bool accumulate;
    bool bf16;
};

static uint16_t a[LONGEST * LONGEST];
static uint16_t b[LONGEST * LONGEST];
static float c[LONGEST * LONGEST];

static float fp32_of(uint16_t bf16) {
    return fp_of_bits((uint32_t)bf16 << 16);
}

// Sums of 1/16ths that round now and then.
static void fill_operands(uint32_t seed) {
    for (uint32_t i = 0; i < LONGEST * LONGEST; ++i) {
        const struct philox_block block = philox(i, seed, 0, 0, 7);
        a[i] = fp_bf16(philox_unit(block.word[0]) * 4.0f - 2.0f);
        b[i] = fp_bf16(philox_unit(block.word[1]) * 4.0f - 2.0f);
        c[i] = philox_unit(block.word[2]) * 100.0f;
    }
}

static float expected(const struct shape* shape, uint32_t row, uint32_t column, float start) {
    float sum = shape->accumulate ? start : 0.0f;
    for (uint32_t i = 0; i < shape->k; ++i) {
        sum = __builtin_fmaf(fp32_of(a[row * LONGEST + i]), fp32_of(b[i * LONGEST + column]), sum);
    }
    return sum;
}

static struct descriptor copy_between(uint64_t from, uint64_t to, uint32_t bytes) {
    const struct copy_command command = {
        .columns = bytes, .rows = 1, .source = from, .destination = to};
    return descriptor_copy(&command, &(struct descriptor_sync){0});
}

// A at 0, B behind it, C behind that; each with rows of LONGEST elements.
static enum result run_shape(struct selftest* test, uint32_t tile, const struct shape* shape,
                             float* result) {
    const uint64_t l1 = test->accelerator.cluster.tile[tile].l1.address;
    const uint32_t operand_bytes = sizeof a;
    const struct matmul_command command = {
        .tile = (uint8_t)tile,
        .accumulate = shape->accumulate,
        .result_bf16 = shape->bf16,
        .m = shape->m,
        .n = shape->n,
        .k = shape->k,
        .a = 0,
        .b = operand_bytes,
        .c = 2 * operand_bytes,
        .a_ld = LONGEST * 2,
        .b_ld = LONGEST * 2,
        .c_ld = LONGEST * 4,
    };
    const struct descriptor_sync none = {0};
    const struct descriptor lines[] = {
        copy_between((uintptr_t)a, l1, operand_bytes),
        copy_between((uintptr_t)b, l1 + operand_bytes, operand_bytes),
        copy_between((uintptr_t)c, l1 + 2u * operand_bytes, sizeof c),
        descriptor_fence(&none),
        descriptor_matmul(&command, &none),
        descriptor_fence(&none),
        copy_between(l1 + 2u * operand_bytes, (uintptr_t)result, sizeof c),
    };
    return run_good_list(test, lines, sizeof lines / sizeof lines[0]);
}

static uint32_t differences(const struct shape* shape, const float* result) {
    uint32_t count = 0;
    for (uint32_t row = 0; row < LONGEST; ++row) {
        const uint16_t* rounded = (const uint16_t*)(result + row * LONGEST);
        for (uint32_t column = 0; column < LONGEST; ++column) {
            const uint32_t index = row * LONGEST + column;
            const bool output = row < shape->m && column < shape->n;
            const float want = output ? expected(shape, row, column, c[index]) : c[index];
            if (output && shape->bf16) {
                count += rounded[column] != fp_bf16(want);
            } else if (!(shape->bf16 && row < shape->m)) {
                count += memcmp(&result[index], &want, sizeof want) != 0;
            }
        }
    }
    return count;
}

static void check_shape(struct selftest* test, uint32_t tile, const struct shape* shape) {
    static float result[LONGEST * LONGEST];
    static uint32_t seed;
    fill_operands(++seed);
    const enum result done = run_shape(test, tile, shape, result);
    char name[96];
    (void)snprintf(name, sizeof name,
                   "tile %" PRIu32 ": %" PRIu32 " x %" PRIu32 " x %" PRIu32
                   "%s%s equals the hart, bit for bit",
                   tile, shape->m, shape->n, shape->k, shape->accumulate ? " accumulated" : "",
                   shape->bf16 ? " to BF16" : "");
    check(test, done == RESULT_OK && differences(shape, result) == 0, name);
}

void test_products(struct selftest* test) {
    static const struct shape shapes[] = {
        {16, 16, 16, false, false}, {1, 1, 1, false, false},   {17, 33, 48, false, false},
        {48, 48, 48, true, false},  {5, 40, 0, false, false},  {5, 40, 0, true, false},
        {0, 16, 16, false, false},  {16, 0, 16, false, false}, {31, 15, 7, true, false},
        {20, 36, 30, false, true},
    };
    for (uint32_t tile = 0; tile < test->accelerator.cluster.tiles; ++tile) {
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
            check_shape(test, tile, &shapes[i]);
        }
    }
}
