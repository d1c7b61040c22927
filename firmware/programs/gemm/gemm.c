// SPDX-License-Identifier: Apache-2.0
// One matrix product through ring, DMA and tile, or by all of them, compared bit for bit with the
// hart's FPU.
#include "gemm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fpmath.h"
#include "perf.h"
#include "philox.h"

uint16_t gemm_element(uint32_t word, bool special) {
    const uint32_t ordinary = (word & 0x807F) | (0x3E80 + (word >> 8 & 0x180));
    const uint32_t choice = word >> 29;
    if (choice == 0) {
        return (uint16_t)(word & ((word & 0x100) != 0 ? 0x8000 : 0x807F));
    }
    return (uint16_t)(choice == 1 && special ? word : ordinary);
}

struct matrix {
    uint32_t rows, columns;  // as stored
    bool special_rows;       // else columns
};

// Each eighth row of A and column of B holds special elements besides.
static void fill(uint16_t* data, const struct matrix* shape, uint32_t stream, uint64_t seed) {
    for (uint32_t row = 0; row < shape->rows; ++row) {
        for (uint32_t column = 0; column < shape->columns; ++column) {
            const struct philox_block block = philox(column / 4, row, stream, 0, seed);
            const uint32_t index = shape->special_rows ? row : column;
            data[(size_t)row * shape->columns + column] =
                gemm_element(block.word[column % 4], index % 8 == 7);
        }
    }
}

static float fp32_of(uint16_t bf16) {
    return fp_of_bits((uint32_t)bf16 << 16);
}

// The chain that the numerics contract writes down (docs/numerics.md).
static uint32_t expected_bits(const struct gemm_arguments* args, const struct gemm_matrices* data,
                              uint32_t row, uint32_t column) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < args->k; ++i) {
        const size_t a = args->transpose_a != 0 ? i * data->a_ld + row : row * data->a_ld + i;
        const size_t b = args->transpose_b != 0 ? column * data->b_ld + i : i * data->b_ld + column;
        sum = __builtin_fmaf(fp32_of(data->a[a]), fp32_of(data->b[b]), sum);
    }
    if (data->narrow_c != NULL) {
        return fp_bf16(sum);
    }
    return sum != sum ? 0x7FC00000u : fp_bits(sum);
}

// Compares `check` outputs spread over the result, or all; the number of differences.
static uint32_t compare(const struct gemm_arguments* args, const struct gemm_matrices* data) {
    const uint64_t outputs = (uint64_t)args->m * args->n;
    const uint64_t total = args->check == 0 || args->check > outputs ? outputs : args->check;
    uint32_t differences = 0;
    for (uint64_t i = 0; i < total; ++i) {
        const uint64_t index = outputs / total * i;
        const uint32_t row = (uint32_t)(index / args->n);
        const uint32_t column = (uint32_t)(index % args->n);
        const uint32_t expected = expected_bits(args, data, row, column);
        const uint64_t place = row * data->c_ld + column;
        const uint32_t result = data->narrow_c != NULL ? data->narrow_c[place] : data->c[place];
        if (result != expected && differences++ < 8) {
            printf("C[%" PRIu32 "][%" PRIu32 "] is 0x%08" PRIx32 ", the hart has 0x%08" PRIx32 "\n",
                   row, column, result, expected);
        }
    }
    printf("compared %" PRIu64 " of %" PRIu64 " outputs with the hart: %" PRIu32 " differences\n",
           total, outputs, differences);
    return differences;
}

void gemm_print_rate(const struct gemm_arguments* args, uint64_t cycles, uint64_t units) {
    const uint64_t products = (uint64_t)args->m * args->n * args->k;
    const uint64_t per_thousand = cycles == 0 ? 0 : products * 1000 / cycles;
    const uint64_t of_peak = per_thousand / units;
    printf("%" PRIu64 " multiply-adds in %" PRIu64 " cycles, copies included: %" PRIu64
           ".%03" PRIu64 " a cycle of %" PRIu64 ", %" PRIu64 ".%" PRIu64 " %%\n",
           products, cycles, per_thousand / 1000, per_thousand % 1000, units, of_peak / 10,
           of_peak % 10);
}

static struct gemm_arguments arguments_of(const struct runtime* runtime) {
    struct gemm_arguments args = {.m = 64, .n = 48, .k = 100, .seed = 1};
    const struct bootarg known[] = {
        {"m", BOOTARG_U32, &args.m, 0, 8192},
        {"n", BOOTARG_U32, &args.n, 0, 8192},
        {"k", BOOTARG_U32, &args.k, 0, 8192},
        {"seed", BOOTARG_U64, &args.seed, 0, UINT64_MAX},
        {"ta", BOOTARG_U32, &args.transpose_a, 0, 1},
        {"tb", BOOTARG_U32, &args.transpose_b, 0, 1},
        {"check", BOOTARG_U32, &args.check, 0, UINT32_MAX},
        {"tile", BOOTARG_U32, &args.tile, 0, UINT8_MAX},
        {"channel", BOOTARG_U32, &args.channel, 0, UINT8_MAX},
        {"chip", BOOTARG_U32, &args.chip, 0, 1},
        {"bf16", BOOTARG_U32, &args.narrow, 0, 1},
    };
    read_arguments(runtime, known, sizeof known / sizeof known[0]);
    return args;
}

// The product by the accelerator; its cycles.
static uint64_t multiply(const struct gemm_arguments* args, struct accelerator* accelerator,
                         const struct product* product) {
    struct product_config config =
        accelerator_products(accelerator, (uint8_t)args->tile, (uint8_t)args->channel);
    config.section = GEMM_SECTION;
    struct product_list list;
    require(product_list_init(&list, &config), "product list");
    const uint64_t begin = ring_cycles(&accelerator->ring);
    enum result done = product_add(&list, product);
    if (done == RESULT_OK) {
        done = product_finish(&list);
    }
    const uint64_t cycles = ring_cycles(&accelerator->ring) - begin;
    if (done == RESULT_DEVICE_ERROR) {
        print_ring_error(&accelerator->ring);
    }
    require(done, "the product");
    return cycles;
}

// By one tile, from and to RAM.
static struct gemm_matrices by_tile(const struct gemm_arguments* args, struct runtime* runtime) {
    const bool ta = args->transpose_a != 0;
    const bool tb = args->transpose_b != 0;
    static struct accelerator accelerator;
    require(accelerator_init(&accelerator, runtime), "accelerator");
    if (args->tile >= accelerator.cluster.tiles || args->channel >= accelerator.dma.channels) {
        printf("gemm: the cluster has %" PRIu32 " tile(s) and %" PRIu32 " DMA channel(s)\n",
               accelerator.cluster.tiles, accelerator.dma.channels);
        exit_with(1);
    }
    uint16_t* a = take_memory(runtime, (size_t)args->m * args->k, 2);
    uint16_t* b = take_memory(runtime, (size_t)args->k * args->n, 2);
    uint32_t* c = take_memory(runtime, (size_t)args->m * args->n, 4);
    fill(a, &(struct matrix){ta ? args->k : args->m, ta ? args->m : args->k, !ta}, 0, args->seed);
    fill(b, &(struct matrix){tb ? args->n : args->k, tb ? args->k : args->n, tb}, 1, args->seed);
    memset(c, 0xA5, (size_t)args->m * args->n * 4);  // no output may be left as it was
    const struct gemm_matrices data = {
        .a = a,
        .b = b,
        .c = c,
        .a_ld = ta ? args->m : args->k,
        .b_ld = tb ? args->k : args->n,
        .c_ld = args->n,
    };
    const struct product product = {
        .m = args->m,
        .n = args->n,
        .k = args->k,
        .a = (uintptr_t)a,
        .a_ld = 2 * data.a_ld,
        .a_transposed = ta,
        .b = (uintptr_t)b,
        .b_ld = 2 * data.b_ld,
        .b_transposed = tb,
        .c = (uintptr_t)c,
        .c_ld = 4 * data.c_ld,
    };
    const uint64_t cycles = multiply(args, &accelerator, &product);
    const struct tile* const tile = &accelerator.tiles[args->tile];
    gemm_print_rate(args, cycles, (uint64_t)tile->rows * tile->columns);
    return data;
}

int program(struct runtime* runtime) {
    const struct gemm_arguments args = arguments_of(runtime);
    printf("gemm: m=%" PRIu32 " n=%" PRIu32 " k=%" PRIu32 " seed=%" PRIu64 "%s%s\n", args.m, args.n,
           args.k, args.seed, args.transpose_a != 0 ? ", A stored transposed" : "",
           args.transpose_b != 0 ? ", B stored transposed" : "");
    struct perf perf;
    if (perf_init(&perf, &runtime->board.perf) == RESULT_OK) {
        perf_name_section(&perf, GEMM_SECTION, "product");
        perf_name_section(&perf, GEMM_FILL_SECTION, "operands");
    }
    const struct gemm_matrices data =
        args.chip != 0 ? gemm_by_chip(&args, runtime) : by_tile(&args, runtime);
    return compare(&args, &data) == 0 ? 0 : 1;
}
