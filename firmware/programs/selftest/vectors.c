// SPDX-License-Identifier: Apache-2.0
// The vector core: elementwise and row operations against the hart's FPU, recorded lists, and what
// it refuses.
#include <assert.h>
#include <string.h>

#include "descriptor_regs.h"
#include "selftest.h"

enum { ROWS = 3, COLUMNS = 20, ELEMENTS = ROWS * COLUMNS };

// Places in shared SRAM, which may be as small as 4 KiB.
enum { A = 0x000, B = 0x100, OUT = 0x200, SUMS = 0x300 };
static_assert(ELEMENTS * sizeof(float) <= B - A, "matrices side by side");

static const struct descriptor_sync none;

static struct descriptor copy_between(uint64_t from, uint64_t to, uint32_t bytes) {
    const struct copy_command command = {
        .columns = bytes, .rows = 1, .source = from, .destination = to};
    return descriptor_copy(&command, &none);
}

static struct vector_operand matrix(uint32_t address) {
    return (struct vector_operand){.address = address, .ld = COLUMNS * sizeof(float)};
}

static struct descriptor fence(void) {
    return descriptor_fence(&none);
}

// out = a * b, sums = sums of out's rows, recorded as a list and replayed with other operands.
static void test_list(struct selftest* test) {
    const uint64_t sram = test->accelerator.cluster.sram.address;
    float* const a = take_memory(test->runtime, ELEMENTS, sizeof(float));
    float* const b = take_memory(test->runtime, ELEMENTS, sizeof(float));
    float* const out = take_memory(test->runtime, ELEMENTS, sizeof(float));
    float* const sums = take_memory(test->runtime, ROWS, sizeof(float));
    struct descriptor* const list = take_memory(test->runtime, 12, sizeof(struct descriptor));
    const uint32_t bytes = ELEMENTS * sizeof(float);
    uint32_t lines = 0;
    list[lines++] = copy_between((uintptr_t)a, sram + A, bytes);
    list[lines++] = copy_between((uintptr_t)b, sram + B, bytes);
    list[lines++] = fence();
    const struct vector_command multiply = {
        .operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_MULTIPLY,
        .rows = ROWS,
        .columns = COLUMNS,
        .a = matrix(A),
        .b = matrix(B),
        .out = matrix(OUT)};
    descriptor_vector(&multiply, &none, &list[lines]);
    lines += DESCRIPTOR_VECTOR_LINES;
    const struct vector_command sum = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_ROW_SUM,
                                       .rows = ROWS,
                                       .columns = COLUMNS,
                                       .a = matrix(OUT),
                                       .out = {.address = SUMS, .ld = sizeof(float)}};
    descriptor_vector(&sum, &none, &list[lines]);
    lines += DESCRIPTOR_VECTOR_LINES;
    list[lines++] = fence();
    list[lines++] = copy_between(sram + OUT, (uintptr_t)out, bytes);
    list[lines++] = copy_between(sram + SUMS, (uintptr_t)sums, ROWS * sizeof(float));
    bool products_good = true;
    bool sums_good = true;
    for (uint32_t round = 0; round < 2; ++round) {
        for (uint32_t i = 0; i < ELEMENTS; ++i) {
            a[i] = (float)(i * 7 + round) / 16.0f;
            b[i] = 1.0f + (float)i / 3.0f;
        }
        const struct descriptor call = descriptor_call((uintptr_t)list, lines, &none);
        products_good &= run_good_list(test, &call, 1) == RESULT_OK;
        for (uint32_t row = 0; row < ROWS; ++row) {
            // 20 elements: partials 0 to 3 have two.
            float partial[16];
            for (uint32_t i = 0; i < COLUMNS; ++i) {
                const float product = a[row * COLUMNS + i] * b[row * COLUMNS + i];
                products_good &= out[row * COLUMNS + i] == product;
                partial[i % 16] = i < 16 ? product : partial[i % 16] + product;
            }
            for (uint32_t half = 8; half != 0; half /= 2) {
                for (uint32_t p = 0; p < half; ++p) {
                    partial[p] += partial[p + half];
                }
            }
            sums_good &= sums[row] == partial[0];
        }
    }
    check(test, products_good, "vector: products of a replayed list equal the hart's");
    check(test, sums_good, "vector: sums of rows have the contract's order");
}

static void test_refused(struct selftest* test) {
    struct ring* const ring = &test->accelerator.ring;
    struct descriptor lines[DESCRIPTOR_VECTOR_LINES];
    struct vector_command command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_EXP,
                                     .rows = ROWS,
                                     .columns = COLUMNS,
                                     .a = matrix(A + 2),
                                     .out = matrix(OUT)};
    descriptor_vector(&command, &(struct descriptor_sync){.tag = 77}, lines);
    struct ring_error error = {0};
    const enum result done = run_list(test, lines, DESCRIPTOR_VECTOR_LINES);
    ring_read_error(ring, &error);
    check(test,
          done == RESULT_DEVICE_ERROR && error.tag == 77 &&
              error.status == ATHENA_DESCRIPTOR_STATUS_BAD_ALIGNMENT,
          "vector: an odd address stops the ring with BAD_ALIGNMENT");
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
    command.a = matrix((uint32_t)test->accelerator.cluster.sram.size - 8);
    descriptor_vector(&command, &none, lines);
    const enum result outside = run_list(test, lines, DESCRIPTOR_VECTOR_LINES);
    ring_read_error(ring, &error);
    check(test,
          outside == RESULT_DEVICE_ERROR && error.status == ATHENA_DESCRIPTOR_STATUS_BAD_RANGE,
          "vector: an operand beyond SRAM stops the ring with BAD_RANGE");
    require(ring_recover(ring, UINT64_MAX), "recovery of the ring");
}

void test_vectors(struct selftest* test) {
    if (test->accelerator.cluster.vector_cores == 0) {
        return;
    }
    test_list(test);
    test_refused(test);
}
