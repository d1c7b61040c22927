// SPDX-License-Identifier: Apache-2.0
// One matrix product through ring, DMA and tile, compared bit for bit with the hart's FPU.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fpmath.h"
#include "perf.h"
#include "philox.h"
#include "runtime.h"

enum { SECTION = 1 };  // of a report

struct arguments {
    uint32_t m, n, k;
    uint64_t seed;
    uint32_t transpose_a, transpose_b;
    uint32_t check;  // outputs to compare; 0: all
    uint32_t tile, channel;
};

// Ordinary elements are signed numbers from 1/4 to 4, with zeros and subnormals among them. Each
// eighth row of A and column of B holds any bit patterns besides: infinities, NaNs and numbers that
// overflow.
static uint16_t element(uint32_t word, bool special) {
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

static void fill(uint16_t* data, const struct matrix* shape, uint32_t stream, uint64_t seed) {
    for (uint32_t row = 0; row < shape->rows; ++row) {
        for (uint32_t column = 0; column < shape->columns; ++column) {
            const struct philox_block block = philox(column / 4, row, stream, 0, seed);
            const uint32_t index = shape->special_rows ? row : column;
            data[(size_t)row * shape->columns + column] =
                element(block.word[column % 4], index % 8 == 7);
        }
    }
}

static float fp32_of(uint16_t bf16) {
    return fp_of_bits((uint32_t)bf16 << 16);
}

struct operands {
    const uint16_t* a;
    const uint16_t* b;
    const uint32_t* c;
};

// The chain that the numerics contract writes down (docs/numerics.md).
static uint32_t expected_bits(const struct arguments* args, const struct operands* data,
                              uint32_t row, uint32_t column) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < args->k; ++i) {
        const size_t a =
            args->transpose_a != 0 ? (size_t)i * args->m + row : (size_t)row * args->k + i;
        const size_t b =
            args->transpose_b != 0 ? (size_t)column * args->k + i : (size_t)i * args->n + column;
        sum = __builtin_fmaf(fp32_of(data->a[a]), fp32_of(data->b[b]), sum);
    }
    return sum != sum ? 0x7FC00000u : fp_bits(sum);
}

// Compares `check` outputs spread over the result, or all; the number of differences.
static uint32_t compare(const struct arguments* args, const struct operands* data) {
    const uint64_t outputs = (uint64_t)args->m * args->n;
    const uint64_t total = args->check == 0 || args->check > outputs ? outputs : args->check;
    uint32_t differences = 0;
    for (uint64_t i = 0; i < total; ++i) {
        const uint64_t index = outputs / total * i;
        const uint32_t row = (uint32_t)(index / args->n);
        const uint32_t column = (uint32_t)(index % args->n);
        const uint32_t expected = expected_bits(args, data, row, column);
        if (data->c[index] != expected && differences++ < 8) {
            printf("C[%" PRIu32 "][%" PRIu32 "] is 0x%08" PRIx32 ", the hart has 0x%08" PRIx32 "\n",
                   row, column, data->c[index], expected);
        }
    }
    printf("compared %" PRIu64 " of %" PRIu64 " outputs with the hart: %" PRIu32 " differences\n",
           total, outputs, differences);
    return differences;
}

static void print_rate(const struct arguments* args, const struct accelerator* accelerator,
                       uint64_t cycles) {
    const uint64_t products = (uint64_t)args->m * args->n * args->k;
    const uint64_t per_thousand = cycles == 0 ? 0 : products * 1000 / cycles;
    const struct tile* tile = &accelerator->tiles[args->tile];
    const uint64_t units = (uint64_t)tile->rows * tile->columns;
    printf("%" PRIu64 " multiply-adds in %" PRIu64 " cycles, copies included: %" PRIu64
           ".%03" PRIu64 " a cycle of %" PRIu64 "\n",
           products, cycles, per_thousand / 1000, per_thousand % 1000, units);
}

static struct arguments arguments_of(const struct runtime* runtime) {
    struct arguments args = {.m = 64, .n = 48, .k = 100, .seed = 1};
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
    };
    read_arguments(runtime, known, sizeof known / sizeof known[0]);
    return args;
}

// The product by the accelerator; its cycles.
static uint64_t multiply(const struct arguments* args, struct accelerator* accelerator,
                         const struct product* product) {
    struct product_config config =
        accelerator_products(accelerator, (uint8_t)args->tile, (uint8_t)args->channel);
    config.section = SECTION;
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

int program(struct runtime* runtime) {
    const struct arguments args = arguments_of(runtime);
    const bool ta = args.transpose_a != 0;
    const bool tb = args.transpose_b != 0;
    printf("gemm: m=%" PRIu32 " n=%" PRIu32 " k=%" PRIu32 " seed=%" PRIu64 "%s%s\n", args.m, args.n,
           args.k, args.seed, ta ? ", A stored transposed" : "", tb ? ", B stored transposed" : "");
    static struct accelerator accelerator;
    require(accelerator_init(&accelerator, runtime), "accelerator");
    if (args.tile >= accelerator.cluster.tiles || args.channel >= accelerator.dma.channels) {
        printf("gemm: the cluster has %" PRIu32 " tile(s) and %" PRIu32 " DMA channel(s)\n",
               accelerator.cluster.tiles, accelerator.dma.channels);
        return 1;
    }
    struct perf perf;
    if (perf_init(&perf, &runtime->board.perf) == RESULT_OK) {
        perf_name_section(&perf, SECTION, "product");
    }
    uint16_t* a = take_memory(runtime, (size_t)args.m * args.k, 2);
    uint16_t* b = take_memory(runtime, (size_t)args.k * args.n, 2);
    uint32_t* c = take_memory(runtime, (size_t)args.m * args.n, 4);
    fill(a, &(struct matrix){ta ? args.k : args.m, ta ? args.m : args.k, !ta}, 0, args.seed);
    fill(b, &(struct matrix){tb ? args.n : args.k, tb ? args.k : args.n, tb}, 1, args.seed);
    memset(c, 0xA5, (size_t)args.m * args.n * 4);  // no output may be left as it was
    const struct product product = {
        .m = args.m,
        .n = args.n,
        .k = args.k,
        .a = (uintptr_t)a,
        .a_ld = 2ull * (ta ? args.m : args.k),
        .a_transposed = ta,
        .b = (uintptr_t)b,
        .b_ld = 2ull * (tb ? args.k : args.n),
        .b_transposed = tb,
        .c = (uintptr_t)c,
        .c_ld = 4ull * args.n,
    };
    print_rate(&args, &accelerator, multiply(&args, &accelerator, &product));
    return compare(&args, &(struct operands){a, b, c}) == 0 ? 0 : 1;
}
